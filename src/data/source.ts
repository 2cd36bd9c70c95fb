// What every dataset becomes once its pictures are framed: a stream of 8-bit images of one shape, with ids. A source
// reads pixels and nothing else; labels are read by another function (labels/labels.ts) that only score/ may import.
import { constants } from 'node:buffer';
import { InputError, option, type Words, words } from '../core/errors.js';
import { sharedBytes } from '../core/shared-memory.js';

export interface ImageShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Images in memory: pixel (image, row, column, channel) of `data` in that order, 0 … 255. */
export interface Images extends ImageShape {
  readonly data: Uint8Array;
  readonly count: number;
  /** One id an image, unique in its source: its row number, or its path relative to the source. */
  readonly ids: readonly string[];
}

/** A picture that could not be read. */
export interface Skipped {
  readonly id: string;
  /** Why, without a full stop: `the file is empty`. */
  readonly reason: string;
}

/** A file, or a whole folder, that is no part of the dataset. */
export interface PassedOver {
  /** Its path in the source; a folder's ends with `/`. */
  readonly id: string;
  /** Why, without a full stop: the same words for the same reason, so that they can be counted. */
  readonly reason: string;
}

export type OnSkipped = (skipped: Skipped) => void;

/**
 * Where a source came from, as far as reading its labels, or opening it again, needs it. Paths are absolute.
 * Labels themselves are read by labels/labels.ts alone.
 */
export type SourceOrigin =
  | { readonly format: 'idx' | 'npy' | 'csv' | 'zip' | 'tar' | 'image'; readonly path: string }
  /** `key`: the name of the array of the images. */
  | { readonly format: 'npz'; readonly path: string; readonly key: string }
  | { readonly format: 'parquet'; readonly paths: readonly string[] }
  | { readonly format: 'folder'; readonly path: string }
  /** Several sources one after the other: an id is `prefix/id of the part`, or the part's own where the prefix is empty. */
  | { readonly format: 'several'; readonly parts: readonly NamedOrigin[] };

export interface NamedOrigin {
  readonly prefix: string;
  readonly origin: SourceOrigin;
}

/** Where a person says that labels are; nothing that trains looks there. */
export const LABEL_PLACES = ['source', 'folders'] as const;
/** `source`: in or beside the images; `folders`: the names of the folders around them. */
export type LabelPlace = (typeof LABEL_PLACES)[number];

/** A stream of images, so that nothing needs all of them at once. */
export interface ImageSource {
  /** How to name it to a person: `MNIST train`, a path. */
  readonly name: string;
  readonly origin: SourceOrigin;
  readonly shape: ImageShape;
  /** Images, readable or not; null where only reading to the end tells. */
  readonly count: number | null;
  /** Files and folders in the source that are no part of the dataset, and why. */
  readonly passedOver?: readonly PassedOver[];
  /**
   * The images in order, at most `batchSize` at a time. May be called again; starts from the first. Throws an
   * InterruptedError soon after the signal aborts.
   */
  batches(batchSize: number, onSkipped?: OnSkipped, signal?: AbortSignal): AsyncIterable<Images>;
}

/** A dataset to train on and, where its maker kept some apart, images that training never sees. */
export interface Dataset<Source = ImageSource> {
  readonly train: Source;
  readonly test: Source | null;
}

/** Bytes of one image. */
export function pixelsPerImage(shape: ImageShape): number {
  return shape.height * shape.width * shape.channels;
}

/** The images `chosen`, in that order; `images` themselves where these are all of them. */
export function takeImages(images: Images, chosen: ArrayLike<number>): Images {
  const rows = Array.from(chosen);
  if (rows.length === images.count && rows.every((image, place) => image === place)) return images;
  return {
    ...images,
    data: takeBytes(images.data, pixelsPerImage(images), rows),
    count: rows.length,
    ids: rows.map((image) => images.ids[image]),
  };
}

/** Rows of `size` bytes, in shared memory. */
export function takeBytes(data: Uint8Array, size: number, chosen: ArrayLike<number>): Uint8Array {
  const taken = sharedBytes(chosen.length * size);
  for (let place = 0; place < chosen.length; place++) {
    taken.set(data.subarray(chosen[place] * size, (chosen[place] + 1) * size), place * size);
  }
  return taken;
}

/** Images of a source in memory, and what was skipped on the way. */
export interface CollectedImages extends Images {
  readonly skipped: readonly Skipped[];
}

const COLLECTED_AT_ONCE = 4096;
/** A batch that waits to be copied takes no more. */
const COLLECTED_BYTES = 2 ** 26;

/** Throws an InputError where so many images are more than one array holds. */
export function requireOneArray(
  { name, shape }: Pick<ImageSource, 'name' | 'shape'>,
  count: number,
  mostBytes: number = MOST_ARRAY_BYTES,
): void {
  const { height, width, channels } = shape;
  const bytes = count * pixelsPerImage(shape);
  if (bytes <= mostBytes) return;
  const most = Math.floor(mostBytes / pixelsPerImage(shape));
  throw new InputError(
    words`${name} holds ${count} images of ${height} × ${width}${channels === 1 ? '' : ' in colour'}, and memory takes ${most} of them in one piece: choose ${smallerImages(channels)}, or fewer images.`,
  );
}

/** What a person may choose where images take too much memory. */
export function smallerImages(channels: number): Words {
  const smaller = words`a smaller ${option('size')}`;
  return channels === 1 ? smaller : words`${smaller} or ${option('color')} gray`;
}

/** Bytes that one array may have here. */
export const MOST_ARRAY_BYTES = constants.MAX_LENGTH;

/**
 * All images of a source, in shared memory, so that workers read them without a copy. Throws an InputError where they do
 * not fit into one array, and an InterruptedError soon after the signal aborts.
 */
export async function collectImages(
  source: ImageSource,
  onBatch: (imagesSoFar: number) => void = () => {},
  {
    signal,
    mostBytes = MOST_ARRAY_BYTES,
  }: { readonly signal?: AbortSignal; readonly mostBytes?: number } = {},
): Promise<CollectedImages> {
  const size = pixelsPerImage(source.shape);
  const ids: string[] = [];
  const skipped: Skipped[] = [];
  requireOneArray(source, source.count ?? 0, mostBytes);
  const atOnce = Math.max(1, Math.min(COLLECTED_AT_ONCE, Math.floor(COLLECTED_BYTES / size)));
  let data = sharedBytes((source.count ?? atOnce) * size);
  for await (const batch of source.batches(atOnce, (picture) => skipped.push(picture), signal)) {
    const end = (ids.length + batch.count) * size;
    if (end > data.length) {
      requireOneArray(source, ids.length + batch.count, mostBytes);
      const larger = sharedBytes(Math.min(mostBytes, Math.max(end, 2 * data.length)));
      larger.set(data);
      data = larger;
    }
    data.set(batch.data, ids.length * size);
    for (const id of batch.ids) ids.push(id);
    onBatch(ids.length);
  }
  return { ...source.shape, data: data.subarray(0, ids.length * size), count: ids.length, ids, skipped };
}
