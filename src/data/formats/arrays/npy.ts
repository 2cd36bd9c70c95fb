// NumPy arrays as pictures: (N, H, W), with channels last or first, or (N, H·H). Read as a stream; an id is a row number.
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
import { type FileHandle, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InputError, option, words } from '../../../core/errors.js';
import {
  type Picture,
  type PictureSource,
  READING_LIMITS,
  type ReadingLimits,
  sampleOfStream,
  spreadEvenly,
} from '../../pictures.js';
import { type ImageShape, pixelsPerImage } from '../../source.js';
import { openStoredFile, unpackedBytes, unpackedChunks } from '../archives/stored-file.js';
import { asBytes, type Brightness, brightnessOf } from './brightness.js';
import { rowMajor } from './fortran-order.js';
import { announcedBytes, type NpyHeader, readNpyHeader, shapeText } from './npy-header.js';
import { type NpyArray, numbersIn, readPieces, requireLength } from './npy-values.js';

/** How the rows of an array become pictures. */
export interface PictureLayout {
  readonly count: number;
  readonly shape: ImageShape;
  readonly channelsFirst: boolean;
}

/** The images of a .npy file. Throws an InputError if it holds no images, or no sound values. */
export async function npyPictureSource(
  path: string,
  name: string,
  limits: ReadingLimits = READING_LIMITS,
): Promise<PictureSource> {
  const array = await openNpyFile(path);
  return arrayPictureSource(array, { format: 'npy', path: resolve(path) }, name, limits);
}

/** A .npy file, plain or gzipped. Throws an InputError if it is none, or not as long as its header announces. */
export async function openNpyFile(path: string): Promise<NpyArray> {
  const file = await openStoredFile(path);
  const bytes = () => unpackedChunks(file);
  const header = await readNpyHeader(bytes(), path);
  requireLength(path, header, await unpackedBytes(file, announcedBytes(header)));
  return rowMajor({ name: path, header, bytes, place: file.compressed ? null : { path, offset: 0 } });
}

/** The pictures of an array. Throws an InputError if its shape or its values are no images. */
export async function arrayPictureSource(
  array: NpyArray,
  origin: PictureSource['origin'],
  name: string,
  limits: ReadingLimits,
): Promise<PictureSource> {
  const layout = requireLayout(array, limits);
  const brightness = await brightnessOf(array);
  const { count, shape } = layout;
  const pictures = () => readPictures(array, layout, brightness);
  return {
    name,
    origin,
    count,
    shape,
    pictures,
    sample: (wanted) =>
      array.place === null
        ? sampleOfStream(pictures(), wanted)
        : sampleInPlace(array, layout, brightness, wanted),
  };
}

/** The images that an array's shape stands for; null where it stands for none. */
export function layoutOf({ shape: [count = 0, ...sides], kind }: NpyHeader): PictureLayout | null {
  if (kind === 'text' || kind === 'bytes') return null;
  const found = pictureShape(sides);
  return found && { count, ...found };
}

/** The sides of one row as a picture; channels stand last for NumPy's and first for PyTorch's users. */
function pictureShape(sides: readonly number[]): Omit<PictureLayout, 'count'> | null {
  const last = (height: number, width: number, channels: number) => ({
    shape: { height, width, channels },
    channelsFirst: false,
  });
  const isChannels = (side: number) => side === 1 || side === 3 || side === 4;
  const [a, b, c] = sides;
  switch (sides.length) {
    case 1:
      return Number.isInteger(Math.sqrt(a)) ? last(Math.sqrt(a), Math.sqrt(a), 1) : null;
    case 2:
      return last(a, b, 1);
    case 3:
      if (isChannels(c)) return last(a, b, c);
      return isChannels(a) ? { shape: { height: b, width: c, channels: a }, channelsFirst: true } : null;
    default:
      return null;
  }
}

/** Rows and columns from which on an array of three dimensions with colours last is one picture, not many narrow ones. */
const LEAST_SIDES_OF_A_PICTURE = 16;

function requireLayout({ name, header }: NpyArray, limits: ReadingLimits): PictureLayout {
  const text = shapeText(header);
  if (header.kind === 'text' || header.kind === 'bytes') {
    throw new InputError(`${name} holds text, where images are numbers: name another array.`);
  }
  const layout = layoutOf(header);
  if (layout === null) {
    throw new InputError(
      `${name} has the shape ${text}, where images are (N, H, W), (N, H, W, C) or (N, C, H, W) with 1, 3 or 4 channels, or (N, H·H): reshape it.`,
    );
  }
  const { count, shape } = layout;
  const { height, width } = shape;
  if (count === 0 || pixelsPerImage(shape) === 0) {
    throw new InputError(`${name} has the shape ${text} and holds no images: name an array with some.`);
  }
  const isOnePicture =
    header.shape.length === 3 &&
    Math.min(count, height) >= LEAST_SIDES_OF_A_PICTURE &&
    (width === 3 || width === 4);
  if (isOnePicture) {
    throw new InputError(
      `${name} has the shape ${text}, which is one colour image or ${count} images of ${height}×${width}: reshape it to (1, ${header.shape.join(', ')}) or (${header.shape.join(', ')}, 1).`,
    );
  }
  if (height * width > limits.pixels) {
    throw new InputError(
      words`${name} has images of ${height}×${width} pixels, more than ${Math.floor(limits.pixels / 1e6)} megapixels: raise ${option('limits.pixels')} if it is sound.`,
    );
  }
  return layout;
}

/** Bytes of rows handled at once: many small images, or one large one. */
const BYTES_AT_ONCE = 1 << 21;

async function* readPictures(
  array: NpyArray,
  layout: PictureLayout,
  brightness: Brightness,
): AsyncGenerator<Picture> {
  const values = pixelsPerImage(layout.shape);
  const rowBytes = values * array.header.itemBytes;
  const rowsAtOnce = Math.max(1, Math.floor(BYTES_AT_ONCE / rowBytes));
  let row = 0;
  for await (const piece of readPieces(array, rowsAtOnce * values)) {
    const pixels = asBytes(numbersIn(piece, array.header), brightness);
    for (let start = 0; start < pixels.length; start += values) {
      yield pictureOf(row++, pixels.subarray(start, start + values), layout);
    }
  }
}

function pictureOf(row: number, pixels: Uint8Array, { shape, channelsFirst }: PictureLayout): Picture {
  const data = channelsFirst && shape.channels > 1 ? channelsLast(pixels, shape) : pixels;
  return { kind: 'pixels', id: String(row), ...shape, data };
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

/** Images read each from its own place. */
async function sampleInPlace(
  { name, header, place }: NpyArray,
  layout: PictureLayout,
  brightness: Brightness,
  wanted: number,
): Promise<Picture[]> {
  if (place === null) throw new Error(`sampleInPlace: ${name} lies nowhere as it is`);
  const rowBytes = pixelsPerImage(layout.shape) * header.itemBytes;
  const handle = await open(place.path);
  try {
    const pictures: Picture[] = [];
    for (const row of spreadEvenly(layout.count, wanted)) {
      const bytes = new Uint8Array(rowBytes);
      await readFully(handle, bytes, place.offset + header.dataStart + row * rowBytes, name);
      pictures.push(pictureOf(row, asBytes(numbersIn(bytes, header), brightness), layout));
    }
    return pictures;
  } finally {
    await handle.close();
  }
}

async function readFully(handle: FileHandle, bytes: Uint8Array, at: number, name: string): Promise<void> {
  for (let filled = 0; filled < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, at + filled);
    if (bytesRead === 0) throw new InputError(`${name} became shorter while it was read: start again.`);
    filled += bytesRead;
  }
}
