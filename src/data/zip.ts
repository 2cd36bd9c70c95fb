// Images in a .zip, found through its central directory and unpacked one at a time. Format: PKWARE, "APPNOTE.TXT,
// .ZIP File Format Specification" (read by yauzl).
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Entry, getFileNameLowLevel, openPromise, parseExtraFields, type ZipFile } from 'yauzl';
import { InputError } from '../core/errors.js';
import { judgeEntry, readEntry, tooLarge, type UnpackingBudget, unpackingBudget } from './archive.js';
import { inByteOrder } from './picture-names.js';
import { type Picture, type PictureSource, type ReadingLimits, spreadEvenly } from './pictures.js';

interface ZipPicture {
  readonly id: string;
  readonly entry: Entry;
  /** Why it is not read. */
  readonly problem: string | null;
}

const OPEN_OPTIONS = { lazyEntries: true, autoClose: false, decodeStrings: false } as const;

/** The pictures of a zip file in byte order of their names. Throws an InputError where it is damaged or has none. */
export async function zipPictureSource(
  path: string,
  name: string,
  limits: ReadingLimits,
): Promise<PictureSource> {
  const listed = await listEntries(path, limits);
  if (listed.length === 0) {
    throw new InputError(
      `${path} holds no pictures: put PNG, JPEG, WebP, GIF, TIFF, AVIF, BMP or SVG files in it.`,
    );
  }
  const archiveBytes = (await stat(path)).size;
  async function* read(wanted: readonly ZipPicture[]): AsyncGenerator<Picture> {
    const zip = await openZip(path);
    const budget = unpackingBudget(path, archiveBytes, limits);
    try {
      for (const picture of wanted) yield await readPicture(zip, picture, budget, limits);
    } finally {
      zip.close();
    }
  }
  return {
    name,
    origin: { format: 'zip', path: resolve(path) },
    count: listed.length,
    shape: null,
    pictures: () => read(listed),
    async sample(wanted) {
      const sampled: Picture[] = [];
      const places = spreadEvenly(listed.length, wanted);
      for await (const picture of read(places.map((place) => listed[place]))) sampled.push(picture);
      return sampled;
    },
  };
}

async function listEntries(path: string, limits: ReadingLimits): Promise<ZipPicture[]> {
  const found = new Map<string, ZipPicture>();
  const zip = await openZip(path);
  try {
    for await (const entry of zip.eachEntry()) {
      const name = nameOf(entry);
      const judged = judgeEntry(name);
      if (judged === 'no picture') continue;
      const id = uniqueId(name, found);
      found.set(id, { id, entry, problem: judged === null ? problemOf(entry, limits) : judged.reason });
    }
  } catch (error) {
    throw damaged(path, error);
  } finally {
    zip.close();
  }
  return inByteOrder([...found.keys()]).map((id) => found.get(id) as ZipPicture);
}

function nameOf(entry: Entry): string {
  const { generalPurposeBitFlag, fileNameRaw, extraFieldRaw } = entry;
  const extra = parseExtraFields(extraFieldRaw);
  return getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extra, false).replaceAll('\\', '/');
}

/** An archive may hold one name twice; ids are unique. */
export function uniqueId(name: string, taken: { has(id: string): boolean }): string {
  if (!taken.has(name)) return name;
  let number = 2;
  while (taken.has(`${name}#${number}`)) number++;
  return `${name}#${number}`;
}

function problemOf(entry: Entry, { fileBytes }: ReadingLimits): string | null {
  if (entry.isEncrypted()) return 'it is encrypted';
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
    return `it is compressed by method ${entry.compressionMethod}, where stored (0) and deflated (8) are read`;
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
