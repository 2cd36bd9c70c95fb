// One thread of trainer.ts: gathers its images of every batch and does the steps.
import { workerData } from 'node:worker_threads';
import { createLocalCollective, type LocalCollectiveMemory } from '../../core/collective.js';
import { answerRequests } from '../../core/workers.js';
import type { Vectors } from './flat.js';
import { type OptimizerName, optimizerNamed } from './optimizers.js';
import { createBatchOrder, type LearningRate, rateOfStep } from './schedule.js';
import { openStepper, type Stepper } from './stepper.js';
import { BATCH, type TrainingModels } from './train-step.js';

const data = workerData as TrainerShare;
const { rank, images, batchSize, firstImage, imagesOfRank } = data;
const collective = createLocalCollective(data.memory, rank);
const order = createBatchOrder(images.count, batchSize, data.seed);
const stopVote = new Float32Array(1);
let opening: Promise<Stepper> | undefined;

/** More steps a call: rarer copies of all outputs, and a slower answer to Ctrl-C. */
const STEPS_A_CALL = 8;
const batches = new Uint8Array(STEPS_A_CALL * imagesOfRank * images.pixels);
const chosen = new Uint32Array(imagesOfRank);

answerRequests<TrainerRequest, TrainerAnswer>(
  async ({ until }) => {
    opening ??= openStepper(data.models, data.vectors, optimizerNamed(data.optimizer), {
      collective,
      step: data.startStep,
      threads: data.cores,
    });
    const stepper = await opening;
    const losses: number[] = [];
    let isSound = true;
    while (stepper.step < until && isSound && !isStopped()) {
      const { step } = stepper;
      const count = Math.min(STEPS_A_CALL, until - step);
      const rates = Array.from({ length: count }, (_, index) => rateOfStep(step + index + 1, data));
      const newLosses = await stepper.run(rates, { [BATCH]: batchesOf(step, count) });
      isSound = newLosses.every(Number.isFinite);
      losses.push(...newLosses);
      if (rank === 0) Atomics.store(data.stepsDone, 0, stepper.step);
    }
    const vectors = stepper.vectors();
    return { step: stepper.step, losses: Float32Array.from(losses), vectors: rank === 0 ? vectors : {} };
  },
  ({ vectors }) => Object.values(vectors),
);

/** Whether this worker or another one has seen that it is to stop: all must stop at the same step. */
function isStopped(): boolean {
  stopVote[0] = Atomics.load(data.stop, 0);
  collective.allReduceSum(stopVote);
  return stopVote[0] > 0;
}

/** This rank's images of `count` steps, which are counted from 0. */
function batchesOf(firstStep: number, count: number): Uint8Array {
  const { data: pixels, pixels: pixelsOfImage } = images;
  for (let index = 0; index < count; index++) {
    order.fill(firstStep + index, firstImage, chosen);
    chosen.forEach((image, row) => {
      const start = image * pixelsOfImage;
      const place = (index * imagesOfRank + row) * pixelsOfImage;
      batches.set(pixels.subarray(start, start + pixelsOfImage), place);
    });
  }
  return batches.subarray(0, count * imagesOfRank * pixelsOfImage);
}

// What trainer.ts and its workers say to each other.

/** What a whole training and each of its workers go by. */
export interface SharedJob extends LearningRate {
  /** Raw pixels, (count, pixels), in shared memory. */
  readonly images: { readonly data: Uint8Array; readonly count: number; readonly pixels: number };
  /** Images a step, over all workers. */
  readonly batchSize: number;
  readonly optimizer: OptimizerName;
  readonly seed: number;
}

export interface TrainerShare extends SharedJob {
  readonly rank: number;
  readonly memory: LocalCollectiveMemory;
  /** Shared with the other thread: not 0 when the training is to stop; the steps done. */
  readonly stop: Int32Array;
  readonly stepsDone: Int32Array;
  /** This rank's images are [firstImage, firstImage + imagesOfRank) of every batch. */
  readonly firstImage: number;
  readonly imagesOfRank: number;
  readonly models: TrainingModels;
  readonly vectors: Vectors;
  readonly startStep: number;
  readonly cores: number;
}

/** Train until so many steps have been done in all. */
export interface TrainerRequest {
  readonly until: number;
}

/** Where training stands: at the step asked for, or before it if it was stopped or a loss was not finite. */
export interface TrainerAnswer {
  readonly step: number;
  /** Loss of every step since the last answer. */
  readonly losses: Float32Array;
  /** From rank 0 only. */
  readonly vectors: Vectors;
}
