// The only reader of labels. Nothing but score/ may import it, so that no label can reach what trains.
import { basename, dirname, join } from 'node:path';
import { InputError } from '../../core/errors.js';
import { isFile } from '../../core/files.js';
import { openIdxFile } from '../formats/arrays/idx.js';
import { checkIfBundled } from '../formats/arrays/mnist.js';
import { readPieces } from '../formats/arrays/stored-array.js';
import { inByteOrder } from '../formats/picture-files.js';
import type { LabelPlace, NamedOrigin, SourceOrigin } from '../source.js';

export interface Labels {
  /** One an image, in the order asked for: its index into `names`, −1 for an image without a label. */
  readonly values: Int32Array;
  /** The distinct labels: numbers ascending, other words by their bytes. */
  readonly names: readonly string[];
}

/** What is asked for labels: some images of a source. */
export interface LabelledImages {
  readonly origin: SourceOrigin;
  /** Ids of the images, in the order in which labels are wanted. */
  readonly ids: readonly string[];
}

/**
 * The labels of some images, or null where none of them has one. Throws an InputError if they are damaged or do not
 * fit the images.
 */
export async function readLabels(
  { origin, ids }: LabelledImages,
  place: LabelPlace = 'source',
): Promise<Labels | null> {
  const texts: LabelTexts = place === 'folders' ? folderLabels(ids) : await labelsOf(origin, ids);
  const distinct = new Set(texts);
  distinct.delete(null);
  if (texts === null || distinct.size === 0) return null;
  const names = inNaturalOrder([...distinct] as string[]);
  const indexOf = new Map<string | null, number>(names.map((name, index) => [name, index]));
  return { values: Int32Array.from(texts, (text) => indexOf.get(text) ?? -1), names };
}

/** The name of the folder that each image lies in; null for one that lies beside the folders. */
function folderLabels(ids: readonly string[]): (string | null)[] {
  const folders = ids.map((id) => id.split('/').at(-2) ?? null);
  if (folders.some((folder) => folder !== null)) return folders;
  throw new InputError(
    `labels are to be the names of folders, and there is no folder around ${ids[0]} and the others: put each kind's pictures into a folder of its own.`,
  );
}

/** A label an image, null for an image without; null where there are none at all. */
type LabelTexts = readonly (string | null)[] | null;

async function labelsOf(origin: SourceOrigin, ids: readonly string[]): Promise<LabelTexts> {
  if (origin.format === 'several') return labelsOfParts(origin.parts, ids);
  const labels = await labelById(origin);
  return labels && ids.map((id) => labels(id) ?? null);
}

/** Labels of all parts that have some. */
async function labelsOfParts(parts: readonly NamedOrigin[], ids: readonly string[]): Promise<LabelTexts> {
  const labelOf = new Map<string, string | null>();
  for (const { prefix, origin } of parts) {
    // A single file has no label, and there may be thousands of them.
    if (origin.format === 'image') continue;
    const own = ids.filter((id) => (prefix === '' ? !hasPrefix(id, parts) : id.startsWith(`${prefix}/`)));
    const labels = await labelsOf(origin, prefix === '' ? own : own.map((id) => id.slice(prefix.length + 1)));
    own.forEach((id, index) => {
      labelOf.set(id, labels === null ? null : labels[index]);
    });
  }
  return ids.map((id) => labelOf.get(id) ?? null);
}

function hasPrefix(id: string, parts: readonly NamedOrigin[]): boolean {
  return parts.some(({ prefix }) => prefix !== '' && id.startsWith(`${prefix}/`));
}

type LabelById = (id: string) => string | null | undefined;

/** The label of each image of one source; null where it has none. */
async function labelById(origin: Exclude<SourceOrigin, { format: 'several' }>): Promise<LabelById | null> {
  switch (origin.format) {
    case 'idx':
      return byRow(await idxLabels(origin.path));
    case 'npy':
      return byRow(await (await import('./npy.js')).npyLabels(origin.path));
    case 'npz':
      return byRow(await (await import('./npy.js')).npzLabels(origin.path, origin.key));
    case 'parquet':
      return byRow(await (await import('./parquet.js')).parquetLabels(origin.paths));
    case 'csv': {
      const labels = await (await import('./csv.js')).csvLabels(origin.path);
      return labels && ((id) => labels.get(id));
    }
    case 'folder':
    case 'zip':
    case 'tar':
    case 'image':
      return null;
  }
}

/** Ids are row numbers here. */
function byRow(labels: LabelTexts): LabelById | null {
  return labels && ((id) => labels[Number(id)]);
}

async function idxLabels(imagesFile: string): Promise<string[] | null> {
  const path = await findLabels(imagesFile);
  if (path === null) return null;
  await checkIfBundled(path);
  const labels = await openIdxFile(path, 'labels');
  const [count] = labels.header.shape;
  const [images] = (await openIdxFile(imagesFile, 'images')).header.shape;
  if (count !== images) {
    throw new InputError(
      `${path} holds ${count} labels for the ${images} images of ${imagesFile}: put the labels of these images there, or remove it.`,
    );
  }
  const texts: string[] = [];
  for await (const bytes of readPieces(labels, 65_536)) for (const byte of bytes) texts.push(String(byte));
  return texts;
}

/** Numbers by their value, words after them by their bytes. */
function inNaturalOrder(names: readonly string[]): string[] {
  const isNumber = (name: string) => /^-?\d+(\.\d+)?$/.test(name);
  const numbers = names.filter(isNumber).sort((a, b) => Number(a) - Number(b));
  return [...numbers, ...inByteOrder(names.filter((name) => !isNumber(name)))];
}

/** The file of the labels of `imagesFile`: the same name with labels for images, `-` or `.`, raw or `.gz`. */
async function findLabels(imagesFile: string): Promise<string | null> {
  const name = basename(imagesFile);
  const parts = /^(.*)images(?:([-_.])idx[34])?(.*?)(\.gz)?$/i.exec(name);
  if (parts === null) return null;
  const [, before, separator, after, packed = ''] = parts;
  const separators = separator === undefined ? [''] : [...new Set([separator, '-', '.'])];
  for (const between of separators) {
    for (const ending of new Set([packed, '', '.gz'])) {
      const kind = between === '' ? '' : `${between}idx1`;
      const path = join(dirname(imagesFile), `${before}labels${kind}${after}${ending}`);
      if (await isFile(path)) return path;
    }
  }
  return null;
}
