// The entropy-coded data of a baseline JPEG → planes of pixels, by kernels/data/decoding/jpeg-scan.ts: its memory is laid out here.
// Each block of 8 × 8 becomes as many pixels as are asked for.
import { compileKernel, planKernelMemory, startKernel } from '../../core/kernels.js';

export interface ScanComponent {
  /** Blocks of a unit (MCU). */
  readonly across: number;
  readonly down: number;
  /** Pixels that a block becomes, a side: 1, 2, 4 or 8. */
  readonly side: number;
  /** (64): sizes of the quantisation steps, in the order of the file. */
  readonly steps: Uint8Array;
  /** Codes of each length from 1 to 16, then their symbols (T.81, B.2.4.2). */
  readonly dc: Uint8Array;
  readonly ac: Uint8Array;
}

export interface Scan {
  readonly height: number;
  readonly width: number;
  readonly components: readonly ScanComponent[];
  /** Units between restart markers; 0: there are none. */
  readonly restartInterval: number;
}

/** (rows, width) with room for the last units; valid until the next scan is decoded. */
export interface Plane {
  readonly width: number;
  readonly data: Uint8Array;
}

interface Kernel {
  makeTable(table: number, counts: number): number;
  layOut(
    source: number,
    length: number,
    data: number,
    zeros: number,
    starts: number,
    most: number,
    found: number,
  ): number;
  isNeutral(plane: number, size: number): number;
  decode(
    components: number,
    count: number,
    rows: number,
    columns: number,
    restartInterval: number,
    order: number,
    scratch: number,
    data: number,
    length: number,
    starts: number,
    startCount: number,
  ): number;
}

const MOST_COMPONENTS = 3;
const MOST_RESTARTS = 2 ** 16;
/** Files beyond this are worth libvips' threads. */
export const MOST_FILE_BYTES = 2 ** 20;
/** More than a unit of nothing but the longest codes takes: what reads beyond the data reads zeros. */
const ZEROS_BEHIND = 4096;
const MOST_PLANE_BYTES = 2 ** 22;
const TABLE_BYTES = 4 * 1024 + 2 * 17 * 4 + 256;
const COMPONENT_WORDS = 9;

const { room, open } = planKernelMemory('reading a JPEG');
const ORDER = room(64);
const TABLES = room(2 * MOST_COMPONENTS * TABLE_BYTES);
const CODES = room(16 + 256);
const STEPS = room(MOST_COMPONENTS * 64 * 4);
const COMPONENTS = room(MOST_COMPONENTS * COMPONENT_WORDS * 4);
const SCRATCH = room(2 * 64 * 4);
const STARTS = room(MOST_RESTARTS * 4);
const FOUND = room(2 * 4);
const SOURCE = room(MOST_FILE_BYTES);
/** The data lie backwards from here. */
const DATA = room(MOST_FILE_BYTES + ZEROS_BEHIND) + MOST_FILE_BYTES + ZEROS_BEHIND - 1;
const PLANES = room(MOST_PLANE_BYTES);

const memory = open();
const bytes = new Uint8Array(memory.buffer);
const words = new Uint32Array(memory.buffer);
const kernel = startKernel<Kernel>(compileKernel(new URL('./jpeg-scan.wasm', import.meta.url)), memory);
bytes.set(zigzag(), ORDER);

/** Null where the data are damaged, cut short, or more than there is room for. */
export function decodeScan(
  { height, width, components, restartInterval }: Scan,
  data: Buffer,
): Plane[] | null {
  // A single component is stored block by block, whatever its sampling says (T.81, A.2.2).
  const sampled = components.length === 1 ? [{ ...components[0], across: 1, down: 1 }] : components;
  const columns = Math.ceil(width / (8 * Math.max(...sampled.map(({ across }) => across))));
  const rows = Math.ceil(height / (8 * Math.max(...sampled.map(({ down }) => down))));
  const planes: Plane[] = [];
  let place = PLANES;
  for (const [index, component] of sampled.entries()) {
    const stride = columns * component.across * component.side;
    const size = rows * component.down * component.side * stride;
    if (place + size > PLANES + MOST_PLANE_BYTES || !layOut(index, component, place, stride)) return null;
    planes.push({ width: stride, data: bytes.subarray(place, place + size) });
    place += size;
  }
  if (data.length > MOST_FILE_BYTES) return null;
  bytes.set(data, SOURCE);
  if (!kernel.layOut(SOURCE, data.length, DATA, ZEROS_BEHIND, STARTS, MOST_RESTARTS, FOUND)) return null;
  const [length, starts] = words.subarray(FOUND / 4);
  const isSound = kernel.decode(
    COMPONENTS,
    components.length,
    rows,
    columns,
    restartInterval,
    ORDER,
    SCRATCH,
    DATA,
    length,
    STARTS,
    starts,
  );
  return isSound ? planes : null;
}

/** Writes a component and its tables into the memory; false if a table is none. */
function layOut(index: number, component: ScanComponent, plane: number, stride: number): boolean {
  const { across, down, side, steps, dc, ac } = component;
  const tables = TABLES + 2 * index * TABLE_BYTES;
  const stepsAt = STEPS + index * 64 * 4;
  words.set(steps, stepsAt / 4);
  const at = (COMPONENTS + index * COMPONENT_WORDS * 4) / 4;
  words.set([across, down, side, stepsAt, tables, tables + TABLE_BYTES, plane, stride, 0], at);
  return makeTable(tables, dc) && makeTable(tables + TABLE_BYTES, ac);
}

function makeTable(table: number, codes: Uint8Array): boolean {
  bytes.set(codes, CODES);
  return kernel.makeTable(table, CODES) !== 0;
}

/** Is there no colour in a plane of colour differences that the last scan gave? */
export function isNeutral({ data }: Plane): boolean {
  return kernel.isNeutral(data.byteOffset, data.length) !== 0;
}

/** Where each coefficient stands, row by row: diagonals of the square, up and down in turn (T.81, figure A.6). */
function zigzag(): Uint8Array {
  const order: number[] = [];
  for (let diagonal = 0; diagonal < 15; diagonal++) {
    const places: number[] = [];
    for (let row = Math.max(0, diagonal - 7); row <= Math.min(7, diagonal); row++) {
      places.push(row * 8 + diagonal - row);
    }
    order.push(...(diagonal % 2 === 0 ? places.reverse() : places));
  }
  return Uint8Array.from(order);
}
