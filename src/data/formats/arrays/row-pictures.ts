// The rows of an array as pictures, read as a stream; an id is a row number.
import { type FileHandle, open } from 'node:fs/promises';
import { InputError } from '../../../core/errors.js';
import { type Picture, type PictureSource, sampleOfStream, spreadEvenly } from '../../pictures.js';
import { type ImageShape, pixelsPerImage } from '../../source.js';
import { asBytes, type Brightness } from './brightness.js';
import { numbersIn, readPieces, type StoredArray } from './stored-array.js';

/** How the rows of an array become pictures. */
export interface PictureLayout {
  readonly count: number;
  readonly shape: ImageShape;
  readonly channelsFirst: boolean;
}

/** Bytes of rows handled at once: many small images, or one large one. */
const BYTES_AT_ONCE = 1 << 21;

/** The pictures of an array whose values are known to be sound. */
export function rowPictures(
  array: StoredArray,
  layout: PictureLayout,
  brightness: Brightness,
  origin: PictureSource['origin'],
  name: string,
): PictureSource {
  const { header, place } = array;
  const { count, shape, channelsFirst } = layout;
  const values = pixelsPerImage(shape);
  const rowBytes = values * header.itemBytes;
  const pictureOf = (row: number, pixels: Uint8Array): Picture => {
    const data = channelsFirst && shape.channels > 1 ? channelsLast(pixels, shape) : pixels;
    return { kind: 'pixels', id: String(row), ...shape, data };
  };

  async function* pictures(): AsyncGenerator<Picture> {
    const rowsAtOnce = Math.max(1, Math.floor(BYTES_AT_ONCE / rowBytes));
    let row = 0;
    for await (const piece of readPieces(array, rowsAtOnce * values)) {
      const pixels = asBytes(numbersIn(piece, header), brightness);
      for (let start = 0; start < pixels.length; start += values) {
        yield pictureOf(row++, pixels.subarray(start, start + values));
      }
    }
  }

  async function sample(wanted: number): Promise<readonly Picture[]> {
    if (place === null) return sampleOfStream(pictures(), wanted);
    const handle = await open(place.path);
    try {
      const sampled: Picture[] = [];
      for (const row of spreadEvenly(count, wanted)) {
        const bytes = new Uint8Array(rowBytes);
        await readFully(handle, bytes, place.offset + header.dataStart + row * rowBytes, array.name);
        sampled.push(pictureOf(row, asBytes(numbersIn(bytes, header), brightness)));
      }
      return sampled;
    } finally {
      await handle.close();
    }
  }

  return { name, origin, count, shape, pictures, sample };
}

function channelsLast(planes: Uint8Array, { height, width, channels }: ImageShape): Uint8Array {
  const area = height * width;
  const pixels = new Uint8Array(planes.length);
  for (let channel = 0; channel < channels; channel++) {
    for (let place = 0; place < area; place++) {
      pixels[place * channels + channel] = planes[channel * area + place];
    }
  }
  return pixels;
}

async function readFully(handle: FileHandle, bytes: Uint8Array, at: number, name: string): Promise<void> {
  for (let filled = 0; filled < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, at + filled);
    if (bytesRead === 0) throw new InputError(`${name} became shorter while it was read: start again.`);
    filled += bytesRead;
  }
}
