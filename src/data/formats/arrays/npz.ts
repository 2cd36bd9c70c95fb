// NumPy's .npz: a zip of arrays, of which one holds the images to train on and perhaps one more those for testing. Each
// is read as a stream, stored or deflated. Format: numpy.savez, and PKWARE's APPNOTE.TXT for zip (read by yauzl).
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { InputError } from '../../../core/errors.js';
import { type PictureSource, READING_LIMITS, type ReadingLimits } from '../../pictures.js';
import type { Dataset } from '../../source.js';
import { unpackingBudget } from '../archives/archive.js';
import { unsound } from '../archives/stored-file.js';
import { rowMajor } from './fortran-order.js';
import { arrayPictureSource, layoutOf } from './npy.js';
import { readNpyHeader } from './npy-header.js';
import { requireLength, type StoredArray, shapeText } from './stored-array.js';

const damaged = unsound('.npz file', 'save it again with numpy.savez');

/** Names under which people keep images, the likeliest first; in any case of letters. */
const TRAIN_KEYS = ['x_train', 'train_images', 'train_x', 'train', 'x', 'images', 'image', 'data', 'arr_0'];
const TEST_KEYS = ['x_test', 'test_images', 'test_x', 'test'];

/** What stands under each name: an array, or why it cannot be read. Only the chosen one must be sound. */
export type NpzArrays = ReadonlyMap<string, StoredArray | InputError>;

/** The images of an .npz file. Throws an InputError if none, or several arrays, could be meant. */
export async function npzPictureSources(
  path: string,
  name: string,
  limits: ReadingLimits,
): Promise<Dataset<PictureSource>> {
  const arrays = await openNpz(path, limits);
  const open = (key: string, called: string) =>
    arrayPictureSource(
      requireArray(arrays, key),
      { format: 'npz', path: resolve(path), key },
      called,
      limits,
    );
  const train = chooseImages(path, arrays);
  const test = findKeys(arrays, TEST_KEYS).find((key) => key !== train && holdsImages(arrays, key));
  return {
    train: await open(train, name),
    test: test === undefined ? null : await open(test, `${name} test`),
  };
}

function chooseImages(path: string, arrays: NpzArrays): string {
  const named = findKeys(arrays, TRAIN_KEYS);
  const keys = [...arrays.keys()].filter((key) => holdsImages(arrays, key));
  const byName = named.find((key) => keys.includes(key));
  if (byName !== undefined) return byName;
  const byShape = keys.filter((key) => requireArray(arrays, key).header.shape.length > 2);
  if (byShape.length === 1) return byShape[0];
  // Opening it says what is wrong with it.
  if (byShape.length === 0 && named.length > 0) return named[0];
  const listed = [...arrays].map(([key, array]) => `${key} ${describe(array)}`).join(', ');
  throw new InputError(
    `${path} holds ${listed || 'no arrays'}, of which ${byShape.length === 0 ? 'none has the shape of images' : 'several could be the images'}: save the images as x.`,
  );
}

function holdsImages(arrays: NpzArrays, key: string): boolean {
  const array = arrays.get(key);
  return array !== undefined && !(array instanceof InputError) && layoutOf(array.header) !== null;
}

function describe(array: StoredArray | InputError): string {
  return array instanceof InputError ? '(unreadable)' : shapeText(array.header);
}

/** Those of the names, in any case of letters, that are there; in the order of the names. */
export function findKeys(arrays: ReadonlyMap<string, unknown>, names: readonly string[]): string[] {
  return names.flatMap((name) => [...arrays.keys()].filter((key) => key.toLowerCase() === name));
}

/** Throws the InputError that stands in the place of an array that cannot be read. */
export function requireArray(arrays: NpzArrays, key: string): StoredArray {
  const array = arrays.get(key);
  if (array === undefined) throw new RangeError(`requireArray: there is no array ${key}`);
  if (array instanceof InputError) throw array;
  return array;
}

/** The arrays of an .npz file by their names. Throws an InputError if the file as a whole is damaged. */
export async function openNpz(path: string, limits: ReadingLimits = READING_LIMITS): Promise<NpzArrays> {
  const arrays = new Map<string, StoredArray | InputError>();
  const zip = await openZip(path);
  try {
    const entries: Entry[] = [];
    for await (const entry of zip.eachEntry()) if (entry.fileName.endsWith('.npy')) entries.push(entry);
    for (const entry of entries) {
      const key = entry.fileName.slice(0, -'.npy'.length);
      arrays.set(key, await openArray(path, `${path}[${key}]`, zip, entry, limits));
    }
  } catch (error) {
    throw damaged(path, error);
  } finally {
    zip.close();
  }
  return arrays;
}

async function openArray(
  path: string,
  name: string,
  zip: ZipFile,
  entry: Entry,
  limits: ReadingLimits,
): Promise<StoredArray | InputError> {
  if (entry.isEncrypted()) return new InputError(`${name} is encrypted: save it without a password.`);
  if (!entry.canDecodeFileData()) {
    return new InputError(
      `${name} is compressed by method ${entry.compressionMethod}, where stored (0) and deflated (8) are read: save it again with numpy.savez.`,
    );
  }
  const bytes = () => readArray(path, entry);
  try {
    unpackingBudget(path, (await stat(path)).size, limits).spend(entry.uncompressedSize);
    const header = await readNpyHeader(bytes(), name);
    requireLength(name, header, entry.uncompressedSize);
    const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
    const isStored = entry.compressionMethod === 0;
    return rowMajor({ name, header, bytes, place: isStored ? { path, offset: fileDataStart } : null });
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}

/** All bytes of one array; they are checked against their sum once the last one was read. */
async function* readArray(path: string, entry: Entry): AsyncGenerator<Uint8Array> {
  const zip = await openZip(path);
  let sum = 0;
  try {
    for await (const chunk of await zip.openReadStreamPromise(entry)) {
      sum = crc32(chunk, sum);
      yield chunk as Uint8Array;
    }
  } catch (error) {
    throw damaged(path, error);
  } finally {
    zip.close();
  }
  if (sum !== entry.crc32) throw damaged(path, new Error(`the checksum of ${entry.fileName} is another one`));
}

async function openZip(path: string): Promise<ZipFile> {
  try {
    return await openPromise(path, { autoClose: false });
  } catch (error) {
    throw damaged(path, error);
  }
}
