// The correlations of two grey images of which one is moved by a pixel, over the pixels that both have then. Thousands of
// pairs a second are asked for eight of them each, so the products are WebAssembly SIMD's.
import { compileKernel, openKernelMemory, startKernel } from '../../core/kernels.js';

/** By a pixel at most, (down, right); the fifth moves nothing. */
const SHIFTS = [-1, 0, 1].flatMap((down) => [-1, 0, 1].map((right) => [down, right] as const));
const STILL = 4;

/** kernels/cluster/copies/shifted-correlation.ts; every place is a byte offset. */
interface Kernel {
  frame(image: number, side: number, framed: number, stride: number): void;
  products(a: number, b: number, side: number, stride: number, sums: number): void;
}

const kernelFile = new URL('./shifted-correlation.wasm', import.meta.url);
const LANES = 16;
const SUMS_BYTES = 64;
/** A product of spreads under this is rounding: one of the images is flat. */
const FLAT = 1e-6;

/** → the greatest r of image a and of image b moved by a pixel in any of eight directions. */
export type ShiftedCorrelation = (a: number, b: number) => number;

/** data (n, side, side): images of a byte a pixel. Throws a RangeError for sides above 255, whose sums do not fit. */
export async function createShiftedCorrelation(data: Uint8Array, side: number): Promise<ShiftedCorrelation> {
  if (side > 255) throw new RangeError(`createShiftedCorrelation: side is ${side}, must be 255 or less`);
  const pixels = side * side;
  const stride = LANES * Math.ceil((side + 2) / LANES);
  const frameBytes = (side + 2) * stride + LANES;
  // Sums, the image that is being framed, and two frames, with room before the first for what is left of it.
  const image = SUMS_BYTES;
  const frames = [0, 1].map(
    (place) => image + LANES * (1 + Math.ceil(pixels / LANES)) + place * (frameBytes + LANES),
  );
  const memory = openKernelMemory('shifting images', frames[1] + frameBytes + LANES);
  const kernel = startKernel<Kernel>(compileKernel(kernelFile), memory);
  const products = new Uint32Array(memory.buffer, 0, SHIFTS.length);
  const pixelsToFrame = new Uint8Array(memory.buffer, image, pixels);
  const framed = [-1, -1];
  const show = (place: number, shown: number) => {
    if (framed[place] === shown) return;
    pixelsToFrame.set(data.subarray(shown * pixels, (shown + 1) * pixels));
    kernel.frame(image, side, frames[place], stride);
    framed[place] = shown;
  };
  const known = new Map<number, Float64Array>();
  const sumsOf = (shown: number): Float64Array => {
    const found = known.get(shown) ?? innerSums(data.subarray(shown * pixels, (shown + 1) * pixels), side);
    known.set(shown, found);
    return found;
  };
  return (a, b) => {
    show(0, a);
    show(1, b);
    kernel.products(frames[0], frames[1], side, stride, 0);
    const [ofA, ofB] = [sumsOf(a), sumsOf(b)];
    let best = Number.NEGATIVE_INFINITY;
    for (const [place, [down, right]] of SHIFTS.entries()) {
      if (place === STILL) continue;
      // What a loses on one side, b loses on the other.
      const opposite = SHIFTS.length - 1 - place;
      const count = (side - Math.abs(down)) * (side - Math.abs(right));
      const [sumA, squaresA] = [ofA[2 * place], ofA[2 * place + 1]];
      const [sumB, squaresB] = [ofB[2 * opposite], ofB[2 * opposite + 1]];
      const spread = (squaresA - (sumA * sumA) / count) * (squaresB - (sumB * sumB) / count);
      // Pearson's r; 0 where an image is flat.
      const r = spread <= FLAT ? 0 : (products[place] - (sumA * sumB) / count) / Math.sqrt(spread);
      best = Math.max(best, r);
    }
    return best;
  };
}

/**
 * (shifts, 2): sum and sum of squares of an image (side, side) without the row and the column that a shift takes away: the first where
 * the other image is moved down or to the right, the last where up or to the left.
 */
function innerSums(pixels: Uint8Array, side: number): Float64Array {
  const sums = new Float64Array(2 * SHIFTS.length);
  for (let row = 0; row < side; row++) {
    const values = pixels.subarray(row * side, (row + 1) * side);
    let [sum, squares] = [0, 0];
    for (let column = 0; column < side; column++) {
      sum += values[column];
      squares += values[column] * values[column];
    }
    for (const [place, [down, right]] of SHIFTS.entries()) {
      if ((down === 1 && row === 0) || (down === -1 && row === side - 1)) continue;
      const lost = right === 1 ? values[0] : right === -1 ? values[side - 1] : 0;
      sums[2 * place] += sum - lost;
      sums[2 * place + 1] += squares - lost * lost;
    }
  }
  return sums;
}
