// Image files and rows of pixels → a raster: 8 bits, grey or RGB, upright, alpha on white, brought inside a box.
// JPEG, WebP, GIF (its first frame), TIFF, AVIF, SVG and PNG are read by libvips through sharp, BMP by bmp-ts, small plain
// PNGs and JPEGs here (plain-picture.ts).
import { open, readFile } from 'node:fs/promises';
import { decode as decodeBmp } from 'bmp-ts';
import sharp, { type Sharp } from 'sharp';
import type { EncodedPicture, PixelPicture, ReadingLimits } from './pictures.js';
import { type DecodeOptions, decodePlain, fitted, withChannels } from './plain-picture.js';
import type { Raster } from './raster.js';

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
  return decodePlain(picture.file, options) ?? (await decodeOther(picture, options));
}

/** The same for a picture that `decodePlain` leaves to others. */
export async function decodeOther({ file }: EncodedPicture, options: DecodeOptions): Promise<Raster> {
  try {
    return await rasterOf(openEncoded(file, options.limits), options);
  } catch (error) {
    const bmp = await bmpPixels(file, options.limits);
    if (bmp === null) throw await unreadable(file, error, options.limits);
    return rasterOf(fromPixels(bmp), options);
  }
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
