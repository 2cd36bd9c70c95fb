// The only reader of labels. Nothing but score/ may import it, so that no label can reach what trains.
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InputError } from '../core/errors.js';
import { idxItems, openIdxFile } from './idx.js';
import { checkIfBundled } from './mnist.js';
import type { ImageSource } from './source.js';

export interface Labels {
  /** One an image, in the order of the source: its index into `names`. */
  readonly values: Int32Array;
  /** The distinct labels; here the byte values in decimal, ascending. */
  readonly names: readonly string[];
}

/**
 * The labels that lie beside the images of `source`, or null where there are none.
 * Throws an InputError if they are damaged or not as many as the images.
 */
export async function readLabels(source: ImageSource): Promise<Labels | null> {
  const path = await findLabels(source.origin.imagesFile);
  if (path === null) return null;
  await checkIfBundled(path);
  const idx = await openIdxFile(path, 'labels');
  if (idx.count !== source.count) {
    throw new InputError(
      `${path} holds ${idx.count} labels for the ${source.count} images of ${source.origin.imagesFile}: put the labels of these images there, or remove it.`,
    );
  }
  const bytes = new Uint8Array(idx.count);
  for await (const all of idxItems(idx, idx.count)) bytes.set(all);
  const distinct = [...new Set(bytes)].sort((a, b) => a - b);
  const indexOfByte = new Int32Array(256);
  distinct.forEach((byte, index) => {
    indexOfByte[byte] = index;
  });
  return { values: Int32Array.from(bytes, (byte) => indexOfByte[byte]), names: distinct.map(String) };
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
      const status = await stat(path).catch(() => null);
      if (status?.isFile()) return path;
    }
  }
  return null;
}
