// Labels that NumPy users keep: y beside x in an .npz, and a second .npy beside the one of the images.
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { openNpyFile } from '../formats/arrays/npy.js';
import { findKeys, openNpz, requireArray } from '../formats/arrays/npz.js';
import { labelsInArray } from './array-labels.js';

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
    const status = await stat(path).catch(() => null);
    if (status?.isFile()) return path;
  }
  return null;
}
