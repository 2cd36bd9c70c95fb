// A worker of k-means: holds a private copy of its rows and answers questions about them.
//
// Lloyd's assignment skips rows that cannot have changed (Hamerly, "Making k-means even faster", 2010): for
// each row it is known how much farther any other centre is than its own, at least; that margin shrinks by how far
// the centres moved, and while some is left the nearest centre is still the same. The rows that remain are gathered into
// blocks for one matrix product. The result is that of plain Lloyd.
import { workerData } from 'node:worker_threads';
import {
  normaliseRow,
  squaredDistance,
  squaredNorm,
  squaredNorms as squaredNormsOf,
} from '../../core/matrix.js';
import { indexOfLargest } from '../../core/statistics.js';
import { answerRequests } from '../../core/workers.js';
import { createMultiplyRows, createNearestTwo } from './nearest.js';
import { type Answer, type FarRow, NOTHING, type Request, type Share } from './protocol.js';

/** Squared distances below this share of ‖x‖² are rounding of the matrix product: the points are equal. */
const ROUNDING = 1e-6;
const NOBODY = -1;

// x (rows, columns) is this worker's share, rows counted from `from`
const { columns, k, from, to, shared, sums, counts, ...given } = workerData as Share;
const rows = to - from;
const nearest = await createNearestTwo(columns, k);
const multiplyRows = await createMultiplyRows(columns);
// x and, behind it, room for one block of gathered rows: within one array copyWithin moves a row of 64 in
// 30 ns, where a loop takes 95 and `set(subarray)` 65.
const memory = new Float32Array((rows + nearest.blockRows) * columns);
const x = memory.subarray(0, rows * columns);
const block = memory.subarray(rows * columns);
fillPrivateRows();
const squaredNorms = squaredNormsOf({ data: x, rows, columns });
const assignment = shared.assignment.subarray(from, to);
const closest = shared.cost.subarray(from, to);
/** (rows): how much farther any other centre is than the own one, at least. */
const margins = new Float32Array(rows);

/** The rows that lie in `block`. */
const pending = new Int32Array(nearest.blockRows);
/** (candidates, rows): squared distance to the nearest seed if the candidate became one. */
let candidateDistances = new Float32Array(0);
/** (candidates, columns) */
let candidateCentres = new Float32Array(0);

answerRequests<Request, Answer>((request) => {
  switch (request.kind) {
    case 'reset':
      return reset();
    case 'tryCandidates':
      return tryCandidates(request.candidates);
    case 'adoptCandidate':
      return adoptCandidate(request.place, request.cluster);
    case 'assign':
      return assign();
    case 'farthest':
      return farthest(request.count);
    case 'relocate':
      return relocate(request.rows, request.clusters);
    case 'sumBatch':
      return sumBatch(request.rows);
    case 'measure':
      return measure();
  }
});

/** ONNX Runtime cannot read shared memory, so each worker copies its rows once. */
function fillPrivateRows(): void {
  const { normalise, shift } = given;
  x.set(given.x.subarray(from * columns, to * columns));
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) x[at] -= shift[column];
    if (normalise) normaliseRow(x, columns, row);
  }
}

function reset(): Answer {
  assignment.fill(NOBODY);
  closest.fill(Number.POSITIVE_INFINITY);
  sums.fill(0);
  counts.fill(0);
  return { ...NOTHING, squaredNorms: squaredNorms.reduce((sum, norm) => sum + norm, 0) };
}

async function tryCandidates(candidates: readonly number[]): Promise<Answer> {
  // candidates (l) → candidateDistances (l, rows), potentials (l)
  const l = candidates.length;
  candidateCentres = new Float32Array(l * columns);
  candidates.forEach((candidate, place) => {
    candidateCentres.set(givenRow(candidate), place * columns);
  });
  if (candidateDistances.length !== l * rows) candidateDistances = new Float32Array(l * rows);
  await multiplyRows(candidateCentres, x, candidateDistances);

  const potentials = candidates.map((_, place) => {
    const distances = candidateDistances.subarray(place * rows, (place + 1) * rows);
    return keepCloser(distances, squaredNorm(candidateCentres, columns, place));
  });
  return { ...NOTHING, potentials };
}

/** products (rows) x·c → min(‖x − c‖², `closest`), in place; returns the sum. */
function keepCloser(products: Float32Array, centreNorm: number): number {
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const norms = squaredNorms[row] + centreNorm;
    let distance = norms - 2 * products[row];
    if (distance < norms * ROUNDING) distance = 0;
    if (distance > closest[row]) distance = closest[row];
    products[row] = distance;
    sum += distance;
  }
  return sum;
}

/** Any row of x, whoever owns it, as this worker would hold it. */
function givenRow(row: number): Float32Array {
  const copy = given.x.slice(row * columns, (row + 1) * columns);
  for (let column = 0; column < columns; column++) copy[column] -= given.shift[column];
  if (given.normalise) normaliseRow(copy, columns, 0);
  return copy;
}

/** Every worker writes the same bytes into the shared centres. */
function adoptCandidate(place: number, cluster: number): Answer {
  const centre = candidateCentres.subarray(place * columns, (place + 1) * columns);
  shared.centres.set(centre, cluster * columns);
  closest.set(candidateDistances.subarray(place * rows, (place + 1) * rows));
  return NOTHING;
}

async function assign(): Promise<Answer> {
  nearest.setCentres(shared.centres);
  const losses = marginLosses(shared.drift);
  let changed = 0;
  for (let row = 0; row < rows; ) {
    const { next, waiting } = gatherUndecided(row, losses);
    if (waiting > 0) changed += await assignPending(waiting);
    row = next;
  }
  return { ...NOTHING, changed };
}

/** Shrinks the margins of rows from `first` on and gathers those that may change, until the block is full. */
function gatherUndecided(first: number, losses: Float32Array): { next: number; waiting: number } {
  // Locals: a loop this tight feels the look-up of module variables.
  const [owners, left, space] = [assignment, margins, nearest.blockRows];
  let waiting = 0;
  let row = first;
  for (; row < rows && waiting < space; row++) {
    const owner = owners[row];
    if (owner !== NOBODY) {
      const margin = left[row] - losses[owner];
      left[row] = margin;
      if (margin > 0) continue;
    }
    gather(row, waiting++);
  }
  return { next: row, waiting };
}

/** Puts `row` at `place` of the block. */
function gather(row: number, place: number): void {
  pending[place] = row;
  memory.copyWithin((rows + place) * columns, row * columns, (row + 1) * columns);
}

/** drift (k) → what the margin of a row of each centre loses: its own centre's drift and the greatest of the others. */
function marginLosses(drift: Float32Array): Float32Array {
  const fastest = indexOfLargest(drift);
  const second = drift.reduce((most, value, at) => (at === fastest ? most : Math.max(most, value)), 0);
  return drift.map((own, at) => own + (at === fastest ? second : drift[fastest]));
}

async function assignPending(waiting: number): Promise<number> {
  await nearest.find(block.subarray(0, waiting * columns));
  const { beside, centreWords } = nearest;
  let changed = 0;
  for (let place = 0; place < waiting; place++) {
    const row = pending[place];
    const before = assignment[row];
    const own = centreWords[4 * place];
    const norm = squaredNorms[row];
    const toOwn = Math.sqrt(Math.max(0, norm + beside[2 * place]));
    margins[row] = Math.sqrt(Math.max(0, norm + beside[2 * place + 1])) - toOwn;
    if (own === before) continue;
    if (before !== NOBODY) addToSum(row, before, -1);
    addToSum(row, own, 1);
    assignment[row] = own;
    changed++;
  }
  return changed;
}

function addToSum(row: number, cluster: number, sign: 1 | -1): void {
  counts[cluster] += sign;
  for (let at = row * columns, to = cluster * columns, end = at + columns; at < end; at++, to++) {
    sums[to] += sign * x[at];
  }
}

function farthest(count: number): Answer {
  const found: FarRow[] = [];
  for (let row = 0; row < rows; row++) {
    const distance = squaredDistance(x, row, shared.centres, assignment[row], columns);
    if (distance > squaredNorms[row] * ROUNDING) found.push({ row: from + row, squaredDistance: distance });
  }
  found.sort((a, b) => b.squaredDistance - a.squaredDistance);
  return { ...NOTHING, farthest: found.slice(0, count) };
}

function relocate(movedRows: readonly number[], clusters: readonly number[]): Answer {
  movedRows.forEach((movedRow, place) => {
    const row = movedRow - from;
    if (row < 0 || row >= rows) return;
    addToSum(row, assignment[row], -1);
    addToSum(row, clusters[place], 1);
    assignment[row] = clusters[place];
    margins[row] = Number.NEGATIVE_INFINITY;
  });
  return NOTHING;
}

async function sumBatch(batch: Int32Array): Promise<Answer> {
  nearest.setCentres(shared.centres);
  sums.fill(0);
  counts.fill(0);
  let sumOfNorms = 0;
  let waiting = 0;
  const mine = batch.filter((row) => row >= from && row < to);
  for (const [place, row] of mine.entries()) {
    gather(row - from, waiting++);
    sumOfNorms += squaredNorms[row - from];
    if (waiting < nearest.blockRows && place < mine.length - 1) continue;
    await nearest.find(block.subarray(0, waiting * columns));
    for (let at = 0; at < waiting; at++) addToSum(pending[at], nearest.centreWords[4 * at], 1);
    waiting = 0;
  }
  return { ...NOTHING, squaredNorms: sumOfNorms };
}

async function measure(): Promise<Answer> {
  const { centres } = shared;
  nearest.setCentres(centres);
  let inertia = 0;
  for (let first = 0; first < rows; first += nearest.blockRows) {
    const end = Math.min(rows, first + nearest.blockRows);
    await nearest.find(x.subarray(first * columns, end * columns));
    for (let row = first; row < end; row++) {
      const place = 4 * (row - first);
      const own = nearest.centreWords[place];
      // 1 − cos = ‖x − c‖²/2 between unit vectors; a row of zeros has no direction and is 1 from all.
      const scale = given.normalise && squaredNorms[row] > 0 ? 0.5 : 1;
      assignment[row] = own;
      closest[row] = scale * squaredDistance(x, row, centres, own, columns);
      inertia += closest[row];
    }
  }
  return { ...NOTHING, inertia };
}
