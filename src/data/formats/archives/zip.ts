// Images in a .zip, found through its central directory and unpacked one at a time. Format: PKWARE, "APPNOTE.TXT,
// .ZIP File Format Specification" (read by yauzl).
import { isUtf8 } from 'node:buffer';
import { stat } from 'node:fs/promises';
import { type Entry, getFileNameLowLevel, openPromise, parseExtraFields, type ZipFile } from 'yauzl';
import { InputError } from '../../../core/errors.js';
import { PICTURE_HEAD_BYTES } from '../../decoding/picture-format.js';
import type { Picture, PictureSource, ReadingLimits } from '../../pictures.js';
import {
  createSieve,
  inByteOrder,
  type JudgedPicture,
  judgeHead,
  judgeName,
  siftPaths,
} from '../picture-files.js';
import {
  type ArchiveListing,
  type ArchivePicture,
  archivePictures,
  leadsOutside,
  readEntry,
  spending,
  tooLarge,
  type UnpackingBudget,
  uniqueId,
  unpackingBudget,
} from './archive.js';
import { firstBytes, unsound } from './stored-file.js';

interface ZipPicture extends ArchivePicture {
  readonly entry: Entry;
}

const damaged = unsound('zip file', 'fetch it again, or pack it anew');

/** The pictures of a zip file in byte order of their names. Throws an InputError where it is damaged or has none. */
export async function zipPictureSource(
  path: string,
  name: string,
  limits: ReadingLimits,
): Promise<PictureSource> {
  const archiveBytes = (await stat(path)).size;
  const budget = () => unpackingBudget(path, archiveBytes, limits);
  async function* read(wanted: readonly ZipPicture[]): AsyncGenerator<Picture> {
    const zip = await openZip(path);
    const spent = budget();
    try {
      for (const picture of wanted) yield await readPicture(zip, picture, spent, limits);
    } finally {
      zip.close();
    }
  }
  const listing = await listEntries(path, limits, budget());
  return archivePictures({ format: 'zip', path }, name, listing, read);
}

async function listEntries(
  path: string,
  limits: ReadingLimits,
  budget: UnpackingBudget,
): Promise<ArchiveListing<ZipPicture>> {
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
    throw damaged(path, error);
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
    return judgeHead(name, await firstBytes(bytesOf(zip, entry, budget), PICTURE_HEAD_BYTES));
  } catch (error) {
    return notUnpacked(error);
  }
}

/** Opens the entry when its bytes are asked for. */
async function* bytesOf(zip: ZipFile, entry: Entry, budget: UnpackingBudget): AsyncGenerator<Uint8Array> {
  yield* spending(await zip.openReadStreamPromise(entry), budget);
}

/** Why an entry cannot be read. Throws an InputError, which is about the whole archive, again. */
function notUnpacked(error: unknown): string {
  if (error instanceof InputError) throw error;
  return `it cannot be unpacked (${error instanceof Error ? error.message : error})`;
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
  picture: ZipPicture,
  budget: UnpackingBudget,
  limits: ReadingLimits,
): Promise<Picture> {
  try {
    return await readEntry(picture, bytesOf(zip, picture.entry, budget), limits);
  } catch (error) {
    return { kind: 'unreadable', id: picture.id, reason: notUnpacked(error) };
  }
}

async function openZip(path: string): Promise<ZipFile> {
  try {
    return await openPromise(path, { autoClose: false, decodeStrings: false });
  } catch (error) {
    throw damaged(path, error);
  }
}
