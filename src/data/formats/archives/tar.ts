// Images in a .tar, plain or packed by gzip, bzip2 or xz, in the order of the archive, read as a stream from its beginning
// (by modern-tar): once to list what there is, and again to read it.
// Format: POSIX.1-2017, pax, "ustar Interchange Format".
import { resolve } from 'node:path';
import { createTarDecoder, type TarHeader } from 'modern-tar';
import { InputError } from '../../../core/errors.js';
import { PICTURE_HEAD_BYTES } from '../../decoding/picture-format.js';
import { pagesOf } from '../../decoding/tiff-pages.js';
import { type Picture, type PictureSource, type ReadingLimits, spreadEvenly } from '../../pictures.js';
import type { PassedOver } from '../../source.js';
import { isTiffName } from '../picture-names.js';
import { createSieve, judgeHead, judgeName, noPicturesSentence, siftPaths } from '../sieve.js';
import { leadsOutside, readEntry, type UnpackingBudget, uniqueId, unpackingBudget } from './archive.js';
import { type StoredFile, unpackedChunks } from './stored-file.js';

interface TarPicture {
  readonly id: string;
  readonly name: string;
  readonly problem: string | null;
}

interface TarListing {
  /** By their place in the archive. */
  readonly pictures: ReadonlyMap<number, TarPicture>;
  readonly passedOver: readonly PassedOver[];
}

/** The pictures of a tar file. Throws an InputError where it is damaged or has none. */
export async function tarPictureSource(
  file: StoredFile,
  name: string,
  limits: ReadingLimits,
): Promise<PictureSource> {
  const { pictures: listed, passedOver } = await listEntries(file, limits);
  if (listed.size === 0) throw new InputError(noPicturesSentence(file.path, passedOver, 'in it'));
  const places = [...listed.keys()];
  const ids = new Set([...listed.values()].map(({ id }) => id));

  async function* read(wanted: readonly number[]): AsyncGenerator<Picture> {
    const left = new Set(wanted);
    for await (const { place, body, budget } of entriesOf(file, limits)) {
      const entry = left.delete(place) ? listed.get(place) : undefined;
      if (entry !== undefined) {
        const { id, problem } = entry;
        const picture: Picture =
          problem === null
            ? await readEntry(id, body, budget, limits)
            : { kind: 'unreadable', id, reason: problem };
        if (picture.kind === 'encoded') yield* pagesOf(picture, (taken) => ids.has(taken));
        else yield picture;
      }
      if (left.size === 0) return;
      await drained(body, budget);
    }
  }

  return {
    name,
    origin: { format: 'tar', path: resolve(file.path) },
    // How many pages there are only reading tells.
    count: [...listed.values()].some((picture) => isTiffName(picture.name)) ? null : listed.size,
    shape: null,
    passedOver,
    pictures: () => read(places),
    async sample(wanted) {
      const sampled: Picture[] = [];
      const spread = spreadEvenly(places.length, wanted).map((index) => places[index]);
      for await (const picture of read(spread)) sampled.push(picture);
      return spreadEvenly(sampled.length, wanted).map((index) => sampled[index]);
    },
  };
}

async function listEntries(file: StoredFile, limits: ReadingLimits): Promise<TarListing> {
  const found = new Map<string, { place: number; name: string; verdict: ReturnType<typeof judgeHead> }>();
  for await (const { place, header, body, budget } of entriesOf(file, limits)) {
    const name = header.name.replace(/^(\.\/)+/, '');
    if (header.type !== 'directory' && name !== '') {
      const problem = leadsOutside(name) ?? problemOf(header);
      const named = judgeName(name);
      const head = await drained(body, budget);
      let verdict = named ?? problem ?? judgeHead(name, head);
      if (typeof verdict === 'object') verdict = { problem: verdict.problem ?? problem };
      found.set(uniqueId(name, found), { place, name, verdict });
    }
    await drained(body, budget);
  }
  const { kept, passedOver } = siftPaths([...found.keys()], await createSieve(limits.exclude));
  const pictures = new Map<number, TarPicture>();
  for (const id of kept) {
    const { place, name, verdict } = found.get(id) as NonNullable<ReturnType<typeof found.get>>;
    if (typeof verdict === 'string') passedOver.push({ id, reason: verdict });
    else pictures.set(place, { id, name, problem: verdict.problem });
  }
  return { pictures, passedOver };
}

interface TarEntry {
  readonly place: number;
  readonly header: TarHeader;
  readonly body: AsyncIterable<Uint8Array>;
  readonly budget: UnpackingBudget;
}

/** The entries in their order, each to be drained before the next. Throws an InputError where the file is damaged. */
async function* entriesOf(file: StoredFile, limits: ReadingLimits): AsyncGenerator<TarEntry> {
  const budget = unpackingBudget(file.path, file.storedBytes, limits);
  const bytes = ReadableStream.from(unpackedChunks(file)) as ReadableStream<Uint8Array>;
  let place = 0;
  try {
    for await (const { header, body } of bytes.pipeThrough(createTarDecoder({ strict: true }))) {
      yield { place, header, body: soundly(file, body), budget };
      place += 1;
    }
  } catch (error) {
    throw unsound(file, error);
  }
}

/** The bytes of an entry; where the archive ends within it, an InputError. */
async function* soundly({ path }: StoredFile, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw unsound({ path }, error);
  }
}

function unsound({ path }: Pick<StoredFile, 'path'>, error: unknown): unknown {
  if (error instanceof InputError || !(error instanceof Error)) return error;
  return new InputError(`${path} is no sound tar file (${error.message}): fetch it again, or pack it anew.`, {
    cause: error,
  });
}

function problemOf({ type }: TarHeader): string | null {
  if (type === undefined || type === 'file') return null;
  return `it is no file but a ${type}, and links in an archive are not followed`;
}

/** Reads the rest of an entry; returns as much of its beginning as tells what it is. */
async function drained(body: AsyncIterable<Uint8Array>, budget: UnpackingBudget): Promise<Buffer> {
  let head = Buffer.alloc(0);
  for await (const chunk of body) {
    budget.spend(chunk.length);
    if (head.length < PICTURE_HEAD_BYTES) {
      head = Buffer.concat([head, chunk.subarray(0, PICTURE_HEAD_BYTES - head.length)]);
    }
  }
  return head;
}
