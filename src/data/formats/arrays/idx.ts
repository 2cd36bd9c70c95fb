// The IDX format of MNIST and its relatives: a big-endian header, then unsigned bytes. Two zero bytes, the
// type of the values (0x08: unsigned byte), the number of dimensions, then each dimension as uint32.
// Format: LeCun, Cortes & Burges, "The MNIST database of handwritten digits", section "File formats".
import { resolve } from 'node:path';
import { InputError } from '../../../core/errors.js';
import type { PictureSource } from '../../pictures.js';
import { firstBytes, openStoredFile, unpackedBytes, unpackedChunks } from '../archives/stored-file.js';
import { rowPictures } from './row-pictures.js';
import { type ArrayHeader, announcedBytes, arrayInFile, type StoredArray } from './stored-array.js';

export type IdxContent = 'images' | 'labels';

const LABELS = 0x00000801;
const IMAGES = 0x00000803;
const IMAGES_WITH_CHANNELS = 0x00000804;
const LONGEST_HEADER_BYTES = 20;
/** Pixels. A garbled header announces millions or billions. */
const LONGEST_SIDE = 16_384;

const BYTES = { kind: 'uint', itemBytes: 1, littleEndian: true, columnMajor: false } as const;
const VALUE_TYPES: Readonly<Record<number, string>> = {
  9: 'signed bytes',
  11: '16-bit integers',
  12: '32-bit integers',
  13: '32-bit floats',
  14: '64-bit floats',
};

/**
 * Reads the header at the start of `bytes` (at least 20 of them, or all there are). Its shape is of four sides, of which
 * those that the file does not name are 1.
 * Throws an InputError that names `path` if it is not one of `content` that kindred can read.
 */
export function readIdxHeader(bytes: Uint8Array, path: string, content: IdxContent): ArrayHeader {
  if (bytes.length < 4) {
    throw new InputError(
      `${path} is ${bytes.length === 0 ? 'empty' : `only ${bytes.length} bytes long`}, too short for an IDX file: fetch it again.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  checkMagic(view.getUint32(0), path, content);
  const dimensions = view.getUint8(3);
  const headerBytes = 4 + 4 * dimensions;
  if (bytes.length < headerBytes) {
    throw new InputError(
      `${path} is cut short: its header needs ${headerBytes} bytes and it has ${bytes.length}; fetch it again.`,
    );
  }
  const [count, height = 1, width = 1, channels = 1] = Array.from({ length: dimensions }, (_, index) =>
    view.getUint32(4 + 4 * index),
  );
  if (count === 0) throw new InputError(`${path} holds 0 ${content}: name a file with at least one.`);
  const sideFits = (side: number) => side >= 1 && side <= LONGEST_SIDE;
  if (!sideFits(height) || !sideFits(width)) {
    throw new InputError(
      `${path} announces images of ${height}×${width} pixels, where a side is 1 to ${LONGEST_SIDE}: its header is damaged; fetch it again.`,
    );
  }
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new InputError(
      `${path} announces ${channels} channels a pixel, where kindred reads 1 (grey), 3 (RGB) or 4 (RGBA) as the last of its dimensions: write it that way.`,
    );
  }
  return { ...BYTES, shape: [count, height, width, channels], dataStart: headerBytes };
}

/** Opens an IDX file and checks its header and length. Throws an InputError with what is wrong. */
export async function openIdxFile(path: string, content: IdxContent): Promise<StoredArray> {
  const file = await openStoredFile(path);
  const header = readIdxHeader(await firstBytes(unpackedChunks(file), LONGEST_HEADER_BYTES), path, content);
  const announced = announcedBytes(header);
  const found = await unpackedBytes(file, announced);
  if (found !== announced) {
    const [count, ...sides] = header.shape;
    const what = content === 'images' ? `images of ${sides.join('×')}` : 'labels';
    const sentence = `its header announces ${count} ${what}, ${announced} bytes in all`;
    throw new InputError(
      found < announced
        ? `${path} is cut short: ${sentence}, and it has ${found}; fetch it again.`
        : `${path} has bytes after its end: ${sentence}, and it has ${file.packing === null ? found : 'more'}; fetch it again.`,
    );
  }
  return arrayInFile(file, header);
}

/**
 * The images of an IDX file as pictures; ids are row numbers from 0. `name` is how a person knows it.
 * Throws an InputError if the file is not a sound IDX file of images.
 */
export async function idxPictureSource(path: string, name: string): Promise<PictureSource> {
  const array = await openIdxFile(path, 'images');
  const [count, height, width, channels] = array.header.shape;
  const layout = { count, shape: { height, width, channels }, channelsFirst: false };
  return rowPictures(array, layout, 'bytes', { format: 'idx', path: resolve(path) }, name);
}

function checkMagic(magic: number, path: string, content: IdxContent): void {
  const isImages = magic === IMAGES || magic === IMAGES_WITH_CHANNELS;
  if (content === 'images' ? isImages : magic === LABELS) return;
  const found = `0x${magic.toString(16).padStart(8, '0')}`;
  if (isImages) {
    throw new InputError(
      `${path} holds images (IDX magic ${found}) where labels were expected: put the labels file there.`,
    );
  }
  if (magic === LABELS) {
    throw new InputError(
      `${path} holds labels (IDX magic ${found}) where images were expected: name the images file.`,
    );
  }
  const type = magic >>> 8;
  const dimensions = magic & 0xff;
  if (type in VALUE_TYPES && dimensions <= 8) {
    throw new InputError(
      `${path} holds IDX values that are ${VALUE_TYPES[type]} (magic ${found}), where kindred reads unsigned bytes: write it again with values 0 to 255.`,
    );
  }
  if (type === 8 && dimensions <= 8) {
    const wanted = content === 'images' ? '3 (or 4, with channels)' : '1';
    throw new InputError(
      `${path} is an IDX file of ${dimensions} dimensions (magic ${found}), where ${content} have ${wanted}: name an IDX file of ${content}.`,
    );
  }
  throw new InputError(
    `${path} is no IDX file: it begins with ${found}, where one of ${content} begins with 0x0000080${content === 'images' ? '3' : '1'}; name another file.`,
  );
}
