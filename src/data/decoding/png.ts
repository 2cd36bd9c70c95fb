// The plain kind of PNG, decoded and encoded here: 8 bits, grey or RGB, not interlaced, without colour profile. Most scans and glyphs are
// such, and for small ones libvips spends ten times as long on its threads as on the pixels. Everything else, and
// whatever looks damaged, is left to it.
// Format: W3C, "Portable Network Graphics (PNG) Specification (Third Edition)".
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import type { Raster } from '../../core/pictures/raster.js';

/** The first bytes of every PNG file. */
export const SIGNATURE = Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const HEADER_BYTES = 13;
/** Larger pictures are worth the threads. */
const MOST_PIXELS = 512 * 512;
/** Chunks that change nothing of what is seen. */
const HARMLESS = new Set(['gAMA', 'cHRM', 'sRGB', 'pHYs', 'tIME', 'tEXt', 'zTXt', 'iTXt', 'bKGD', 'sBIT']);

/** Null where the file is not of the plain kind, or not sound. */
export function decodePlainPng(file: Buffer): Raster | null {
  if (!file.subarray(0, SIGNATURE.length).equals(SIGNATURE)) return null;
  const parts: Buffer[] = [];
  let header: Buffer | null = null;
  for (let at = SIGNATURE.length; at + 12 <= file.length; ) {
    const length = file.readUInt32BE(at);
    const type = file.toString('latin1', at + 4, at + 8);
    const end = at + 8 + length;
    if (end + 4 > file.length || crc32(file.subarray(at + 4, end)) !== file.readUInt32BE(end)) return null;
    const data = file.subarray(at + 8, end);
    if (type === 'IHDR') header = data;
    else if (type === 'IDAT') parts.push(data);
    else if (type === 'IEND') return header === null ? null : rasterOf(header, parts);
    else if (!HARMLESS.has(type)) return null;
    at = end + 4;
  }
  return null;
}

/** Pixels to encode: grey, grey with alpha, RGB or RGBA. */
export interface PngPixels extends Omit<Raster, 'channels'> {
  readonly channels: 1 | 2 | 3 | 4;
}

/** By channels, as the header has it. */
const COLOUR_TYPES = { 1: 0, 2: 4, 3: 2, 4: 6 } as const;

/** No filter; `level`: zlib's. Null where the picture is so large that libvips' threads are worth their time. */
export function encodePlainPng({ height, width, channels, data }: PngPixels, level?: number): Buffer | null {
  if (width * height > MOST_PIXELS) return null;
  const stride = width * channels;
  const lines = new Uint8Array(height * (stride + 1));
  for (let row = 0; row < height; row++) {
    lines.set(data.subarray(row * stride, (row + 1) * stride), row * (stride + 1) + 1);
  }
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, COLOUR_TYPES[channels]], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(lines, { level })),
    chunk('IEND'),
  ]);
}

/** A part of a PNG file: its length, type, data and checksum. */
export function chunk(type: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const whole = Buffer.alloc(12 + data.length);
  whole.writeUInt32BE(data.length, 0);
  whole.write(type, 4, 'latin1');
  whole.set(data, 8);
  whole.writeUInt32BE(crc32(whole.subarray(4, -4)), whole.length - 4);
  return whole;
}

function rasterOf(header: Buffer, parts: readonly Buffer[]): Raster | null {
  if (header.length !== HEADER_BYTES) return null;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const [depth, colour, compression, filter, interlace] = header.subarray(8);
  const channels = colour === 0 ? 1 : colour === 2 ? 3 : null;
  const isPlain = depth === 8 && compression === 0 && filter === 0 && interlace === 0;
  if (channels === null || !isPlain || width * height === 0 || width * height > MOST_PIXELS) return null;
  const stride = width * channels;
  try {
    const packed = parts.length === 1 ? parts[0] : Buffer.concat(parts);
    const lines = inflateSync(packed, { maxOutputLength: height * (stride + 1) });
    if (lines.length !== height * (stride + 1)) return null;
    const data = unfiltered(lines, height, stride, channels);
    return data && { height, width, channels, data };
  } catch {
    return null;
  }
}

/** Undoes the filter that each line names (section 9 of the specification); null for one that there is not. */
function unfiltered(lines: Buffer, height: number, stride: number, channels: number): Uint8Array | null {
  const data = new Uint8Array(height * stride);
  // What stands above the first line.
  let above = new Uint8Array(stride);
  for (let row = 0; row < height; row++) {
    const from = row * (stride + 1) + 1;
    const line = data.subarray(row * stride, (row + 1) * stride);
    line.set(lines.subarray(from, from + stride));
    switch (lines[from - 1]) {
      case 0:
        break;
      case 1:
        for (let at = channels; at < stride; at++) line[at] += line[at - channels];
        break;
      case 2:
        for (let at = 0; at < stride; at++) line[at] += above[at];
        break;
      case 3:
        for (let at = 0; at < channels; at++) line[at] += above[at] >> 1;
        for (let at = channels; at < stride; at++) line[at] += (line[at - channels] + above[at]) >> 1;
        break;
      case 4:
        // Beside the first pixel there is nothing: what is above is the nearest.
        for (let at = 0; at < channels; at++) line[at] += above[at];
        for (let at = channels; at < stride; at++) {
          line[at] += paeth(line[at - channels], above[at], above[at - channels]);
        }
        break;
      default:
        return null;
    }
    above = line;
  }
  return data;
}

/** Of left, above and the one between them the nearest to left + above − between. */
function paeth(left: number, above: number, between: number): number {
  const toLeft = Math.abs(above - between);
  const toAbove = Math.abs(left - between);
  const toBetween = Math.abs(left + above - 2 * between);
  if (toLeft <= toAbove && toLeft <= toBetween) return left;
  return toAbove <= toBetween ? above : between;
}
