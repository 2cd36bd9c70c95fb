// Two networks that teach each other the kinds. One sees raw images, the other deskewed ones; each is trained
// on its own random half, first on the kinds that the graph is sure of, then on what the *other* network says of
// that half. A mistake that one network has learnt by heart it cannot confirm to itself, and the two views make
// different mistakes.
//
// Sources: cross-fitting, Chernozhukov et al. 2018 ("Double machine learning", on folds); co-training on two
// views, Blum & Mitchell 1998; hard confident targets, Lee 2013 ("Pseudo-label").
//
// Each network has a thread of its own and a single-threaded session: no gradient is exchanged, only predictions
// between epochs, so both cores are busy throughout. One thread does the same in turn, to the same bits. Several threads
// may share a network: its batches, and the sums of its normalisations and gradients.
import { abandon, createLocalMemory } from '../../core/collective.js';
import type { ReportProgress } from '../../core/progress.js';
import { createRandom } from '../../core/random.js';
import { openWorkerTeam, type WorkerTeam } from '../../core/workers.js';
import { totalLength } from '../../engine/parameters.js';
import { cosineRateOfStep, rateOfStep } from '../../engine/training/schedule.js';
import type { NeighbourGraph } from '../../graph/neighbour-graph.js';
import type { TrainedClassifier } from '../../models/classifier-network.js';
import type { MethodContext } from '../found-kinds.js';
import type { KinOptions } from '../options.js';
import {
  isBeyondDoubt,
  randomHalves,
  targetsOf,
  updatePosteriors,
  type Words,
  withNeighbours,
  withWords,
} from './cross-fit-targets.js';
import type { CrossFitAnswer, CrossFitRequest, CrossFitShare } from './cross-fit-worker.js';
import type { LearnerPlan, NetworkIndex } from './learner.js';
import { parametersOf } from './learners.js';

export interface CrossFitJob
  extends Pick<KinOptions, 'warmUpEpochs' | 'epochs' | 'batchSize' | 'learningRate' | 'leastCertain'> {
  /** What is trained, and on what. */
  readonly plan: LearnerPlan;
  /** Kinds. */
  readonly k: number;
  /** The graph's kind of every image; −1: none, never trained on. */
  readonly assignment: Int32Array;
  /** 1 where the graph's kind is sure: what the first epochs are trained on. */
  readonly trusted: Uint8Array;
  /** 1 where an image is never trained on, whatever the networks say. */
  readonly quarantined: Uint8Array;
  /** What a person said of these images; null: nothing. */
  readonly words: Words | null;
  /** Who is near whom: posteriors are averaged with the neighbours'. */
  readonly graph: NeighbourGraph;
  /** Times that an epoch goes through its images, 1 by default. */
  readonly passes?: number;
  /** Steps that an epoch has at least, however few images there are. */
  readonly leastSteps?: number;
  readonly seed: number;
  readonly threads: number;
  /**
   * Threads that share the steps of a network, 1 by default. The result depends on it, since sums are taken in another
   * order, and not on `threads`.
   */
  readonly threadsPerNetwork?: number;
}

export interface EpochReport {
  /** What the networks look at: the images as they are and deskewed, or vectors, both the same ones. */
  readonly of: LearnerPlan['kind'];
  readonly epoch: number;
  /** Mean loss of each network. */
  readonly losses: readonly [number, number];
  /** Share of all images that the epoch was trained on. */
  readonly kept: number;
  /** Share of a sample that both networks say the same of; null before they are asked. */
  readonly agreement: number | null;
}

export interface CrossFitContext extends MethodContext {
  /** Called after each epoch. */
  readonly onEpoch?: (report: EpochReport) => void;
}

export interface CrossFitted {
  /** What was learnt; of images, averaged over the last steps. */
  readonly networks: readonly [TrainedClassifier, TrainedClassifier];
  /** (count, k): each image's by the network that was not trained on it, smoothed over the graph. */
  readonly probabilities: Float32Array;
}

interface Pace {
  /** So that Ctrl-C is heard soon: a call of wide networks takes a third of a second, one of heads a twentieth. */
  readonly stepsACall: number;
  /** Steps in which the learning rate rises: Adam must see some gradients before it knows their size. */
  readonly warmUpSteps: number;
  /** Does the rate fall along a cosine to the end, or stay? */
  readonly falls: boolean;
}

const PACES: Readonly<Record<LearnerPlan['kind'], Pace>> = {
  images: { stepsACall: 4, warmUpSteps: 100, falls: true },
  // A head has some hundred steps in all; it is as good from the first round on.
  vectors: { stepsACall: 16, warmUpSteps: 0, falls: false },
};
const IMAGES_A_CALL = 1024;
/** Images of each half that both networks are asked for, to see how far they agree. */
const AGREEMENT_SAMPLE = 1024;
/**
 * As many as 60,000 images give: a small dataset goes through its images several times an epoch, since what a
 * network needs to learn are steps. (Seen by MNIST's labels: with 60, two thousand of its images ended at 97.7 %, with
 * 150 at 98.5 %.)
 */
const LEAST_STEPS_AN_EPOCH = 200;
/** Share of the crossed epochs in which what was said of a group is learnt as it was said, before networks may doubt it. */
const WORDS_ALONE = 0.5;
/** Batches in the smaller half of the trusted images; a batch of fewer than SMALLEST_BATCH is no sample. */
const BATCHES_IN_HALF = 8;
const SMALLEST_BATCH = 16;

const NETWORKS: readonly NetworkIndex[] = [0, 1];
type Pair<T> = readonly [T, T];

/** Trains both networks. Throws an InterruptedError when the signal aborts. */
export async function crossFit(job: CrossFitJob, context: CrossFitContext): Promise<CrossFitted> {
  const { k, seed, assignment, trusted, quarantined } = job;
  const count = assignment.length;
  const halves = randomHalves(count, seed);
  const isUsed = assignment.map((kind, image) => (kind >= 0 && trusted[image] === 1 ? 1 : 0));
  const batchSize = batchSizeFor(job, halves, isUsed);
  const schedule = createSchedule(job, halves, batchSize, context.report);
  const team = openCrossFitTeam(job, batchSize, context.signal);
  try {
    const posteriors = new Float32Array(count * k);
    let kinds: ArrayLike<number> = assignment;
    let isKept: ArrayLike<number> = isUsed;
    for (let epoch = 0; epoch < job.warmUpEpochs + job.epochs; epoch++) {
      let agreement: number | null = null;
      if (epoch >= job.warmUpEpochs) {
        agreement = await exchange(team, job, halves, posteriors, epoch === job.warmUpEpochs);
        const isEarly = epoch - job.warmUpEpochs < WORDS_ALONE * job.epochs;
        const heeded = withWords(posteriors, k, job.words);
        const targets = targetsOf(withNeighbours(heeded, job.graph, k), k, job.leastCertain);
        const isTold = (image: number) => job.words !== null && isBeyondDoubt(job.words, image, isEarly);
        kinds = targets.kinds.map((kind, image) => (isTold(image) ? job.words!.assignment[image] : kind));
        isKept = targets.isSure.map((sure, image) =>
          isTold(image) ? 1 : quarantined[image] === 1 ? 0 : sure,
        );
      }
      const chosen = halves.map((half) => half.filter((image) => isKept[image] === 1));
      const kept = chosen.reduce((sum, images) => sum + images.length, 0) / count;
      schedule.startEpoch(epoch, kept, agreement);
      const losses = await forBoth(team, (network) => {
        const images = chosen[network];
        const request: CrossFitRequest = {
          do: 'begin',
          network,
          images,
          kinds: Uint16Array.from(images, (image) => kinds[image]),
          orderSeed: createRandom(seed, `order of network ${network}, epoch ${epoch}`).integer(2 ** 31),
        };
        return trainEpoch(team, request, schedule);
      });
      context.onEpoch?.({ of: job.plan.kind, epoch, losses, kept, agreement });
    }
    await exchange(team, job, halves, posteriors, job.epochs === 0);
    const networks = await forBoth(team, async (network) => {
      const { averaged } = await ask(team, { do: 'average', network });
      return averaged!;
    });
    const heeded = withWords(posteriors, k, job.words);
    return { networks, probabilities: withNeighbours(heeded, job.graph, k) };
  } finally {
    await team.close();
  }
}

/** How many steps an epoch has, their learning rates, and how far it all is. */
interface Schedule {
  readonly stepsACall: number;
  startEpoch(epoch: number, kept: number, agreement: number | null): void;
  stepsFor(images: number): number;
  /** Learning rates of the next steps of a network, `count` of them. */
  nextRates(network: NetworkIndex, count: number): number[];
  /** A network has done a part of its epoch. */
  progress(network: NetworkIndex, part: number): void;
}

function createSchedule(
  job: CrossFitJob,
  halves: Pair<Uint32Array>,
  batchSize: number,
  report: ReportProgress,
): Schedule {
  const { leastSteps = LEAST_STEPS_AN_EPOCH, passes = 1 } = job;
  const stepsFor = (images: number) =>
    images === 0 ? 0 : Math.max(leastSteps, passes * Math.floor(images / batchSize));
  const stepsOfEpoch = stepsFor(halves[0].length);
  const epochs = job.warmUpEpochs + job.epochs;
  const { stepsACall, warmUpSteps, falls } = PACES[job.plan.kind];
  const rate = { learningRate: job.learningRate, warmUpSteps, steps: epochs * stepsOfEpoch };
  const rateOf = falls ? cosineRateOfStep : rateOfStep;
  const stepsDone = [0, 0];
  const parts = [0, 0];
  let epochNow = 0;
  let detail = '';
  const tell = () => {
    const done = (2 * epochNow + parts[0] + parts[1]) * stepsOfEpoch;
    report({ stage: 'networks', done: Math.round(done), total: 2 * rate.steps, unit: 'steps', detail });
  };
  return {
    stepsACall,
    stepsFor,
    startEpoch(epoch, kept, agreement) {
      epochNow = epoch;
      parts.fill(0);
      const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
      detail = `training on ${percent(kept)}${agreement === null ? '' : `, agreeing on ${percent(agreement)}`}`;
      tell();
    },
    nextRates(network, count) {
      return Array.from({ length: count }, () => rateOf(++stepsDone[network], rate));
    },
    progress(network, part) {
      parts[network] = part;
      tell();
    },
  };
}

/** Trains one network for an epoch; its mean loss. */
async function trainEpoch(
  team: CrossFitTeam,
  begin: CrossFitRequest & { readonly do: 'begin' },
  schedule: Schedule,
): Promise<number> {
  const { network } = begin;
  const steps = schedule.stepsFor(begin.images.length);
  // Nothing to learn from: the network stays as it is.
  if (steps === 0) return Number.NaN;
  await ask(team, begin);
  let sum = 0;
  for (let done = 0; done < steps; ) {
    const learningRates = schedule.nextRates(network, Math.min(schedule.stepsACall, steps - done));
    const { values } = await ask(team, { do: 'steps', network, learningRates });
    sum += values.reduce((total, loss) => total + loss, 0);
    done += learningRates.length;
    schedule.progress(network, done / steps);
  }
  return sum / steps;
}

/**
 * Each network says what it believes of the other's half; `posteriors` takes it up. Returns on what share of a
 * sample of both halves the networks agree.
 */
async function exchange(
  team: CrossFitTeam,
  { k }: CrossFitJob,
  halves: Pair<Uint32Array>,
  posteriors: Float32Array,
  isFirst: boolean,
): Promise<number> {
  const samples = halves.map((half) => half.subarray(0, AGREEMENT_SAMPLE));
  const said = await forBoth(team, async (network) => {
    await ask(team, { do: 'average', network });
    const ofOther = await predict(team, network, halves[1 - network], k);
    return { ofOther, ofOwn: await predict(team, network, samples[network], k) };
  });
  let equal = 0;
  for (const network of NETWORKS) {
    const images = halves[1 - network];
    updatePosteriors(posteriors, k, images, said[network].ofOther, isFirst);
    const sample = samples[1 - network].length * k;
    const theirs = targetsOf(said[network].ofOther.subarray(0, sample), k, 0).kinds;
    const own = targetsOf(said[1 - network].ofOwn, k, 0).kinds;
    own.forEach((kind, index) => {
      if (kind === theirs[index]) equal++;
    });
  }
  return equal / Math.max(1, samples[0].length + samples[1].length);
}

async function predict(
  team: CrossFitTeam,
  network: NetworkIndex,
  images: Uint32Array,
  k: number,
): Promise<Float32Array> {
  const probabilities = new Float32Array(images.length * k);
  const workers = team.workersOf(network);
  const predictBlocks = async (worker: number, index: number): Promise<void> => {
    for (let first = index * IMAGES_A_CALL; first < images.length; first += workers.length * IMAGES_A_CALL) {
      const rows = images.slice(first, first + IMAGES_A_CALL);
      const { values } = await team.threads.ask(worker, { do: 'predict', network, images: rows });
      probabilities.set(values, first * k);
    }
  };
  await Promise.all(workers.map(predictBlocks));
  return probabilities;
}

interface CrossFitTeam {
  readonly threads: WorkerTeam<CrossFitRequest, CrossFitAnswer>;
  /** The threads of a network. */
  workersOf(network: NetworkIndex): readonly number[];
  /** Do the networks have threads of their own? */
  readonly isForBoth: boolean;
  close(): Promise<void>;
}

function openCrossFitTeam(
  { plan, seed, threads, threadsPerNetwork = 1 }: CrossFitJob,
  batchSize: number,
  signal: AbortSignal,
): CrossFitTeam {
  const size = Math.max(1, Math.min(threadsPerNetwork, batchSize));
  const isForBoth = threads >= NETWORKS.length * size;
  const capacity = totalLength(parametersOf(plan));
  const memories = NETWORKS.map(() => createLocalMemory(size, capacity));
  const shares = Array.from(
    { length: isForBoth ? NETWORKS.length * size : size },
    (_, worker): CrossFitShare => ({ plan, batchSize, seed, rank: worker % size, memories }),
  );
  const entry = new URL('./cross-fit-worker.js', import.meta.url);
  const team: CrossFitTeam['threads'] = openWorkerTeam(entry, shares, { signal, runsSessions: true });
  return {
    threads: team,
    isForBoth,
    workersOf: (network) =>
      Array.from({ length: size }, (_, rank) => (isForBoth ? network * size : 0) + rank),
    close() {
      memories.forEach(abandon);
      return team.close();
    },
  };
}

/** Asks all threads of a network; they answer the same. */
async function ask(team: CrossFitTeam, request: CrossFitRequest): Promise<CrossFitAnswer> {
  const workers = team.workersOf(request.network);
  const [answer] = await Promise.all(workers.map((worker) => team.threads.ask(worker, request)));
  return answer;
}

/** Does `work` for both networks: at once where each has threads of its own, else one after the other. */
async function forBoth<T>(team: CrossFitTeam, work: (network: NetworkIndex) => Promise<T>): Promise<Pair<T>> {
  if (team.isForBoth) return Promise.all([work(0), work(1)]);
  return [await work(0), await work(1)];
}

/** The asked size; for small datasets the power of two that leaves some batches in the smaller half. */
function batchSizeFor(job: CrossFitJob, halves: Pair<Uint32Array>, isUsed: ArrayLike<number>): number {
  const images = Math.min(...halves.map((half) => half.filter((image) => isUsed[image] === 1).length));
  const fitting = 2 ** Math.floor(Math.log2(Math.max(1, images / BATCHES_IN_HALF)));
  return Math.min(job.batchSize, Math.max(SMALLEST_BATCH, fitting));
}
