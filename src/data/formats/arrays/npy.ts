// NumPy arrays as pictures: (N, H, W), with channels last or first, or (N, H·H). Read as a stream; an id is a row number.
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
import { resolve } from 'node:path';
import { InputError, option, words } from '../../../core/errors.js';
import { type PictureSource, READING_LIMITS, type ReadingLimits } from '../../pictures.js';
import { pixelsPerImage } from '../../source.js';
import { openStoredFile, unpackedBytes, unpackedChunks } from '../archives/stored-file.js';
import { brightnessOf } from './brightness.js';
import { rowMajor } from './fortran-order.js';
import { readNpyHeader } from './npy-header.js';
import { type PictureLayout, rowPictures } from './row-pictures.js';
import {
  type ArrayHeader,
  announcedBytes,
  arrayInFile,
  requireLength,
  type StoredArray,
  shapeText,
} from './stored-array.js';

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
export async function openNpyFile(path: string): Promise<StoredArray> {
  const file = await openStoredFile(path);
  const header = await readNpyHeader(unpackedChunks(file), path);
  requireLength(path, header, await unpackedBytes(file, announcedBytes(header)));
  return rowMajor(arrayInFile(file, header));
}

/** The pictures of an array. Throws an InputError if its shape or its values are no images. */
export async function arrayPictureSource(
  array: StoredArray,
  origin: PictureSource['origin'],
  name: string,
  limits: ReadingLimits,
): Promise<PictureSource> {
  const layout = requireLayout(array, limits);
  return rowPictures(array, layout, await brightnessOf(array), origin, name);
}

/** The images that an array's shape stands for; null where it stands for none. */
export function layoutOf({ shape: [count = 0, ...sides], kind }: ArrayHeader): PictureLayout | null {
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

function requireLayout({ name, header }: StoredArray, limits: ReadingLimits): PictureLayout {
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
