// One thread of cross-fit.ts: trains and asks its networks, a request at a time.
import { workerData } from 'node:worker_threads';
import { createLocalCollective, type LocalCollectiveMemory, shardOffsets } from '../../core/collective.js';
import { createRandom } from '../../core/random.js';
import { answerRequests } from '../../core/workers.js';
import { initialParameters } from '../../engine/parameters.js';
import { createSession, floatValues, type Session } from '../../engine/runtime/session.js';
import { type BatchOrder, createBatchOrder } from '../../engine/training/schedule.js';
import { initialVectors, openStepper, trainedOf } from '../../engine/training/stepper.js';
import { writeTraining } from '../../engine/training/train-step.js';
import type { TrainedClassifier } from '../../models/classifier-network.js';
import type { LearnerPlan, NetworkIndex } from './learner.js';
import { openLearner, parametersOf } from './learners.js';

const { plan, batchSize, seed, rank, memories } = workerData as CrossFitShare;
const { size } = memories[0];
/** This thread's images are [first, end) of every batch. */
const [first, end] = shardOffsets(batchSize, size).slice(rank);
const places = end - first;

interface Network {
  begin(images: Uint32Array, kinds: Uint16Array, orderSeed: number): void;
  steps(learningRates: readonly number[]): Promise<Float32Array>;
  average(): Promise<TrainedClassifier>;
  predict(images: Uint32Array): Promise<Float32Array>;
}

const networks = new Map<NetworkIndex, Promise<Network>>();

answerRequests<CrossFitRequest, CrossFitAnswer>(async (request) => {
  const known = networks.get(request.network);
  const opening = known ?? openNetwork(request.network);
  networks.set(request.network, opening);
  const network = await opening;
  const none = new Float32Array(0);
  switch (request.do) {
    case 'begin':
      network.begin(request.images, request.kinds, request.orderSeed);
      return { values: none, averaged: null };
    case 'steps':
      return { values: await network.steps(request.learningRates), averaged: null };
    case 'average':
      return { values: none, averaged: await network.average() };
    case 'predict':
      return { values: await network.predict(request.images), averaged: null };
  }
});

async function openNetwork(network: NetworkIndex): Promise<Network> {
  const learner = openLearner(plan, { network, batchSize, first, end, seed });
  const { optimizer, statistics } = learner;
  const startSeed = createRandom(seed, `network ${network}`).integer(2 ** 31);
  const start = { parameters: initialParameters(parametersOf(plan), startSeed), statistics };
  const models = writeTraining(learner.program, optimizer, { rank, size });
  const collective = createLocalCollective(memories[network], rank);
  const stepper = await openStepper(models, initialVectors(start, optimizer), optimizer, { collective });
  let images: Uint32Array = new Uint32Array(0);
  let kinds: Uint16Array = new Uint16Array(0);
  let order: BatchOrder | undefined;
  let firstStep = 0;
  let predictor: Session | undefined;

  return {
    begin(newImages, newKinds, orderSeed) {
      images = newImages;
      kinds = newKinds;
      order = createBatchOrder(images.length, batchSize, orderSeed);
      firstStep = stepper.step;
    },
    async steps(learningRates) {
      const positions = new Uint32Array(learningRates.length * places);
      for (let step = 0; step < learningRates.length; step++) {
        const own = positions.subarray(step * places, (step + 1) * places);
        order!.fill(stepper.step - firstStep + step, first, own);
      }
      const chosen = positions.map((position) => images[position]);
      const feeds = learner.feeds(
        chosen,
        Uint16Array.from(positions, (position) => kinds[position]),
      );
      return stepper.run(learningRates, feeds);
    },
    async average() {
      const trained = trainedOf(stepper.vectors());
      await predictor?.release();
      predictor = await createSession(learner.predictionModel(trained));
      return trained;
    },
    async predict(rows) {
      const result = await predictor!.run(learner.rows(rows));
      return floatValues(result.probabilities);
    },
  };
}

// What cross-fit.ts and its workers say to each other, and what is computed.

/** What a worker needs for any of the networks. */
export interface CrossFitShare {
  readonly plan: LearnerPlan;
  readonly batchSize: number;
  readonly seed: number;
  /** This worker's among the threads of a network, and where those of each network meet. */
  readonly rank: number;
  readonly memories: readonly LocalCollectiveMemory[];
}

export type CrossFitRequest =
  /** From now on steps are done on these images with these kinds, in an order of `orderSeed`. */
  | {
      readonly do: 'begin';
      readonly network: NetworkIndex;
      readonly images: Uint32Array;
      readonly kinds: Uint16Array;
      readonly orderSeed: number;
    }
  /** Steps with these learning rates → their losses. */
  | { readonly do: 'steps'; readonly network: NetworkIndex; readonly learningRates: readonly number[] }
  /** Make the averaged network as it is now ready to predict → that network. */
  | { readonly do: 'average'; readonly network: NetworkIndex }
  /** Probabilities (m, k) of these images by the network last averaged. */
  | { readonly do: 'predict'; readonly network: NetworkIndex; readonly images: Uint32Array };

export interface CrossFitAnswer {
  /** Losses or probabilities. */
  readonly values: Float32Array;
  readonly averaged: TrainedClassifier | null;
}
