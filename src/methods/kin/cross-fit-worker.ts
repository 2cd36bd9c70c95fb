// One thread of cross-fit.ts: trains and asks its networks, a request at a time.
import { workerData } from 'node:worker_threads';
import { createLocalCollective, type LocalCollectiveMemory, shardOffsets } from '../../core/collective.js';
import { createRandom } from '../../core/random.js';
import { answerRequests } from '../../core/workers.js';
import { writeModel } from '../../engine/lowering.js';
import { crossEntropy, pixels, reshape, scale, softmax } from '../../engine/operations.js';
import { initialParameters } from '../../engine/parameters.js';
import { ANY, byteInput } from '../../engine/program.js';
import { createSession, floatValues, hostTensor, type Session } from '../../engine/runtime/session.js';
import { adam, averaged } from '../../engine/training/optimizers.js';
import { type BatchOrder, createBatchOrder } from '../../engine/training/schedule.js';
import { averagesOf, initialVectors, openStepper } from '../../engine/training/stepper.js';
import { declaredBy, type StepProgram, writeTraining } from '../../engine/training/train-step.js';
import {
  type ClassifierShape,
  classifierScores,
  initialStatistics,
  normalizingByBatch,
  type TrainedClassifier,
  trainedScores,
} from '../../models/classifier-network.js';
import { drawWarps, TRAINING_WARP, WARP_NUMBERS, warped } from './augmentation.js';

const { views, shape, batchSize, seed, rank, memories } = workerData as CrossFitShare;
const { height, width, k } = shape;
const { size } = memories[0];
/** This thread's images are [first, end) of every batch. */
const [first, end] = shardOffsets(batchSize, size).slice(rank);
const share = end - first;
const pixelsPerImage = height * width;

/** β₂ of 0.99 instead of 0.999: a schedule of two thousand steps has no time for a longer memory. */
const OPTIMIZER = averaged(adam({ firstDecay: 0.9, secondDecay: 0.99, weightDecay: 1e-4 }));

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

async function openNetwork(index: NetworkIndex): Promise<Network> {
  const view = views[index];
  const program = trainingStep();
  const { specs } = declaredBy(program);
  const start = {
    parameters: initialParameters(specs, createRandom(seed, `network ${index}`).integer(2 ** 31)),
    statistics: initialStatistics(shape),
  };
  const models = writeTraining(program, OPTIMIZER, { rank, size });
  const collective = createLocalCollective(memories[index], rank);
  const stepper = await openStepper(models, initialVectors(start, OPTIMIZER), OPTIMIZER, { collective });
  const warps = createRandom(seed, `warps of network ${index}`);
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
      const count = learningRates.length;
      const batch = new Uint8Array(count * share * pixelsPerImage);
      const targets = new Float32Array(count * share * k);
      const numbers = new Float32Array(count * share * WARP_NUMBERS);
      const chosen = new Uint32Array(share);
      // Of the whole batch: the warps of an image do not depend on the number of threads.
      const drawn = new Float32Array(batchSize * WARP_NUMBERS);
      for (let step = 0; step < count; step++) {
        order!.fill(stepper.step - firstStep + step, first, chosen);
        chosen.forEach((position, place) => {
          const row = step * share + place;
          copyImage(view, images[position], batch, row);
          targets[row * k + kinds[position]] = 1;
        });
        drawWarps(warps, TRAINING_WARP, drawn);
        numbers.set(drawn.subarray(first * WARP_NUMBERS, end * WARP_NUMBERS), step * share * WARP_NUMBERS);
      }
      return stepper.run(learningRates, { images: batch, targets, warps: numbers });
    },
    async average() {
      const trained = averagesOf(stepper.vectors());
      await predictor?.release();
      predictor = await createSession(predictionModel(trained));
      return trained;
    },
    async predict(rows) {
      const batch = new Uint8Array(rows.length * pixelsPerImage);
      rows.forEach((image, row) => {
        copyImage(view, image, batch, row);
      });
      const result = await predictor!.run({ images: hostTensor(batch, [rows.length, pixelsPerImage]) });
      return floatValues(result.probabilities);
    },
  };
}

function copyImage(from: Uint8Array, image: number, target: Uint8Array, row: number): void {
  target.set(from.subarray(image * pixelsPerImage, (image + 1) * pixelsPerImage), row * pixelsPerImage);
}

/** This thread's part of a step from raw pixels, warps and one-hot targets. */
function trainingStep(): StepProgram {
  return {
    inputs: {
      images: { type: 'uint8', shape: [share, pixelsPerImage] },
      targets: { type: 'float32', shape: [share, k] },
      warps: { type: 'float32', shape: [share, WARP_NUMBERS] },
    },
    build(inputs, declare) {
      const images = reshape(pixels(inputs.images), [share, height, width, 1]);
      const { normalize, statistics } = normalizingByBatch(batchSize);
      const scores = classifierScores(warped(images, inputs.warps), shape, declare, normalize);
      return { loss: scale(crossEntropy(scores, inputs.targets), 1 / batchSize), statistics };
    },
  };
}

/** Probabilities of the images as they are. */
function predictionModel(trained: TrainedClassifier): Uint8Array {
  const images = reshape(pixels(byteInput('images', [ANY, pixelsPerImage])), [ANY, height, width, 1]);
  const probabilities = softmax(trainedScores(images, shape, trained));
  return writeModel({ probabilities }, 'classifier');
}

// What cross-fit.ts and its workers say to each other, and what is computed.

/** Which network, and which half of the images it is trained on: 0 (raw) or 1 (deskewed). */
export type NetworkIndex = 0 | 1;

/** What a worker needs for any of the networks. */
export interface CrossFitShare {
  /** Raw pixels in shared memory, (n, height·width), one view a network. */
  readonly views: readonly Uint8Array[];
  readonly shape: ClassifierShape;
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
