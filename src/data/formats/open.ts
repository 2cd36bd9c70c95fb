// From what a person names (nothing, files, folders) to pictures.
import { join, resolve } from 'node:path';
import { InputError } from '../../core/errors.js';
import { listedPictures, type PictureSource, READING_LIMITS, type ReadingLimits } from '../pictures.js';
import type { Dataset, PassedOver } from '../source.js';
import { idxPictureSource } from './arrays/idx.js';
import { findIdxImages, listDirectory } from './arrays/idx-directory.js';
import { bundledMnist, isUnfinishedMnist, placeMnist } from './arrays/mnist.js';
import { alone, arrowSentence, type Found, sniffFile } from './file-formats.js';
import { besides, folderPictureSource } from './folder.js';
import { inByteOrder, isPictureName, RUN_FILE } from './picture-files.js';
import { severalPictureSource } from './several.js';

export type PictureDataset = Dataset<PictureSource>;

/** A location that is gone is refused, or holds nothing: what is left of the others keeps the ids it had. */
export type WhereGone = 'refused' | 'nothing';

/**
 * The dataset at `locations`: without any, the bundled MNIST. Arrays and tables may hold images for testing beside those to
 * train on. Throws an InputError if there is nothing that can be read.
 */
export async function openDataset(
  locations: readonly string[] = [],
  limits: ReadingLimits = READING_LIMITS,
  whereGone: WhereGone = 'refused',
): Promise<PictureDataset> {
  if (locations.length === 0) return bundledMnist();
  const datasets = await openEach(locations, limits, whereGone);
  const trains = datasets.map(({ train, test }, place) => train ?? missingTrain(locations[place], test));
  const tests = datasets.flatMap(({ test }) => test ?? []);
  return {
    train: severalPictureSource(trains),
    test: tests.length === 0 ? null : severalPictureSource(tests),
  };
}

/** The pictures at `locations` alone, to look at and not to train on: of a dataset with test images these. */
export async function openSource(
  locations: readonly string[],
  limits: ReadingLimits = READING_LIMITS,
  whereGone: WhereGone = 'refused',
): Promise<PictureSource> {
  const datasets = await openEach(locations, limits, whereGone);
  return severalPictureSource(datasets.flatMap(({ train, test }) => test ?? train ?? []));
}

/**
 * The dataset in the directory that `--data_dir` names. Where it is missing or empty, the bundled MNIST is put
 * there first. Throws an InputError if it holds only other things.
 */
export async function prepareDataDirectory(directory: string): Promise<PictureDataset> {
  const names = await listDirectory(directory);
  if (names === 'file') {
    throw new InputError(`${directory} is a file: name a directory to keep the images in.`);
  }
  if (names === 'missing' || isUnfinishedMnist(names)) await placeMnist(directory);
  else {
    const { train, test } = await findIdxImages(directory, names);
    if (train === null && test === null) {
      throw new InputError(
        `${directory} holds no IDX images: put train-images-idx3-ubyte (or .gz) there, or name another directory.`,
      );
    }
  }
  return openDataset([directory]);
}

async function openEach(
  locations: readonly string[],
  limits: ReadingLimits,
  whereGone: WhereGone,
): Promise<Found[]> {
  const found: Found[] = [];
  for (const location of locations) {
    const names = await listDirectory(location);
    if (names === 'missing' && whereGone === 'nothing') {
      found.push(alone(nothingAt(location)));
      continue;
    }
    if (names === 'missing') {
      throw new InputError(`There is no file or directory ${location}: check the path.`);
    }
    if (names !== 'file') found.push(await openDirectory(location, names, limits));
    else {
      const { format, file } = await sniffFile(location);
      found.push(await format.open(location, file, limits));
    }
  }
  return found;
}

async function openDirectory(
  directory: string,
  names: readonly string[],
  limits: ReadingLimits,
): Promise<Found> {
  refuseSaved(directory, names);
  const idx = await findIdxImages(directory, names);
  if (idx.train === null && idx.test === null) {
    const shards = await openParquet(directory, names, limits);
    if (shards === null) return alone(await folderPictureSource(directory, limits));
    return withOthers(shards, await besides(directory, PARQUET_NAME, 'not read beside Parquet files'));
  }
  const train = idx.train === null ? null : await idxPictureSource(idx.train, `${directory} train`);
  const test = idx.test === null ? null : await idxPictureSource(idx.test, `${directory} test`);
  if (train !== null && test !== null && shapeText(test) !== shapeText(train)) {
    throw new InputError(
      `${directory} holds train images of ${shapeText(train)} and test images of ${shapeText(test)}: keep images of one shape there.`,
    );
  }
  return withOthers({ train, test }, await besides(directory, IDX_NAME, 'not read beside IDX files'));
}

/** The same, with what lies beside it and is not read. */
function withOthers({ train, test }: Found, passedOver: readonly PassedOver[]): Found {
  return train === null
    ? { train, test: test && { ...test, passedOver } }
    : { train: { ...train, passedOver }, test };
}

/** Images and labels, whichever of them are read. */
const IDX_NAME = /(images|labels)[-_.]?idx/i;
/** Shards, and what a dataset of Hugging Face is described by. */
const PARQUET_NAME = /\.parquet$|^README\.md$|^dataset_infos?\.json$/i;

/** Throws an InputError for a folder that looks like a dataset and is none. */
function refuseSaved(directory: string, names: readonly string[]): void {
  if (names.includes(RUN_FILE) && names.includes('assignments.csv')) {
    throw new InputError(
      `${directory} is the folder of a run, not a dataset: name the folder of its pictures.`,
    );
  }
  if (names.includes('state.json') || names.includes('dataset_dict.json')) {
    const isSaved = names.includes('dataset_dict.json') || names.some((name) => /\.arrow$/i.test(name));
    if (isSaved) throw new InputError(arrowSentence(directory));
  }
}

/**
 * The shards in a directory, or in the one below it that holds some, as Hugging Face lays a dataset out: `data`, or the name of a
 * configuration; null without any. Throws an InputError where there are several configurations.
 */
async function openParquet(
  directory: string,
  names: readonly string[],
  limits: ReadingLimits,
): Promise<Found | null> {
  const isShard = (name: string) => /\.parquet$/i.test(name);
  let folder = directory;
  let files = names;
  if (!names.some(isShard)) {
    const below = await foldersOfShards(directory, names, isShard);
    if (below.length === 0) return null;
    const chosen = below.find(({ name }) => name === 'data') ?? below[0];
    if (below.length > 1 && chosen.name !== 'data') {
      const listed = below.map(({ name }) => name).join(', ');
      throw new InputError(
        `${directory} holds several datasets (${listed}): name the folder of one of them.`,
      );
    }
    folder = join(directory, chosen.name);
    files = chosen.files;
  }
  const shards = inByteOrder(files.filter(isShard));
  const isTest = (name: string) => /^(test|valid|validation|val)[-_.]/i.test(name);
  const { parquetPictureSource } = await import('./tables/parquet.js');
  const open = async (chosen: readonly string[], part: string) =>
    chosen.length === 0
      ? null
      : parquetPictureSource(
          chosen.map((name) => join(folder, name)),
          `${directory} ${part}`,
          limits,
        );
  return {
    train: await open(
      shards.filter((name) => !isTest(name)),
      'train',
    ),
    test: await open(shards.filter(isTest), 'test'),
  };
}

/** Folders in a directory that hold shards; beside pictures, which are a dataset of their own, only one called data. */
async function foldersOfShards(
  directory: string,
  names: readonly string[],
  isShard: (name: string) => boolean,
): Promise<{ readonly name: string; readonly files: readonly string[] }[]> {
  const found: { name: string; files: readonly string[] }[] = [];
  const isLookedAt = names.some(isPictureName)
    ? (name: string) => name === 'data'
    : (name: string) => !name.startsWith('.');
  for (const name of inByteOrder(names.filter(isLookedAt))) {
    const files = await listDirectory(join(directory, name));
    if (typeof files !== 'string' && files.some(isShard)) found.push({ name, files });
  }
  return found;
}

/** What is left of one image file that is gone. */
function nothingAt(location: string): PictureSource {
  const origin = { format: 'image', path: resolve(location) } as const;
  return listedPictures({ name: location, origin }, [], (picture) => picture);
}

function missingTrain(location: string, test: PictureSource | null): never {
  const file = test !== null && 'path' in test.origin ? test.origin.path : 'the file';
  throw new InputError(
    `${location} holds test images only: add ${join(location, 'train-images-idx3-ubyte')}, or name ${file} itself.`,
  );
}

/** `28×28×1`: height, width, channels. */
function shapeText({ shape }: PictureSource): string {
  return shape === null ? 'any shape' : `${shape.height}×${shape.width}×${shape.channels}`;
}
