// What every format is before framing: a stream of pictures of any size, each the bytes of an image file or
// pixels that a table or array held. Framing (framing.ts) makes images of one shape from it.
import type { ImageShape, ImageSource, Skipped } from './source.js';

/** Rows of pixels, 8 bits a channel: grey (1), RGB (3) or RGBA (4 channels). */
export interface PixelPicture extends ImageShape {
  readonly kind: 'pixels';
  readonly id: string;
  readonly data: Uint8Array;
}

/** An image file: its path, or its bytes where it lies inside another file. */
export interface EncodedPicture {
  readonly kind: 'encoded';
  readonly id: string;
  readonly file: string | Uint8Array;
  /** Of a file of several pages the one that is meant, from 0; without it the file is one picture. */
  readonly page?: number;
}

/** A picture that is there and cannot be read. */
export interface UnreadablePicture extends Skipped {
  readonly kind: 'unreadable';
}

export type Picture = PixelPicture | EncodedPicture | UnreadablePicture;

/** A stream of pictures of any size, with ids that are unique in it. */
export interface PictureSource extends Pick<ImageSource, 'name' | 'origin' | 'count' | 'passedOver'> {
  /** The shape of every picture where the format promises one. */
  readonly shape: ImageShape | null;
  /** The pictures in the order of the source, each with bytes that stay as they are. May be called again. */
  pictures(): AsyncIterable<Picture>;
  /** About `count` pictures, spread evenly over the source: the same ones at every call. */
  sample(count: number): Promise<readonly Picture[]>;
}

/** What is read: how much a picture may take, so that a crafted file cannot fill memory or disk, and what is left out. */
export interface ReadingLimits {
  /** Pixels of one picture. */
  readonly pixels: number;
  /** Bytes of one image file, unpacked. */
  readonly fileBytes: number;
  /** How many times its own size an archive may unpack to. */
  readonly expansion: number;
  /** Globs of files and folders that are no part of the dataset. */
  readonly exclude: readonly string[];
}

export const READING_LIMITS: ReadingLimits = {
  // A scan of A4 at 600 dpi has 35 megapixels.
  pixels: 64_000_000,
  fileBytes: 256 * 2 ** 20,
  // Image files hardly shrink; uncompressed scans of blank paper shrink to a hundredth.
  expansion: 200,
  exclude: [],
};

/** At most `wanted` of the places 0 … count − 1, evenly spread from the first on. */
export function spreadEvenly(count: number, wanted: number): number[] {
  const taken = Math.min(count, wanted);
  return Array.from({ length: taken }, (_, index) => Math.floor((index * count) / taken));
}

/** At most `wanted` of the items, evenly spread from the first on. */
export function pickEvenly<Item>(items: readonly Item[], wanted: number): Item[] {
  return spreadEvenly(items.length, wanted).map((place) => items[place]);
}

/** A source whose pictures are known, one an item, before any is read. */
export function listedPictures<Item>(
  about: Pick<PictureSource, 'name' | 'origin' | 'passedOver'>,
  items: readonly Item[],
  pictureOf: (item: Item) => Picture,
): PictureSource {
  return {
    ...about,
    count: items.length,
    shape: null,
    async *pictures() {
      for (const item of items) yield pictureOf(item);
    },
    sample: async (wanted) => pickEvenly(items, wanted).map(pictureOf),
  };
}

/** From `wanted` to twice as many of a stream, evenly spread, in one pass and without knowing its length. */
export async function sampleOfStream(
  pictures: AsyncIterable<Picture>,
  wanted: number,
): Promise<readonly Picture[]> {
  let kept: Picture[] = [];
  let stride = 1;
  let place = 0;
  for await (const picture of pictures) {
    if (place++ % stride !== 0) continue;
    // Pixels may be a view of a large piece, which must not be kept for one picture of it.
    kept.push(picture.kind === 'pixels' ? { ...picture, data: picture.data.slice() } : picture);
    if (kept.length < 2 * wanted) continue;
    kept = kept.filter((_, index) => index % 2 === 0);
    stride *= 2;
  }
  return kept;
}
