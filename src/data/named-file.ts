// Pictures that a table names by a path.
import { statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { foreignPicture } from './picture-names.js';
import type { Picture } from './pictures.js';

/** The picture at `path`, which is relative to `folder`; unreadable, with the reason, where no file is there. */
export function pictureAtPath(id: string, path: string, folder: string): Picture {
  const unreadable = (reason: string): Picture => ({ kind: 'unreadable', id, reason });
  if (path.trim() === '') return unreadable('the row names no file');
  if (/^[a-z][a-z\d+.-]+:\/\//i.test(path) && !isFileAddress(path)) {
    return unreadable('it is an address, and only files on this machine are read');
  }
  const found = fileAt(path, folder);
  if (found !== null) {
    const reason = found.kind === 'file' ? foreignPicture(found.file) : 'it is no regular file';
    return reason === null ? { kind: 'encoded', id, file: found.file } : unreadable(reason);
  }
  return unreadable(
    path.includes('\ufffd') ? 'its name is not valid UTF-8: save the table as UTF-8' : 'the file is gone',
  );
}

/** Is there a file that `path`, seen from `folder`, names? */
export function namesFile(path: string, folder: string): boolean {
  return path.trim() !== '' && fileAt(path, folder)?.kind === 'file';
}

function isFileAddress(path: string): boolean {
  return /^file:\/\//i.test(path);
}

/** The path that `file:///…` means; as it is where it means none on this system. */
function pathOfAddress(address: string): string {
  try {
    return fileURLToPath(address);
  } catch {
    return address;
  }
}

/** What lies at `path`, with the separators of this system or the other's; null where nothing does. */
function fileAt(path: string, folder: string): { file: string; kind: 'file' | 'other' } | null {
  const meant = isFileAddress(path) ? pathOfAddress(path) : path;
  for (const written of new Set([meant, meant.replaceAll('\\', '/')])) {
    const file = isAbsolute(written) ? written : resolve(folder, written);
    const kind = kindOf(file);
    if (kind !== 'missing') return { file, kind };
  }
  return null;
}

function kindOf(file: string): 'file' | 'other' | 'missing' {
  try {
    const status = statSync(file, { throwIfNoEntry: false });
    if (status === undefined) return 'missing';
    return status.isFile() ? 'file' : 'other';
  } catch {
    // The path leads through a file, is too long, or holds a zero byte.
    return 'missing';
  }
}
