// Pictures that a table names by a path.
import { readdirSync, statSync } from 'node:fs';
import { isAbsolute, join, parse, posix, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Picture } from '../../pictures.js';
import { foreignPicture, isPictureName } from '../picture-files.js';

/** The picture at `path`, which is relative to `folder`; unreadable, with the reason, where no file is there, or `find` knows several. */
export function pictureAtPath(id: string, path: string, folder: string, find?: FileFinder): Picture {
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
  const [one, other] = find?.(path) ?? [];
  if (other !== undefined) return unreadable(`it may be ${one} or ${other}: write the path in full`);
  return unreadable(
    path.includes('\ufffd') ? 'its name is not valid UTF-8: save the table as UTF-8' : 'the file is gone',
  );
}

/** → the files that a path may mean, by the paths that lead there. */
export type FileFinder = (path: string) => readonly string[];

/**
 * Finds the files that a table in `folder` names, by their paths from there. A name may lack its ending and the folder it is in, and be
 * written in other letters: `4F2A` is `train/4f2a.jpg`, where only one picture in the folders beside the table is called so.
 */
export function createFileFinder(folder: string): FileFinder {
  const pictures = new Map<string, ReadonlyMap<string, readonly string[]>>();
  const picturesIn = (within: string, name: string): string[] => {
    const known = pictures.get(within) ?? picturesByName(resolve(folder, within));
    pictures.set(within, known);
    return (known.get(name.toLowerCase()) ?? []).map((file) => posix.join(within, file));
  };
  let beside: string[] | null = null;
  return (path) => {
    if (path.trim() === '') return [];
    if (fileAt(path, folder)?.kind === 'file') return [path];
    if (isAbsolute(path) || /^[a-z][a-z\d+.-]+:\/\//i.test(path)) return [];
    const { dir, base } = parse(path.replaceAll('\\', '/'));
    const own = picturesIn(dir, base);
    if (own.length > 0) return own;
    beside ??= foldersIn(folder);
    return beside.flatMap((name) => picturesIn(posix.join(name, dir), base));
  };
}

/** The pictures in a folder by their names in small letters, with and without endings. */
function picturesByName(folder: string): ReadonlyMap<string, readonly string[]> {
  const pictures = new Map<string, string[]>();
  for (const name of namesIn(folder).filter(isPictureName)) {
    for (const called of [name, parse(name).name]) {
      const key = called.toLowerCase();
      pictures.set(key, [...(pictures.get(key) ?? []), name]);
    }
  }
  return pictures;
}

function foldersIn(folder: string): string[] {
  return namesIn(folder).filter((name) => !name.startsWith('.') && kindOf(join(folder, name)) === 'other');
}

/** Nothing where no folder is. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
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
