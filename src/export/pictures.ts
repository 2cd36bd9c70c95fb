// The pictures behind an export: of every image that has a record, in the order of the source.
import { readFile } from 'node:fs/promises';
import { InputError } from '../core/errors.js';
import { libvips } from '../data/decoding/libvips.js';
import { PICTURE_HEAD_BYTES, pictureFormatOf } from '../data/decoding/picture-format.js';
import { encodePlainPng } from '../data/decoding/png.js';
import type { EncodedPicture, PixelPicture } from '../data/pictures.js';
import { reopenRunDataset } from '../run/images/read-images.js';
import type { ExportedImage, ExportedRun } from './records.js';

export interface RecordedPicture {
  readonly image: ExportedImage;
  readonly picture: EncodedPicture | PixelPicture;
}

/** Throws an InputError if the run's images are gone, or changed so that one is missing. */
export async function* recordedPictures({ card, images }: ExportedRun): AsyncGenerator<RecordedPicture> {
  const { train: source } = await reopenRunDataset(card);
  let next = 0;
  for await (const picture of source.pictures()) {
    const image = images[next];
    if (image === undefined) return;
    if (picture.id !== image.id) continue;
    if (picture.kind === 'unreadable') break;
    next += 1;
    yield { image, picture };
  }
  if (next < images.length) {
    throw new InputError(
      `${source.name} holds no image ${images[next].id} any more: put back the images that the run was made from.`,
    );
  }
}

const MEDIA_TYPES = {
  png: 'image/png',
  jpg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  tif: 'image/tiff',
  bmp: 'image/bmp',
  avif: 'image/avif',
  svg: 'image/svg+xml',
  pnm: 'image/x-portable-anymap',
} as const;

export interface PictureFile {
  readonly bytes: Uint8Array;
  readonly extension: keyof typeof MEDIA_TYPES;
  readonly mediaType: string;
}

/**
 * The path that names the picture's file where its source lies: the id without what tells pages, and rows that name one file, apart. Null
 * for a picture that is no file there.
 */
export function pathInSource(id: string, picture: EncodedPicture | PixelPicture): string | null {
  if (picture.kind === 'pixels') return null;
  const written = id.replaceAll('\\', '/');
  const { file } = picture;
  if (typeof file !== 'string') return id;
  const whole = `/${file.replaceAll('\\', '/')}`;
  return [written, written.replace(/#\d+$/, '')].find((path) => whole.endsWith(`/${path}`)) ?? id;
}

/** Is the picture a file of its own on this machine, and not a page of one or a part of another? */
export function isWholeFile(
  picture: EncodedPicture | PixelPicture,
): picture is EncodedPicture & { readonly file: string } {
  return picture.kind === 'encoded' && typeof picture.file === 'string' && picture.page === undefined;
}

/** The picture as a file: its own bytes where it was one, else a PNG. */
export async function pictureFile(picture: EncodedPicture | PixelPicture): Promise<PictureFile> {
  const bytes = await bytesOf(picture);
  const extension = extensionOf(bytes);
  return { bytes, extension, mediaType: MEDIA_TYPES[extension] };
}

async function bytesOf(picture: EncodedPicture | PixelPicture): Promise<Uint8Array> {
  if (picture.kind === 'pixels') return encodePng(picture);
  const { file, page } = picture;
  if (page !== undefined) {
    const sharp = await libvips();
    return sharp(file, { page, autoOrient: true }).png().toBuffer();
  }
  return typeof file === 'string' ? readFile(file) : file;
}

/** sharp takes a millisecond for its threads, however small the picture is. */
async function encodePng({ height, width, channels, data }: PixelPicture): Promise<Buffer> {
  const raw = { height, width, channels: channels as 1 | 3 | 4 };
  const isPlain = channels === 1 || channels === 3;
  const plain = isPlain ? encodePlainPng({ height, width, channels, data }) : null;
  if (plain !== null) return plain;
  const sharp = await libvips();
  return sharp(data, { raw }).png().toBuffer();
}

/** By the first bytes: names may be wrong or missing. */
function extensionOf(bytes: Uint8Array): keyof typeof MEDIA_TYPES {
  const format = pictureFormatOf(bytes.subarray(0, PICTURE_HEAD_BYTES));
  switch (format) {
    case 'jpeg':
      return 'jpg';
    case 'tiff':
      return 'tif';
    case 'heic':
    case null:
      // Packed, or behind a long comment.
      return 'svg';
    default:
      return format;
  }
}
