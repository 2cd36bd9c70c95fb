// Image files and rows of pixels → a raster: 8 bits, grey or RGB, upright, transparent parts on a ground, brought inside a
// box. JPEG, WebP, GIF, TIFF, AVIF, SVG and PNG are read by libvips through sharp, BMP and PNM here (bmp.ts, pnm.ts), and
// so are small plain PNGs and JPEGs (plain-picture.ts).
import { open } from 'node:fs/promises';
import sharp, { type Metadata, type OutputInfo, type Sharp } from 'sharp';
import { framesOfApng } from './apng.js';
import { contentOf, groundOf } from './framing.js';
import { greyOf } from './grey.js';
import {
  bytesOf,
  deepPixels,
  fromPixels,
  openAny,
  openEncoded,
  ownPixels,
  ownSize,
  tooManyPixels,
} from './open-picture.js';
import { PICTURE_HEAD_BYTES, type PictureFormat, pictureFormatOf } from './picture-format.js';
import { type DeepPixels, PictureFileError, type PictureHeader } from './picture-pixels.js';
import { type EncodedPicture, type PixelPicture, type ReadingLimits, spreadEvenly } from './pictures.js';
import { type DecodeOptions, decodePlain, fitted, withChannels } from './plain-picture.js';
import type { Raster } from './raster.js';
import { onGround, type Prominence, prominenceOf } from './transparency.js';

/** Why one picture cannot be read. It is no fault of the pile: the picture is skipped. */
export class UnreadablePictureError extends Error {
  override readonly name = 'UnreadablePictureError';
}

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
export async function decodeOther(picture: EncodedPicture, options: DecodeOptions): Promise<Raster> {
  const { limits } = options;
  return reading(picture, limits, async (format) => {
    const { image, metadata } = await openAny(picture, format, options);
    const raster = await rasterOf(image, options, metadata?.hasAlpha);
    if (metadata === null || !isAnimation(metadata, format) || isShowing(raster)) return raster;
    return (await laterFrame(picture, metadata, format, options)) ?? raster;
  });
}

/** What is known of a picture before its pixels are brought to 8 bits. */
export interface PictureLook extends PictureHeader {
  /** Its values, where they have more than 8 bits. */
  readonly deep: DeepPixels | null;
  readonly hasAlpha: boolean;
}

/** Height, width, depth and transparency of a picture as a person sees it; of deep ones the values too. */
export async function lookAt(
  picture: PixelPicture | EncodedPicture,
  limits: ReadingLimits,
): Promise<PictureLook> {
  if (picture.kind === 'pixels') {
    const { height, width, channels } = picture;
    return { height, width, deep: null, hasAlpha: channels === 4 };
  }
  return reading(picture, limits, async (format) => {
    const own = await ownPixels(picture.file, format, limits);
    if (own !== null) {
      const { height, width, channels } = own;
      return { height, width, deep: 'depth' in own ? own : null, hasAlpha: channels % 2 === 0 };
    }
    const image = openEncoded(picture, limits);
    const metadata = await image.metadata();
    const { height, width } = metadata.autoOrient;
    return { height, width, deep: await deepPixels(image, metadata), hasAlpha: metadata.hasAlpha };
  });
}

/** Height and width of a picture as a person sees it, without reading its pixels. */
export async function sizeOfPicture(
  picture: PixelPicture | EncodedPicture,
  limits: ReadingLimits,
): Promise<PictureHeader> {
  if (picture.kind === 'pixels') return { height: picture.height, width: picture.width };
  return reading(picture, limits, async (format) => {
    const bytes = format === 'bmp' || format === 'pnm' ? await bytesOf(picture.file) : null;
    if (bytes !== null) return ownSize(bytes, format, limits);
    return (await openEncoded(picture, limits).metadata()).autoOrient;
  });
}

/** Runs `read` and says in an UnreadablePictureError what its failing means to a person. */
async function reading<T>(
  { file }: EncodedPicture,
  limits: ReadingLimits,
  read: (format: PictureFormat | null) => Promise<T>,
): Promise<T> {
  const head = await firstBytes(file, PICTURE_HEAD_BYTES);
  const format = head === null ? null : pictureFormatOf(head);
  try {
    return await read(format);
  } catch (error) {
    throw error instanceof UnreadablePictureError
      ? error
      : await unreadable(file, head, format, error, limits);
  }
}

function isAlready(picture: PixelPicture, { channels, box }: DecodeOptions): boolean {
  if (picture.channels !== channels) return false;
  if (box === null) return true;
  const { height, width } = picture;
  const fits = height <= box.height && width <= box.width;
  return fits && (!box.enlarge || height === box.height || width === box.width);
}

async function rasterOf(opened: Sharp, options: DecodeOptions, hasAlpha = true): Promise<Raster> {
  const { channels, box } = options;
  let image = opened;
  if (box !== null) {
    // Enlarged, libvips' pictures lie half a pixel aside: that is left to `fitted`.
    const { height, width } = box;
    image = image.resize({ height, width, fit: 'inside', withoutEnlargement: true });
  }
  const { data, info } = await image
    // Colours are laid on their ground before they become grey.
    .toColourspace(channels === 1 && !hasAlpha ? 'b-w' : 'srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { height, width } = info;
  const isTransparent = info.channels === 2 || info.channels === 4;
  const opaque = isTransparent
    ? onGround(data, info.channels as 2 | 4, options.alphaGround ?? 'white')
    : data;
  const found = isTransparent ? info.channels - 1 : info.channels;
  const wanted = found === 3 && channels === 1 ? greyOf(opaque) : withChannels(opaque, found, channels);
  return fitted({ height, width, channels, data: wanted }, options);
}

/** How far a picture with transparent parts stands out of either ground; null where nothing is transparent. */
export async function prominenceIn(
  picture: PixelPicture | EncodedPicture,
  limits: ReadingLimits,
): Promise<Prominence | null> {
  const { data, info } = await (picture.kind === 'pixels'
    ? pixelsOf(fromPixels(picture))
    : reading(picture, limits, async (format) =>
        pixelsOf((await openAny(picture, format, { limits })).image),
      ));
  return info.channels % 2 === 0 ? prominenceOf(data, info.channels as 2 | 4) : null;
}

function pixelsOf(image: Sharp): Promise<{ data: Buffer; info: OutputInfo }> {
  const side = LOOKED_AT_SIDE;
  return image
    .resize({ height: side, width: side, fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
}

/** Transparent parts are looked at in so many rows and columns. */
const LOOKED_AT_SIDE = 96;

/** Frames that are tried where the first of an animation is blank. */
const FRAMES_TRIED = 24;

/** Is it a GIF or WebP of several frames, or a PNG, whose frames libvips does not count? */
function isAnimation({ pages = 1 }: Metadata, format: PictureFormat | null): boolean {
  return format === 'png' || (pages > 1 && (format === 'gif' || format === 'webp'));
}

/** Does anything stand out of its ground? */
function isShowing(raster: Raster): boolean {
  return contentOf(raster, groundOf(raster)) !== null;
}

/** The first frame of those tried that shows something; null where none does. */
async function laterFrame(
  picture: EncodedPicture,
  { pages = 1 }: Metadata,
  format: PictureFormat | null,
  options: DecodeOptions,
): Promise<Raster | null> {
  if (format === 'png') {
    for (const frame of framesOfApng(await bytesOf(picture.file), FRAMES_TRIED)) {
      const pixels = await frame(async (png) => {
        const opened = sharp(png, { limitInputPixels: options.limits.pixels })
          .toColourspace('srgb')
          .ensureAlpha();
        return opened.raw({ depth: 'uchar' }).toBuffer();
      });
      const raster = await rasterOf(fromPixels(pixels), options);
      if (isShowing(raster)) return raster;
    }
    return null;
  }
  for (const place of spreadEvenly(pages - 1, FRAMES_TRIED)) {
    const raster = await rasterOf(openEncoded({ ...picture, page: place + 1 }, options.limits), options);
    if (isShowing(raster)) return raster;
  }
  return null;
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
  head: Buffer | null,
  format: PictureFormat | null,
  error: unknown,
  limits: ReadingLimits,
): Promise<UnreadablePictureError> {
  const message = firstLine(error);
  const because = (reason: string) => new UnreadablePictureError(reason, { cause: error });
  if (message.includes('exceeds pixel limit')) return because(tooManyPixels(limits));
  if (error instanceof PictureFileError) return because(message);
  if (typeof file === 'string') {
    const problem = await open(file).then(
      (handle) => handle.close(),
      (cause: NodeJS.ErrnoException) => cause.code ?? 'unknown',
    );
    if (problem === 'ENOENT') return because('the file is gone');
    if (problem === 'EACCES' || problem === 'EPERM') return because('the file may not be read');
  }
  if (head?.length === 0) return because('the file is empty');
  if (format === 'heic') {
    return because('it is HEIC, whose coding (HEVC) is not free to be decoded here: save it as JPEG or PNG');
  }
  if (message.includes('bad labq format')) {
    return because('it is a TIFF of L*a*b* colours of 8 bits, which is not read: save it in RGB');
  }
  if (format === null) {
    return because(
      'it is no picture in a format that is read (PNG, JPEG, WebP, GIF, TIFF, AVIF, BMP, PNM, SVG)',
    );
  }
  return because(`it is damaged or cut short (${message})`);
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0];
}
