// The main thread's side of the neighbour search: lays out the shared memory, chooses the rounding, starts the
// workers and reads the answer.
import { compileKernel, type KernelMemory, openKernelMemory } from '../../core/kernels.js';
import type { Matrix } from '../../core/matrix.js';
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

export interface SearchOptions extends Work {
  readonly k: number;
}

const REPORT_MILLISECONDS = 100;
/** Rows from which shift, scale and order of the columns are taken: they change the speed, not the answer. */
const SAMPLE_ROWS = 4096;
/** Longer rows than this many medians are shortened, so that a single outlier does not coarsen all others. */
const REACH_IN_MEDIANS = 4;

/** queries (m, d) and references (n, d), or one matrix whose rows are both; 1 ≤ k ≤ rows to choose from. */
export async function search(matrices: readonly Matrix[], options: SearchOptions): Promise<Neighbours> {
  const { k, threads, report, signal } = options;
  const [{ columns, rows: count }] = matrices;
  const parts = layOutParts(matrices);
  const blocks = parts.at(-1)!.endBlock;
  const size = Math.min(threads, parts[0].endBlock);
  const { addresses, bytes } = layOut(blocks, parts[0].endBlock, columns, k, size);
  const memory = openKernelMemory('the search for neighbours', bytes);
  const module = await compileKernel(new URL('./nearest-neighbours.wasm', import.meta.url));
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
  const answer = { count, k, indices: new Int32Array(count * k), distances: new Float32Array(count * k) };
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
): { addresses: Addresses; bytes: number } {
  const positions = blocks * BLOCK_ROWS;
  const seekers = seekingBlocks * BLOCK_ROWS;
  const tailColumns = Math.max(0, Math.ceil((columns - HEAD_COLUMNS) / 2)) * 2;
  let bytes = 1024;
  const take = (length: number): number => {
    const at = bytes;
    bytes += Math.ceil(length / 64) * 64;
    return at;
  };
  const addresses = {
    rows: take(positions * Math.ceil(columns / 4) * 16),
    heads: take(positions * HEAD_COLUMNS * 2),
    tails: take(positions * tailColumns * 2),
    headHalves: take(positions * 4),
    halves: take(positions * 4),
    boxes: take((positions / OCT_ROWS) * HEAD_COLUMNS * 4),
    limits: take(positions * 4),
    ids: take(positions * 4),
    locks: take(seekers * 4),
    distances: take(seekers * k * 4),
    neighbours: take(seekers * k * 4),
    control: take(12),
    scratch: take(threads * SCRATCH_BYTES),
  };
  return { addresses, bytes };
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
