// What zip and tar have in common: names, and the limits that keep a crafted archive from filling memory. Nothing is ever
// unpacked to disk.
import { InputError, option, words } from '../../../core/errors.js';
import { PICTURE_HEAD_BYTES } from '../../decoding/picture-format.js';
import type { Picture, ReadingLimits } from '../../pictures.js';

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

/**
 * The bytes of one entry as a picture; unreadable where they are more than the limit. `chunks` is left where it
 * stands then.
 */
export async function readEntry(
  id: string,
  chunks: AsyncIterable<Uint8Array>,
  budget: UnpackingBudget,
  { fileBytes }: ReadingLimits,
): Promise<Picture> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    budget.spend(chunk.length);
    size += chunk.length;
    if (size > fileBytes) return { kind: 'unreadable', id, reason: tooLarge(fileBytes) };
    parts.push(chunk);
  }
  if (size === 0) return { kind: 'unreadable', id, reason: 'the file is empty' };
  return { kind: 'encoded', id, file: parts.length === 1 ? parts[0] : Buffer.concat(parts) };
}

export function tooLarge(fileBytes: number): string {
  return `it unpacks to more than ${Math.floor(fileBytes / 2 ** 20)} MB (--max-file-mb)`;
}

/** The first bytes of a stream, as far as they tell what it is. The rest is left to whoever drains it. */
export async function headOfEntry(
  chunks: AsyncIterable<Uint8Array>,
  budget: UnpackingBudget,
): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    budget.spend(chunk.length);
    size += chunk.length;
    parts.push(chunk);
    if (size >= PICTURE_HEAD_BYTES) break;
  }
  return Buffer.concat(parts).subarray(0, PICTURE_HEAD_BYTES);
}
