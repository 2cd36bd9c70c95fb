// Where an export goes. It is made under a temporary name beside its place and renamed when it is whole, so that
// nothing is ever half there.
import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { InputError, option, words } from '../core/errors.js';
import { replaceBy } from '../core/files.js';
import { isDiskFault, isSystemError, reasonOf } from '../run/system-error.js';

/**
 * Calls `build` with a temporary path and gives what it made the name `path`. Throws an InputError if something is there
 * already and `overwrite` is false, or if it cannot be written.
 */
export async function buildTarget(
  path: string,
  overwrite: boolean,
  build: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    if (!overwrite && isTaken(path)) {
      throw new InputError(
        words`${path} exists already: replace it with ${option('overwrite')}, or choose another ${option('out')}.`,
      );
    }
    mkdirSync(dirname(path), { recursive: true });
    await build(temporary);
    replaceBy(temporary, path);
  } catch (error) {
    if (existsSync(temporary)) rmSync(temporary, { recursive: true });
    // A full disk has a sentence of its own, and another --out would not help.
    if (!isSystemError(error) || isDiskFault(error)) throw error;
    throw new InputError(
      words`${path} cannot be written (${reasonOf(error)}): choose another ${option('out')}.`,
      {
        cause: error,
      },
    );
  }
}

/** An empty folder may be filled. */
function isTaken(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found !== undefined && !(found.isDirectory() && readdirSync(path).length === 0);
}
