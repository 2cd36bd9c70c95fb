// What every pile becomes once its pictures are framed: a stream of 8-bit images of one shape, with ids. A source
// reads pixels and nothing else; labels are read by another function (labels.ts) that only score/ may import.
import { sharedBytes } from '../core/shared-memory.js';
import type { SourceOrigin } from './origin.js';
import type { PassedOver } from './sieve.js';

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
  /** Why, without a full stop. */
  readonly reason: string;
}

export type OnSkipped = (skipped: Skipped) => void;

/** A stream of images, so that nothing needs all of them at once. */
export interface ImageSource {
  /** How to name it to a person: `MNIST train`, a path. */
  readonly name: string;
  readonly origin: SourceOrigin;
  readonly shape: ImageShape;
  /** Images, readable or not; null where only reading to the end tells. */
  readonly count: number | null;
  /** Files and folders in the source that are no part of the pile, and why. */
  readonly passedOver?: readonly PassedOver[];
  /** The images in order, at most `batchSize` at a time. May be called again; starts from the first. */
  batches(batchSize: number, onSkipped?: OnSkipped): AsyncIterable<Images>;
}

/** A pile to train on and, where its maker kept some apart, images that training never sees. */
export interface Pile<Source = ImageSource> {
  readonly train: Source;
  readonly test: Source | null;
}

/** Bytes of one image. */
export function pixelsPerImage(shape: ImageShape): number {
  return shape.height * shape.width * shape.channels;
}

/** Images of a source in memory, and what was skipped on the way. */
export interface CollectedImages extends Images {
  readonly skipped: readonly Skipped[];
}

const COLLECTED_AT_ONCE = 4096;

/** All images of a source, in shared memory, so that workers read them without a copy. */
export async function collectImages(
  source: ImageSource,
  onBatch: (imagesSoFar: number) => void = () => {},
): Promise<CollectedImages> {
  const size = pixelsPerImage(source.shape);
  const ids: string[] = [];
  const skipped: Skipped[] = [];
  let data = sharedBytes((source.count ?? COLLECTED_AT_ONCE) * size);
  for await (const batch of source.batches(COLLECTED_AT_ONCE, (picture) => skipped.push(picture))) {
    const end = (ids.length + batch.count) * size;
    if (end > data.length) {
      const larger = sharedBytes(Math.max(end, 2 * data.length));
      larger.set(data);
      data = larger;
    }
    data.set(batch.data, ids.length * size);
    for (const id of batch.ids) ids.push(id);
    onBatch(ids.length);
  }
  return { ...source.shape, data: data.subarray(0, ids.length * size), count: ids.length, ids, skipped };
}
