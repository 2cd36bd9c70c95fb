// Vectors made elsewhere: by somebody's image encoder, or in a file with a row an image. Kin takes them in place of its own.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { InputError } from '../core/errors.js';
import { writeFileAtomic } from '../core/files.js';
import type { Matrix } from '../core/matrix.js';
import { framedSource } from '../data/framed-source.js';
import type { PictureSource, ReadingLimits } from '../data/pictures.js';
import type { Images, OnSkipped } from '../data/source.js';
import type { MethodContext } from '../methods/found-kinds.js';
import {
  ENCODED_AT_ONCE,
  encodeStream,
  type ImageEncoder,
  openImageEncoder,
} from '../methods/image-encoder.js';
import type { DescribedVectors } from './card.js';
import { readNpy } from './npy.js';

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

/**
 * The vectors of the pictures that were read as `images`. Throws an InputError if the file cannot be used or has another
 * number of rows.
 */
export async function readVectors(
  { kind, path }: VectorChoice,
  pictures: PictureSource,
  images: Images,
  { limits, threads }: { readonly limits: ReadingLimits; readonly threads: number },
  context: MethodContext,
): Promise<RunVectors> {
  const place = resolve(path);
  const describe = (vectors: Matrix, description: string): RunVectors => ({
    vectors,
    description: { kind, path: place, sha256: sha256Of(place), columns: vectors.columns, description },
  });
  if (kind === 'features') {
    const vectors = readNpy(path);
    requireRows(path, vectors, images.count);
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

function requireRows(path: string, { data, rows, columns }: Matrix, images: number): void {
  if (rows !== images) {
    throw new InputError(
      `${path} has ${rows} rows for ${images} images: save one row an image, in their order.`,
    );
  }
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  throw new InputError(
    `${path} holds ${data[bad]} at [${Math.floor(bad / columns)}, ${bad % columns}]: replace what is no number.`,
  );
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
