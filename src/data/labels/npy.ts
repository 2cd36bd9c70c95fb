// Labels that NumPy users keep: y beside x in an .npz, and a second .npy beside the one of the images. An array of them has
// numbers, truth values or words of fixed length, one an image.
import { basename, dirname, join } from 'node:path';
import { InputError } from '../../core/errors.js';
import { isFile } from '../../core/files.js';
import { openNpyFile } from '../formats/arrays/npy.js';
import { findKeys, openNpz, requireArray } from '../formats/arrays/npz.js';
import {
  type ArrayHeader,
  numbersIn,
  readPieces,
  type StoredArray,
  shapeText,
} from '../formats/arrays/stored-array.js';

/** Names that labels have without saying whose they are. */
const PLAIN_NAMES = ['y', 'labels', 'label', 'target', 'targets'];

/** The label of every image of the array `key` of an .npz, in order; null where there are none. */
export async function npzLabels(path: string, key: string): Promise<string[] | null> {
  const arrays = await openNpz(path);
  // Labels without a part in their name are those of the images to train on.
  const plain = /test|val/i.test(key) ? [] : [...PLAIN_NAMES, 'y_train', 'train_labels'];
  const [found] = findKeys(arrays, [...namesBeside(key.toLowerCase()), ...plain]);
  if (found === undefined) return null;
  const [count = 0] = requireArray(arrays, key).header.shape;
  return labelsInArray(requireArray(arrays, found), count);
}

/**
 * The label of every image of a .npy file, in order, from the file beside it: `y_train.npy` for `x_train.npy`,
 * `train_labels.npy` for `train_images.npy`, or `labels.npy` where it is as long. Null where there is none.
 */
export async function npyLabels(path: string): Promise<string[] | null> {
  const images = await openNpyFile(path);
  const [count = 0] = images.header.shape;
  const own = basename(path).replace(/\.npy(\.gz)?$/i, '');
  for (const name of [...namesBeside(own), `${own}_labels`, `${own}-labels`, `${own}_y`]) {
    const file = await findFile(dirname(path), name);
    if (file !== null && name !== own) return labelsInArray(await openNpyFile(file), count);
  }
  for (const name of PLAIN_NAMES) {
    const file = await findFile(dirname(path), name);
    if (file === null || name === own) continue;
    const array = await openNpyFile(file);
    // Several arrays may lie in one folder, and these labels be those of another one.
    if (array.header.shape[0] === count) return labelsInArray(array, count);
  }
  return null;
}

/** The names that labels have beside images of this name: y for x, labels for images, arr_1 for arr_0. */
function namesBeside(images: string): string[] {
  const names = [
    images.replace(/images/i, 'labels'),
    images.replace(/image/i, 'label'),
    images.replace(/(^|[_-])x(?=$|[_.-])/, '$1y'),
    images.replace(/(^|[_-])X(?=$|[_.-])/, '$1Y'),
    images.replace(/(^|[_-])X(?=$|[_.-])/, '$1y'),
    images.replace(/^arr_0$/, 'arr_1'),
    images.replace(/^(train|test|val)$/i, '$1_labels'),
    images.replace(/^data$/i, 'target'),
  ];
  return [...new Set(names)].filter((name) => name !== images);
}

async function findFile(folder: string, name: string): Promise<string | null> {
  for (const ending of ['.npy', '.npy.gz']) {
    const path = join(folder, name + ending);
    if (await isFile(path)) return path;
  }
  return null;
}

const LABELS_AT_ONCE = 1 << 16;

/** The labels of `images` images. Throws an InputError if the array holds anything else. */
async function labelsInArray(array: StoredArray, images: number): Promise<string[]> {
  const { header, name } = array;
  const [count = 0, ...rest] = header.shape;
  if (header.shape.length === 0 || rest.some((side) => side !== 1)) {
    throw new InputError(
      `${name} has the shape ${shapeText(header)}, where labels are one number or word an image: save it so.`,
    );
  }
  if (count !== images) {
    throw new InputError(
      `${name} holds ${count} labels for ${images} images: save the labels of these images.`,
    );
  }
  const labels: string[] = [];
  if (header.itemBytes === 0) return new Array<string>(count).fill('');
  for await (const piece of readPieces(array, LABELS_AT_ONCE)) {
    for (const label of textsIn(piece, header)) labels.push(label);
  }
  return labels;
}

function textsIn(piece: Uint8Array<ArrayBuffer>, header: ArrayHeader): string[] {
  const { kind, itemBytes } = header;
  switch (kind) {
    case 'bytes':
      return itemsOf(piece, itemBytes).map((item) => item.toString('utf8').replace(/\0+$/, ''));
    case 'text':
      return itemsOf(piece, itemBytes).map((item) => wordIn(item, header));
    case 'bool':
      return Array.from(piece, (value) => (value === 0 ? 'False' : 'True'));
    case 'float':
      return Array.from(numbersIn(piece, header), String);
    default:
      return itemBytes === 8 ? wideTexts(piece, header) : Array.from(numbersIn(piece, header), String);
  }
}

function itemsOf(piece: Uint8Array<ArrayBuffer>, itemBytes: number): Buffer[] {
  const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
  return Array.from({ length: bytes.length / itemBytes }, (_, index) =>
    bytes.subarray(index * itemBytes, (index + 1) * itemBytes),
  );
}

/** UTF-32, filled up with zeros. */
function wordIn(item: Buffer, { littleEndian }: ArrayHeader): string {
  let word = '';
  for (let at = 0; at < item.length; at += 4) {
    const point = littleEndian ? item.readUInt32LE(at) : item.readUInt32BE(at);
    // What is no character at all is damage; the sign that stands for it keeps labels apart from sound ones.
    word += String.fromCodePoint(point > 0x10ffff ? 0xfffd : point);
  }
  return word.replace(/\0+$/, '');
}

/** Ids of 64 bits are kept apart even where a number of this language would round them. */
function wideTexts(piece: Uint8Array<ArrayBuffer>, { kind, littleEndian }: ArrayHeader): string[] {
  const view = new DataView(piece.buffer, piece.byteOffset, piece.length);
  return Array.from({ length: piece.length / 8 }, (_, index) =>
    String(
      kind === 'int' ? view.getBigInt64(8 * index, littleEndian) : view.getBigUint64(8 * index, littleEndian),
    ),
  );
}
