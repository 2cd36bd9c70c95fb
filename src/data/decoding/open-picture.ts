// Files of pictures and rows of pixels, opened for libvips: what it reads as it is, and what is read here first.
import { readFile } from 'node:fs/promises';
import type { Metadata, Sharp } from 'sharp';
import type { EncodedPicture, ReadingLimits } from '../pictures.js';
import { bmpSize, readBmp } from './bmp.js';
import { stretched } from './depth.js';
import { libvips } from './libvips.js';
import {
  type DeepPixels,
  PictureFileError,
  type PictureFormat,
  type PicturePixels,
  type PictureSize,
} from './picture-format.js';
import type { DecodeOptions } from './plain-picture.js';
import { readPnm, readPnmHeader } from './pnm.js';
import { rawYcbcrOf } from './tiff-pages.js';

/** A file as 8 bits a channel. */
export async function openAny(
  picture: EncodedPicture,
  format: PictureFormat | null,
  options: Pick<DecodeOptions, 'limits' | 'ranges'>,
): Promise<Sharp> {
  const own = await ownPixels(picture.file, format, options.limits);
  if (own !== null) return fromPixels('depth' in own ? eightBits(own, options) : own);
  const image = await openEncoded(picture, options.limits);
  // To ask libvips what a file is takes as long as to decode a small one.
  if (!mayBeDeep(format, picture.file)) return image;
  if (format === 'tiff') {
    const ycbcr = rawYcbcrOf(picture.file, picture.page ?? 0);
    if (ycbcr === 'subsampled') {
      throw new PictureFileError('it is a TIFF of halved YCbCr colours, which is not read: save it in RGB');
    }
    if (ycbcr === 'whole') return rgbOfYcbcr(image);
  }
  const deep = await deepPixels(image, await image.metadata());
  return deep === null ? image : fromPixels(eightBits(deep, options));
}

/** May the values have more than 8 bits? */
function mayBeDeep(format: PictureFormat | null, file: string | Uint8Array): boolean {
  if (format === 'jpeg' || format === 'gif' || format === 'webp') return false;
  return format !== 'png' || typeof file === 'string' || file[PNG_DEPTH_AT] > 8;
}

/** Where a PNG says how many bits a value has. */
const PNG_DEPTH_AT = 24;

export async function openEncoded({ file, page = 0 }: EncodedPicture, limits: ReadingLimits): Promise<Sharp> {
  const sharp = await libvips();
  return sharp(file, { limitInputPixels: limits.pixels, failOn: 'error', autoOrient: true, page });
}

export async function fromPixels({ height, width, channels, data }: PicturePixels): Promise<Sharp> {
  const sharp = await libvips();
  return sharp(data, { raw: { height, width, channels: channels as 1 | 2 | 3 | 4 } });
}

/** libvips leaves such values as they are. T.871, section 7. */
async function rgbOfYcbcr(image: Sharp): Promise<Sharp> {
  const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  const { height, width, channels } = info;
  const colours = new Uint8ClampedArray(height * width * 3);
  for (let from = 0, to = 0; to < colours.length; from += channels, to += 3) {
    const [luma, blue, red] = [data[from], data[from + 1] - 128, data[from + 2] - 128];
    colours[to] = luma + 1.402 * red;
    colours[to + 1] = luma - 0.344136 * blue - 0.714136 * red;
    colours[to + 2] = luma + 1.772 * blue;
  }
  return fromPixels({ height, width, channels: 3, data: new Uint8Array(colours.buffer) });
}

function eightBits(deep: DeepPixels, { ranges = {} }: Pick<DecodeOptions, 'ranges'>): PicturePixels {
  const { height, width, channels, depth } = deep;
  return { height, width, channels, data: stretched(deep, ranges[depth]) };
}

/** Spaces in which libvips leaves values as they are in the file. */
const PLAIN_SPACES = new Set(['b-w', 'grey16', 'rgb16', 'srgb', 'scrgb']);

/** The values of a picture of more than 8 bits; null for all others, and where colours have to be converted first. */
export async function deepPixels(image: Sharp, { depth, space }: Metadata): Promise<DeepPixels | null> {
  if (depth === undefined || depth === 'uchar' || depth === 'char' || !PLAIN_SPACES.has(space ?? ''))
    return null;
  const { data, info } = await image
    .clone()
    .toColourspace(space as string)
    .raw({ depth: 'float' })
    .toBuffer({ resolveWithObject: true });
  const { height, width, channels } = info;
  const values = new Float32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.length));
  return { height, width, channels, depth, data: values };
}

/** The pixels of a BMP or PNM file; null if it is neither. */
export async function ownPixels(
  file: string | Uint8Array,
  format: PictureFormat | null,
  limits: ReadingLimits,
): Promise<PicturePixels | DeepPixels | null> {
  if (format !== 'bmp' && format !== 'pnm') return null;
  const bytes = await bytesOf(file);
  ownSize(bytes, format, limits);
  return format === 'bmp' ? readBmp(bytes) : readPnm(bytes);
}

export function ownSize(bytes: Buffer, format: PictureFormat | null, limits: ReadingLimits): PictureSize {
  const { height, width } = format === 'bmp' ? bmpSize(bytes) : readPnmHeader(bytes);
  if (width * height > limits.pixels) throw new PictureFileError(tooManyPixels(limits));
  return { height, width };
}

export async function bytesOf(file: string | Uint8Array): Promise<Buffer> {
  return typeof file === 'string' ? readFile(file) : Buffer.from(file.buffer, file.byteOffset, file.length);
}

export function tooManyPixels({ pixels }: ReadingLimits): string {
  return `it is over the limit of ${Math.floor(pixels / 1e6)} megapixels`;
}
