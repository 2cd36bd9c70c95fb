// Writing so that nothing is ever half there: a temporary name, a flush to disk, a rename.
import { closeSync, fsyncSync, lstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A file that grows under a temporary name. */
export interface AtomicFile {
  write(part: string | Uint8Array): void;
  /** Flushes it to disk and gives it its name: a reader sees the old file or the whole new one. */
  commit(): void;
  /** Removes what was written. Does nothing after commit. */
  abandon(): void;
}

/** Begins to write `path`. Missing folders are made. */
export function openFileAtomic(path: string): AtomicFile {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  const file = openSync(temporary, 'w');
  let isOpen = true;
  const close = () => {
    if (isOpen) closeSync(file);
    isOpen = false;
  };
  return {
    write: (part) => writeAll(file, typeof part === 'string' ? Buffer.from(part) : part),
    commit() {
      fsyncSync(file);
      close();
      renameSync(temporary, path);
    },
    abandon() {
      close();
      rmSync(temporary, { force: true });
    },
  };
}

/**
 * Writes `parts` one after the other to `path`; a reader sees the old file or the whole new one.
 * Missing folders are made.
 */
export function writeFileAtomic(path: string, ...parts: readonly (string | Uint8Array)[]): void {
  const file = openFileAtomic(path);
  try {
    for (const part of parts) file.write(part);
    file.commit();
  } catch (error) {
    file.abandon();
    throw error;
  }
}

/**
 * Gives `built` the name `path`, whatever lay there: it is moved aside first and removed last, so that at every moment one of the two is
 * whole on the disk.
 */
export function replaceBy(built: string, path: string): void {
  const aside = `${path}.${process.pid}.old`;
  const isThere = lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  if (isThere) renameSync(path, aside);
  try {
    renameSync(built, path);
  } catch (error) {
    if (isThere) renameSync(aside, path);
    throw error;
  }
  if (isThere) rmSync(aside, { recursive: true, force: true });
}

function writeAll(file: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written);
}

/** Is there a regular file of this name? */
export async function isFile(path: string): Promise<boolean> {
  const status = await stat(path).catch(() => null);
  return status?.isFile() ?? false;
}

/** The bytes of a typed array as they lie in memory (little-endian on every machine Node runs on). */
export function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
