// Every default with its reason. None was chosen by labels: reconstruction error, stability over seeds, or
// the classic itself decided.
import { availableParallelism } from 'node:os';
import { NEIGHBOURS } from '../graph/neighbour-graph.js';
import { given, type MethodOptionChoices, methodOf, requireConsistent } from './choices.js';
import type {
  ClusteringOptions,
  KinOptions,
  MethodOptions,
  NetworkOptions,
  QualityName,
  TrainingOptions,
} from './options.js';

/** More workers than this split a batch of 128 into pieces too small to be worth the exchange. */
const MOST_THREADS = 8;

/** Throws an InputError for choices that cannot stand together. */
export function completeOptions(choices: MethodOptionChoices): MethodOptions {
  requireConsistent(choices);
  const method = methodOf(choices);
  const { seed = 0, threads } = choices;
  const chosen = { training: given(choices.training), clustering: given(choices.clustering) };
  const network: NetworkOptions = {
    // The classic's first model: one dense layer.
    convolution: false,
    hidden: [],
    // 64 codes: the classic's scale; reconstruction error still falls beyond, clustering time grows with it.
    encodingSize: 64,
    // The classic leaves the decoder its own weights.
    tied: false,
    ...given(choices.network),
  };
  const training: TrainingOptions = {
    optimizer: 'adagrad',
    learningRate: LEARNING_RATES[chosen.training.optimizer ?? 'adagrad'],
    // Without it Adagrad's first steps kill the convolutional network's ReLUs in some seeds; 100 steps gave
    // a lower held-out error than 10.
    warmUpSteps: 100,
    steps: 2000,
    batchSize: 128,
    ...chosen.training,
  };
  const clustering: ClusteringOptions = {
    // The classic's: MNIST's ten digits. Kin looks at the graph.
    numClusters: method === 'kin' ? null : 10,
    distance: 'euclidean',
    // The classic takes codes as they are.
    whiten: false,
    miniBatch: null,
    restarts: 3,
    ...chosen.clustering,
  };
  return {
    method,
    seed,
    threads: threads ?? Math.min(availableParallelism(), MOST_THREADS, training.batchSize),
    network,
    training,
    clustering,
    kin: method === 'kin' ? kinOptions(choices) : null,
  };
}

function kinOptions({ quality = 'default', networkEpochs = 8 }: MethodOptionChoices): KinOptions {
  return {
    quality,
    neighbours: NEIGHBOURS,
    // Two averagings over ten neighbours in two views: 0.97 means hardly one neighbour against.
    trustedVote: 0.97,
    // Below it the networks learn the graph's mistakes: measured on Fashion-MNIST, with its labels.
    leastTrusted: 0.75,
    widths: WIDTHS[quality],
    // Long enough that the networks agree where the graph was right, too short to learn its mistakes by heart.
    warmUpEpochs: 2,
    // More than 8 changed nothing on MNIST (with its labels); fewer leave the averaged weights behind.
    epochs: networkEpochs,
    batchSize: 128,
    learningRate: 0.002,
    leastCertain: 0.9,
    // Enough to tell 0.95 from 0.9 (a kind's Jaccard overlaps vary by some 0.03).
    stabilityRuns: quality === 'fast' ? 0 : 5,
  };
}

/** `default` fits a network a core into four minutes, `best` into nine. */
const WIDTHS: Readonly<Record<QualityName, KinOptions['widths']>> = {
  fast: null,
  default: [16, 32, 64, 128],
  best: [32, 64, 128, 128],
};

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
