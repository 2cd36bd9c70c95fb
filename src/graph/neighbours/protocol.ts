// What the main thread and the workers of the neighbour search share: where everything lies in the one memory
// that all of them see, how rows are rounded, and what is asked.
import type { KernelMemory, KernelModule } from '../../core/kernels.js';

/** Rows a block, the unit of the schedule; rows a quad, a vector register of the kernel; rows an oct, which share a box. */
export const BLOCK_ROWS = 64;
export const QUAD_ROWS = 4;
export const OCT_ROWS = 8;
/** Columns by which the kernel rejects most pairs. */
export const HEAD_COLUMNS = 16;

/** Half squared distances above any that rounded rows can have: no limit yet. */
export const NO_LIMIT = 1.9e9;
/** No more than any: rows that look for no neighbours. */
export const NEVER = -1;
/** Half squared length of rows that are not there, so that they look far away. */
export const FAR_AWAY = 9e8;
/** Bytes of scratch memory a worker. */
export const SCRATCH_BYTES = 192;
/** Length of the longest rounded row: h_a + h_b − a·b then stays below 2³¹. */
export const LONGEST = 30_000;

/** One set of rows, and the positions (whole blocks) that it takes up: those behind its last row are padding. */
export interface Part {
  /** Shared (n, d), as the caller gave it. */
  readonly data: Float32Array;
  readonly rows: number;
  readonly firstBlock: number;
  readonly endBlock: number;
  /** Do its rows look for neighbours? */
  readonly seeks: boolean;
}

/** Addresses in bytes; kernels/graph/neighbours/nearest-neighbours.ts says what lies there. */
export interface Addresses {
  readonly rows: number;
  readonly heads: number;
  readonly tails: number;
  readonly headHalves: number;
  readonly halves: number;
  readonly boxes: number;
  readonly limits: number;
  readonly ids: number;
  readonly locks: number;
  readonly distances: number;
  readonly neighbours: number;
  /** int32: next task, stop (0 or 1), and then the tasks done. */
  readonly control: number;
  /** SCRATCH_BYTES for each worker. */
  readonly scratch: number;
}

/** How a row becomes integers: (x − shift) · scale, shortened to `reach` first if it is longer. */
export interface Rounding {
  /** (d) */
  readonly shift: Float64Array;
  /** (d): the columns, largest variance first. */
  readonly columnOrder: Int32Array;
  readonly reach: number;
  readonly scale: number;
}

/** What worker i is given when it starts. */
export interface Share {
  readonly module: KernelModule;
  readonly memory: KernelMemory;
  readonly addresses: Addresses;
  readonly rounding: Rounding;
  /** One part: every row seeks among the others. Two: queries, then references. */
  readonly parts: readonly Part[];
  readonly columns: number;
  readonly k: number;
  readonly index: number;
  readonly size: number;
  /** (query blocks): for two parts, the block of references where each query block lies. */
  readonly nearBlocks: Int32Array;
}

/** Pack your share of the rows; compare blocks until no task is left; sort your share of the heaps. */
export type Request = 'pack' | 'compare' | 'sort';
