// What cross-fit.ts trains, and what a thread of it must know of that: what a step is fed, what it computes, how answers
// are asked for. A network of pixels (image-learner.ts) or a head on vectors (vector-learner.ts); learners.ts opens either.
import type { TensorMap } from '../../engine/runtime/session.js';
import type { Feeds } from '../../engine/training/loop.js';
import type { Optimizer } from '../../engine/training/optimizers.js';
import type { StepProgram } from '../../engine/training/train-step.js';
import type { ClassifierShape, TrainedClassifier } from '../../models/classifier-network.js';
import type { HeadShape } from '../../models/head.js';

/** Two networks of square images, a view each: raw and deskewed pixels in shared memory, (n, height·width). */
export interface ImagePlan {
  readonly kind: 'images';
  readonly views: readonly Uint8Array[];
  readonly shape: ClassifierShape;
}

/** Two heads on the same vectors, (n, columns) in shared memory. */
export interface VectorPlan {
  readonly kind: 'vectors';
  readonly rows: Float32Array;
  readonly shape: HeadShape;
}

export type LearnerPlan = ImagePlan | VectorPlan;

/** Which of the two, and which half of the images it is trained on. */
export type NetworkIndex = 0 | 1;

/** A thread's part of every batch, and where its random numbers come from. */
export interface LearnerShare {
  readonly network: NetworkIndex;
  readonly batchSize: number;
  /** The thread's places of a batch are [first, end). */
  readonly first: number;
  readonly end: number;
  readonly seed: number;
}

export interface Learner {
  readonly optimizer: Optimizer;
  /** What is remembered of batches, at the start; left out where nothing is. */
  readonly statistics?: Float32Array;
  /** The thread's part of a step. */
  readonly program: StepProgram;
  /**
   * What consecutive steps are fed: `images` and their kinds, those of the thread's share of a batch, step after step. Draws from a
   * stream of its own, the same numbers whatever the share.
   */
  feeds(images: Uint32Array, kinds: Uint16Array): Feeds;
  /** ONNX: what `rows` gives → `probabilities` (n, k). */
  predictionModel(trained: TrainedClassifier): Uint8Array;
  rows(images: Uint32Array): TensorMap;
}
