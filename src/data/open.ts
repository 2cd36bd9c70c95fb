// From what a person names (nothing, a file, a directory) to images.
import { join } from 'node:path';
import { InputError } from '../core/errors.js';
import { idxImageSource } from './idx.js';
import { findIdxImages, type IdxDirectory, listDirectory } from './idx-directory.js';
import { bundledMnist, isUnfinishedMnist, placeMnist } from './mnist.js';
import type { ImageShape, ImageSource, Pile } from './source.js';

/**
 * The pile at `location`: without one, the bundled MNIST; a directory of IDX files, its train and test
 * images; an IDX file, that file to train on. Throws an InputError if there is nothing that can be read.
 */
export async function openPile(location?: string): Promise<Pile> {
  if (location === undefined) return bundledMnist();
  const names = await listDirectory(location);
  if (typeof names === 'string') return { train: await openFile(location, names), test: null };
  return openDirectory(location, await findIdxImages(location, names));
}

/**
 * The pile in the directory that `--data_dir` names. Where it is missing or empty, the bundled MNIST is put
 * there first. Throws an InputError if it holds only other things.
 */
export async function prepareDataDirectory(directory: string): Promise<Pile> {
  const names = await listDirectory(directory);
  if (names === 'file')
    throw new InputError(`${directory} is a file: name a directory to keep the images in.`);
  if (names !== 'missing' && !isUnfinishedMnist(names)) {
    return openDirectory(directory, await findIdxImages(directory, names));
  }
  await placeMnist(directory);
  return openPile(directory);
}

/**
 * The images at `location` alone: an IDX file, or a directory, of which the test images are taken if it has
 * some and else the train images; the name says which.
 */
export async function openSource(location: string): Promise<ImageSource> {
  const names = await listDirectory(location);
  if (typeof names === 'string') return openFile(location, names);
  const { train, test } = await findIdxImages(location, names);
  if (test !== null) return idxImageSource(test, `${location} test`);
  if (train !== null) return idxImageSource(train, `${location} train`);
  throw noImages(location);
}

async function openFile(location: string, found: 'missing' | 'file'): Promise<ImageSource> {
  if (found === 'missing') throw new InputError(`There is no file or directory ${location}: check the path.`);
  return idxImageSource(location, location);
}

async function openDirectory(directory: string, found: IdxDirectory): Promise<Pile> {
  if (found.train === null) {
    if (found.test === null) throw noImages(directory);
    throw new InputError(
      `${directory} holds test images only: add ${join(directory, 'train-images-idx3-ubyte')}, or name ${found.test} itself.`,
    );
  }
  const train = await idxImageSource(found.train, `${directory} train`);
  const test = found.test === null ? null : await idxImageSource(found.test, `${directory} test`);
  if (test !== null && shapeText(test.shape) !== shapeText(train.shape)) {
    throw new InputError(
      `${directory} holds train images of ${shapeText(train.shape)} and test images of ${shapeText(test.shape)}: keep images of one shape there.`,
    );
  }
  return { train, test };
}

function noImages(directory: string): InputError {
  return new InputError(
    `${directory} holds no IDX images: put train-images-idx3-ubyte (or .gz) there, or name another directory.`,
  );
}

/** `28×28×1`: height, width, channels. */
function shapeText({ height, width, channels }: ImageShape): string {
  return `${height}×${width}×${channels}`;
}
