// One picture as the encoder of a run wants to see it, read as `predict` reads it: one of the run's own, from the picture itself, for what
// a run keeps of pictures is often smaller; or one that somebody shows.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../core/errors.js';
import type { Preparation } from '../../core/pictures/preparation.js';
import { decodePicture, UnreadablePictureError } from '../../data/decoding/decode.js';
import { PICTURE_HEAD_BYTES, pictureFormatOf } from '../../data/decoding/picture-format.js';
import { decodeOptions, imageOf } from '../../data/framing/making.js';
import type { Picture } from '../../data/pictures.js';
import type { RunCard } from '../files/card.js';
import { framingOf, joinedParts, openParts } from './read-images.js';

/** The picture `id` of a run → (height · width · 3) bytes. Throws an InputError where it is gone, or cannot be read. */
export async function prepareRunImage(
  card: RunCard,
  id: string,
  preparation: Preparation,
): Promise<Uint8Array> {
  for await (const picture of joinedParts(await openParts(card, 'nothing')).pictures()) {
    if (picture.id === id) return preparePicture(card, picture, preparation);
  }
  throw new InputError(`The picture ${id} of the run is gone: put it back to try it.`);
}

/** The bytes of a picture file → (height · width · 3) bytes. Throws an InputError where they are none that is read. */
export async function preparePictureFile(
  card: RunCard,
  bytes: Uint8Array,
  preparation: Preparation,
): Promise<Uint8Array> {
  // libvips shrinks a large JPEG as it decodes it where it has a file, as in a pile; and a name tells which files are read without it.
  const folder = mkdtempSync(join(tmpdir(), 'kindred-picture-'));
  try {
    const file = join(folder, `picture.${pictureFormatOf(bytes.subarray(0, PICTURE_HEAD_BYTES)) ?? 'file'}`);
    writeFileSync(file, bytes);
    return await preparePicture(card, { kind: 'encoded', id: 'picture', file }, preparation);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function preparePicture(
  card: RunCard,
  picture: Picture,
  preparation: Preparation,
): Promise<Uint8Array> {
  if (picture.kind === 'unreadable') throw unreadable(picture.reason);
  try {
    const options = decodeOptions(preparation, card.limits, framingOf(card));
    return imageOf(await decodePicture(picture, options), preparation);
  } catch (error) {
    throw error instanceof UnreadablePictureError ? unreadable(error.message, error) : error;
  }
}

function unreadable(reason: string, cause?: unknown): InputError {
  return new InputError(`This picture cannot be read: ${reason}.`, { cause });
}
