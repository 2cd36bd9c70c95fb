// Images in a .zip, found through its central directory and unpacked one at a time. Format: PKWARE, "APPNOTE.TXT,
// .ZIP File Format Specification" (read by yauzl).
import { isUtf8 } from 'node:buffer';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Entry, getFileNameLowLevel, openPromise, parseExtraFields, type ZipFile } from 'yauzl';
import { InputError } from '../../../core/errors.js';
import { pagesOf } from '../../decoding/tiff-pages.js';
import { type Picture, type PictureSource, type ReadingLimits, spreadEvenly } from '../../pictures.js';
import type { PassedOver } from '../../source.js';
import { inByteOrder, isTiffName } from '../picture-names.js';
import {
  createSieve,
  type JudgedPicture,
  judgeHead,
  judgeName,
  noPicturesSentence,
  siftPaths,
} from '../sieve.js';
import {
  headOfEntry,
  leadsOutside,
  readEntry,
  tooLarge,
  type UnpackingBudget,
  uniqueId,
  unpackingBudget,
} from './archive.js';

interface ZipPicture {
  readonly id: string;
  /** The id, but for a name that the archive holds twice. */
  readonly name: string;
  readonly entry: Entry;
  /** Why it is not read. */
  readonly problem: string | null;
}

interface ZipListing {
  readonly pictures: readonly ZipPicture[];
  readonly passedOver: readonly PassedOver[];
}

const OPEN_OPTIONS = { lazyEntries: true, autoClose: false, decodeStrings: false } as const;

/** The pictures of a zip file in byte order of their names. Throws an InputError where it is damaged or has none. */
export async function zipPictureSource(
  path: string,
  name: string,
  limits: ReadingLimits,
): Promise<PictureSource> {
  const archiveBytes = (await stat(path)).size;
  const budget = () => unpackingBudget(path, archiveBytes, limits);
  const { pictures: listed, passedOver } = await listEntries(path, limits, budget());
  if (listed.length === 0) throw new InputError(noPicturesSentence(path, passedOver, 'in it'));
  const ids = new Set(listed.map(({ id }) => id));
  async function* read(wanted: readonly ZipPicture[]): AsyncGenerator<Picture> {
    const zip = await openZip(path);
    const spending = budget();
    try {
      for (const each of wanted) {
        const picture = await readPicture(zip, each, spending, limits);
        if (picture.kind !== 'encoded') yield picture;
        else yield* pagesOf(picture, (id) => ids.has(id));
      }
    } finally {
      zip.close();
    }
  }
  return {
    name,
    origin: { format: 'zip', path: resolve(path) },
    // How many pages there are only reading tells.
    count: listed.some((picture) => isTiffName(picture.name)) ? null : listed.length,
    shape: null,
    passedOver,
    pictures: () => read(listed),
    async sample(wanted) {
      const sampled: Picture[] = [];
      const places = spreadEvenly(listed.length, wanted);
      for await (const picture of read(places.map((place) => listed[place]))) sampled.push(picture);
      return spreadEvenly(sampled.length, wanted).map((place) => sampled[place]);
    },
  };
}

async function listEntries(
  path: string,
  limits: ReadingLimits,
  budget: UnpackingBudget,
): Promise<ZipListing> {
  const entries = new Map<string, { readonly name: string; readonly entry: Entry }>();
  const zip = await openZip(path);
  try {
    for await (const entry of zip.eachEntry()) {
      const name = nameOf(entry);
      if (!name.endsWith('/')) entries.set(uniqueId(name, entries), { name, entry });
    }
    const { kept, passedOver } = siftPaths([...entries.keys()], await createSieve(limits.exclude));
    const pictures: ZipPicture[] = [];
    for (const id of inByteOrder(kept)) {
      const { name, entry } = entries.get(id) as { name: string; entry: Entry };
      const problem = leadsOutside(name) ?? problemOf(entry, limits);
      const judged = judgeName(name) ?? (await judgeUnnamed(zip, name, entry, problem, budget));
      if (typeof judged === 'string') passedOver.push({ id, reason: judged });
      else pictures.push({ id, name, entry, problem: judged.problem ?? problem });
    }
    return { pictures, passedOver };
  } catch (error) {
    throw error instanceof InputError ? error : damaged(path, error);
  } finally {
    zip.close();
  }
}

/** What an entry is whose name does not tell. */
async function judgeUnnamed(
  zip: ZipFile,
  name: string,
  entry: Entry,
  problem: string | null,
  budget: UnpackingBudget,
): Promise<JudgedPicture | string> {
  if (problem !== null) return problem;
  try {
    return judgeHead(name, await headOfEntry(await zip.openReadStreamPromise(entry), budget));
  } catch (error) {
    if (error instanceof InputError) throw error;
    return `it cannot be unpacked (${messageOf(error)})`;
  }
}

/**
 * As `unzip` shows it: UTF-8 where a flag or an extra field says so, and without these where the bytes are sound UTF-8 and
 * not ASCII alone, as macOS and many programs write them; else code page 437.
 */
function nameOf(entry: Entry): string {
  const { generalPurposeBitFlag, fileNameRaw, extraFieldRaw } = entry;
  const isUnmarked = (generalPurposeBitFlag & UTF8_FLAG) === 0;
  const flags = isUnmarked && isUtf8(fileNameRaw) ? generalPurposeBitFlag | UTF8_FLAG : generalPurposeBitFlag;
  const extra = parseExtraFields(extraFieldRaw);
  return getFileNameLowLevel(flags, fileNameRaw, extra, false).replaceAll('\\', '/');
}

const UTF8_FLAG = 0x0800;

/** Names of compression methods (APPNOTE, 4.4.5). */
const METHODS: Readonly<Record<number, string>> = {
  1: 'Shrink',
  6: 'Implode',
  9: 'Deflate64',
  12: 'bzip2',
  14: 'LZMA',
  93: 'Zstandard',
  95: 'XZ',
  98: 'PPMd',
};

function problemOf(entry: Entry, { fileBytes }: ReadingLimits): string | null {
  if (entry.isEncrypted()) return 'it is encrypted';
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
    const method = METHODS[entry.compressionMethod] ?? `method ${entry.compressionMethod}`;
    return `it is compressed by ${method}, where Store and Deflate are read: pack it anew`;
  }
  return entry.uncompressedSize > fileBytes ? tooLarge(fileBytes) : null;
}

async function readPicture(
  zip: ZipFile,
  { id, entry, problem }: ZipPicture,
  budget: UnpackingBudget,
  limits: ReadingLimits,
): Promise<Picture> {
  if (problem !== null) return { kind: 'unreadable', id, reason: problem };
  try {
    return await readEntry(id, await zip.openReadStreamPromise(entry), budget, limits);
  } catch (error) {
    if (error instanceof InputError) throw error;
    return { kind: 'unreadable', id, reason: `it cannot be unpacked (${messageOf(error)})` };
  }
}

async function openZip(path: string): Promise<ZipFile> {
  try {
    return await openPromise(path, OPEN_OPTIONS);
  } catch (error) {
    throw damaged(path, error);
  }
}

function damaged(path: string, error: unknown): InputError {
  return new InputError(
    `${path} is no sound zip file (${messageOf(error)}): fetch it again, or pack it anew.`,
    {
      cause: error,
    },
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
