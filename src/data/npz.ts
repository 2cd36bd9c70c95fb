// NumPy's .npz: a zip of arrays, of which one holds the images to train on and perhaps one more those for testing.
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { InputError } from '../core/errors.js';
import { unpackingBudget } from './archive.js';
import { arrayPictureSource, isImageArray, type NpyArray } from './npy.js';
import { readNpyHeader } from './npy-header.js';
import type { PictureSource, ReadingLimits } from './pictures.js';
import { READING_LIMITS } from './pictures.js';

/** Names under which people keep images, the likeliest first. */
const TRAIN_KEYS = ['x_train', 'train_images', 'train_x', 'train', 'x', 'images', 'image', 'data', 'arr_0'];
const TEST_KEYS = ['x_test', 'test_images', 'test_x', 'test'];

/** The images of an .npz file. Throws an InputError if none, or several arrays, could be meant. */
export async function npzPictureSources(
  path: string,
  name: string,
  limits: ReadingLimits,
): Promise<{ readonly train: PictureSource; readonly test: PictureSource | null }> {
  const arrays = await openNpz(path, limits);
  const train = chooseImages(path, arrays);
  const test = findKey(arrays, TEST_KEYS);
  const origin = (key: string) => ({ format: 'npz', path: resolve(path), key }) as const;
  return {
    train: await arrayPictureSource(arrays.get(train) as NpyArray, origin(train), name),
    test:
      test === null || test === train
        ? null
        : await arrayPictureSource(arrays.get(test) as NpyArray, origin(test), `${name} test`),
  };
}

function chooseImages(path: string, arrays: ReadonlyMap<string, NpyArray>): string {
  const byName = findKey(arrays, TRAIN_KEYS);
  if (byName !== null) return byName;
  const shaped = [...arrays].filter(([, { header }]) => isImageArray(header)).map(([key]) => key);
  if (shaped.length === 1) return shaped[0];
  const listed = [...arrays].map(([key, { header }]) => `${key} (${header.shape.join(', ')})`).join(', ');
  throw new InputError(
    `${path} holds ${listed || 'no arrays'}, of which ${shaped.length === 0 ? 'none has the shape of images' : 'several could be the images'}: save the images as x.`,
  );
}

/** The first of the names, whatever its case, that is there. */
export function findKey(arrays: ReadonlyMap<string, unknown>, names: readonly string[]): string | null {
  for (const name of names) {
    for (const key of arrays.keys()) if (key.toLowerCase() === name) return key;
  }
  return null;
}

/** The arrays of an .npz file by their names. Throws an InputError if it is damaged. */
export async function openNpz(
  path: string,
  limits: ReadingLimits = READING_LIMITS,
): Promise<ReadonlyMap<string, NpyArray>> {
  const arrays = new Map<string, NpyArray>();
  const { size } = await stat(path);
  for (const entry of await listArrays(path)) {
    const key = entry.fileName.replace(/\.npy$/, '');
    const label = `${path}[${key}]`;
    async function* bytes(): AsyncGenerator<Uint8Array> {
      const budget = unpackingBudget(path, size, limits);
      const zip = await open(path);
      try {
        for await (const chunk of await zip.openReadStreamPromise(entry)) {
          budget.spend(chunk.length);
          yield chunk as Uint8Array;
        }
      } catch (error) {
        throw error instanceof InputError ? error : damaged(path, error);
      } finally {
        zip.close();
      }
    }
    if (entry.isEncrypted()) throw new InputError(`${label} is encrypted: save it without a password.`);
    arrays.set(key, { name: label, header: await readNpyHeader(bytes(), label), bytes });
  }
  return arrays;
}

async function listArrays(path: string): Promise<Entry[]> {
  const zip = await open(path);
  const entries: Entry[] = [];
  try {
    for await (const entry of zip.eachEntry()) if (entry.fileName.endsWith('.npy')) entries.push(entry);
  } catch (error) {
    throw damaged(path, error);
  } finally {
    zip.close();
  }
  return entries;
}

async function open(path: string): Promise<ZipFile> {
  try {
    return await openPromise(path, { lazyEntries: true, autoClose: false });
  } catch (error) {
    throw damaged(path, error);
  }
}

function damaged(path: string, error: unknown): InputError {
  const message = error instanceof Error ? error.message : String(error);
  return new InputError(`${path} is no sound .npz file (${message}): save it again with numpy.savez.`, {
    cause: error,
  });
}
