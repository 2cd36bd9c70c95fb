// Images in a .tar, plain or packed by gzip, bzip2 or xz, in the order of the archive, read as a stream from its beginning
// (by modern-tar): once to list what there is, and again to read it.
// Format: POSIX.1-2017, pax, "ustar Interchange Format".
import { createTarDecoder, type TarHeader } from 'modern-tar';
import { PICTURE_HEAD_BYTES } from '../../decoding/picture-format.js';
import type { Picture, PictureSource, ReadingLimits } from '../../pictures.js';
import { createSieve, judgeHead, judgeName, siftPaths } from '../picture-files.js';
import {
  type ArchiveListing,
  type ArchivePicture,
  archivePictures,
  leadsOutside,
  readEntry,
  spending,
  uniqueId,
  unpackingBudget,
} from './archive.js';
import { type StoredFile, unpackedChunks, unsound } from './stored-file.js';

interface TarPicture extends ArchivePicture {
  /** Among the entries of the archive. */
  readonly place: number;
}

const damaged = unsound('tar file', 'fetch it again, or pack it anew');

/** The pictures of a tar file. Throws an InputError where it is damaged or has none. */
export async function tarPictureSource(
  file: StoredFile,
  name: string,
  limits: ReadingLimits,
): Promise<PictureSource> {
  async function* read(wanted: readonly TarPicture[]): AsyncGenerator<Picture> {
    const left = new Map(wanted.map((picture) => [picture.place, picture]));
    for await (const { place, body } of entriesOf(file, limits)) {
      const picture = left.get(place);
      if (picture !== undefined) yield await readEntry(picture, body, limits);
      left.delete(place);
      if (left.size === 0) return;
      await drained(body);
    }
  }
  const listing = await listEntries(file, limits);
  return archivePictures({ format: 'tar', path: file.path }, name, listing, read);
}

async function listEntries(file: StoredFile, limits: ReadingLimits): Promise<ArchiveListing<TarPicture>> {
  const found = new Map<string, { place: number; name: string; verdict: ReturnType<typeof judgeHead> }>();
  for await (const { place, header, body } of entriesOf(file, limits)) {
    const name = header.name.replace(/^(\.\/)+/, '');
    const head = await drained(body);
    if (header.type === 'directory' || name === '') continue;
    const problem = leadsOutside(name) ?? problemOf(header);
    let verdict = judgeName(name) ?? problem ?? judgeHead(name, head);
    if (typeof verdict === 'object') verdict = { problem: verdict.problem ?? problem };
    found.set(uniqueId(name, found), { place, name, verdict });
  }
  const { kept, passedOver } = siftPaths([...found.keys()], await createSieve(limits.exclude));
  const pictures: TarPicture[] = [];
  for (const id of kept) {
    const { place, name, verdict } = found.get(id) as NonNullable<ReturnType<typeof found.get>>;
    if (typeof verdict === 'string') passedOver.push({ id, reason: verdict });
    else pictures.push({ id, name, place, problem: verdict.problem });
  }
  return { pictures, passedOver };
}

interface TarEntry {
  readonly place: number;
  readonly header: TarHeader;
  readonly body: AsyncIterable<Uint8Array>;
}

/** The entries in their order, each to be drained before the next. Throws an InputError where the file is damaged. */
async function* entriesOf(file: StoredFile, limits: ReadingLimits): AsyncGenerator<TarEntry> {
  const budget = unpackingBudget(file.path, file.storedBytes, limits);
  const bytes = ReadableStream.from(unpackedChunks(file)) as ReadableStream<Uint8Array>;
  let place = 0;
  try {
    for await (const { header, body } of bytes.pipeThrough(createTarDecoder({ strict: true }))) {
      yield { place, header, body: soundly(file, spending(body, budget)) };
      place += 1;
    }
  } catch (error) {
    throw damaged(file.path, error);
  }
}

/** The bytes of an entry; where the archive ends within it, an InputError. */
async function* soundly({ path }: StoredFile, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw damaged(path, error);
  }
}

function problemOf({ type }: TarHeader): string | null {
  if (type === undefined || type === 'file') return null;
  return `it is no file but a ${type}, and links in an archive are not followed`;
}

/** Reads the rest of an entry; returns as much of its beginning as tells what it is. */
async function drained(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  let head = Buffer.alloc(0);
  for await (const chunk of body) {
    if (head.length < PICTURE_HEAD_BYTES) {
      head = Buffer.concat([head, chunk.subarray(0, PICTURE_HEAD_BYTES - head.length)]);
    }
  }
  return head;
}
