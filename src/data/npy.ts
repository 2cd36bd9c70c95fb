// NumPy arrays as pictures: (n, height, width), with channels last or first, or (n, square number). Bytes, whole numbers
// and truth values are taken as they are; floats from 0 to 1, −1 to 1 or 0 to 255 are told apart by looking at all.
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InputError } from '../core/errors.js';
import { type NpyHeader, readNpyHeader, readValues } from './npy-header.js';
import { type Picture, type PictureSource, sampleOfStream, spreadEvenly } from './pictures.js';
import { type ImageShape, pixelsPerImage } from './source.js';
import { openStoredFile, unpackedChunks } from './stored-file.js';

/** An array somewhere: a file of its own, or a part of an .npz. */
export interface NpyArray {
  /** How to name it to a person. */
  readonly name: string;
  readonly header: NpyHeader;
  /** All bytes, the header's included. */
  bytes(): AsyncIterable<Uint8Array>;
}

/** How the values of one row become a picture. */
interface PictureLayout {
  readonly count: number;
  readonly shape: ImageShape;
  readonly channelsFirst: boolean;
}

/** Value → 0 … 255. */
type Scaling = (value: number) => number;

/** The images of a .npy file. Throws an InputError if it holds no images, or no sound values. */
export async function npyPictureSource(path: string, name: string): Promise<PictureSource> {
  const array = await openNpyFile(path);
  const file = await openStoredFile(path);
  const { shape } = layoutOf(array);
  const announced = array.header.dataStart + array.header.itemBytes * product(array.header.shape);
  if (!file.compressed && file.storedBytes !== announced) {
    throw new InputError(
      `${path} ${file.storedBytes < announced ? 'is cut short' : 'has bytes after its end'}: its header announces ${announced} bytes, and it has ${file.storedBytes}; save it again.`,
    );
  }
  const source = await arrayPictureSource(array, { format: 'npy', path: resolve(path) }, name);
  const rowBytes = array.header.itemBytes * pixelsPerImage(shape);
  if (file.compressed) return source;
  return { ...source, sample: (wanted) => sampleOfFile(array, path, rowBytes, wanted) };
}

/** The header of a .npy file, and its bytes. Throws an InputError if it is none. */
export async function openNpyFile(path: string): Promise<NpyArray> {
  const file = await openStoredFile(path);
  const bytes = () => unpackedChunks(file);
  return { name: path, header: await readNpyHeader(bytes(), path), bytes };
}

/** The pictures of an array. Throws an InputError if its shape or its values are no images. */
export async function arrayPictureSource(
  array: NpyArray,
  origin: PictureSource['origin'],
  name: string,
): Promise<PictureSource> {
  const { count, shape } = layoutOf(array);
  const scaling = await scalingOf(array);
  const pictures = () => picturesOf(array, scaling);
  return { name, origin, count, shape, pictures, sample: (wanted) => sampleOfStream(pictures(), wanted) };
}

/** Could this be an array of images, by its shape alone? */
export function isImageArray({ shape }: NpyHeader): boolean {
  return shape.length === 3 || shape.length === 4;
}

function layoutOf({ header: { shape: dimensions, kind }, name }: NpyArray): PictureLayout {
  const text = `(${dimensions.join(', ')})`;
  if (kind === 'text')
    throw new InputError(`${name} holds text, where images are numbers: name another array.`);
  const [count = 0, ...rest] = dimensions;
  const found = pictureShape(rest);
  if (found === null) {
    throw new InputError(
      `${name} has the shape ${text}, where images are (N, H, W), (N, H, W, C) or (N, C, H, W) with 1, 3 or 4 channels, or (N, H·H): reshape it.`,
    );
  }
  if (count === 0 || pixelsPerImage(found.shape) === 0) {
    throw new InputError(`${name} has the shape ${text} and holds no images: name an array with some.`);
  }
  return { count, ...found };
}

function pictureShape(sides: readonly number[]): Omit<PictureLayout, 'count'> | null {
  const isChannels = (side: number) => side === 1 || side === 3 || side === 4;
  const [a, b, c] = sides;
  switch (sides.length) {
    case 1: {
      const side = Math.sqrt(a);
      if (!Number.isInteger(side)) return null;
      return { shape: { height: side, width: side, channels: 1 }, channelsFirst: false };
    }
    case 2:
      return { shape: { height: a, width: b, channels: 1 }, channelsFirst: false };
    case 3:
      if (isChannels(c)) return { shape: { height: a, width: b, channels: c }, channelsFirst: false };
      if (isChannels(a)) return { shape: { height: b, width: c, channels: a }, channelsFirst: true };
      return null;
    default:
      return null;
  }
}

/** Rows handled at once. */
const ROWS_AT_ONCE = 256;

async function* picturesOf(array: NpyArray, scaling: Scaling | null): AsyncGenerator<Picture> {
  const { shape, channelsFirst, count } = layoutOf(array);
  const pixels = pixelsPerImage(shape);
  let row = 0;
  for await (const values of readValues(array, pixels * ROWS_AT_ONCE)) {
    const bytes = asBytes(values, scaling);
    for (let start = 0; start + pixels <= bytes.length && row < count; start += pixels) {
      const data = bytes.subarray(start, start + pixels);
      yield {
        kind: 'pixels',
        id: String(row++),
        ...shape,
        data: channelsFirst ? channelsLast(data, shape) : data,
      };
    }
  }
  if (row < count) {
    throw new InputError(
      `${array.name} is cut short: it announces ${count} images and has ${row}; save it again.`,
    );
  }
}

function asBytes(values: ArrayLike<number>, scaling: Scaling | null): Uint8Array {
  if (scaling === null) return values as Uint8Array;
  return Uint8Array.from(values, scaling);
}

function channelsLast(data: Uint8Array, { height, width, channels }: ImageShape): Uint8Array {
  const area = height * width;
  return Uint8Array.from(data, (_, at) => data[(at % channels) * area + Math.floor(at / channels)]);
}

/** Null where the values are bytes already. Throws an InputError where they are no brightness. */
async function scalingOf(array: NpyArray): Promise<Scaling | null> {
  const { kind, itemBytes } = array.header;
  if (kind === 'bool') return (value) => (value === 0 ? 0 : 255);
  if (kind === 'uint' && itemBytes === 1) return null;
  let [least, most, place] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for await (const values of readValues(array, 65_536)) {
    for (let at = 0; at < values.length; at++) {
      const value = values[at];
      if (!Number.isFinite(value)) throw notFinite(array, value, place + at);
      if (value < least) least = value;
      if (value > most) most = value;
    }
    place += values.length;
  }
  if (kind !== 'float') {
    if (least >= 0 && most <= 255) return (value) => value;
  } else if (least >= 0 && most <= 1) return (value) => Math.round(value * 255);
  else if (least >= -1 && most <= 1) return (value) => Math.round((value + 1) * 127.5);
  else if (least >= 0 && most <= 255) return (value) => Math.round(value);
  throw new InputError(
    `${array.name} holds values from ${least} to ${most}, where images have 0 to 255${kind === 'float' ? ', 0 to 1 or −1 to 1' : ''}: scale them.`,
  );
}

function notFinite({ name, header }: NpyArray, value: number, place: number): InputError {
  const index: number[] = [];
  let rest = place;
  for (const side of [...header.shape].reverse()) {
    index.unshift(rest % side);
    rest = Math.floor(rest / side);
  }
  return new InputError(`${name} holds ${value} at [${index.join(', ')}]: replace what is no number.`);
}

/** Images from their places in an uncompressed file. */
async function sampleOfFile(
  array: NpyArray,
  path: string,
  rowBytes: number,
  wanted: number,
): Promise<Picture[]> {
  const { count } = layoutOf(array);
  const scaling = await scalingOf(array);
  const handle = await open(path);
  try {
    const pictures: Picture[] = [];
    for (const row of spreadEvenly(count, wanted)) {
      const data = new Uint8Array(rowBytes);
      await handle.read(data, 0, rowBytes, array.header.dataStart + row * rowBytes);
      const one: NpyArray = {
        ...array,
        header: { ...array.header, dataStart: 0, shape: [1, ...array.header.shape.slice(1)] },
        async *bytes() {
          yield data;
        },
      };
      for await (const picture of picturesOf(one, scaling)) pictures.push({ ...picture, id: String(row) });
    }
    return pictures;
  } finally {
    await handle.close();
  }
}

function product(sides: readonly number[]): number {
  return sides.reduce((all, side) => all * side, 1);
}
