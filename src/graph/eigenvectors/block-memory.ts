// What the threads of the eigensolver share: a sparse matrix, a few tall blocks of vectors, and room for
// small matrices; all in one memory, so that WebAssembly can reach it.
//
// Rows are in the graph's breadth-first order, not in that of its nodes: a node's neighbours then lie near it in
// memory, which makes products with S three times as fast (60,000 MNIST images).
//
// A block (n, width) is row-major with a stride of whole fours: the vectors' values at one node lie side by
// side, and a step to a neighbour reads one run of memory.
import { type KernelMemory, planKernelMemory } from '../../core/kernels.js';
import type { Matrix } from '../../core/matrix.js';
import type { NeighbourGraph } from '../neighbour-graph.js';

/** A tall matrix (n, width) in the memory. Columns from `width` to `stride` are 0. */
export interface Block {
  readonly offset: number;
  /** Floats from one row to the next, a multiple of 4. */
  readonly stride: number;
}

export interface BlockMemory {
  readonly kernel: KernelMemory;
  /** Nodes: n. */
  readonly rows: number;
  /** (n): the node of each row. */
  readonly order: Int32Array;
  /** Byte offsets of the symmetric sparse matrix S (n, n) in compressed rows. */
  readonly starts: number;
  readonly columns: number;
  readonly values: number;
  /** Its stored values. */
  readonly edges: number;
  /** Three blocks to work in, each (n, capacity). */
  readonly work: readonly number[];
  /** Finished vectors (n, finishedCapacity). */
  readonly finished: number;
  readonly finishedCapacity: number;
  /** Small float32 matrix, up to (finishedCapacity or capacity, capacity). */
  readonly coefficients: number;
  /** One small float64 matrix for each part of the rows. */
  readonly sums: number;
  readonly sumsLength: number;
  /** Row numbers where the parts begin; parts carry about equal work. */
  readonly parts: readonly number[];
}

/**
 * However many threads there are, sums are taken over these parts and then in their order: the result does
 * not depend on the threads.
 */
const PARTS = 16;

/** Lays out the memory for S = D^-½ W D^-½ of `graph`, its rows in `order`; an isolated node's row is 0. */
export function createBlockMemory(
  graph: NeighbourGraph,
  degrees: Float64Array,
  order: Int32Array,
  capacity: number,
  finishedCapacity: number,
): BlockMemory {
  const { count: rows } = graph;
  const stride = blockAt(0, capacity).stride;
  const finishedStride = blockAt(0, finishedCapacity).stride;
  const edges = graph.neighbours.length;
  const most = Math.max(stride, finishedStride);
  const { room, open } = planKernelMemory('finding eigenvectors');
  const starts = room((rows + 1) * 4);
  const columns = room(edges * 4);
  const values = room(edges * 4);
  const work = [0, 1, 2].map(() => room(rows * stride * 4));
  const finished = room(rows * finishedStride * 4);
  const coefficients = room(most * stride * 4);
  const sumsLength = most * stride;
  const sums = room(PARTS * sumsLength * 8);
  const memory: BlockMemory = {
    kernel: open(),
    rows,
    starts,
    columns,
    values,
    edges,
    work,
    finished,
    finishedCapacity,
    coefficients,
    sums,
    sumsLength,
    order,
    parts: [],
  };
  const matrix = sparseMatrix(memory);
  fillMatrix(matrix, graph, degrees, order);
  return { ...memory, parts: partRows(matrix.starts) };
}

/** S in compressed rows: views of the memory. */
export interface SparseMatrix {
  /** (n + 1). */
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float32Array;
}

export function sparseMatrix(memory: BlockMemory): SparseMatrix {
  const { buffer } = memory.kernel;
  const starts = new Int32Array(buffer, memory.starts, memory.rows + 1);
  const edges = memory.edges;
  return {
    starts,
    columns: new Int32Array(buffer, memory.columns, edges),
    values: new Float32Array(buffer, memory.values, edges),
  };
}

function fillMatrix(
  { starts, columns, values }: SparseMatrix,
  { offsets, neighbours, weights }: NeighbourGraph,
  degrees: Float64Array,
  order: Int32Array,
): void {
  const scales = degrees.map((degree) => (degree > 0 ? 1 / Math.sqrt(degree) : 0));
  const place = new Int32Array(order.length);
  order.forEach((node, row) => {
    place[node] = row;
  });
  let end = 0;
  order.forEach((node, row) => {
    for (let at = offsets[node]; at < offsets[node + 1]; at++) {
      const other = neighbours[at];
      columns[end] = place[other];
      values[end++] = weights[at] * scales[node] * scales[other];
    }
    starts[row + 1] = end;
  });
}

/** A row costs its edges and, for the dense work, about ten more. */
function partRows(starts: Int32Array): number[] {
  const count = starts.length - 1;
  const cost = (row: number) => starts[row] + 10 * row;
  const bounds = [0];
  for (let row = 0; row < count && bounds.length < PARTS; row++) {
    if (cost(row) >= (cost(count) * bounds.length) / PARTS) bounds.push(row);
  }
  while (bounds.length < PARTS + 1) bounds.push(count);
  return bounds;
}

/** A block of `width` vectors at `offset`. */
export function blockAt(offset: number, width: number): Block {
  return { offset, stride: Math.ceil(width / 4) * 4 };
}

/** The block of all finished vectors; those not yet found are 0. */
export function finishedBlock(memory: BlockMemory): Block {
  return blockAt(memory.finished, memory.finishedCapacity);
}

/** Copies a matrix (n, c), rows in the order of nodes, into a block: as many columns as both have. */
export function writeBlock(memory: BlockMemory, block: Block, { data, columns }: Matrix): void {
  const target = blockValues(memory, block);
  const shared = Math.min(columns, block.stride);
  memory.order.forEach((node, row) => {
    for (let column = 0; column < shared; column++) {
      target[row * block.stride + column] = data[node * columns + column];
    }
  });
}

/** Copies the first columns of a block into a matrix (n, c), rows in the order of nodes. */
export function readBlock(memory: BlockMemory, block: Block, { data, columns }: Matrix): void {
  const source = blockValues(memory, block);
  memory.order.forEach((node, row) => {
    for (let column = 0; column < columns; column++) {
      data[node * columns + column] = source[row * block.stride + column];
    }
  });
}

/** The values of a block: (n, stride). */
export function blockValues(memory: BlockMemory, { offset, stride }: Block): Float32Array {
  return new Float32Array(memory.kernel.buffer, offset, memory.rows * stride);
}

/** The sums of all parts, added in their order: (length). */
export function addSums(memory: BlockMemory, length: number): Float64Array {
  const total = new Float64Array(length);
  for (let part = 0; part < PARTS; part++) {
    const offset = memory.sums + part * memory.sumsLength * 8;
    const sums = new Float64Array(memory.kernel.buffer, offset, length);
    for (let index = 0; index < length; index++) total[index] += sums[index];
  }
  return total;
}
