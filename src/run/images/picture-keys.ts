// What a picture is known by between runs: the SHA-256 of its bytes, whatever it is called. A picture that is turned, cut or saved again is
// another one.
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Picture, ReadingLimits } from '../../data/pictures.js';

export interface KeyedPicture {
  /** Of a file the bytes that the key was made from: what is kept under it is of no other. */
  readonly picture: Picture;
  /** 32 bytes as Latin-1; null for a picture that cannot be read, or is larger than may be. */
  readonly key: string | null;
}

/** Files that are read and hashed at once, by the threads of the system library. */
const AHEAD = 4;

/** The pictures in their order, each with its key. */
export async function* keyedPictures(
  pictures: AsyncIterable<Picture>,
  limits: ReadingLimits,
): AsyncGenerator<KeyedPicture> {
  const underWay: Promise<KeyedPicture>[] = [];
  for await (const picture of pictures) {
    underWay.push(keyed(picture, limits));
    if (underWay.length >= AHEAD) yield await (underWay.shift() as Promise<KeyedPicture>);
  }
  for (const next of underWay) yield await next;
}

async function keyed(picture: Picture, { fileBytes }: ReadingLimits): Promise<KeyedPicture> {
  if (picture.kind === 'unreadable') return { picture, key: null };
  if (picture.kind === 'pixels') {
    const { height, width, channels, data } = picture;
    return { picture, key: await keyOf(`pixels ${height} ${width} ${channels}`, data) };
  }
  const { file, page = 0 } = picture;
  try {
    // A file that is too large is refused by whoever decodes it, in its own words.
    if (typeof file === 'string' && (await stat(file)).size > fileBytes) return { picture, key: null };
    const bytes = typeof file === 'string' ? await readFile(file) : file;
    return { picture: { ...picture, file: bytes }, key: await keyOf(`file ${page}`, bytes) };
  } catch {
    return { picture, key: null };
  }
}

/** The hash of the bytes takes milliseconds for a large photograph, on another thread; what they are is hashed around it. */
async function keyOf(what: string, bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return createHash('sha256').update(`${what}\n`).update(new Uint8Array(digest)).digest('binary');
}
