// Vectors made elsewhere: by somebody's image encoder, or in a file with a row an image. Kin takes them in place of its own.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { InputError } from '../core/errors.js';
import { writeFileAtomic } from '../core/files.js';
import { type Matrix, matrix } from '../core/matrix.js';
import { framedSource } from '../data/framed-source.js';
import type { PictureSource, ReadingLimits } from '../data/pictures.js';
import type { CollectedImages, Images, OnSkipped } from '../data/source.js';
import type { MethodContext } from '../methods/found-kinds.js';
import {
  ENCODED_AT_ONCE,
  encodeStream,
  type ImageEncoder,
  openImageEncoder,
} from '../methods/image-encoder.js';
import type { DescribedVectors } from './card.js';
import { readFeatureFile } from './feature-file.js';

/** Which file vectors come from. */
export interface VectorChoice {
  readonly kind: 'encoder' | 'features';
  readonly path: string;
}

export interface RunVectors {
  /** (n, d), a row an image. */
  readonly vectors: Matrix;
  readonly description: DescribedVectors;
}

export interface VectorOptions {
  readonly limits: ReadingLimits;
  readonly threads: number;
  /** What `featuresOf` gave. */
  readonly features: Matrix | null;
}

/**
 * The vectors of the pictures that were read as `images`. Throws an InputError if the file cannot be used or has another
 * number of rows.
 */
export async function readVectors(
  { kind, path }: VectorChoice,
  pictures: PictureSource,
  images: CollectedImages,
  { limits, threads, features }: VectorOptions,
  context: MethodContext,
): Promise<RunVectors> {
  const place = resolve(path);
  const describe = (vectors: Matrix, description: string): RunVectors => ({
    vectors,
    description: { kind, path: place, sha256: sha256Of(place), columns: vectors.columns, description },
  });
  if (kind === 'features') {
    const rows = features ?? (await readFeatureFile(path));
    const vectors = await rowsOfRead(path, rows, pictures, images);
    return describe(vectors, `${vectors.columns} numbers a row, compared as they are`);
  }
  const encoder = await openImageEncoder(path, threads);
  try {
    const { vectors, ids } = await encodePictures(encoder, pictures, limits, images.count, context);
    if (ids.length !== images.count) {
      throw new InputError(`${pictures.name} changed while it was read: start again.`);
    }
    return describe(vectors, encoder.description);
  } finally {
    await encoder.close();
  }
}

function encodePictures(
  encoder: ImageEncoder,
  pictures: PictureSource,
  limits: ReadingLimits,
  total: number | null,
  context: MethodContext,
) {
  return encodeStream(encoder, encoderInput(encoder, pictures, limits), total, context);
}

/** Pictures as an encoder wants to see them: whole, in colour, of its size. */
export function encoderInput(
  { height, width }: ImageEncoder,
  pictures: PictureSource,
  limits: ReadingLimits,
  onSkipped?: OnSkipped,
): AsyncIterable<Images> {
  const framing = { height, width, channels: 3, polarity: 'keep', crop: 'whole' } as const;
  return framedSource(pictures, framing, limits).batches(ENCODED_AT_ONCE, onSkipped);
}

/**
 * The rows of the pictures that were read. A file with a row for every picture of the source drops those of pictures that
 * cannot be read. Throws an InputError for any other number of rows.
 */
async function rowsOfRead(path: string, vectors: Matrix, pictures: PictureSource, images: CollectedImages) {
  const { count, skipped } = images;
  if (vectors.rows === count) return vectors;
  if (vectors.rows !== count + skipped.length) {
    const all = skipped.length === 0 ? '' : ` and ${skipped.length} that cannot be read`;
    throw new InputError(
      `${path} has ${vectors.rows} rows for ${count} images${all}: save one row an image, in their order.`,
    );
  }
  const unread = new Set(skipped.map(({ id }) => id));
  const kept = matrix(count, vectors.columns);
  let [row, to] = [0, 0];
  for await (const { id } of pictures.pictures()) {
    if (!unread.has(id)) kept.data.set(rowOf(vectors, row), to++ * vectors.columns);
    row++;
  }
  return kept;
}

function rowOf({ data, columns }: Matrix, row: number): Float32Array {
  return data.subarray(row * columns, (row + 1) * columns);
}

/**
 * The vectors of a file, before any picture is read; null where they are an encoder's to make, which is tried. Throws an InputError where
 * either cannot be used.
 */
export async function featuresOf(choice: VectorChoice | null, threads: number): Promise<Matrix | null> {
  if (choice === null) return null;
  if (choice.kind === 'features') return readFeatureFile(choice.path);
  const encoder = await openImageEncoder(choice.path, threads);
  await encoder.close();
  return null;
}

/** Keeps an encoder with the run, so that it can be asked about new images. */
export function keepEncoder(folder: string, { kind, path }: VectorChoice): void {
  if (kind !== 'encoder') return;
  writeFileAtomic(join(folder, 'model', 'encoder.onnx'), readFileSync(path));
  try {
    const config = readFileSync(join(path, '..', 'preprocessor_config.json'));
    writeFileAtomic(join(folder, 'model', 'preprocessor_config.json'), config);
  } catch (error) {
    // It need not be there.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}

function sha256Of(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
