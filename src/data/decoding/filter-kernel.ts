// RGB brought to another size by a filter, by kernels/data/decoding/filter-kernel.ts: the same bytes as core/pictures/filtering.ts gives,
// which the page uses too, in a fifth of the time.
import { compileKernel, planKernelMemory, startKernel } from '../../core/kernels.js';
import { type Filter, filtered, type Lines, linesOf } from '../../core/pictures/filtering.js';
import type { Raster } from '../../core/pictures/raster.js';

interface Kernel {
  across(
    source: number,
    height: number,
    width: number,
    target: number,
    count: number,
    stride: number,
    first: number,
    taken: number,
    weights: number,
  ): void;
  down(
    source: number,
    rowBytes: number,
    target: number,
    count: number,
    stride: number,
    first: number,
    taken: number,
    weights: number,
  ): void;
}

const MOST_PIXEL_BYTES = 2 ** 24;
const MOST_NARROW_BYTES = 2 ** 23;
const MOST_COUNT = 4096;
const MOST_WEIGHTS = 2 ** 18;
/** Bytes that the kernel touches beyond a raster. */
const SLACK = 16;

const { room, open } = planKernelMemory('resizing a picture');
const PIXELS = room(MOST_PIXEL_BYTES + SLACK);
const NARROW = room(MOST_NARROW_BYTES + SLACK);
const FIRST = room(MOST_COUNT * 4);
const TAKEN = room(MOST_COUNT * 4);
const WEIGHTS = room(MOST_WEIGHTS * 4);
const memory = open();
const bytes = new Uint8Array(memory.buffer);
const words = new Int32Array(memory.buffer);
const kernel = startKernel<Kernel>(compileKernel(new URL('./filter-kernel.wasm', import.meta.url)), memory);

/** As `filtered`. What is not RGB, or is too large for the kernel's memory, goes there. */
export function filteredFast(raster: Raster, height: number, width: number, filter: Filter): Raster {
  const { channels, data } = raster;
  const isSame = height === raster.height && width === raster.width;
  if (channels !== 3 || filter === 'nearest' || isSame) return filtered(raster, height, width, filter);
  const lines = [linesOf(raster.width, width, filter), linesOf(raster.height, height, filter)] as const;
  const narrowBytes = raster.height * width * 3;
  const targetBytes = height * width * 3;
  const isRoom =
    Math.max(data.length, targetBytes) <= MOST_PIXEL_BYTES &&
    narrowBytes <= MOST_NARROW_BYTES &&
    lines.every(({ count, weights }) => count <= MOST_COUNT && weights.length <= MOST_WEIGHTS);
  if (!isRoom) return filtered(raster, height, width, filter);
  if (width === raster.width) bytes.set(data, NARROW);
  else {
    bytes.set(data, PIXELS);
    layOut(lines[0]);
    const { count, stride } = lines[0];
    kernel.across(PIXELS, raster.height, raster.width, NARROW, count, stride, FIRST, TAKEN, WEIGHTS);
  }
  if (height === raster.height) {
    return { height, width, channels, data: bytes.slice(NARROW, NARROW + targetBytes) };
  }
  layOut(lines[1]);
  const { count, stride } = lines[1];
  // The picture itself is not needed any more.
  kernel.down(NARROW, width * 3, PIXELS, count, stride, FIRST, TAKEN, WEIGHTS);
  return { height, width, channels, data: bytes.slice(PIXELS, PIXELS + targetBytes) };
}

function layOut({ first, taken, weights }: Lines): void {
  words.set(first, FIRST / 4);
  words.set(taken, TAKEN / 4);
  words.set(weights, WEIGHTS / 4);
}
