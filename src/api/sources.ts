// What the library takes as images: paths, and arrays in memory. Arrays are kept beside the runs, named by their content: what learns
// from a run later, grows or shows it, reads them there.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { types } from 'node:util';
import { InputError } from '../core/errors.js';
import { bytesOf, writeFileAtomic } from '../core/files.js';
import { requirePath, shownValue } from '../core/values.js';
import { npyHeader } from '../run/files/npy.js';
import type { VectorChoice } from '../run/images/vectors.js';

/** Pixels in memory. */
export interface PixelArray {
  /** 0 … 255, image by image, in rows, the channels of a pixel together. */
  readonly pixels: Uint8Array;
  /** (images, height, width), or with channels, 1 or 3, behind. */
  readonly shape: readonly number[];
}

/** Vectors in memory, without pictures: kin compares them as they are, and the run shows each as a small chart of its numbers. */
export interface VectorArray {
  readonly vectors: Float32Array;
  /** (rows, numbers a row). */
  readonly shape: readonly number[];
}

/** A file or folder of images, pixels in memory, or vectors in memory. */
export type Source = string | PixelArray | VectorArray;

/** Where sources lie, or will lie once they are kept. */
export interface LocatedSources {
  readonly paths: readonly string[];
  /** Null where the sources are pictures. */
  readonly vectors: VectorChoice | null;
  /** Writes those that were in memory. */
  keep(): void;
}

/** Several sources, or the one. Throws an InputError where there is none. */
export function listed(sources: Source | readonly Source[]): readonly Source[] {
  const all: readonly Source[] = Array.isArray(sources) ? sources : [sources];
  if (all.length > 0) return all;
  throw new InputError('The list of sources is empty: give a path, pixels or vectors.');
}

export function isVectors(source: Source | null | undefined): source is VectorArray {
  return (source as VectorArray)?.vectors !== undefined;
}

/** Throws an InputError for what is no source, arrays of another type or shape than they have to be, or vectors beside other sources. */
export function locateSources(sources: Source | readonly Source[], logDir: string): LocatedSources {
  const kept: ReturnType<typeof arrayOf>[] = [];
  let vectors: VectorChoice | null = null;
  const all = listed(sources);
  const paths = all.map((source) => {
    if (isVectors(source)) {
      if (all.length > 1) throw new InputError('Vectors are a source by themselves: leave the others out.');
      const rows = arrayOf(VECTORS, source.vectors, source.shape, logDir);
      kept.push(rows);
      vectors = { kind: 'features', path: rows.path, isSource: true };
    } else if ((source as PixelArray)?.pixels === undefined) {
      return requirePath('A source without pixels or vectors', source);
    }
    const { pixels, shape } = isVectors(source) ? chartsOf(source) : (source as PixelArray);
    const pictures = arrayOf(PIXELS, pixels, shape, logDir);
    kept.push(pictures);
    return pictures.path;
  });
  const keep = () => {
    for (const array of kept) array.keep();
  };
  return { paths, vectors, keep };
}

const PIXELS = {
  what: 'pixels',
  type: '|u1',
  isArray: (values: unknown) => types.isUint8Array(values) || types.isUint8ClampedArray(values),
  array: '0 … 255 in a Uint8Array',
  isShape: ({ length, 3: channels = 1 }: readonly unknown[]) =>
    length === 3 || (length === 4 && (channels === 1 || channels === 3)),
  shapes: '(images, height, width) or (images, height, width, 1 or 3)',
} as const;

const VECTORS = {
  what: 'vectors',
  type: '<f4',
  isArray: types.isFloat32Array,
  array: 'a Float32Array',
  isShape: ({ length }: readonly unknown[]) => length === 2,
  shapes: '(rows, numbers a row)',
} as const;

function arrayOf(
  { what, type, isArray, array, isShape, shapes }: typeof PIXELS | typeof VECTORS,
  values: Uint8Array | Float32Array,
  shape: readonly number[],
  logDir: string,
) {
  if (!isArray(values)) throw new InputError(`The ${what} are ${shownValue(values)}: give ${array}.`);
  const isWhole = Array.isArray(shape) && shape.every((side) => Number.isInteger(side) && side > 0);
  if (!isWhole || !isShape(shape) || shape.reduce((count, side) => count * side) !== values.length) {
    throw new InputError(
      `The ${what} have the shape ${shownValue(shape)} and are ${values.length}: give as many as ${shapes} come to.`,
    );
  }
  const [header, bytes] = [npyHeader(type, shape), bytesOf(values)];
  const name = createHash('sha256').update(header).update(bytes).digest('hex').slice(0, 16);
  const path = join(logDir, `${what}-${name}.npy`);
  const keep = () => {
    if (existsSync(path)) return;
    mkdirSync(logDir, { recursive: true });
    writeFileAtomic(path, header, bytes);
  };
  return { path, keep };
}

/** Pixels of a chart's smallest side. */
const CHART_SIDE = 28;

/** vectors (n, d) → a grey chart each: number by number in rows of squares, black the least of its column and white the largest. */
function chartsOf({ vectors, shape: [rows, columns] }: VectorArray): PixelArray {
  const across = Math.ceil(Math.sqrt(columns));
  const square = Math.max(1, Math.floor(CHART_SIDE / across));
  const side = across * square;
  const [least, largest] = [
    new Float32Array(columns).fill(Infinity),
    new Float32Array(columns).fill(-Infinity),
  ];
  vectors.forEach((value, at) => {
    const column = at % columns;
    least[column] = Math.min(least[column], value);
    largest[column] = Math.max(largest[column], value);
  });
  const pixels = new Uint8Array(rows * side * side);
  vectors.forEach((value, at) => {
    const column = at % columns;
    const range = largest[column] - least[column];
    const shade = range > 0 ? Math.round((255 * (value - least[column])) / range) : 0;
    const row = Math.floor(at / columns);
    const top = Math.floor(column / across) * square;
    const left = (column % across) * square;
    for (let line = 0; line < square; line++) {
      const start = (row * side + top + line) * side + left;
      pixels.fill(shade, start, start + square);
    }
  });
  return { pixels, shape: [rows, side, side] };
}
