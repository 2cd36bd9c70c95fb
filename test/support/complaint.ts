// What a reader complains of.
import { join } from 'node:path';
import { expect } from 'vitest';
import { InputError } from '#kindred/core/errors.js';
import type { PictureSource } from '#kindred/data/pictures.js';
import { directoryOf } from './idx.js';
import { allPictures } from './pictures.js';

/**
 * The sentence with which opening or reading a file called `name` ends, of this content; the path is written as @.
 * Fails unless it is an InputError.
 */
export async function complaint(
  open: (path: string) => Promise<PictureSource>,
  name: string,
  bytes: Uint8Array | string,
): Promise<string> {
  const path = join(directoryOf({ [name]: bytes }), name);
  const error: unknown = await open(path)
    .then(allPictures)
    .catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(InputError);
  return error instanceof InputError ? error.message.replaceAll(path, '@') : '';
}
