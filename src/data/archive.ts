// What zip and tar have in common: which entries are pictures, and the limits that keep a crafted archive from filling
// memory. Nothing is ever unpacked to disk.
import { InputError } from '../core/errors.js';
import { isPictureName } from './picture-names.js';
import type { Picture, ReadingLimits } from './pictures.js';

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
        `${path} unpacks to more than ${limits.expansion} times its size, as a zip bomb does: raise --max-expansion if you trust it.`,
      );
    },
  };
}

/** What an entry is, by its name: left aside, refused with a reason, or a picture to read (null). */
export function judgeEntry(name: string): 'no picture' | { readonly reason: string } | null {
  if (!isPictureName(name)) return 'no picture';
  const isOutside = name.startsWith('/') || /^[A-Za-z]:/.test(name) || name.split(/[/\\]/).includes('..');
  return isOutside ? { reason: 'its name leads out of the archive' } : null;
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
