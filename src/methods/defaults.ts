// Every default with its reason. None was chosen by labels: reconstruction error, stability over seeds, or
// the classic itself decided.
import { availableParallelism } from 'node:os';
import type {
  ClusteringOptions,
  MethodName,
  MethodOptions,
  NetworkOptions,
  TrainingOptions,
} from './options.js';

/** What a person chose; everything else takes its default. */
export interface MethodOptionChoices {
  readonly method?: MethodName;
  readonly seed?: number;
  readonly threads?: number;
  readonly network?: Partial<NetworkOptions>;
  readonly training?: Partial<TrainingOptions>;
  readonly clustering?: Partial<ClusteringOptions>;
}

/** More workers than this split a batch of 128 into pieces too small to be worth the exchange. */
const MOST_THREADS = 8;

export function completeOptions(choices: MethodOptionChoices): MethodOptions {
  const network: NetworkOptions = {
    // The classic's first model: one dense layer.
    convolution: false,
    hidden: [],
    // 64 codes: the classic's scale; reconstruction error still falls beyond, clustering time grows with it.
    encodingSize: 64,
    // The classic leaves the decoder its own weights.
    tied: false,
    ...choices.network,
  };
  const training: TrainingOptions = {
    optimizer: 'adagrad',
    ...choices.training,
    learningRate: choices.training?.learningRate ?? LEARNING_RATES[choices.training?.optimizer ?? 'adagrad'],
    // Without it Adagrad's first steps kill the convolutional network's ReLUs in some seeds; 100 steps gave
    // a lower held-out error than 10.
    warmUpSteps: choices.training?.warmUpSteps ?? 100,
    steps: choices.training?.steps ?? 2000,
    batchSize: choices.training?.batchSize ?? 128,
  };
  return {
    method: choices.method ?? 'autoencoder',
    seed: choices.seed ?? 0,
    threads: choices.threads ?? Math.min(availableParallelism(), MOST_THREADS, training.batchSize),
    network,
    training,
    clustering: {
      // MNIST's ten digits, as in the classic.
      numClusters: 10,
      distance: 'euclidean',
      miniBatch: null,
      restarts: 3,
      ...choices.clustering,
    },
  };
}

/** Adagrad's as in the classic; Adam's and SGD's the largest power of ten that was stable over seeds. */
const LEARNING_RATES = { adagrad: 0.05, adam: 0.001, sgd: 0.1 } as const;

/** How a network uses the cores: workers that share a batch, and cores inside each worker's session. */
export interface WorkerLayout {
  readonly workers: number;
  readonly coresPerWorker: number;
}

/**
 * Convolutions: a worker a core and a share of the batch each (10.5 ms a step on two cores against 16.4 in one
 * session). Dense: one worker on all cores, since its matrix products split well and there is nothing to
 * exchange (deep: 30–43 ms against 56, PyTorch 37–40).
 */
export function workerLayout({ convolution }: NetworkOptions, threads: number): WorkerLayout {
  return convolution ? { workers: threads, coresPerWorker: 1 } : { workers: 1, coresPerWorker: threads };
}
