// A worker of the neighbour search: rounds its share of the rows into the shared memory, then takes tasks (a
// block of rows against a span of blocks) from the shared counter until none is left.
import { workerData } from 'node:worker_threads';
import { startKernel } from '../../core/kernels.js';
import { answerRequests } from '../../core/workers.js';
import { spansOfTask, taskCount } from './order.js';
import {
  BLOCK_ROWS,
  FAR_AWAY,
  HEAD_COLUMNS,
  NEVER,
  NO_LIMIT,
  OCT_ROWS,
  type Part,
  QUAD_ROWS,
  type Request,
  SCRATCH_BYTES,
  type Share,
} from './protocol.js';

interface Kernel {
  configure(...values: number[]): void;
  sweep(block: number, from: number, to: number): void;
  sortHeaps(from: number, to: number): void;
}

const { module, memory, addresses, rounding, parts, columns, k, index, size, nearBlocks } =
  workerData as Share;
const paddedColumns = Math.ceil(columns / 4) * 4;
const pairsOfTail = Math.max(0, Math.ceil((columns - HEAD_COLUMNS) / 2));
const kernel = startKernel<Kernel>(module, memory);
configure();

const control = new Int32Array(memory.buffer, addresses.control, 3);

answerRequests<Request, void>((request) => {
  if (request === 'pack') for (const part of parts) pack(part);
  else if (request === 'compare') compare();
  else sort(parts[0]);
});

function configure(): void {
  const { rows, heads, tails, headHalves, halves, boxes, limits, ids, locks, distances, neighbours } =
    addresses;
  // Two roundings of at most half a step a column: √d/2 each. The hundredth covers float64.
  const slack = Math.sqrt(columns) + 0.01;
  const sizes = [paddedColumns, pairsOfTail * 16, k, rounding.scale, slack];
  const places = [rows, heads, tails, headHalves, halves, boxes, limits, ids, locks, distances, neighbours];
  kernel.configure(...sizes, ...places, addresses.scratch + index * SCRATCH_BYTES);
}

function pack(part: Part): void {
  const { buffer } = memory;
  const exact = new Float32Array(buffer, addresses.rows);
  const heads = new Int16Array(buffer, addresses.heads);
  const tails = new Int16Array(buffer, addresses.tails);
  const headHalves = new Int32Array(buffer, addresses.headHalves);
  const halves = new Int32Array(buffer, addresses.halves);
  const boxes = new Int16Array(buffer, addresses.boxes);
  const limits = new Int32Array(buffer, addresses.limits);
  const ids = new Int32Array(buffer, addresses.ids);
  const { shift, columnOrder, reach, scale } = rounding;
  const [from, to] = shareOf(part);
  for (let position = from; position < to; position++) {
    const id = ids[position];
    const box = Math.floor(position / OCT_ROWS) * 2 * HEAD_COLUMNS;
    limits[position] = id >= 0 && part.seeks ? NO_LIMIT : NEVER;
    headHalves[position] = halves[position] = FAR_AWAY;
    if (id < 0) continue;
    const first = id * columns;
    let squaredLength = 0;
    for (let column = 0; column < columns; column++) {
      const value = part.data[first + column];
      exact[position * paddedColumns + column] = value;
      squaredLength += (value - shift[column]) ** 2;
    }
    // Shortening is a projection onto a ball: it brings no two rows farther apart.
    const length = Math.sqrt(squaredLength);
    const factor = length > reach ? (scale * reach) / length : scale;
    const [quad, lane] = [Math.floor(position / QUAD_ROWS), position % QUAD_ROWS];
    let squared = 0;
    let squaredHead = 0;
    for (let place = 0; place < columns; place++) {
      const column = columnOrder[place];
      // To the nearest: 32,768 makes it positive before the fraction is cut off.
      const rounded = (((part.data[first + column] - shift[column]) * factor + 32_768.5) | 0) - 32_768;
      squared += rounded * rounded;
      if (place < HEAD_COLUMNS) {
        heads[(quad * 8 + (place >> 1)) * 8 + lane * 2 + (place & 1)] = rounded;
        const [low, high] = [box + place, box + place + HEAD_COLUMNS];
        const first = position % OCT_ROWS === 0;
        if (first || rounded < boxes[low]) boxes[low] = rounded;
        if (first || rounded > boxes[high]) boxes[high] = rounded;
        squaredHead = squared;
      } else {
        const pair = (place - HEAD_COLUMNS) >> 1;
        tails[(quad * pairsOfTail + pair) * 8 + lane * 2 + (place & 1)] = rounded;
      }
    }
    headHalves[position] = Math.floor(squaredHead / 2);
    halves[position] = Math.floor(squared / 2);
  }
}

function compare(): void {
  const total = taskCount(parts);
  for (;;) {
    if (Atomics.load(control, 1) !== 0) return;
    const task = Atomics.add(control, 0, 1);
    if (task >= total) return;
    for (const { block, from, to } of spansOfTask(task, parts, nearBlocks)) kernel.sweep(block, from, to);
    Atomics.add(control, 2, 1);
  }
}

/** Sorts each heap and puts it in the place of its row. */
function sort(part: Part): void {
  kernel.sortHeaps(...shareOf(part));
}

/** The positions of `part` that are this worker's to pack and to sort. */
function shareOf({ firstBlock, endBlock }: Part): [from: number, to: number] {
  const blocks = endBlock - firstBlock;
  const from = firstBlock + Math.floor((blocks * index) / size);
  const to = firstBlock + Math.floor((blocks * (index + 1)) / size);
  return [from * BLOCK_ROWS, to * BLOCK_ROWS];
}
