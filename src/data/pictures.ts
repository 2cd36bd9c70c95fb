// What every format is before framing: a stream of pictures of any size, each the bytes of an image file or
// pixels that a table or array held. Framing (framing.ts) makes images of one shape from it.
import type { ImageShape } from './source.js';

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
}

/** A picture that is there and cannot be read. */
export interface UnreadablePicture {
  readonly kind: 'unreadable';
  readonly id: string;
  /** Why, without a full stop: `the file is empty`. */
  readonly reason: string;
}

export type Picture = PixelPicture | EncodedPicture | UnreadablePicture;

/**
 * Where a source came from, as far as reading its labels, or opening it again, needs it. Paths are absolute.
 * Labels themselves are read by labels.ts alone.
 */
export type SourceOrigin =
  | { readonly format: 'idx' | 'npy' | 'npz' | 'csv' | 'zip' | 'tar' | 'image'; readonly path: string }
  | { readonly format: 'parquet'; readonly paths: readonly string[] }
  | { readonly format: 'folder'; readonly path: string }
  /** Several sources one after the other: an id is `prefix/id of the part`. */
  | { readonly format: 'several'; readonly parts: readonly NamedOrigin[] };

export interface NamedOrigin {
  readonly prefix: string;
  readonly origin: SourceOrigin;
}

/** A stream of pictures of any size, with ids that are unique in it. */
export interface PictureSource {
  /** How to name it to a person. */
  readonly name: string;
  readonly origin: SourceOrigin;
  /** Pictures, readable or not; null where only reading to the end tells. */
  readonly count: number | null;
  /** The shape of every picture where the format promises one. */
  readonly shape: ImageShape | null;
  /** The pictures in the order of the source, each with bytes of its own. May be called again. */
  pictures(): AsyncIterable<Picture>;
  /** About `count` pictures, spread evenly over the source: the same ones at every call. */
  sample(count: number): Promise<readonly Picture[]>;
}

/** What a picture may take before it is refused, so that a crafted file cannot fill memory or disk. */
export interface ReadingLimits {
  /** Pixels of one picture. */
  readonly pixels: number;
  /** Bytes of one image file, unpacked. */
  readonly fileBytes: number;
  /** How many times its own size an archive may unpack to. */
  readonly expansion: number;
}

export const READING_LIMITS: ReadingLimits = {
  // A scan of A4 at 600 dpi has 35 megapixels.
  pixels: 64_000_000,
  fileBytes: 256 * 2 ** 20,
  // Image files hardly shrink; uncompressed scans of blank paper shrink to a hundredth.
  expansion: 200,
};

/** About `count` of a stream, evenly spread, in one pass and without knowing its length. */
export async function sampleOfStream(
  pictures: AsyncIterable<Picture>,
  count: number,
): Promise<readonly Picture[]> {
  let kept: Picture[] = [];
  let stride = 1;
  let place = 0;
  for await (const picture of pictures) {
    if (place++ % stride !== 0) continue;
    kept.push(picture);
    if (kept.length < 2 * count) continue;
    kept = kept.filter((_, index) => index % 2 === 0);
    stride *= 2;
  }
  return kept;
}
