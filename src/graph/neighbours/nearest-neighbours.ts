// The k nearest rows of every row, exactly (Euclidean). The main thread lays out the shared memory, chooses the rounding, starts
// the workers and reads the answer.

import { takeTurn } from '../../core/abort.js';
import { requireCounts } from '../../core/errors.js';
import { compileKernel, type KernelMemory, planKernelMemory } from '../../core/kernels.js';
import { type Matrix, requireFinite } from '../../core/matrix.js';
import type { Work } from '../../core/progress.js';
import { inSharedMemory } from '../../core/shared-memory.js';
import { openWorkerTeam } from '../../core/workers.js';
import type { Neighbours } from '../neighbour-graph.js';
import { orderByPlace, taskCount } from './order.js';
import {
  type Addresses,
  BLOCK_ROWS,
  HEAD_COLUMNS,
  LONGEST,
  OCT_ROWS,
  type Part,
  type Request,
  type Rounding,
  SCRATCH_BYTES,
  type Share,
} from './protocol.js';

const REPORT_MILLISECONDS = 100;
/** Rows from which shift, scale and order of the columns are taken: they change the speed, not the answer. */
const SAMPLE_ROWS = 4096;
/** Longer rows than this many medians are shortened, so that a single outlier does not coarsen all others. */
const REACH_IN_MEDIANS = 4;

export interface NearestOptions extends Work {
  /** Neighbours wanted of each row, 1 or more. */
  readonly k: number;
}

/**
 * The `k` nearest other rows of each row of `x` (n, d), nearest first; n − 1 of them when k ≥ n. Equal
 * distances (as float32) go to the lower row; the answer is the same for every number of threads. Data in a
 * SharedArrayBuffer is used without a copy.
 *
 * Throws a RangeError for options that make no sense and for a value that is not finite, an InterruptedError
 * when `signal` aborts.
 */
export async function nearestNeighbours(x: Matrix, options: NearestOptions): Promise<Neighbours> {
  requireFinite('x', x);
  return search([x], x.rows - 1, options);
}

/**
 * The `k` nearest rows of `references` (n, d) for each row of `queries` (m, d), nearest first; n of them when
 * k > n. Otherwise as `nearestNeighbours`.
 */
export async function nearestAmong(
  queries: Matrix,
  references: Matrix,
  options: NearestOptions,
): Promise<Neighbours> {
  requireFinite('queries', queries);
  requireFinite('references', references);
  if (queries.columns !== references.columns) {
    throw new RangeError(
      `queries have ${queries.columns} columns but references have ${references.columns}: they must be equal`,
    );
  }
  return search([queries, references], references.rows, options);
}

/** queries (m, d) and references (n, d), or one matrix whose rows are both; each has `choices` rows to choose from. */
async function search(
  matrices: readonly Matrix[],
  choices: number,
  { k: wanted, threads, report, signal }: NearestOptions,
): Promise<Neighbours> {
  requireCounts({ k: wanted, threads });
  await takeTurn(signal);
  const [{ columns, rows: count }] = matrices;
  const k = Math.max(0, Math.min(wanted, choices));
  const answer = { count, k, indices: new Int32Array(count * k), distances: new Float32Array(count * k) };
  if (count * k === 0) return answer;
  const parts = layOutParts(matrices);
  const blocks = parts.at(-1)!.endBlock;
  const size = Math.min(threads, parts[0].endBlock);
  const { addresses, memory } = layOut(blocks, parts[0].endBlock, columns, k, size);
  const module = compileKernel(new URL('./nearest-neighbours.wasm', import.meta.url));
  const rounding = chooseRounding(matrices);
  const nearBlocks = placeRows(memory, addresses, parts, columns, rounding.columnOrder);
  const seekers = parts[0].endBlock * BLOCK_ROWS * k;
  const distances = new Float32Array(memory.buffer, addresses.distances, seekers).fill(Infinity);
  const neighbours = new Int32Array(memory.buffer, addresses.neighbours, seekers).fill(0x7fffffff);

  const shares = Array.from({ length: size }, (_, index): Share => {
    return { module, memory, addresses, rounding, parts, columns, k, index, size, nearBlocks };
  });
  const entry = new URL('./worker.js', import.meta.url);
  const team = openWorkerTeam<Request, void>(entry, shares, { signal });
  const control = new Int32Array(memory.buffer, addresses.control, 3);
  const stop = () => Atomics.store(control, 1, 1);
  signal?.addEventListener('abort', stop, { once: true });
  const tasks = taskCount(parts);
  const tell = (share: number) =>
    report?.({ stage: 'neighbours', done: Math.floor(count * share), total: count, unit: 'rows' });
  const clock = setInterval(() => tell(Atomics.load(control, 2) / tasks), REPORT_MILLISECONDS);
  try {
    tell(0);
    await team.askAll('pack');
    await team.askAll('compare');
    await team.askAll('sort');
    tell(1);
  } finally {
    clearInterval(clock);
    stop();
    signal?.removeEventListener('abort', stop);
    await team.close();
  }

  const ids = new Int32Array(memory.buffer, addresses.ids);
  for (let position = 0; position < count; position++) {
    const [from, to] = [position * k, ids[position] * k];
    for (let place = 0; place < k; place++) {
      answer.indices[to + place] = neighbours[from + place];
      answer.distances[to + place] = distances[from + place];
    }
  }
  return answer;
}

function layOutParts(matrices: readonly Matrix[]): Part[] {
  let firstBlock = 0;
  return matrices.map(({ data, rows }, place) => {
    const endBlock = firstBlock + Math.ceil(rows / BLOCK_ROWS);
    const part = { data: inSharedMemory(data), rows, firstBlock, endBlock, seeks: place === 0 };
    firstBlock = endBlock;
    return part;
  });
}

function layOut(
  blocks: number,
  seekingBlocks: number,
  columns: number,
  k: number,
  threads: number,
): { addresses: Addresses; memory: KernelMemory } {
  const positions = blocks * BLOCK_ROWS;
  const seekers = seekingBlocks * BLOCK_ROWS;
  const tailColumns = Math.max(0, Math.ceil((columns - HEAD_COLUMNS) / 2)) * 2;
  const { room, open } = planKernelMemory('the search for neighbours');
  const addresses = {
    rows: room(positions * Math.ceil(columns / 4) * 16),
    heads: room(positions * HEAD_COLUMNS * 2),
    tails: room(positions * tailColumns * 2),
    headHalves: room(positions * 4),
    halves: room(positions * 4),
    boxes: room((positions / OCT_ROWS) * HEAD_COLUMNS * 4),
    limits: room(positions * 4),
    ids: room(positions * 4),
    locks: room(seekers * 4),
    distances: room(seekers * k * 4),
    neighbours: room(seekers * k * 4),
    control: room(12),
    scratch: room(threads * SCRATCH_BYTES),
  };
  return { addresses, memory: open() };
}

function chooseRounding(matrices: readonly Matrix[]): Rounding {
  const { data, rows, columns } = matrices.at(-1)!;
  const sample = Math.min(rows, SAMPLE_ROWS);
  const starts = Array.from({ length: sample }, (_, place) => Math.floor((place * rows) / sample) * columns);
  const shift = new Float64Array(columns);
  for (const start of starts) {
    for (let column = 0; column < columns; column++) shift[column] += data[start + column] / sample;
  }
  const variances = new Float64Array(columns);
  const lengths = Float64Array.from(starts, (start) => {
    let squared = 0;
    for (let column = 0; column < columns; column++) {
      const square = (data[start + column] - shift[column]) ** 2;
      variances[column] += square;
      squared += square;
    }
    return Math.sqrt(squared);
  }).sort();
  const longest = lengths[sample - 1];
  const reach = Math.min(longest, REACH_IN_MEDIANS * lengths[sample >> 1]) || longest || 1;
  const columnOrder = Int32Array.from(variances.keys()).sort((a, b) => variances[b] - variances[a] || a - b);
  return { shift, columnOrder, reach, scale: LONGEST / reach };
}

/**
 * Writes the row of every position (−1 for padding). All parts are put into one order, so that the rows of a
 * block of queries have a place among the references: returns the block there, for each block of queries.
 */
function placeRows(
  memory: KernelMemory,
  addresses: Addresses,
  parts: readonly Part[],
  columns: number,
  columnOrder: Int32Array,
): Int32Array {
  const keyColumns = columnOrder.subarray(0, HEAD_COLUMNS);
  const total = parts.reduce((sum, { rows }) => sum + rows, 0);
  const keys = new Float32Array(total * keyColumns.length);
  let at = 0;
  for (const { data, rows } of parts) {
    for (let row = 0; row < rows; row++) {
      for (const column of keyColumns) keys[at++] = data[row * columns + column];
    }
  }
  const order = orderByPlace(keys, keyColumns.length, OCT_ROWS);
  const ids = new Int32Array(memory.buffer, addresses.ids, parts.at(-1)!.endBlock * BLOCK_ROWS).fill(-1);
  const [seekers, references] = parts;
  const nearBlocks = new Int32Array(seekers.endBlock);
  let position = 0;
  let reference = (references?.firstBlock ?? 0) * BLOCK_ROWS;
  for (const row of order) {
    if (row >= seekers.rows) {
      ids[reference++] = row - seekers.rows;
      continue;
    }
    // The last row of a block decides where the block lies: near enough.
    nearBlocks[Math.floor(position / BLOCK_ROWS)] = Math.floor(reference / BLOCK_ROWS);
    ids[position++] = row;
  }
  return nearBlocks;
}
