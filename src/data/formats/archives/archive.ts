// What zip and tar have in common: names, pictures and their pages, and the limits that keep a crafted archive from filling
// memory. Nothing is ever unpacked to disk.
import { resolve } from 'node:path';
import { InputError, option, words } from '../../../core/errors.js';
import { pagesOf } from '../../decoding/tiff-pages.js';
import { type Picture, type PictureSource, pickEvenly, type ReadingLimits } from '../../pictures.js';
import type { PassedOver } from '../../source.js';
import { isTiffName, noPicturesSentence } from '../picture-files.js';

/** Unpacked bytes that no archive is refused for. */
const ALWAYS_ALLOWED = 2 ** 30;

/** Counts what an archive unpacks to. */
export interface UnpackingBudget {
  /** Throws an InputError once the archive has grown beyond the limit. */
  spend(bytes: number): void;
}

export function unpackingBudget(path: string, archiveBytes: number, limits: ReadingLimits): UnpackingBudget {
  const allowed = Math.max(ALWAYS_ALLOWED, archiveBytes * limits.expansion);
  let spent = 0;
  return {
    spend(bytes) {
      spent += bytes;
      if (spent <= allowed) return;
      throw new InputError(
        words`${path} unpacks to more than ${limits.expansion} times its size, as a zip bomb does: raise ${option('limits.expansion')} if you trust it.`,
      );
    },
  };
}

/** Why an entry of such a name is not read; null: it may be. */
export function leadsOutside(name: string): string | null {
  const isOutside = name.startsWith('/') || /^[A-Za-z]:/.test(name) || name.split(/[/\\]/).includes('..');
  return isOutside ? 'its name leads out of the archive' : null;
}

/** An archive may hold one name twice; ids are unique. */
export function uniqueId(name: string, taken: { has(id: string): boolean }): string {
  if (!taken.has(name)) return name;
  let number = 2;
  while (taken.has(`${name}#${number}`)) number++;
  return `${name}#${number}`;
}

/** The same bytes, counted. */
export async function* spending(
  chunks: AsyncIterable<Uint8Array>,
  budget: UnpackingBudget,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    budget.spend(chunk.length);
    yield chunk;
  }
}

/** An entry that is a picture. */
export interface ArchivePicture {
  readonly id: string;
  /** The id, but for a name that the archive holds twice. */
  readonly name: string;
  /** Why it is not read. */
  readonly problem: string | null;
}

export interface ArchiveListing<Entry extends ArchivePicture> {
  readonly pictures: readonly Entry[];
  readonly passedOver: readonly PassedOver[];
}

/** The listed pictures, in their order; `read` gives some of them. Throws an InputError where there are none. */
export function archivePictures<Entry extends ArchivePicture>(
  origin: { readonly format: 'zip' | 'tar'; readonly path: string },
  name: string,
  { pictures: listed, passedOver }: ArchiveListing<Entry>,
  read: (wanted: readonly Entry[]) => AsyncIterable<Picture>,
): PictureSource {
  if (listed.length === 0) throw new InputError(noPicturesSentence(origin.path, passedOver, 'in it'));
  const ids = new Set(listed.map(({ id }) => id));
  async function* pictures(wanted: readonly Entry[]): AsyncGenerator<Picture> {
    for await (const picture of read(wanted)) {
      if (picture.kind === 'encoded') yield* pagesOf(picture, (id) => ids.has(id));
      else yield picture;
    }
  }
  return {
    name,
    origin: { ...origin, path: resolve(origin.path) },
    // How many pages there are only reading tells.
    count: listed.some((picture) => isTiffName(picture.name)) ? null : listed.length,
    shape: null,
    passedOver,
    pictures: () => pictures(listed),
    async sample(wanted) {
      const sampled: Picture[] = [];
      for await (const picture of pictures(pickEvenly(listed, wanted))) sampled.push(picture);
      return pickEvenly(sampled, wanted);
    },
  };
}

/**
 * The bytes of one entry as a picture; unreadable where they are more than the limit. `chunks` is left where it
 * stands then.
 */
export async function readEntry(
  { id, problem }: ArchivePicture,
  chunks: AsyncIterable<Uint8Array>,
  { fileBytes }: ReadingLimits,
): Promise<Picture> {
  if (problem !== null) return { kind: 'unreadable', id, reason: problem };
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > fileBytes) return { kind: 'unreadable', id, reason: tooLarge(fileBytes) };
    parts.push(chunk);
  }
  if (size === 0) return { kind: 'unreadable', id, reason: 'the file is empty' };
  return { kind: 'encoded', id, file: parts.length === 1 ? parts[0] : Buffer.concat(parts) };
}

export function tooLarge(fileBytes: number): string {
  return `it unpacks to more than the limit of ${Math.floor(fileBytes / 2 ** 20)} MB`;
}
