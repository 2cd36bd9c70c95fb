// The leading eigenvectors of a large sparse symmetric matrix by Chebyshev-filtered subspace iteration.
//
// A block of vectors is filtered (chebyshev.ts), the best approximate eigenvectors within it are taken
// (rayleigh-ritz.ts), those that are good enough are put aside, and so on. Against Lanczos' method, SciPy's choice, nearly
// all work is products with the sparse matrix that read a whole row of the block for each edge, and a
// multiple eigenvalue is nothing special as long as the block is wider than its multiplicity.
import type { Random } from '../../core/random.js';
import type { BlockTask } from './block-arithmetic.js';
import {
  addSums,
  type Block,
  type BlockMemory,
  blockAt,
  blockValues,
  finishedBlock,
} from './block-memory.js';
import type { BlockTeam } from './block-team.js';
import { chebyshevSteps, gainPerDegree, type Interval } from './chebyshev.js';
import { rayleighRitz } from './rayleigh-ritz.js';

export interface IterationOptions {
  /** Finished vectors that are there already; all others are sought at right angles to them. */
  readonly known: number;
  /** Finished vectors wanted in the end. */
  readonly wanted: number;
  /** Vectors in the block, a multiple of 4 beyond those missing. */
  readonly width: number;
  /** Vectors of the block to start with that are there already. */
  readonly filled: number;
  readonly tolerance: number;
  readonly interval: Interval;
  readonly random: Random;
  readonly report: (done: number) => void;
}

/** Most rounds of filtering; a graph of images takes three to five. */
const MOST_ROUNDS = 60;
/** A filter's degree is at least this where growth allows, so that a round is worth its dense work; and at most that. */
const DEGREES = { least: 4, most: 40 };
/**
 * Within one filter nothing may outgrow the rest by more, not even what has been put aside and comes back with
 * every rounding: float32 carries seven digits, and a vector lost in another's rounding has to start again.
 */
const MOST_GROWTH = 1e5;
/** Vectors are put aside at this share of the tolerance: what is left of their error limits all others'. */
const ASIDE = 0.25;
/** The cut stays this share of the spectrum's width below the last wanted eigenvalue. */
const LEAST_MARGIN = 0.01;

/**
 * Fills the memory's finished vectors from `known` to `wanted`, best first; work block 0 holds the start
 * (n, width), of which the first `filled` vectors are given and the others are drawn at random. Returns the
 * eigenvalues of the new ones. Where MOST_ROUNDS are not enough, the last vectors are those of the last round,
 * worse than `tolerance`.
 */
export async function iterateSubspace(
  team: BlockTeam,
  memory: BlockMemory,
  options: IterationOptions,
): Promise<number[]> {
  const { known, wanted, tolerance, random } = options;
  const found: number[] = [];
  const [first, second, third] = memory.work;
  let { filled, width } = options;
  let [x, spare, other] = [blockAt(first, width), blockAt(second, width), blockAt(third, width)];
  let interval = widened(options.interval);
  let degree = mostDegree(interval);
  for (let round = 1; ; round++) {
    drawVectors(memory, x, filled, width, random);
    [x, spare] = await filter(team, x, spare, interval, degree);
    await removeFinished(team, memory, x, known + found.length);
    await team.perform(product(spare, x));
    const ritz = await ritzPairs(team, memory, x, spare);
    const size = ritz.values.length;
    writeCoefficients(memory, ritz.coefficients, x.stride, size, other.stride);
    await team.perform({ kind: 'combine', out: other, a: x, gamma: 0 });
    [x, other] = [other, x];
    const residuals = await residualNorms(team, memory, x, spare, ritz.values);

    const missing = wanted - known - found.length;
    const last = round === MOST_ROUNDS;
    const enough = residuals.length >= missing && residuals.subarray(0, missing).every((r) => r <= tolerance);
    let aside = 0;
    if (enough || last) aside = Math.min(missing, size);
    else while (aside < Math.min(missing, size) && residuals[aside] <= ASIDE * tolerance) aside++;
    putAside(memory, x, aside, known + found.length);
    found.push(...ritz.values.subarray(0, aside));
    options.report(known + found.length);
    if (enough || last) return found;

    const rest = { values: ritz.values.subarray(aside), residuals: residuals.subarray(aside) };
    ({ interval, degree } = planFilter(rest, missing - aside, interval.least, tolerance));
    width -= aside;
    filled = size - aside;
    const narrow = blockAt(x.offset, width);
    dropColumns(memory, x, narrow, aside);
    [x, spare, other] = [narrow, blockAt(spare.offset, width), blockAt(other.offset, width)];
  }
}

/** x ← p(S) x; returns [x, spare] anew: they change places. */
async function filter(
  team: BlockTeam,
  x: Block,
  spare: Block,
  interval: Interval,
  degree: number,
): Promise<[Block, Block]> {
  let [current, previous] = [x, spare];
  for (const [index, coefficients] of chebyshevSteps(interval, degree).entries()) {
    // The first step has no previous block: what lies in the spare one is not read.
    const before = index === 0 ? current : previous;
    await team.perform({ kind: 'step', out: previous, x: current, previous: before, ...coefficients });
    [current, previous] = [previous, current];
  }
  return [current, previous];
}

function product(out: Block, x: Block): BlockTask {
  return { kind: 'step', out, x, previous: x, alpha: 1, beta: 0, gamma: 0 };
}

/** x ← x − Q (Qᵀ x) for the finished vectors Q. */
async function removeFinished(team: BlockTeam, memory: BlockMemory, x: Block, count: number): Promise<void> {
  if (count === 0) return;
  const q = finishedBlock(memory);
  await team.perform({ kind: 'cross', a: q, b: x, symmetric: false });
  const sums = addSums(memory, q.stride * x.stride);
  writeCoefficients(
    memory,
    sums.map((value) => -value),
    q.stride,
    x.stride,
    x.stride,
  );
  await team.perform({ kind: 'combine', out: x, a: q, gamma: 1 });
}

async function ritzPairs(team: BlockTeam, memory: BlockMemory, x: Block, sx: Block) {
  const w = x.stride;
  await team.perform({ kind: 'cross', a: x, b: x, symmetric: true });
  const gram = addSums(memory, w * w);
  await team.perform({ kind: 'cross', a: x, b: sx, symmetric: true });
  return rayleighRitz(gram, addSums(memory, w * w), w);
}

/** ‖S x − λ x‖ of each vector of x; S x is left in `spare`. */
export async function residualNorms(
  team: BlockTeam,
  memory: BlockMemory,
  x: Block,
  spare: Block,
  values: Float64Array,
): Promise<Float64Array> {
  await team.perform(product(spare, x));
  writeCoefficients(memory, values, 1, values.length, x.stride);
  await team.perform({ kind: 'residual', x, y: spare });
  return addSums(memory, values.length).map(Math.sqrt);
}

/** values (rows, columns) → the memory's coefficients (rows, stride), 0 beyond. */
function writeCoefficients(
  memory: BlockMemory,
  values: Float64Array,
  rows: number,
  columns: number,
  stride: number,
): void {
  const target = new Float32Array(memory.kernel.buffer, memory.coefficients, rows * stride);
  for (let row = 0; row < rows; row++) {
    target.fill(0, row * stride, (row + 1) * stride);
    target.set(values.subarray(row * columns, (row + 1) * columns), row * stride);
  }
}

/** Where to cut and how often to multiply, so that the last missing vector comes within the tolerance. */
function planFilter(
  { values, residuals }: { values: Float64Array; residuals: Float64Array },
  missing: number,
  least: number,
  tolerance: number,
) {
  // Nothing is left of the block where it met only what has been put aside: the others lie at the bottom.
  if (values.length === 0) {
    const interval = widened({ least, cut: least });
    return { interval, degree: mostDegree(interval) };
  }
  const slowest = values[Math.min(missing, values.length) - 1];
  const cut = Math.min(values[values.length - 1], slowest - LEAST_MARGIN * (slowest - least));
  const interval = widened({ least, cut });
  const worst = residuals.subarray(0, missing).reduce((most, r) => Math.max(most, r), tolerance);
  const gain = gainPerDegree(interval, slowest);
  const needed = Math.log((4 * worst) / tolerance) / gain;
  const degree = Math.ceil(Math.min(Math.max(DEGREES.least, needed), mostDegree(interval)));
  return { interval, degree };
}

/**
 * At least a sliver of the spectrum: a block that has met little but the bottom of it, or an estimate from the few
 * distinct eigenvalues of a complete graph, says nothing of where to cut.
 */
function widened({ least, cut }: Interval): Interval {
  return { least, cut: Math.max(cut, least + LEAST_MARGIN * (1 - least)) };
}

/** The degree at which an eigenvector of 1 outgrows those inside the interval by MOST_GROWTH. */
function mostDegree(interval: Interval): number {
  const degree = Math.floor(Math.log(MOST_GROWTH) / gainPerDegree(interval, 1));
  return Math.max(1, Math.min(degree, DEGREES.most));
}

/** Draws the vectors of x from `filled` on. */
function drawVectors(memory: BlockMemory, x: Block, filled: number, width: number, random: Random): void {
  const values = blockValues(memory, x);
  for (let base = 0; filled < width && base < values.length; base += x.stride) {
    for (let column = filled; column < width; column++) values[base + column] = random.uniform() - 0.5;
  }
}

/** Appends the first `count` vectors of x to the finished ones. */
function putAside(memory: BlockMemory, x: Block, count: number, finished: number): void {
  const source = blockValues(memory, x);
  const q = finishedBlock(memory);
  const target = blockValues(memory, q);
  for (let row = 0; row < memory.rows; row++) {
    for (let index = 0; index < count; index++) {
      target[row * q.stride + finished + index] = source[row * x.stride + index];
    }
  }
}

/** Moves the vectors of x from `from` on to `narrow`, which begins where x does. */
function dropColumns(memory: BlockMemory, x: Block, narrow: Block, from: number): void {
  if (from === 0) return;
  const source = blockValues(memory, x);
  const target = blockValues(memory, narrow);
  for (let row = 0; row < memory.rows; row++) {
    for (let column = 0; column < narrow.stride; column++) {
      const at = from + column;
      target[row * narrow.stride + column] = at < x.stride ? source[row * x.stride + at] : 0;
    }
  }
}
