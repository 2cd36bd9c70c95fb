// A folder of image files, sub-folders included. Symbolic links are followed, each folder is entered once, and what
// cannot be entered or read is named instead of ending the job.
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputError } from '../core/errors.js';
import { inByteOrder, isPictureName } from './picture-names.js';
import { type Picture, type PictureSource, spreadEvenly } from './pictures.js';

/** The pictures below `path`; an id is the path inside of it, with `/`. Throws an InputError if there is none. */
export async function folderPictureSource(path: string): Promise<PictureSource> {
  const root = resolve(path);
  const { files, problems } = await listPictures(root);
  const ids = inByteOrder([...files, ...problems.keys()]);
  if (files.length === 0) throw noPictures(path, problems);
  const pictureOf = (id: string): Picture => {
    const reason = problems.get(id);
    return reason === undefined
      ? { kind: 'encoded', id, file: join(root, id) }
      : { kind: 'unreadable', id, reason };
  };
  async function* pictures(): AsyncGenerator<Picture> {
    for (const id of ids) yield pictureOf(id);
  }
  return {
    name: path,
    origin: { format: 'folder', path: root },
    count: ids.length,
    shape: null,
    pictures,
    sample: async (wanted) => spreadEvenly(ids.length, wanted).map((place) => pictureOf(ids[place])),
  };
}

interface Listing {
  readonly files: string[];
  /** What was found and cannot be read: why, by its path. */
  readonly problems: Map<string, string>;
}

async function listPictures(root: string): Promise<Listing> {
  const listing: Listing = { files: [], problems: new Map() };
  const entered = new Set<string>();
  const waiting = [''];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const real = await realpath(join(root, folder));
    if (entered.has(real)) continue;
    entered.add(real);
    let entries: Dirent[];
    try {
      entries = await readdir(join(root, folder), { withFileTypes: true });
    } catch (error) {
      listing.problems.set(folder === '' ? '.' : folder, `the folder cannot be read (${codeOf(error)})`);
      continue;
    }
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const kind = entry.isSymbolicLink() ? await kindBehindLink(join(root, path)) : kindOf(entry);
      if (kind === 'folder' && !entry.name.startsWith('.')) waiting.push(path);
      else if (kind !== 'folder' && isPictureName(path)) addFile(listing, path, kind);
    }
  }
  return listing;
}

type EntryKind = 'file' | 'folder' | 'other' | 'broken';

function addFile({ files, problems }: Listing, path: string, kind: EntryKind): void {
  if (kind === 'broken') problems.set(path, 'the symbolic link leads nowhere');
  else if (kind === 'other') problems.set(path, 'it is no regular file');
  else if (path.includes('\ufffd')) problems.set(path, 'its name is not valid UTF-8: rename it');
  else files.push(path);
}

function kindOf(entry: Pick<Dirent, 'isFile' | 'isDirectory'>): EntryKind {
  if (entry.isFile()) return 'file';
  return entry.isDirectory() ? 'folder' : 'other';
}

async function kindBehindLink(path: string): Promise<EntryKind> {
  try {
    return kindOf(await stat(path));
  } catch {
    return 'broken';
  }
}

function noPictures(path: string, problems: ReadonlyMap<string, string>): InputError {
  const [first] = problems;
  if (first !== undefined) {
    return new InputError(
      `${path} holds no picture that can be read; of ${problems.size} that cannot, the first is ${first[0]}: ${first[1]}.`,
    );
  }
  return new InputError(
    `${path} holds no pictures: put PNG, JPEG, WebP, GIF, TIFF, AVIF, BMP or SVG files, IDX or Parquet files there, or name another folder.`,
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
