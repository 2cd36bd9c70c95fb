// Pictures → vectors of an encoder, as a stream: read and hashed, looked up in the cache; of those that are new read, decoded and
// prepared by threads of their own, encoded by others. A vector is of unit length and rounded to half precision, so that a fresh
// one, a known one and one that the run keeps are the same bytes.

import { cpus } from 'node:os';
import { unlessAborted } from '../../core/abort.js';
import { fromHalf, toHalf } from '../../core/half.js';
import { type Matrix, matrix, matrixRow } from '../../core/matrix.js';
import type { Notice } from '../../core/progress.js';
import { type Framed, framedInOrder, type KnownPicture } from '../../data/framing/framed-source.js';
import type { ReadingOfValues } from '../../data/framing/making.js';
import type { Picture, PictureSource, ReadingLimits } from '../../data/pictures.js';
import type { OnSkipped } from '../../data/source.js';
import type { ImageEncoder } from '../../methods/vectors/image-encoder.js';
import { VERSION } from '../files/machine.js';
import { keyedPictures } from './picture-keys.js';
import { cacheFolder, openVectorCache, type VectorCache } from './vector-cache.js';

/** How pictures are read for an encoder. */
export interface EncodedReading {
  readonly limits: ReadingLimits;
  /** What the run reads deep values and transparent parts by. */
  readonly values: ReadingOfValues;
}

export interface EncodedBatch {
  readonly ids: readonly string[];
  /** (ids, d). */
  readonly vectors: Matrix;
}

export interface EncodingWatch {
  readonly signal: AbortSignal;
  /** Called with a line for the person. */
  readonly notice: Notice;
  readonly onSkipped?: OnSkipped;
}

/** To be raised by whoever changes what becomes of a picture before the encoder sees it: what is kept was made the old way. */
const WAY = 1;
/** Few pictures are encoded where the encoder was tried: other threads would only just have begun. */
const FEW = 8;
/** Rows that are handed on together, and the milliseconds after which fewer are: somebody watches. */
const ROWS_TOGETHER = 64;
const MILLISECONDS_TOGETHER = 200;
/** Vectors that may wait for one before them. */
const MOST_WAITING = 1024;

/** A place in the stream; its vector is there, or being made. */
interface Place {
  readonly id: string;
  readonly key: string | null;
  vector: Uint16Array | null;
  made: Promise<void> | null;
}

/**
 * The vectors of `pictures` in their order; what cannot be read is skipped. Throws an InterruptedError when the signal aborts, and an
 * InputError if the encoder gives what is no number.
 */
export async function* encodedPictures(
  encoder: ImageEncoder,
  { count, pictures }: Pick<PictureSource, 'count' | 'pictures'>,
  reading: EncodedReading,
  { signal, notice, onSkipped = () => {} }: EncodingWatch,
): AsyncGenerator<EncodedBatch> {
  const { preparation } = encoder;
  const cache = await openCache(encoder, reading);
  const team = encoder.openTeam();
  const size = preparation.height * preparation.width * 3;
  const encode = (data: Uint8Array, ids: readonly string[]) =>
    count !== null && count <= FEW
      ? encoder.encode({ ...preparation, data, count: ids.length, ids })
      : team.encode(data);
  const keys = new Map<string, string>();
  const known = new Map<string, Uint16Array>();
  let knownCount = 0;
  let handedOn = performance.now();
  let places: Place[] = [];
  let underWay: Promise<void>[] = [];
  let group: { readonly place: Place; readonly pixels: Uint8Array }[] = [];

  async function* toFrame(): AsyncGenerator<Picture | KnownPicture> {
    for await (const { picture, key } of keyedPictures(pictures(), reading.limits)) {
      const vector = key === null ? null : (cache?.get(key) ?? null);
      if (vector !== null) known.set(picture.id, vector);
      else if (key !== null) keys.set(picture.id, key);
      yield vector === null ? picture : { kind: 'known', id: picture.id };
    }
  }

  function startGroup(): void {
    const data = new Uint8Array(group.length * size);
    group.forEach(({ pixels }, at) => {
      data.set(pixels, at * size);
    });
    const started = group.map(({ place }) => place);
    const ids = started.map(({ id }) => id);
    const made = encode(data, ids).then((vectors) => {
      started.forEach((place, row) => {
        place.vector = toHalf(matrixRow(vectors, row));
        if (place.key !== null) cache?.put(place.key, place.vector);
      });
    });
    // It is awaited in its turn; until then a failure is not one that nobody handles.
    made.catch(() => {});
    for (const place of started) place.made = made;
    underWay.push(made);
    group = [];
  }

  function take(framed: Framed): void {
    const { id } = framed;
    const key = keys.get(id) ?? null;
    keys.delete(id);
    if ('reason' in framed) {
      onSkipped(framed);
      return;
    }
    const place: Place = { id, key, vector: known.get(id) ?? null, made: null };
    places.push(place);
    if ('pixels' in framed) {
      group.push({ place, pixels: framed.pixels });
      return;
    }
    known.delete(id);
    knownCount++;
  }

  /** The places at the front whose vectors are there. */
  function* ready(least: number): Generator<EncodedBatch> {
    let end = places.findIndex(({ vector }) => vector === null);
    if (end < 0) end = places.length;
    if (end < least) return;
    const front = places.slice(0, end);
    places = places.slice(end);
    handedOn = performance.now();
    yield batchOf(front);
  }

  try {
    const { limits, values } = reading;
    for await (const chunk of framedInOrder(toFrame(), preparation, limits, values, signal)) {
      for (const framed of chunk) {
        take(framed);
        if (group.length === team.atOnce) startGroup();
        while (underWay.length > team.size) await unlessAborted(underWay.shift() as Promise<void>, signal);
        if (places.length > MOST_WAITING && places[0].vector === null) {
          if (places[0].made === null) startGroup();
          await unlessAborted(places[0].made as unknown as Promise<void>, signal);
        }
        yield* ready(performance.now() - handedOn < MILLISECONDS_TOGETHER ? ROWS_TOGETHER : 1);
      }
      yield* ready(1);
    }
    if (group.length > 0) startGroup();
    for (const made of underWay) await unlessAborted(made, signal);
    underWay = [];
    yield* ready(1);
  } finally {
    await team.close();
    const problem = cache?.close() ?? null;
    if (knownCount > 0) notice(`vectors of ${knownCount.toLocaleString('en')} images were known`);
    if (problem !== null) notice(problem);
  }
}

function batchOf(places: readonly Place[]): EncodedBatch {
  const columns = places[0].vector?.length ?? 0;
  const vectors = matrix(places.length, columns);
  places.forEach(({ vector }, row) => {
    if (vector !== null) vectors.data.set(fromHalf(vector), row * columns);
  });
  return { ids: places.map(({ id }) => id), vectors };
}

/** What the bytes of a vector depend on besides the picture's. Null where nothing is to be kept, or would not be the same again. */
async function openCache(
  encoder: ImageEncoder,
  { limits, values }: EncodedReading,
): Promise<VectorCache | null> {
  const root = cacheFolder();
  if (root === null || !encoder.isSteady) return null;
  const { sha256, preparation, output, runtime, sessionThreads } = encoder;
  const { ranges = {}, alphaGround = 'white' } = values;
  const made = {
    by: [WAY, VERSION, runtime, process.arch, cpus()[0]?.model ?? '', sessionThreads],
    encoder: [sha256, output.name, preparation],
    reading: [limits.pixels, Object.entries(ranges).sort(), alphaGround],
  };
  return openVectorCache(root, JSON.stringify(made));
}
