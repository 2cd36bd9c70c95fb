// Labels that NumPy users keep: y beside x in an .npz, and a second .npy beside the one of the images.
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InputError } from '../../core/errors.js';
import { type NpyArray, openNpyFile } from '../npy.js';
import { readValues } from '../npy-header.js';
import { findKey, openNpz } from '../npz.js';

const TRAIN_KEYS = [
  'y_train',
  'train_labels',
  'train_y',
  'y',
  'labels',
  'label',
  'target',
  'targets',
  'arr_1',
];
const TEST_KEYS = ['y_test', 'test_labels', 'test_y'];

/** The label of every image of the array `key` of an .npz; null where there is none. */
export async function npzLabels(path: string, key: string): Promise<string[] | null> {
  const arrays = await openNpz(path);
  const found = findKey(arrays, /test/i.test(key) ? TEST_KEYS : TRAIN_KEYS);
  if (found === null) return null;
  const count = arrays.get(key)?.header.shape[0] ?? 0;
  return labelsIn(arrays.get(found) as NpyArray, count);
}

/** The label of every image of a .npy file, from the file beside it that has y or labels for x or images. */
export async function npyLabels(path: string): Promise<string[] | null> {
  const beside = await findBeside(path);
  if (beside === null) return null;
  const images = await openNpyFile(path);
  return labelsIn(await openNpyFile(beside), images.header.shape[0] ?? 0);
}

async function findBeside(path: string): Promise<string | null> {
  const name = basename(path);
  const candidates = [
    name.replace(/images/i, 'labels'),
    name.replace(/(^|[_-])x(?=[_.-])/i, '$1y'),
    name.replace(/(^|[_-])X(?=[_.-])/, '$1Y'),
    name.replace(/\.npy(\.gz)?$/i, '_labels.npy'),
  ];
  for (const candidate of new Set(candidates)) {
    if (candidate === name) continue;
    const file = join(dirname(path), candidate);
    const status = await stat(file).catch(() => null);
    if (status?.isFile()) return file;
  }
  return null;
}

async function labelsIn(array: NpyArray, images: number): Promise<string[]> {
  const { header, name } = array;
  const [count = 0, ...rest] = header.shape;
  if (rest.some((side) => side !== 1)) {
    throw new InputError(
      `${name} has the shape (${header.shape.join(', ')}), where labels are one number or word an image: save it so.`,
    );
  }
  if (count !== images) {
    throw new InputError(
      `${name} holds ${count} labels for ${images} images: save the labels of these images.`,
    );
  }
  return header.kind === 'text' || header.kind === 'bytes' ? readTexts(array) : readNumbers(array);
}

async function readNumbers(array: NpyArray): Promise<string[]> {
  const labels: string[] = [];
  for await (const values of readValues(array, 65_536)) {
    for (let at = 0; at < values.length; at++) labels.push(String(values[at]));
  }
  return labels;
}

/** Text of fixed length, padded with zeros: UTF-32 (U) or bytes (S). */
async function readTexts({ header, bytes }: NpyArray): Promise<string[]> {
  const { itemBytes, dataStart, kind, littleEndian, shape } = header;
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes()) chunks.push(chunk);
  const data = Buffer.concat(chunks).subarray(dataStart);
  return Array.from({ length: shape[0] ?? 0 }, (_, row) => {
    const item = data.subarray(row * itemBytes, (row + 1) * itemBytes);
    if (kind === 'bytes') return item.toString('utf8').replace(/\0+$/, '');
    const points: number[] = [];
    for (let at = 0; at + 4 <= item.length; at += 4) {
      const point = littleEndian ? item.readUInt32LE(at) : item.readUInt32BE(at);
      if (point !== 0) points.push(point);
    }
    return String.fromCodePoint(...points);
  });
}
