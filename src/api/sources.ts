// What the library takes as images: paths, and arrays in memory. Arrays are kept beside the runs, named by their content: what learns
// from a run later, grows or shows it, reads them there.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../core/errors.js';
import { bytesOf, writeFileAtomic } from '../core/files.js';
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

interface KeptArray {
  readonly path: string;
  readonly header: Uint8Array;
  readonly bytes: Uint8Array;
}

/** Throws an InputError for arrays of another shape than they say, or vectors beside other sources. */
export function locateSources(sources: Source | readonly Source[], logDir: string): LocatedSources {
  const all: readonly Source[] = Array.isArray(sources) ? sources : [sources];
  const kept: KeptArray[] = [];
  let vectors: VectorChoice | null = null;
  const paths = all.map((source) => {
    if (typeof source === 'string') return source;
    if ('vectors' in source) {
      if (all.length > 1) throw new InputError('Vectors are a source by themselves: leave the others out.');
      const rows = arrayOf('vectors', '<f4', source.shape, bytesOf(requireVectors(source)), logDir);
      kept.push(rows);
      vectors = { kind: 'features', path: rows.path, isSource: true };
    }
    const pictures = pixelArrayOf('vectors' in source ? chartsOf(source) : source, logDir);
    kept.push(pictures);
    return pictures.path;
  });
  return { paths, vectors, keep: () => kept.forEach(keepArray) };
}

function pixelArrayOf({ pixels, shape }: PixelArray, logDir: string): KeptArray {
  const isPicture = shape.length === 3 || (shape.length === 4 && (shape[3] === 1 || shape[3] === 3));
  if (!isPicture || product(shape) !== pixels.length) {
    throw new InputError(
      `The pixels have the shape (${shape.join(', ')}) and are ${pixels.length}: give as many as (images, height, width) or (images, height, width, 1 or 3) come to.`,
    );
  }
  return arrayOf('pixels', '|u1', shape, pixels, logDir);
}

function requireVectors({ vectors, shape }: VectorArray): Float32Array {
  if (shape.length === 2 && product(shape) === vectors.length && shape[1] > 0) return vectors;
  throw new InputError(
    `The vectors have the shape (${shape.join(', ')}) and are ${vectors.length} numbers: give as many as (rows, numbers a row) come to.`,
  );
}

function arrayOf(
  what: string,
  type: '<f4' | '|u1',
  shape: readonly number[],
  bytes: Uint8Array,
  logDir: string,
): KeptArray {
  const header = npyHeader(type, shape);
  const name = createHash('sha256').update(header).update(bytes).digest('hex').slice(0, 16);
  return { path: join(logDir, `${what}-${name}.npy`), header, bytes };
}

function keepArray({ path, header, bytes }: KeptArray): void {
  if (existsSync(path)) return;
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileAtomic(path, header, bytes);
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

function product(shape: readonly number[]): number {
  return shape.reduce((values, side) => values * side, 1);
}
