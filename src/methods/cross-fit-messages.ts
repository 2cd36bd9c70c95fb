// What cross-fit.ts and its workers say to each other, and what is computed.
import type { ClassifierShape, TrainedClassifier } from '../models/classifier-network.js';

/** Which network, and which half of the images it is trained on: 0 (raw) or 1 (deskewed). */
export type NetworkIndex = 0 | 1;

/** What a worker needs for any of the networks. */
export interface CrossFitShare {
  /** Raw pixels in shared memory, (n, height·width), one view a network. */
  readonly views: readonly Uint8Array[];
  readonly shape: ClassifierShape;
  readonly batchSize: number;
  readonly seed: number;
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
