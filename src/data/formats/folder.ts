// A folder of image files, sub-folders included. Symbolic links are followed, each folder is entered once, and what
// cannot be entered or read is named instead of ending the job.
import { closeSync, type Dirent, openSync, readSync } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputError } from '../../core/errors.js';
import { PICTURE_HEAD_BYTES } from '../decoding/picture-format.js';
import { pagesOf } from '../decoding/tiff-pages.js';
import { listedPictures, type Picture, type PictureSource, type ReadingLimits } from '../pictures.js';
import type { PassedOver } from '../source.js';
import {
  createSieve,
  IN_A_RUN,
  inByteOrder,
  isTiffName,
  judgeHead,
  judgeName,
  noPicturesSentence,
  RUN_FILE,
  type Sieve,
} from './picture-files.js';

/** The pictures below `path`; an id is the path inside of it, with `/`. Throws an InputError if there is none. */
export async function folderPictureSource(
  path: string,
  { exclude }: Pick<ReadingLimits, 'exclude'>,
): Promise<PictureSource> {
  const root = resolve(path);
  const { files, problems, passedOver } = await listPictures(root, await createSieve(exclude));
  if (files.size === 0) throw noPictures(path, problems, passedOver);
  const pictures = inByteOrder([...files.keys(), ...problems.keys()]).flatMap((id): readonly Picture[] => {
    const reason = problems.get(id);
    if (reason !== undefined) return [{ kind: 'unreadable', id, reason }];
    const picture = { kind: 'encoded', id, file: join(root, id) } as const;
    return files.get(id) === 'tiff' ? pagesOf(picture, (taken) => files.has(taken)) : [picture];
  });
  const origin = { format: 'folder', path: root } as const;
  return listedPictures({ name: path, origin, passedOver }, pictures, (picture) => picture);
}

/** The files in `folder` that `read` does not match, where others are the dataset. */
export async function besides(folder: string, read: RegExp, reason: string): Promise<readonly PassedOver[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const others = entries.filter((entry) => entry.isFile() && !read.test(entry.name));
  const reasonOf = (id: string) => (id.startsWith('.') ? 'a hidden file' : reason);
  return inByteOrder(others.map(({ name }) => name)).map((id) => ({ id, reason: reasonOf(id) }));
}

interface Listing {
  /** Pictures by their paths; of those that may have several pages it is said. */
  readonly files: Map<string, 'tiff' | 'one'>;
  /** What was found and cannot be read: why, by its path. */
  readonly problems: Map<string, string>;
  readonly passedOver: PassedOver[];
}

async function listPictures(root: string, sieve: Sieve): Promise<Listing> {
  const listing: Listing = { files: new Map(), problems: new Map(), passedOver: [] };
  const { problems, passedOver } = listing;
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
      problems.set(folder === '' ? '.' : folder, `the folder cannot be read (${codeOf(error)})`);
      continue;
    }
    // Whoever names a run's folder itself is told so where it is opened.
    if (folder !== '' && entries.some(({ name }) => name === RUN_FILE)) {
      passedOver.push({ id: `${folder}/`, reason: IN_A_RUN });
      continue;
    }
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const kind = entry.isSymbolicLink() ? await kindBehindLink(join(root, path)) : kindOf(entry);
      const isFolder = kind === 'folder';
      const reason = sieve(path, isFolder);
      if (reason !== null) passedOver.push({ id: isFolder ? `${path}/` : path, reason });
      else if (isFolder) waiting.push(path);
      else addFile(listing, root, path, kind);
    }
  }
  passedOver.sort((a, b) => Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)));
  return listing;
}

type EntryKind = 'file' | 'folder' | 'other' | 'broken';

const WHY_NOT_READ: Partial<Record<EntryKind, string>> = {
  broken: 'the symbolic link leads nowhere',
  other: 'it is no regular file',
};

function addFile(
  { files, problems, passedOver }: Listing,
  root: string,
  path: string,
  kind: EntryKind,
): void {
  const named = judgeName(path);
  if (kind === 'file' && !path.includes('\ufffd')) {
    const head = named === null ? headOf(join(root, path)) : null;
    const judged = named ?? (head === null ? 'a file that may not be read' : judgeHead(path, head));
    if (typeof judged === 'string') passedOver.push({ id: path, reason: judged });
    else if (judged.problem !== null) problems.set(path, judged.problem);
    else files.set(path, named === null || isTiffName(path) ? 'tiff' : 'one');
    return;
  }
  const reason = WHY_NOT_READ[kind] ?? 'its name is not valid UTF-8: rename it';
  if (named === null) passedOver.push({ id: path, reason });
  else problems.set(path, reason);
}

/** The first bytes of a file; null where it cannot be read. */
function headOf(path: string): Buffer | null {
  const head = Buffer.alloc(PICTURE_HEAD_BYTES);
  try {
    const file = openSync(path, 'r');
    try {
      return head.subarray(0, readSync(file, head, 0, head.length, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return null;
  }
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

function noPictures(
  path: string,
  problems: ReadonlyMap<string, string>,
  passedOver: readonly PassedOver[],
): InputError {
  const [first] = problems;
  if (first !== undefined) {
    return new InputError(
      `${path} holds no picture that can be read; of ${problems.size} that cannot, the first is ${first[0]}: ${first[1]}.`,
    );
  }
  return new InputError(
    noPicturesSentence(path, passedOver, 'there, IDX or Parquet files, or name another folder'),
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
