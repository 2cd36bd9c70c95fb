// Whether a dataset fits into memory, asked before its images are read.
import { InputError, words } from '../../core/errors.js';
import { memoryHere } from '../../core/memory.js';
import type { PictureDataset } from '../../data/formats/open.js';
import { type ImageShape, MOST_ARRAY_BYTES, smallerImages } from '../../data/source.js';
import { methodNamed } from '../../methods/methods.js';
import type { MethodOptions } from '../../methods/options.js';

export interface Room {
  /** Bytes that one array may have. */
  readonly arrayBytes: number;
  /** Bytes of memory that there are. */
  readonly memoryBytes: number;
}

/** What this machine has. */
export function roomHere(): Room {
  return { arrayBytes: MOST_ARRAY_BYTES, memoryBytes: memoryHere() };
}

/** Throws an InputError where the images surely do not fit. A count that nobody knows yet is not judged. */
export function requireRoom(
  { train, test }: Pick<PictureDataset, 'train' | 'test'>,
  shape: ImageShape,
  options: MethodOptions,
  { arrayBytes, memoryBytes }: Room = roomHere(),
): void {
  const { largestRow, whole } = methodNamed(options.method).room(options, shape);
  const count = train.count ?? 0;
  const all = count + (test?.count ?? 0);
  const { height, width, channels } = shape;
  const images = `${count} images of ${height} × ${width}${channels === 1 ? '' : ' in colour'}`;
  const size = smallerImages(channels);
  const most = Math.min(Math.floor(arrayBytes / largestRow), Math.floor(memoryBytes / whole));
  if (count * largestRow > arrayBytes) {
    throw new InputError(
      words`${train.name} holds ${images}, which take ${gigabytes(count * largestRow)} in one array, and one may have ${gigabytes(arrayBytes)}: choose ${size}, or name fewer (at most ${most}).`,
    );
  }
  if (all * whole > memoryBytes) {
    throw new InputError(
      words`${train.name} holds ${images}, which take at least ${gigabytes(all * whole)} of memory, and there are ${gigabytes(memoryBytes)}: choose ${size}, or name fewer (at most ${most}).`,
    );
  }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toPrecision(3)} GB`;
}
