// What the operating system said, in words that fit inside a sentence.
import { readFileSync } from 'node:fs';
import { InputError } from '../../core/errors.js';

/** Is the error a call of the operating system that failed? */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

/** Was it that the file, or a folder on the way to it, is not there? */
export function isMissing(error: unknown): boolean {
  return isSystemError(error) && error.code === 'ENOENT';
}

/** Faults of the disk itself, of which no choice of a person is the cause. */
const DISK_FAULTS: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EIO']);

/** Did the disk refuse: full, over its quota, read-only, broken? */
export function isDiskFault(error: unknown): error is NodeJS.ErrnoException {
  return isSystemError(error) && DISK_FAULTS.has(error.code ?? '');
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'something else has that name',
  EFBIG: 'a file may not grow that large here',
  EIO: 'the disk reports a fault',
  EISDIR: 'it is a directory',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'it does not exist',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'it is not a directory',
  EPERM: 'not permitted',
  EROFS: 'the disk is read-only',
};

/** The reason in a few words. Anything but a system error is a bug and is thrown again. */
export function reasonOf(error: unknown): string {
  if (!isSystemError(error)) throw error;
  return REASONS[error.code ?? ''] ?? error.code ?? error.message;
}

/** The bytes of a file. Throws an InputError that ends in `remedy` where it cannot be read. */
export function readBytes(path: string, remedy: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new InputError(`${path} cannot be read (${reasonOf(error)}): ${remedy}.`);
  }
}
