// Image files and rows of pixels → a raster: 8 bits, grey or RGB, upright, alpha on white, brought inside a box.
// JPEG, WebP, GIF (its first frame), TIFF, AVIF, SVG and PNG are read by libvips through sharp, BMP by bmp-ts, small plain
// PNGs here (png.ts).
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { decode as decodeBmp } from 'bmp-ts';
import sharp, { type Sharp } from 'sharp';
import { greyOf } from './grey.js';
import type { EncodedPicture, PixelPicture, ReadingLimits } from './pictures.js';
import { decodePlainPng } from './png.js';
import type { Raster } from './raster.js';
import { resampled } from './resample.js';

export interface DecodeOptions {
  readonly channels: 1 | 3;
  /** The raster fits into this many rows and columns, its aspect kept; null: as large as the picture is. */
  readonly box: { readonly height: number; readonly width: number; readonly enlarge: boolean } | null;
  readonly limits: ReadingLimits;
}

/** Why one picture cannot be read. It is no fault of the pile: the picture is skipped. */
export class UnreadablePictureError extends Error {
  override readonly name = 'UnreadablePictureError';
}

// Files are read once, and pictures are many and small: a thread each, and nothing kept.
sharp.cache(false);
sharp.concurrency(1);

/** Throws an UnreadablePictureError with the reason where the picture cannot be read. */
export async function decodePicture(
  picture: PixelPicture | EncodedPicture,
  options: DecodeOptions,
): Promise<Raster> {
  if (picture.kind === 'pixels') {
    const { height, width, data } = picture;
    if (isAlready(picture, options)) return { height, width, channels: options.channels, data };
    return rasterOf(fromPixels(picture), options);
  }
  const { file } = picture;
  const plain = plainPng(file);
  if (plain !== null) return fitted(plain, options);
  try {
    return await rasterOf(openEncoded(file, options.limits), options);
  } catch (error) {
    const bmp = await bmpPixels(file, options.limits);
    if (bmp === null) throw await unreadable(file, error, options.limits);
    return rasterOf(fromPixels(bmp), options);
  }
}

/** Files of plain PNGs up to this are read at once; they cannot be large pictures. */
const SMALL_FILE_BYTES = 2 ** 18;

/** The picture where it is a small plain PNG, else null. */
function plainPng(file: string | Uint8Array): Raster | null {
  if (typeof file !== 'string') {
    return file.length > SMALL_FILE_BYTES
      ? null
      : decodePlainPng(Buffer.from(file.buffer, file.byteOffset, file.length));
  }
  if (!/\.png$/i.test(file)) return null;
  const bytes = readSmallFile(file, SMALL_FILE_BYTES);
  return bytes && decodePlainPng(bytes);
}

/** A raster in the box and with the channels that are asked for. */
function fitted(raster: Raster, { channels, box }: DecodeOptions): Raster {
  const isToGrey = channels === 1 && raster.channels === 3;
  const data = isToGrey ? greyOf(raster.data) : withChannels(raster.data, raster.channels, channels);
  const wanted = { ...raster, channels, data };
  const { height, width } = raster;
  const scale = box === null ? 1 : Math.min(box.height / height, box.width / width);
  if (box === null || scale === 1 || (scale > 1 && !box.enlarge)) return wanted;
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  return resampled(wanted, { top: 0, left: 0, height, width }, side(height), side(width));
}

/** Height and width of a picture as a person sees it, without reading its pixels. */
export async function sizeOfPicture(
  picture: PixelPicture | EncodedPicture,
  limits: ReadingLimits,
): Promise<{ readonly height: number; readonly width: number }> {
  if (picture.kind === 'pixels') return { height: picture.height, width: picture.width };
  const { file } = picture;
  try {
    const { autoOrient } = await sharp(file, { limitInputPixels: limits.pixels }).metadata();
    return autoOrient;
  } catch (error) {
    const bmp = await bmpPixels(file, limits);
    if (bmp === null) throw await unreadable(file, error, limits);
    return { height: bmp.height, width: bmp.width };
  }
}

function isAlready(picture: PixelPicture, { channels, box }: DecodeOptions): boolean {
  if (picture.channels !== channels) return false;
  if (box === null) return true;
  const { height, width } = picture;
  const fits = height <= box.height && width <= box.width;
  return fits && (!box.enlarge || height === box.height || width === box.width);
}

function openEncoded(file: string | Uint8Array, limits: ReadingLimits): Sharp {
  return sharp(file, { limitInputPixels: limits.pixels, failOn: 'error', autoOrient: true });
}

function fromPixels({ height, width, channels, data }: Omit<PixelPicture, 'kind' | 'id'>): Sharp {
  return sharp(data, { raw: { height, width, channels: channels as 1 | 3 | 4 } });
}

async function rasterOf(opened: Sharp, options: DecodeOptions): Promise<Raster> {
  const { channels, box } = options;
  let image = opened.flatten({ background: '#ffffff' });
  if (box !== null) {
    // Enlarged, libvips' pictures lie half a pixel aside: that is left to `fitted`.
    const { height, width } = box;
    image = image.resize({ height, width, fit: 'inside', withoutEnlargement: true });
  }
  const { data, info } = await image
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { height, width } = info;
  return fitted({ height, width, channels, data: withChannels(data, info.channels, channels) }, options);
}

/** Grey stays one channel whatever colour space was asked for: it is repeated; what stands after is dropped. */
function withChannels(data: Uint8Array, found: number, wanted: number): Uint8Array {
  if (found === wanted) return data;
  const pixels = data.length / found;
  const values = new Uint8Array(pixels * wanted);
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let channel = 0; channel < wanted; channel++) {
      values[pixel * wanted + channel] = data[pixel * found + Math.min(channel, found - 1)];
    }
  }
  return values;
}

/** The pixels of a BMP file; null if it is none. Throws an UnreadablePictureError if it is a damaged one. */
async function bmpPixels(file: string | Uint8Array, limits: ReadingLimits) {
  const head = await firstBytes(file, BMP_HEADER_BYTES);
  if (head === null || head.toString('latin1', 0, 2) !== 'BM' || head.length < BMP_HEADER_BYTES) return null;
  const [width, height] = [Math.abs(head.readInt32LE(18)), Math.abs(head.readInt32LE(22))];
  if (width * height > limits.pixels) throw tooManyPixels(limits);
  try {
    const bytes = typeof file === 'string' ? await readFile(file) : Buffer.from(file);
    const { data, ...bmp } = decodeBmp(bytes, { toRGBA: true });
    // Most writers leave the fourth byte of a pixel 0 and mean an opaque picture.
    for (let at = 3; at < data.length; at += 4) data[at] = 255;
    return { width: bmp.width, height: bmp.height, channels: 4, data };
  } catch (error) {
    throw new UnreadablePictureError(`the BMP is damaged (${firstLine(error)})`, { cause: error });
  }
}

const BMP_HEADER_BYTES = 26;

/**
 * All bytes of a file; null if it cannot be read or has more than `most`. Waits for the disk: three short calls cost less
 * than handing each to another thread.
 */
function readSmallFile(path: string, most: number): Buffer | null {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return null;
  }
  try {
    const { size } = fstatSync(file);
    if (size > most) return null;
    const bytes = Buffer.allocUnsafe(size);
    return readSync(file, bytes, 0, size, 0) === size ? bytes : null;
  } catch {
    return null;
  } finally {
    closeSync(file);
  }
}

/** The first `count` bytes, or all there are; null if the file cannot be read. */
async function firstBytes(file: string | Uint8Array, count: number): Promise<Buffer | null> {
  if (typeof file !== 'string') return Buffer.from(file.subarray(0, count));
  const handle = await open(file).catch(() => null);
  if (handle === null) return null;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } catch {
    return null;
  } finally {
    await handle.close();
  }
}

/** What a failed reading means to a person. */
async function unreadable(
  file: string | Uint8Array,
  error: unknown,
  limits: ReadingLimits,
): Promise<UnreadablePictureError> {
  const message = firstLine(error);
  if (message.includes('exceeds pixel limit')) return tooManyPixels(limits);
  const because = (reason: string) => new UnreadablePictureError(reason, { cause: error });
  if (typeof file === 'string') {
    const problem = await open(file).then(
      (handle) => handle.close(),
      (cause: NodeJS.ErrnoException) => cause.code ?? 'unknown',
    );
    if (problem === 'ENOENT') return because('the file is gone');
    if (problem === 'EACCES' || problem === 'EPERM') return because('the file may not be read');
  }
  const head = await firstBytes(file, 4);
  if (head?.length === 0) return because('the file is empty');
  if (
    !isKnownMagic(head) &&
    /unsupported image format|Input (file|buffer) (is missing|is empty|contains)/i.test(message)
  ) {
    return because('it is no picture in a format that is read (PNG, JPEG, WebP, GIF, TIFF, AVIF, BMP, SVG)');
  }
  return because(`it is damaged or cut short (${message})`);
}

/** Does it begin as a PNG, JPEG, WebP, GIF or TIFF file does? */
function isKnownMagic(head: Buffer | null): boolean {
  return /^(\x89PNG|\xff\xd8|RIFF|GIF8|II\*\0|MM\0\*)/.test(head?.toString('latin1') ?? '');
}

function tooManyPixels({ pixels }: ReadingLimits): UnreadablePictureError {
  return new UnreadablePictureError(
    `it has more than ${Math.floor(pixels / 1e6)} megapixels (--max-megapixels)`,
  );
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0];
}
