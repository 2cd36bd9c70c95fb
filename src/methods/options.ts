// Every choice a person can make about a run, and its default with the reason beside it.

export const METHODS = ['kin', 'autoencoder', 'kmeans'] as const;
export const QUALITIES = ['fast', 'default', 'best'] as const;
export const OPTIMIZERS = ['adagrad', 'adam', 'sgd'] as const;
export const DISTANCES = ['euclidean', 'cosine'] as const;

/** `kin`: neighbour graph, then networks; `autoencoder`: learn a code, then K-means on the codes; `kmeans`: K-means on the pixels. */
export type MethodName = (typeof METHODS)[number];
/** How far kin goes: `fast` stops at the graph, `default` trains networks, `best` wide ones. */
export type QualityName = (typeof QUALITIES)[number];
/** How the weights follow the gradient. */
export type OptimizerName = (typeof OPTIMIZERS)[number];
/** What K-means calls near. */
export type DistanceName = (typeof DISTANCES)[number];

/** What fixes the result of a run, given the images. */
export interface MethodOptions {
  /**
   * `kin`: neighbour graph, then networks. `autoencoder`: the classic. `kmeans`: K-means on raw pixels, the
   * baseline without a network.
   */
  readonly method: MethodName;
  /** Seed of every random choice: initial weights, batch order, k-means++. An integer from 0 to 2³² − 1. */
  readonly seed: number;
  /** Workers that train together, one core each. The result depends on it (sums are taken in another order). */
  readonly threads: number;
  readonly network: NetworkOptions;
  readonly training: TrainingOptions;
  readonly clustering: ClusteringOptions;
  /** Null for the other methods. */
  readonly kin: KinOptions | null;
}

/** The options of a kin run. */
export interface KinMethodOptions extends MethodOptions {
  readonly kin: KinOptions;
}

export function isKin(options: MethodOptions): options is KinMethodOptions {
  return options.kin !== null;
}

/** The layers of the auto-encoder. */
export interface NetworkOptions {
  /** Convolutions in encoder and decoder (the classic's second model). */
  readonly convolution: boolean;
  /** Widths of the dense layers before the code, such as [500, 500, 2000]; empty for the classic's single layer. */
  readonly hidden: readonly number[];
  /** Length of the code. */
  readonly encodingSize: number;
  /** The decoder uses the encoder's weights, transposed. */
  readonly tied: boolean;
}

/** How the auto-encoder is trained. */
export interface TrainingOptions {
  readonly optimizer: OptimizerName;
  /** Of the optimizer, after the warm-up. */
  readonly learningRate: number;
  /** Steps over which the rate rises from 0 at the start; 0 for none. */
  readonly warmUpSteps: number;
  /** In all, those of the warm-up included. */
  readonly steps: number;
  /** Images a step, over all threads together. */
  readonly batchSize: number;
}

/** How codes become kinds. */
export interface ClusteringOptions {
  /** Null (kin only): as many as the graph shows. */
  readonly numClusters: number | null;
  readonly distance: DistanceName;
  /** Are codes whitened before: turned to their principal components, each of variance 1? */
  readonly whiten: boolean;
  /** Images a mini-batch; null for Lloyd's algorithm on all of them. */
  readonly miniBatch: number | null;
  /** Runs of K-means from different seedings; the one with the smallest inertia is kept. */
  readonly restarts: number;
}

/** What `kin` goes by. Pixel counts hold for a side of 28, to which every image is brought first. */
export interface KinOptions {
  /** `fast` stops at the graph; `best` trains wide networks. */
  readonly quality: QualityName;
  /** Neighbours of each image, in each view. */
  readonly neighbours: number;
  /** An image is trusted where the vote of its neighbourhood is at least this. */
  readonly trustedVote: number;
  /** The networks are trained only where at least this share of the images is trusted. */
  readonly leastTrusted: number;
  /** Channels of the three convolutions, and units of the dense layer; null where nothing is trained. */
  readonly widths: readonly [number, number, number, number] | null;
  /** Passes over the trusted images, with the graph's kinds as targets. */
  readonly warmUpEpochs: number;
  /** Passes with each network's targets taken from the other one. */
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** A crossed target is used where its probability is above this. */
  readonly leastCertain: number;
  /** Subsamples from which the stability of the kinds is taken; 0 for none. */
  readonly stabilityRuns: number;
}
