// The story of K-means as a dialogue: what is asked of whoever has the rows, and what follows from the answers. A team of
// workers answers (team.ts), by float32 products of matrices, or the calling thread does (in-thread.ts), in float64.
//
// It starts by greedy k-means++: each next centre is drawn from the rows with probability proportional to the squared
// distance to the nearest centre so far (Arthur & Vassilvitskii, "k-means++: the advantages of careful seeding",
// 2007). The greedy form of their code, which scikit-learn follows, draws 2 + ⌊ln k⌋ candidates and keeps the one that
// leaves the smallest sum of squared distances. Lloyd's passes follow ("Least squares quantization in PCM", 1982).
import type { Random } from '../../core/random.js';
import type { Answer, Question } from './protocol.js';

export type Dialogue<T> = Generator<Question, T, Answer>;

export interface SeedingOptions {
  readonly k: number;
  /** (n): squared distance of each row to its nearest seed; who answers keeps it. */
  readonly closest: Float32Array | Float64Array;
  /** Of candidates that are equally good, is the lowest row taken, or the one that was drawn first? */
  readonly ties: 'lowest row' | 'first drawn';
}

/** Makes k rows the centres. */
export function* seedCentres({ k, closest, ties }: SeedingOptions, random: Random): Dialogue<void> {
  const trials = 2 + Math.floor(Math.log(k));
  let candidates = [random.integer(closest.length)];
  for (let cluster = 0; cluster < k; cluster++) {
    if (cluster > 0) candidates = drawCandidates(closest, trials, ties, random);
    const { potentials } = yield { kind: 'tryCandidates', candidates };
    const place = potentials.indexOf(Math.min(...potentials));
    yield { kind: 'adoptCandidate', place, cluster };
  }
}

/** weights (n) → `count` rows, each drawn with probability proportional to its weight. */
function drawCandidates(
  weights: Float32Array | Float64Array,
  count: number,
  ties: SeedingOptions['ties'],
  random: Random,
): number[] {
  const isInRowOrder = ties === 'lowest row';
  let total = 0;
  for (let row = 0; row < weights.length; row++) total += weights[row];
  if (total === 0) {
    // Every row equals a seed: there are fewer distinct rows than centres, and any row is as good.
    return Array.from({ length: isInRowOrder ? 1 : count }, () => random.integer(weights.length));
  }
  const targets = Array.from({ length: count }, () => random.uniform() * total);
  const order = Array.from(targets.keys()).sort((a, b) => targets[a] - targets[b]);
  const drawn = new Array<number>(count);
  let [sum, last, found, next] = [0, 0, 0, targets[order[0]]];
  for (let row = 0; row < weights.length && found < count; row++) {
    if (weights[row] === 0) continue;
    sum += weights[row];
    last = row;
    while (next < sum) {
      drawn[order[found++]] = row;
      next = found < count ? targets[order[found]] : Number.POSITIVE_INFINITY;
    }
  }
  while (found < count) drawn[order[found++]] = last;
  return isInRowOrder ? drawn.sort((a, b) => a - b) : drawn;
}

export interface LloydOptions {
  /** Most passes over the rows. */
  readonly maxIterations: number;
  /** The fit ends when a pass lowers the inertia by no more than this share of it. */
  readonly tolerance: number;
  /** Then the centres move once more, or stay where the rows were assigned to them. */
  readonly atLast: 'move' | 'stay';
}

/** What a fit leaves besides the centres. */
export interface Fit {
  readonly iterations: number;
  /** Did it end by itself, before `maxIterations`? Else the centres have moved since the rows were assigned. */
  readonly converged: boolean;
}

/** Assigns rows and moves centres, from the centres that are there. */
export function* fitLloyd(
  { maxIterations, tolerance, atLast }: LloydOptions,
  report: (pass: number) => void = () => {},
): Dialogue<Fit> {
  let previous = Number.POSITIVE_INFINITY;
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    report(iteration - 1);
    const { changed, refilled, inertia } = yield { kind: 'assign' };
    // Written so that the first pass, with nothing before it, never ends the fit.
    const isSettled = refilled === 0 && inertia >= (1 - tolerance) * previous;
    const converged = changed === 0 || isSettled;
    if (changed > 0 && !(isSettled && atLast === 'stay')) yield { kind: 'moveCentres' };
    if (converged) return { iterations: iteration, converged };
    previous = inertia;
  }
  return { iterations: maxIterations, converged: false };
}
