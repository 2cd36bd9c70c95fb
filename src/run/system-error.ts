// What the operating system said, in words that fit inside a sentence.

/** Is the error a call of the operating system that failed? */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

/** Was it that the file, or a folder on the way to it, is not there? */
export function isMissing(error: unknown): boolean {
  return isSystemError(error) && error.code === 'ENOENT';
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EEXIST: 'something else has that name',
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
