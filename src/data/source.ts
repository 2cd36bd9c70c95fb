// What every format becomes: a stream of 8-bit images with ids. A source reads pixels and nothing else;
// labels are read by another function (labels.ts) that only score/ may import.
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

/** Where a source came from: what labels.ts needs to find the labels that lie beside the images. */
export interface SourceOrigin {
  readonly format: 'idx';
  /** The file that holds the images, as an absolute path. */
  readonly imagesFile: string;
}

/** A stream of images, so that nothing needs all of them at once. */
export interface ImageSource {
  /** How to name it to a person: `MNIST train`, a path. */
  readonly name: string;
  readonly origin: SourceOrigin;
  readonly shape: ImageShape;
  readonly count: number;
  /** The images in order, at most `batchSize` at a time. May be called again; starts from the first. */
  batches(batchSize: number): AsyncIterable<Images>;
}

/** A pile to train on and, where its maker kept some apart, images that training never sees. */
export interface Pile {
  readonly train: ImageSource;
  readonly test: ImageSource | null;
}

/** Bytes of one image. */
export function pixelsPerImage(shape: ImageShape): number {
  return shape.height * shape.width * shape.channels;
}

/** All images of a source, in shared memory, so that workers read them without a copy. */
export async function collectImages(source: ImageSource): Promise<Images> {
  const size = pixelsPerImage(source.shape);
  const data = sharedBytes(source.count * size);
  const ids: string[] = [];
  for await (const batch of source.batches(4096)) {
    data.set(batch.data, ids.length * size);
    ids.push(...batch.ids);
  }
  return { ...source.shape, data, count: ids.length, ids };
}
