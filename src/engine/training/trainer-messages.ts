// What trainer.ts and its workers say to each other.
import type { LocalCollectiveMemory, ShardOffsets } from '../../core/collective.js';
import type { ParameterSpec } from '../parameters.js';
import type { OptimizerName } from './optimizers.js';
import type { LearningRate } from './schedule.js';

/** Places in the shared control words. */
export const STOP_REQUESTED = 0;
export const CURRENT_STEP = 1;

export interface TrainerWorkerData extends LearningRate {
  readonly rank: number;
  readonly memory: LocalCollectiveMemory;
  readonly control: Int32Array;
  /** Which parameters each rank updates. */
  readonly shards: ShardOffsets;
  readonly images: { readonly data: Uint8Array; readonly count: number; readonly pixels: number };
  /** This rank's images are [firstImage, firstImage + imagesOfRank) of every batch. */
  readonly firstImage: number;
  readonly imagesOfRank: number;
  /** The whole step for a single worker; from images to gradients for one of several. */
  readonly stepModel: Uint8Array;
  /** The update of this rank's share of the parameters; null for a single worker. */
  readonly updateModel: Uint8Array | null;
  readonly specs: readonly ParameterSpec[];
  readonly parameters: Float32Array;
  /** The optimizer's states of this rank's share. */
  readonly states: readonly Float32Array[];
  readonly startStep: number;
  readonly steps: number;
  readonly batchSize: number;
  readonly optimizer: OptimizerName;
  readonly seed: number;
  readonly cores: number;
  readonly markEvery: number;
}

export interface WorkerMark {
  readonly kind: 'mark';
  readonly step: number;
  readonly isLast: boolean;
  /** Loss of every step since the last mark. */
  readonly losses: Float32Array;
  /** From rank 0 only; the ranks hold the same. */
  readonly parameters: Float32Array | null;
  readonly states: readonly Float32Array[];
}

export type FromWorker = WorkerMark | { readonly kind: 'diverged'; readonly step: number };
