// The leading eigenvectors of a graph: coordinates in which its groups lie apart.
//
// They are those of S = D^-½ W D^-½, the normalised adjacency; 1 − λ are the smallest eigenvalues of the
// normalised Laplacian (Shi & Malik 2000; Ng, Jordan & Weiss 2001). A graph in pieces has the eigenvalue 1 once a
// piece, with D^½ on the piece as its vector: those are written down, not computed, so none is missed. The rest is
// found in a dense matrix where that is small, else by filtered subspace iteration.
import { requireCounts } from '../../core/errors.js';
import { membersOf } from '../../core/groups.js';
import { type Matrix, matrix, matrixRow } from '../../core/matrix.js';
import type { SeededWork } from '../../core/progress.js';
import { createRandom } from '../../core/random.js';
import { sharedFloats } from '../../core/shared-memory.js';
import { symmetricEigen } from '../../core/symmetric-eigen.js';
import { type Components, connectedComponents } from '../connected-components.js';
import type { NeighbourGraph } from '../neighbour-graph.js';
import { degrees } from '../sparse.js';
import {
  type BlockMemory,
  blockAt,
  createBlockMemory,
  finishedBlock,
  readBlock,
  sparseMatrix,
  writeBlock,
} from './block-memory.js';
import { type BlockTeam, openBlockTeam } from './block-team.js';
import { eigenvalueAtRank, estimateSpectrum } from './spectrum.js';
import { iterateSubspace, residualNorms } from './subspace-iteration.js';

export interface EigenvectorOptions extends SeededWork {
  /** Eigenvectors wanted, 1 or more. */
  readonly count: number;
  /** Largest ‖S v − λ v‖ for a vector of length 1; float32 reaches about 1e-5. */
  readonly tolerance: number;
  /** (n, any): vectors to begin with, such as those of a similar graph. */
  readonly initial?: Matrix;
}

export interface Eigenvectors {
  /** (m) eigenvalues, descending, from 1 to −1; m is `count`, or n where the graph has fewer nodes. */
  readonly values: Float64Array;
  /** (n, m) in shared memory: the vectors are the columns, of length 1; their largest entry is positive. */
  readonly vectors: Matrix;
  /** (m): ‖S v − λ v‖, measured. Beyond the tolerance only where the iteration gave up. */
  readonly residuals: Float64Array;
}

/** Up to so many nodes the dense problem is the quicker one. */
const DENSE_NODES = 100;
/** Vectors in the block beyond those wanted: the more, the lower the cut and the fewer the steps. */
const spareVectors = (missing: number) => Math.max(8, Math.ceil(0.35 * missing));
/** The first filter cuts at this many times the block's width: a random start has a little of everything. */
const FIRST_CUT = 4;
/** Below so many products a step (edges × vectors) starting workers takes longer than all the work. */
const LEAST_WORK = 5_000_000;

/**
 * The leading eigenvectors of D^-½ W D^-½. The eigenvectors of eigenvalue 1 are D^½ on one component each, the
 * largest component first. An isolated node is no component here: its row of S is 0, and so is its eigenvalue.
 *
 * Equal options give equal bytes, whatever the number of threads. Throws a RangeError for options that do not
 * fit, an InterruptedError when `signal` aborts.
 */
export async function leadingEigenvectors(
  graph: NeighbourGraph,
  options: EigenvectorOptions,
): Promise<Eigenvectors> {
  validate(graph, options);
  const nodes = graph.count;
  const count = Math.min(options.count, nodes);
  const nodeDegrees = degrees(graph);
  const parts = connectedComponents(graph);
  const finished = matrix(nodes, count, sharedFloats(nodes * count));
  const known = writeComponents(parts, nodeDegrees, finished);

  const missing = count - known;
  const width = Math.ceil((missing + spareVectors(missing)) / 4) * 4;
  const problem: Problem = { graph, nodeDegrees, finished, known, width };
  const small = nodes <= Math.max(DENSE_NODES, 2 * width);
  const memory = createBlockMemory(graph, nodeDegrees, parts.order, Math.max(width, count), count);
  const work = graph.neighbours.length * count;
  const team = await openBlockTeam(memory, work < LEAST_WORK ? 1 : options.threads, options.signal);
  try {
    const values = new Float64Array(count).fill(1, 0, known);
    if (missing > 0) {
      values.set(small ? denseRest(problem) : await sparseRest(team, memory, problem, options), known);
    }
    const ordered = sortVectors(values, finished);
    orient(finished);
    return { values: ordered, vectors: finished, residuals: await measure(team, memory, ordered, finished) };
  } finally {
    await team.close();
  }
}

/**
 * Writes the vectors of eigenvalue 1 into the first columns of `vectors` (n, m): D^½ on a component with edges, of length 1. The
 * largest components come first, equal ones in the order of their first nodes. Returns how many there are.
 */
function writeComponents(
  { labels, sizes }: Components,
  nodeDegrees: Float64Array,
  { data, columns }: Matrix,
): number {
  const chosen = Array.from(sizes.keys())
    .filter((label) => sizes[label] > 1)
    .sort((a, b) => sizes[b] - sizes[a] || a - b)
    .slice(0, columns);
  const members = membersOf(labels, sizes.length);
  for (const [column, label] of chosen.entries()) {
    const degree = members[label].reduce((sum, node) => sum + nodeDegrees[node], 0);
    for (const node of members[label]) data[node * columns + column] = Math.sqrt(nodeDegrees[node] / degree);
  }
  return chosen.length;
}

interface Problem {
  readonly graph: NeighbourGraph;
  readonly nodeDegrees: Float64Array;
  /** (n, count): the first `known` columns are filled, the others to be. */
  readonly finished: Matrix;
  readonly known: number;
  /** Vectors of the block. */
  readonly width: number;
}

/** Finds the rest in the whole matrix, of a small graph. Returns the eigenvalues. */
function denseRest({ graph, nodeDegrees, finished, known }: Problem): Float64Array {
  const { count: n, offsets, neighbours, weights } = graph;
  const { data, columns } = finished;
  const dense = new Float64Array(n * n);
  for (let node = 0; node < n; node++) {
    for (let at = offsets[node]; at < offsets[node + 1]; at++) {
      const other = neighbours[at];
      dense[node * n + other] = weights[at] / Math.sqrt(nodeDegrees[node] * nodeDegrees[other]);
    }
    // What is known, of eigenvalue 1, moves out of the way to −2, below all others.
    for (let column = 0; column < known; column++) {
      const own = 3 * data[node * columns + column];
      if (own === 0) continue;
      for (let other = 0; other < n; other++) dense[node * n + other] -= own * data[other * columns + column];
    }
  }
  const { values, vectors } = symmetricEigen(dense, n);
  for (let column = known; column < columns; column++) {
    const row = (n - 1 - (column - known)) * n;
    for (let node = 0; node < n; node++) data[node * columns + column] = vectors[row + node];
  }
  return values.slice(n - (columns - known)).reverse();
}

async function sparseRest(
  team: BlockTeam,
  memory: BlockMemory,
  { graph, finished, known, width }: Problem,
  { tolerance, seed, initial, report }: EigenvectorOptions,
): Promise<number[]> {
  const wanted = finished.columns;
  const shared = finishedBlock(memory);
  writeBlock(memory, shared, finished);
  if (initial !== undefined) writeBlock(memory, blockAt(memory.work[0], width), initial);
  // Workers start meanwhile.
  const spectrum = estimateSpectrum(sparseMatrix(memory), seed);
  const values = await iterateSubspace(team, memory, {
    known,
    wanted,
    width,
    filled: Math.min(initial?.columns ?? 0, width),
    tolerance,
    interval: {
      least: spectrum.least,
      cut: eigenvalueAtRank(spectrum, known + FIRST_CUT * width, graph.count),
    },
    random: createRandom(seed, 'eigenvectors'),
    report: (done) => report?.({ stage: 'eigenvectors', done, total: wanted, unit: 'vectors' }),
  });
  readBlock(memory, shared, finished);
  return values;
}

/** Brings values (m) and the columns of vectors (n, m) into descending order; equal ones stay in theirs. */
function sortVectors(values: Float64Array, vectors: Matrix): Float64Array {
  const order = Array.from(values.keys()).sort((a, b) => values[b] - values[a] || a - b);
  if (order.some((from, to) => from !== to)) {
    for (let row = 0; row < vectors.rows; row++) {
      const own = matrixRow(vectors, row);
      own.set(order.map((from) => own[from]));
    }
  }
  return Float64Array.from(order, (from) => values[from]);
}

/** Scales each column to length 1 and makes its largest entry (the first of equals) positive. */
function orient({ data, rows, columns }: Matrix): void {
  const squares = new Float64Array(columns);
  const largest = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = data[row * columns + column];
      squares[column] += value * value;
      if (Math.abs(value) > Math.abs(largest[column])) largest[column] = value;
    }
  }
  const scales = squares.map((square, column) => (largest[column] < 0 ? -1 : 1) / Math.sqrt(square));
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) data[row * columns + column] *= scales[column];
  }
}

/** ‖S v − λ v‖ of each column. */
async function measure(
  team: BlockTeam,
  memory: BlockMemory,
  values: Float64Array,
  vectors: Matrix,
): Promise<Float64Array> {
  const [x, product] = [0, 1].map((place) => blockAt(memory.work[place], vectors.columns));
  writeBlock(memory, x, vectors);
  return residualNorms(team, memory, x, product, values);
}

function validate(graph: NeighbourGraph, { count, tolerance, threads, initial }: EigenvectorOptions): void {
  requireCounts({ count, threads });
  if (!(tolerance > 0)) throw new RangeError(`tolerance is ${tolerance}: it must be more than 0`);
  if (initial !== undefined && initial.rows !== graph.count) {
    throw new RangeError(`initial has ${initial.rows} rows but the graph ${graph.count} nodes`);
  }
}
