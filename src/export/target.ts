// Where an export goes. It is made under a temporary name beside its place and renamed when it is whole, so that
// nothing is ever half there.
import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { InputError, option, words } from '../core/errors.js';
import { replaceBy } from '../core/files.js';
import { isDiskFault, isSystemError, reasonOf } from '../run/files/system-error.js';

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

// Names of files and folders that every system takes: Windows is the strictest.

const LONGEST_BYTES = 120;

/** `text` as one name: never empty, no separator, nothing that a system reserves. */
export function safeName(text: string): string {
  const plain = text
    .normalize('NFC')
    .replace(/[<>:"/\\|?*\p{Cc}]/gu, '_')
    .replace(/^[\s.]+|[\s.]+$/g, '');
  const short = cutToBytes(plain, LONGEST_BYTES).replace(/[\s.]+$/, '');
  const isReserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(short);
  return short === '' || isReserved ? `_${short}` : short;
}

/** Gives each name once, case or no case; a second one gets a number before its extension. */
export function createNameBook(): (name: string) => string {
  const taken = new Set<string>();
  return (name) => {
    const dot = name.lastIndexOf('.');
    const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
    let free = name;
    for (let number = 2; taken.has(free.toLowerCase()); number++) free = `${stem}-${number}${extension}`;
    taken.add(free.toLowerCase());
    return free;
  };
}

/** At most so many bytes of UTF-8, without cutting a character, and with the extension kept. */
function cutToBytes(name: string, bytes: number): string {
  if (Buffer.byteLength(name) <= bytes) return name;
  const extension = /\.[A-Za-z0-9]{1,5}$/.exec(name)?.[0] ?? '';
  const stem = [...name.slice(0, name.length - extension.length)];
  while (Buffer.byteLength(stem.join('') + extension) > bytes) stem.pop();
  return stem.join('') + extension;
}
