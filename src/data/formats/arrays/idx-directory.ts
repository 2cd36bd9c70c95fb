// Finds IDX image files in a directory by the names that MNIST, Fashion-MNIST, KMNIST, QMNIST and EMNIST
// use: `train-images-idx3-ubyte`, `t10k-images.idx3-ubyte.gz`, `emnist-letters-test-images-idx3-ubyte`.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../../core/errors.js';
import { isFile } from '../../../core/files.js';
import type { Dataset } from '../../source.js';

interface Candidate {
  readonly name: string;
  /** What stands before `train-images…`: `emnist-letters-`. It tells datasets apart. */
  readonly prefix: string;
  readonly part: 'train' | 'test';
}

const IMAGES_NAME = /^(?<prefix>.*?)(?:(?<part>train|test|t10k)[-_.])?images[-_.]idx[34]-ubyte(?:\.gz)?$/i;

/**
 * The paths of the IDX image files among `names`, all entries of `directory`. Images that are neither called train nor
 * test are train. Throws an InputError if several datasets, or several files for one part, are there.
 */
export async function findIdxImages(
  directory: string,
  names: readonly string[],
): Promise<Dataset<string | null>> {
  const files: string[] = [];
  for (const name of [...names].sort()) {
    if (IMAGES_NAME.test(name) && (await isFile(join(directory, name)))) files.push(name);
  }
  const candidates = files.filter((name) => !hasUnpackedTwin(name, files)).map(candidateOf);
  const train = candidates.filter(({ part }) => part === 'train');
  const test = candidates.filter(({ part }) => part === 'test');
  const prefixes = new Set(candidates.map(({ prefix }) => prefix));
  if (prefixes.size > 1 || train.length > 1 || test.length > 1) {
    const listed = candidates.map(({ name }) => name).join(', ');
    throw new InputError(
      `${directory} holds more than one set of IDX images (${listed}): name one of these files, or move one set to a directory of its own.`,
    );
  }
  const pathOf = (candidate: Candidate | undefined) =>
    candidate === undefined ? null : join(directory, candidate.name);
  return { train: pathOf(train[0]), test: pathOf(test[0]) };
}

function candidateOf(name: string): Candidate {
  const { prefix = '', part = '' } = IMAGES_NAME.exec(name)?.groups ?? {};
  return { name, prefix: prefix.toLowerCase(), part: /^(test|t10k)$/i.test(part) ? 'test' : 'train' };
}

/** `gunzip --keep` leaves both; they hold the same images. */
function hasUnpackedTwin(name: string, files: readonly string[]): boolean {
  return name.endsWith('.gz') && files.includes(name.slice(0, -'.gz'.length));
}

/** The entries of `path`, or what it is instead. */
export async function listDirectory(path: string): Promise<readonly string[] | 'missing' | 'file'> {
  try {
    return await readdir(path);
  } catch (cause) {
    if (!(cause instanceof Error) || !('code' in cause)) throw cause;
    if (cause.code === 'ENOENT') return 'missing';
    if (cause.code === 'ENOTDIR') return (await stat(path).catch(() => null)) === null ? 'missing' : 'file';
    if (cause.code === 'EACCES' || cause.code === 'EPERM') {
      throw new InputError(`${path} may not be read: check its permissions.`, { cause });
    }
    throw cause;
  }
}
