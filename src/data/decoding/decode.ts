// Image files and rows of pixels → a raster: 8 bits, grey or RGB, upright, transparent parts on a ground, brought inside a
// box. JPEG, WebP, GIF, TIFF, AVIF, SVG and PNG are read by libvips through sharp, BMP and PNM here (bmp.ts, pnm.ts), and
// so are small plain PNGs and JPEGs (plain-picture.ts).
import { open } from 'node:fs/promises';
import type { OutputInfo, Sharp } from 'sharp';
import { firstLine } from '../../core/errors.js';
import { openGate } from '../../core/gate.js';
import { contentOf, groundOf } from '../../core/pictures/ground.js';
import type { Raster } from '../../core/pictures/raster.js';
import { type EncodedPicture, type PixelPicture, type ReadingLimits, spreadEvenly } from '../pictures.js';
import { framesOfApng } from './apng.js';
import { coloursOf } from './depth.js';
import { libvips } from './libvips.js';
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
import {
  type DeepPixels,
  PICTURE_HEAD_BYTES,
  PictureFileError,
  type PictureFormat,
  type PicturePixels,
  type PictureSize,
  pictureFormatOf,
} from './picture-format.js';
import { type DecodeOptions, decodePlain, fitted, shrinkageFor, shrunk } from './plain-picture.js';
import { onGround, visibleBrightness } from './transparency.js';

/** Why one picture cannot be read. It is no fault of the dataset: the picture is skipped. */
export class UnreadablePictureError extends Error {
  override readonly name = 'UnreadablePictureError';
}

/** Throws an UnreadablePictureError with the reason where the picture cannot be read. */
export async function decodePicture(
  picture: PixelPicture | EncodedPicture,
  options: DecodeOptions,
): Promise<Raster> {
  if (picture.kind === 'pixels') {
    return rasterOfPixels(picture, options);
  }
  return decodePlain(picture.file, options) ?? (await decodeOther(picture, options));
}

/** Pictures of tens of megapixels that are decoded in full are decoded one after the other, for memory's sake. */
const largeOnes = openGate(1);

/** The same for a picture that `decodePlain` leaves to others. */
export async function decodeOther(picture: EncodedPicture, options: DecodeOptions): Promise<Raster> {
  const { limits } = options;
  return reading(picture, limits, async (format, loaded) => {
    if (format === 'jpeg') return decodeJpeg(picture, loaded, options);
    const decode = async () => rasterOf(await openAny(loaded, format, options), options);
    // What was not read whole is large, and so is what becomes of it.
    const raster = await (typeof loaded.file === 'string' ? largeOnes.through(decode) : decode());
    if (!mayMove(format) || isShowing(raster)) return raster;
    return (await laterFrame(loaded, format, options)) ?? raster;
  });
}

/** What is known of a picture before its pixels are brought to 8 bits. */
export interface PictureLook extends PictureSize {
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
  return reading(picture, limits, async (format, loaded) => {
    const own = await ownPixels(loaded.file, format, limits);
    if (own !== null) {
      const { height, width, channels } = own;
      return { height, width, deep: 'depth' in own ? own : null, hasAlpha: channels % 2 === 0 };
    }
    const image = await openEncoded(loaded, limits);
    const metadata = await image.metadata();
    const { height, width } = metadata.autoOrient;
    return { height, width, deep: await deepPixels(image, metadata), hasAlpha: metadata.hasAlpha };
  });
}

/** Height and width of a picture as a person sees it, without reading its pixels. */
export async function sizeOfPicture(
  picture: PixelPicture | EncodedPicture,
  limits: ReadingLimits,
): Promise<PictureSize> {
  if (picture.kind === 'pixels') return { height: picture.height, width: picture.width };
  return reading(picture, limits, async (format, loaded) => {
    const bytes = format === 'bmp' || format === 'pnm' ? await bytesOf(loaded.file) : null;
    if (bytes !== null) return ownSize(bytes, format, limits);
    return (await (await openEncoded(loaded, limits)).metadata()).autoOrient;
  });
}

/** Runs `read` and says in an UnreadablePictureError what its failing means to a person. */
async function reading<T>(
  picture: EncodedPicture,
  limits: ReadingLimits,
  read: (format: PictureFormat | null, loaded: EncodedPicture) => Promise<T>,
): Promise<T> {
  const { file } = picture;
  const start = typeof file === 'string' ? await startOf(file) : file;
  const head = start?.subarray(0, PICTURE_HEAD_BYTES) ?? null;
  const format = head === null ? null : pictureFormatOf(head);
  // A file that was read whole need not be opened again.
  const isWhole = start !== null && start.length > PICTURE_HEAD_BYTES;
  try {
    return await read(format, isWhole ? { ...picture, file: start } : picture);
  } catch (error) {
    throw error instanceof UnreadablePictureError
      ? error
      : await unreadable(file, head, format, error, limits);
  }
}

/** A JPEG of any kind, shrunk as it is decoded. `picture` names the file that `loaded` may hold the bytes of. */
async function decodeJpeg(
  picture: EncodedPicture,
  loaded: EncodedPicture,
  options: DecodeOptions,
): Promise<Raster> {
  const whole = await openEncoded(loaded, options.limits);
  const { height, width } = (await whole.metadata()).autoOrient;
  const full = { height, width };
  const shrinkage = shrinkageFor(full, options);
  if (shrinkage === 1) return fitted(await opaqueOf(whole, options), options, full);
  // libvips is told how far in the name of a file; of bytes it has to decode all.
  if (typeof picture.file !== 'string') {
    return fitted(shrunk(await opaqueOf(whole, options), shrinkage), options, full);
  }
  const small = await openEncoded(
    { ...picture, file: `${picture.file}[shrink=${shrinkage}]` },
    options.limits,
  );
  return fitted(await opaqueOf(small, options), options, full);
}

async function rasterOf(opened: Sharp, options: DecodeOptions): Promise<Raster> {
  return fitted(await opaqueOf(opened, options), options);
}

/** All pixels, grey or RGB. libvips decodes and no more: its ways to another size differ from format to format. */
async function opaqueOf(opened: Sharp, options: DecodeOptions): Promise<Raster> {
  const { data, info } = await opened
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return withoutAlpha({ height: info.height, width: info.width, channels: info.channels, data }, options);
}

function rasterOfPixels(picture: PicturePixels, options: DecodeOptions): Raster {
  return fitted(withoutAlpha(picture, options), options);
}

/** Transparent parts on their ground. */
function withoutAlpha(
  { height, width, channels, data }: PicturePixels,
  { alphaGround = 'white' }: DecodeOptions,
): Raster {
  const found = coloursOf(channels) as 1 | 3;
  const opaque = found < channels ? onGround(data, channels as 2 | 4, alphaGround) : data;
  return { height, width, channels: found, data: opaque };
}

/** Mean brightness of what is visible of a picture with transparent parts; null where nothing is transparent. */
export async function brightnessIn(
  picture: PixelPicture | EncodedPicture,
  limits: ReadingLimits,
): Promise<number | null> {
  const { data, info } = await (picture.kind === 'pixels'
    ? pixelsOf(await fromPixels(picture))
    : reading(picture, limits, async (format, loaded) =>
        pixelsOf(await openAny(loaded, format, { limits })),
      ));
  return info.channels % 2 === 0 ? visibleBrightness(data, info.channels as 2 | 4) : null;
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

/** Is it a format that has animations? */
function mayMove(format: PictureFormat | null): boolean {
  return format === 'gif' || format === 'webp' || format === 'png';
}

/** Does anything stand out of its ground? */
function isShowing(raster: Raster): boolean {
  return contentOf(raster, groundOf(raster)) !== null;
}

/** The first frame of those tried that shows something; null where none does. */
async function laterFrame(
  picture: EncodedPicture,
  format: PictureFormat | null,
  options: DecodeOptions,
): Promise<Raster | null> {
  if (format === 'png') {
    for (const frame of framesOfApng(await bytesOf(picture.file), FRAMES_TRIED)) {
      const pixels = await frame(async (png) => {
        const sharp = await libvips();
        const opened = sharp(png, { limitInputPixels: options.limits.pixels })
          .toColourspace('srgb')
          .ensureAlpha();
        return opened.raw({ depth: 'uchar' }).toBuffer();
      });
      const raster = rasterOfPixels(pixels, options);
      if (isShowing(raster)) return raster;
    }
    return null;
  }
  const { pages = 1 } = await (await openEncoded(picture, options.limits)).metadata();
  for (const place of spreadEvenly(pages - 1, FRAMES_TRIED)) {
    const raster = await rasterOf(
      await openEncoded({ ...picture, page: place + 1 }, options.limits),
      options,
    );
    if (isShowing(raster)) return raster;
  }
  return null;
}

/** Files up to this size are read at once. */
const READ_WHOLE_BYTES = 2 ** 22;

/** All bytes of a file that is not large, the first ones of another; null if it cannot be read. */
async function startOf(file: string): Promise<Buffer | null> {
  const handle = await open(file).catch(() => null);
  if (handle === null) return null;
  try {
    const { size } = await handle.stat();
    const wanted = size <= READ_WHOLE_BYTES ? size : PICTURE_HEAD_BYTES;
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(wanted), 0, wanted, 0);
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
  head: Uint8Array | null,
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
  if (format === null) return because(notAPicture(head));
  return because(`it is damaged or cut short (${message})`);
}

/** What stands in a picture's place, where that is known. */
function notAPicture(head: Uint8Array | null): string {
  const text = Buffer.from(head?.subarray(0, PICTURE_HEAD_BYTES) ?? []).toString('latin1');
  if (text.startsWith('version https://git-lfs.github.com/spec/')) {
    return 'it is a pointer of Git LFS, not the file itself: fetch that (git lfs pull)';
  }
  if (/^\s*(<!doctype html|<html)/i.test(text)) return 'it is a web page, not a picture: download it again';
  return 'it is no picture in a format that is read (PNG, JPEG, WebP, GIF, TIFF, AVIF, BMP, PNM, SVG)';
}
