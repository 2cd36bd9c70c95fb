// Small plain PNG and JPEG files → rasters without libvips, which spends more time on its threads than on such pixels. All of
// it runs at once in the thread that calls, so that many threads may each have their own (data/framing/worker.ts).
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type Preparation, sizeAfter } from '../../core/pictures/preparation.js';
import { inChannels, type Raster } from '../../core/pictures/raster.js';
import { resampled } from '../../core/pictures/resample.js';
import type { ReadingLimits } from '../pictures.js';
import type { ValueRanges } from './depth.js';
import { filteredFast } from './filter-kernel.js';
import { decodePlainJpeg } from './jpeg.js';
import { MOST_FILE_BYTES } from './jpeg-scan.js';
import type { PictureSize } from './picture-format.js';
import { decodePlainPng } from './png.js';
import type { AlphaGround } from './transparency.js';

export interface DecodeOptions {
  readonly channels: 1 | 3;
  /** The raster fits into this many rows and columns, its aspect kept; null: as large as the picture is. */
  readonly box: (PictureSize & { readonly enlarge: boolean }) | null;
  /** In the place of a box: the size that an encoder asks for, and by which filter. */
  readonly preparing?: Pick<Preparation, 'resize' | 'filter'>;
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
  const picture =
    raster === null
      ? decodePlainJpeg(bytes, (full) => shrinkageFor(full, options))
      : { height: raster.height, width: raster.width, raster };
  if (picture === null || picture.height * picture.width > options.limits.pixels) return null;
  return fitted(picture.raster, options, picture);
}

/** The size that a picture of size `full` shall have; null: as it is. */
function sizeFor({ height, width }: PictureSize, { box, preparing }: DecodeOptions): PictureSize | null {
  if (preparing !== undefined) return sizeAfter(preparing.resize, { height, width });
  const scale = box === null ? 1 : Math.min(box.height / height, box.width / width);
  if (box === null || scale === 1 || (scale > 1 && !box.enlarge)) return null;
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  return { height: side(height), width: side(width) };
}

/** A JPEG's decoder may leave out the details of blocks of so many pixels a side. */
export type Shrinkage = 1 | 2 | 4 | 8;
/** Rows and columns that a shrunk picture has for each that is wanted, at least: what remains decides how the result looks. */
const HEADROOM = 2;

/** How far a JPEG of size `full` is shrunk as it is decoded: as far as Pillow's `draft` does that is asked for twice the wanted size. */
export function shrinkageFor(full: PictureSize, options: DecodeOptions): Shrinkage {
  const wanted = sizeFor(full, options);
  if (wanted === null) return 1;
  const leaves = (shrinkage: number) =>
    full.height >= HEADROOM * wanted.height * shrinkage && full.width >= HEADROOM * wanted.width * shrinkage;
  return ([8, 4, 2] as const).find(leaves) ?? 1;
}

/** A raster of the size and with the channels that are asked for. `full`: the size of its picture, where it was shrunk. */
export function fitted(raster: Raster, options: DecodeOptions, full: PictureSize = raster): Raster {
  const wanted = inChannels(raster, options.channels);
  const size = sizeFor(full, options);
  if (size === null) return wanted;
  if (options.preparing !== undefined) {
    return filteredFast(wanted, size.height, size.width, options.preparing.filter);
  }
  const whole = { top: 0, left: 0, height: raster.height, width: raster.width };
  return resampled(wanted, whole, size.height, size.width);
}

/** The means of blocks of `shrinkage` pixels a side; what is left over at the right and below is left out. */
export function shrunk({ height, width, channels, data }: Raster, shrinkage: Shrinkage): Raster {
  const [rows, columns] = [Math.floor(height / shrinkage), Math.floor(width / shrinkage)];
  const values = new Uint8Array(rows * columns * channels);
  const [area, line] = [shrinkage ** 2, width * channels];
  for (let row = 0, to = 0; row < rows; row++) {
    for (let at = 0; at < columns * channels; at++, to++) {
      const channel = at % channels;
      const first = row * shrinkage * line + (at - channel) * shrinkage + channel;
      let sum = area >> 1;
      for (let y = 0; y < shrinkage; y++) {
        for (let x = 0; x < shrinkage; x++) sum += data[first + y * line + x * channels];
      }
      values[to] = sum / area;
    }
  }
  return { height: rows, width: columns, channels, data: values };
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
