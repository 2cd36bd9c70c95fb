// What settles the doubtful images of a large pile that an encoder looked at: small heads on its vectors, two and two
// taught by each other as networks of pixels are (cross-fit.ts), three times over from other seeds.
//
// The graph sees neighbours alone; a head sees the whole space between two kinds. It learns from the half of the images whose
// neighbourhoods are clearest, then from what the head of the other half says of its own, averaged with the neighbours (as
// `withNeighbours` does). One pair depends on how the halves fell; the mean of three depends on that less (Lakshminarayanan,
// Pritzel & Blundell 2017, "Deep ensembles").

import type { Matrix } from '../../core/matrix.js';
import { createRandom } from '../../core/random.js';
import { columnOfLargest } from '../../core/statistics.js';
import { writeInto } from '../../engine/lowering.js';
import type { OnnxGraph } from '../../engine/onnx/onnx.js';
import { softmax } from '../../engine/operations.js';
import { ANY, input } from '../../engine/program.js';
import type { NeighbourGraph } from '../../graph/neighbour-graph.js';
import { type HeadShape, trainedHeadScores } from '../../models/head.js';
import { type CrossFitContext, type CrossFitJob, crossFit, type EpochReport } from './cross-fit.js';
import type { Words } from './cross-fit-targets.js';

/** Fewer pictures than this have nothing to teach a head that their neighbours do not say (docs/log.md). */
export const LEAST_FOR_HEADS = 5000;

const HIDDEN = 256;
const PAIRS = 3;
/** Share of the images that the first round learns from: those with the clearest vote. */
const CLEAREST = 0.5;
const ROUNDS = 6;
const PASSES_A_ROUND = 6;

const SCHEDULE = {
  warmUpEpochs: 1,
  epochs: ROUNDS - 1,
  passes: PASSES_A_ROUND,
  leastSteps: 1,
  batchSize: 256,
  learningRate: 0.002,
  /** A target is learnt from where its probability is above this. */
  leastCertain: 0.5,
} satisfies Partial<CrossFitJob>;

export interface HeadsJob {
  /** What heads look at, (n, d) in shared memory. */
  readonly inputs: Matrix;
  readonly k: number;
  /** (n): the graph's kinds; −1 for none. */
  readonly assignment: Int32Array;
  /** (n), 0 … 1: how clearly the neighbourhood speaks for them. */
  readonly vote: Float32Array;
  /** What a person said; null: nothing. */
  readonly words: Words | null;
  readonly graph: NeighbourGraph;
  readonly seed: number;
  readonly threads: number;
}

export interface TrainedHead {
  readonly shape: HeadShape;
  readonly parameters: Float32Array;
}

export interface TrainedHeads {
  readonly heads: readonly TrainedHead[];
  /** (n, k): the mean of what the pairs say of each image, crossed and averaged over the graph. */
  readonly probabilities: Float32Array;
  /** Share of the images of which all pairs say the same, 0 … 1. */
  readonly agreement: number;
}

/** Trains the pairs. The bytes depend on the seed alone. Throws an InterruptedError when the signal aborts. */
export async function trainHeads(job: HeadsJob, context: CrossFitContext): Promise<TrainedHeads> {
  const { inputs, k, assignment, words, seed, threads } = job;
  const shape = { columns: inputs.columns, hidden: HIDDEN, k };
  const trusted = clearestHalf(job.vote, assignment);
  words?.assignment.forEach((kind, image) => {
    if (kind >= 0 && (words.held[image] === 1 || words.vouched[image] === 1)) trusted[image] = 1;
  });
  const { graph } = job;
  const quarantined = new Uint8Array(assignment.length);
  const known = { ...SCHEDULE, k, assignment, trusted, quarantined, words, graph, threads };
  const plan = { kind: 'vectors', rows: inputs.data, shape } as const;
  const told = togetherOf(PAIRS, context);
  const fit = (pair: number) => {
    const pairSeed = createRandom(seed, `heads ${pair}`).integer(2 ** 31);
    return crossFit({ ...known, plan, seed: pairSeed }, told(pair));
  };
  const pairs = await inTurns(PAIRS, Math.floor(threads / 2), fit);
  const ofPairs = pairs.map(({ probabilities }) => probabilities);
  return {
    heads: pairs.flatMap(({ networks }) => networks.map(({ parameters }) => ({ shape, parameters }))),
    probabilities: meanOf(ofPairs),
    agreement: shareAgreed(ofPairs, k),
  };
}

/** (n): 1 for those images with a kind whose vote is not below the median of all such; equal votes stand together. */
export function clearestHalf(vote: Float32Array, assignment: Int32Array): Uint8Array {
  const votes = vote.filter((_, image) => assignment[image] >= 0).sort();
  const least = votes[Math.floor((1 - CLEAREST) * votes.length)];
  return Uint8Array.from(vote, (share, image) => (assignment[image] >= 0 && share >= least ? 1 : 0));
}

/** Does `work` for 0 … count − 1, `atOnce` of them at a time, at least one. */
async function inTurns<T>(count: number, atOnce: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = new Array(count);
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next++;
      results[index] = await work(index);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(atOnce, count)) }, worker));
  return results;
}

/** Contexts of `pairs` trainings that are told as one: steps of all, and of every epoch the mean, once all have been there. */
function togetherOf(pairs: number, { report, signal, onEpoch }: CrossFitContext) {
  const done = new Array<number>(pairs).fill(0);
  const waiting = new Map<number, EpochReport[]>();
  return (pair: number): CrossFitContext => ({
    signal,
    report(progress) {
      done[pair] = progress.done;
      const total = progress.total === null ? null : pairs * progress.total;
      report({ ...progress, stage: 'heads', done: done.reduce((sum, part) => sum + part), total });
    },
    onEpoch(epoch) {
      const told = [...(waiting.get(epoch.epoch) ?? []), epoch];
      waiting.set(epoch.epoch, told);
      if (told.length === pairs) onEpoch?.(meanReport(told));
    },
  });
}

function meanReport(reports: readonly EpochReport[]): EpochReport {
  const mean = (of: (report: EpochReport) => number) =>
    reports.reduce((sum, report) => sum + of(report) / reports.length, 0);
  return {
    ...reports[0],
    losses: [mean(({ losses }) => losses[0]), mean(({ losses }) => losses[1])],
    kept: mean(({ kept }) => kept),
    agreement: reports[0].agreement === null ? null : mean(({ agreement }) => agreement!),
  };
}

function meanOf(parts: readonly Float32Array[]): Float32Array {
  return parts[0].map((_, at) => parts.reduce((sum, part) => sum + part[at], 0) / parts.length);
}

/** Share of the rows of (n, k) matrices whose largest entry stands in the same column of all. */
function shareAgreed(parts: readonly Float32Array[], k: number): number {
  const rows = parts[0].length / k;
  let agreed = 0;
  for (let row = 0; row < rows; row++) {
    const [first, ...others] = parts.map((part) => columnOfLargest(part, k, row));
    if (others.every((other) => other === first)) agreed++;
  }
  return agreed / rows;
}

/** inputs float32 (n, d) → the heads' mean probabilities (n, k). */
export function addHeadProbabilities(
  graph: OnnxGraph,
  inputs: string,
  heads: readonly TrainedHead[],
): string {
  const programs = heads.map(({ shape, parameters }) =>
    softmax(trainedHeadScores(input('inputs', [ANY, shape.columns]), shape, parameters)),
  );
  const votes = writeInto(graph, programs, { inputs });
  return graph.node('Mul', [graph.node('Sum', votes), graph.scalar(1 / heads.length)]);
}
