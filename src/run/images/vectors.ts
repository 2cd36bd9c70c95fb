// Vectors made elsewhere: by somebody's image encoder, or in a file with a row an image. Kin takes them in place of its own.

import { hash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { InputError } from '../../core/errors.js';
import { writeFileAtomic } from '../../core/files.js';
import { type Matrix, matrix, takeRows } from '../../core/matrix.js';
import type { Notice } from '../../core/progress.js';
import { framedSource } from '../../data/framing/framed-source.js';
import type { ReadingOfValues } from '../../data/framing/making.js';
import type { PictureSource, ReadingLimits } from '../../data/pictures.js';
import type { CollectedImages, Images, OnSkipped } from '../../data/source.js';
import type { MethodContext } from '../../methods/found-kinds.js';
import { type ImageEncoder, openImageEncoder } from '../../methods/vectors/image-encoder.js';
import type { DescribedVectors, RunCard } from '../files/card.js';
import { isMissing } from '../files/system-error.js';
import { type EncodedReading, encodedPictures } from './encoded-pictures.js';
import type { FeatureRows } from './feature-file.js';

/** Which file vectors come from. */
export interface VectorChoice {
  readonly kind: 'encoder' | 'features';
  readonly path: string;
  /** Of an encoder: the copy that a run keeps, which is read in its place. */
  readonly kept?: string;
  /** The vectors are all there is: the pictures are charts of them. */
  readonly isSource?: boolean;
}

/** What a run of the same images has of them already. */
export interface KeptVectors {
  readonly vectors: Matrix;
  /** Of the encoder that made them. */
  readonly sha256: string;
}

/** Who watches, who may stop it, and who is told what was decided. */
export interface VectorContext extends MethodContext {
  /** Called with a line for the person; nobody listens where left out. */
  readonly notice?: Notice;
}

export interface RunVectors {
  /** (n, d), a row an image. */
  readonly vectors: Matrix;
  /** The file that was read. */
  readonly file: string;
  readonly description: DescribedVectors;
}

/**
 * The vectors of the pictures that were read as `images`; an encoder is closed afterwards. Throws an InputError if a file has another number
 * of rows, or an encoder cannot be used after all.
 */
export async function readVectors(
  maker: VectorMaker,
  pictures: PictureSource,
  images: CollectedImages,
  { kept = null, ...reading }: EncodedReading & { readonly kept?: KeptVectors | null },
  context: VectorContext,
): Promise<RunVectors> {
  const { kind, isSource = false } = maker;
  const file = fileOf(maker);
  const describe = (vectors: Matrix, description: string): RunVectors => ({
    vectors,
    file,
    description: {
      kind,
      path: resolve(maker.path),
      isSource,
      sha256: hash('sha256', readFileSync(file)),
      columns: vectors.columns,
      description,
    },
  });
  if (maker.kind === 'features') {
    const vectors =
      rowsNamed(maker.path, maker, images.ids) ??
      (await rowsOfRead(maker.path, maker.rows, pictures, images));
    return describe(vectors, `${vectors.columns} numbers a row, compared as they are`);
  }
  const { encoder } = maker;
  try {
    const isKept = kept?.sha256 === encoder.sha256 && kept.vectors.rows === images.count;
    const vectors = isKept ? kept.vectors : await encodedImages(encoder, pictures, images, reading, context);
    return describe(vectors, encoder.description);
  } finally {
    await encoder.close();
  }
}

/** The vectors of just the pictures that were read as `images`. Throws an InputError where some are gone by now. */
export async function encodedImages(
  encoder: ImageEncoder,
  { name, pictures }: PictureSource,
  { count, ids }: CollectedImages,
  reading: EncodedReading,
  { report, signal, notice = () => {} }: VectorContext,
): Promise<Matrix> {
  const wanted = new Set(ids);
  const those = {
    count,
    async *pictures() {
      for await (const picture of pictures()) if (wanted.has(picture.id)) yield picture;
    },
  };
  let vectors = matrix(0, 0);
  let done = 0;
  const tell = () => report({ stage: 'encode', done, total: count, unit: 'images' });
  tell();
  for await (const batch of encodedPictures(encoder, those, reading, { signal, notice })) {
    if (done === 0) vectors = matrix(count, batch.vectors.columns);
    if (batch.ids.some((id, at) => id !== ids[done + at])) break;
    vectors.data.set(batch.vectors.data, done * vectors.columns);
    done += batch.ids.length;
    tell();
  }
  if (done === count) return vectors;
  throw new InputError(`${name} changed while it was read: start again.`);
}

/** Images that are handed on together. */
const IMAGES_AT_ONCE = 16;

/** Pictures as an encoder wants to see them. `values`: what the run reads deep values and transparent parts by. */
export function encoderInput(
  { preparation }: Pick<ImageEncoder, 'preparation'>,
  pictures: PictureSource,
  limits: ReadingLimits,
  values: ReadingOfValues,
  onSkipped?: OnSkipped,
): AsyncIterable<Images> {
  return framedSource(pictures, preparation, limits, values).batches(IMAGES_AT_ONCE, onSkipped);
}

/**
 * The rows of the pictures `ids` where a column of the file names them, wholly or by the end of a longer path; null where none does.
 * Throws an InputError where it leaves out some.
 */
function rowsNamed(path: string, { rows, texts }: FeatureRows, ids: readonly string[]): Matrix | null {
  for (const names of texts) {
    const ends = rowsByEnd(names);
    const places = ids.map((id) => ends.get(id) ?? null);
    const missing = ids.filter((_, at) => places[at] === null);
    if (missing.length === ids.length) continue;
    if (missing.length > 0) {
      throw new InputError(
        `${path} names ${missing.length} of the ${ids.length} images in no row, or in several; the first is ${missing[0]}: write one row for each.`,
      );
    }
    return takeRows(rows, places.map(Number));
  }
  return null;
}

/** The row of each path by which its file could be called: `a/b.png` is also `b.png`. What several rows could mean is left out. */
function rowsByEnd(names: readonly string[]): ReadonlyMap<string, number | null> {
  const rows = new Map<string, number | null>();
  names.forEach((name, row) => {
    const parts = name.replaceAll('\\', '/').split('/');
    for (const place of parts.keys()) {
      const end = parts.slice(place).join('/');
      rows.set(end, rows.has(end) ? null : row);
    }
  });
  return rows;
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
  const kept: number[] = [];
  let row = 0;
  for await (const { id } of pictures.pictures()) {
    if (!unread.has(id)) kept.push(row);
    row++;
  }
  return takeRows(vectors, kept);
}

/** What vectors are made from, found to be usable before any picture is read. */
export type VectorMaker = Pick<VectorChoice, 'path' | 'kept' | 'isSource'> &
  (
    | ({ readonly kind: 'features' } & FeatureRows)
    | { readonly kind: 'encoder'; readonly encoder: ImageEncoder }
  );

/** Reads a file of vectors, or opens an encoder and tries it. Throws an InputError where it cannot be used. */
export async function openVectors(choice: VectorChoice, threads: number): Promise<VectorMaker> {
  const { kind, path, kept, isSource } = choice;
  if (kind === 'encoder') {
    return { kind, path, kept, encoder: await openImageEncoder(kept ?? path, threads) };
  }
  const { readFeatureFile } = await import('./feature-file.js');
  return { kind, path, isSource, ...(await readFeatureFile(path)) };
}

function fileOf({ path, kept }: Pick<VectorChoice, 'path' | 'kept'>): string {
  return resolve(kept ?? path);
}

// An encoder lies in the folder of a run from its beginning on, so that new images, and whoever goes on from the run, find the same one.

/** `model/encoder.onnx` in the folder of a run that an encoder looked at. */
export function keptEncoder(folder: string): string {
  return join(folder, 'model', 'encoder.onnx');
}

/** Copies the encoder in `file` into a run's folder, and what is written beside it on the pictures that it wants. */
export function keepEncoder(folder: string, file: string): void {
  writeFileAtomic(keptEncoder(folder), readFileSync(file));
  try {
    const config = readFileSync(join(file, '..', PREPROCESSING));
    writeFileAtomic(join(folder, 'model', PREPROCESSING), config);
  } catch (error) {
    // It need not be there.
    if (!isMissing(error)) throw error;
  }
}

const PREPROCESSING = 'preprocessor_config.json';

/** What whoever goes on from the run in `folder` takes its vectors from; null where its method makes its own. */
export function vectorsOfRun(folder: string, { vectors }: RunCard): VectorChoice | null {
  if (vectors === null) return null;
  const { kind, path, isSource } = vectors;
  const kept = keptEncoder(folder);
  return kind === 'encoder' && existsSync(kept) ? { kind, path, kept } : { kind, path, isSource };
}

/** Throws an InputError where the file has changed since the run `card` was made by it. What is gone has a sentence of its own. */
export function requireSameVectors({ tag, vectors }: RunCard, choice: VectorChoice): void {
  const file = fileOf(choice);
  if (vectors === null || !existsSync(file)) return;
  if (hash('sha256', readFileSync(file)) === vectors.sha256) return;
  throw new InputError(
    `${file} is not the file that run ${tag} was made with: put that one back, or train a new run.`,
  );
}
