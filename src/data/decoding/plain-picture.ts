// Small plain PNG and JPEG files → rasters without libvips, which spends more time on its threads than on such pixels. All of
// it runs at once in the thread that calls, so that many threads may each have their own (data/framing/worker.ts).
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { inChannels, type Raster } from '../../core/pictures/raster.js';
import { resampled } from '../../core/pictures/resample.js';
import type { ReadingLimits } from '../pictures.js';
import type { ValueRanges } from './depth.js';
import { decodePlainJpeg, type ScaledPicture } from './jpeg.js';
import { MOST_FILE_BYTES } from './jpeg-scan.js';
import type { PictureSize } from './picture-format.js';
import { decodePlainPng } from './png.js';
import type { AlphaGround } from './transparency.js';

export interface DecodeOptions {
  readonly channels: 1 | 3;
  /** The raster fits into this many rows and columns, its aspect kept; null: as large as the picture is. */
  readonly box: (PictureSize & { readonly enlarge: boolean }) | null;
  readonly limits: ReadingLimits;
  /** From which values those of more than 8 bits are stretched; without one, from what their type holds. */
  readonly ranges?: ValueRanges;
  /** The ground of transparent pictures, if they are not flat on it; white without it. */
  readonly alphaGround?: AlphaGround;
}

/** Might `decodePlain` read this file? Its name or its first bytes tell. */
export function mayBePlain(file: string | Uint8Array): boolean {
  if (typeof file === 'string') return /\.(png|jpe?g)$/i.test(file);
  const [first, second] = file;
  const isPngOrJpeg = (first === 0x89 && second === 0x50) || (first === 0xff && second === 0xd8);
  return isPngOrJpeg && file.length <= MOST_FILE_BYTES;
}

/** Null for every file that is not small, plain and sound: others read it, or say what is wrong. */
export function decodePlain(file: string | Uint8Array, options: DecodeOptions): Raster | null {
  if (!mayBePlain(file)) return null;
  const bytes =
    typeof file === 'string' ? readSmallFile(file) : Buffer.from(file.buffer, file.byteOffset, file.length);
  if (bytes === null) return null;
  const raster = decodePlainPng(bytes);
  const picture = raster === null ? decodePlainJpeg(bytes, options.box) : { ...raster, raster, scale: 1 };
  if (picture === null || picture.height * picture.width > options.limits.pixels) return null;
  return fitted(picture.raster, options, picture);
}

/** A raster in the box and with the channels that are asked for. `decoded`: how it stands to the picture that it was decoded of. */
export function fitted(
  raster: Raster,
  { channels, box }: DecodeOptions,
  decoded: Omit<ScaledPicture, 'raster'> = { ...raster, scale: 1 },
): Raster {
  const { scale: shrunk, height, width } = decoded;
  const wanted = inChannels(raster, channels);
  const scale = box === null ? 1 : Math.min(box.height / height, box.width / width);
  if (box === null || scale === 1 || (scale > 1 && !box.enlarge)) return wanted;
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  const whole = { top: 0, left: 0, height: height * shrunk, width: width * shrunk };
  return resampled(wanted, whole, side(height), side(width));
}

/**
 * All bytes of a file; null if it cannot be read or is not small. Waits for the disk: three short calls cost less than
 * handing each to another thread.
 */
function readSmallFile(path: string): Buffer | null {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return null;
  }
  try {
    const { size } = fstatSync(file);
    if (size > MOST_FILE_BYTES) return null;
    const bytes = Buffer.allocUnsafe(size);
    return readSync(file, bytes, 0, size, 0) === size ? bytes : null;
  } catch {
    return null;
  } finally {
    closeSync(file);
  }
}
