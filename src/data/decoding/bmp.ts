// BMP → pixels: all headers from OS/2 1 to version 5, 1 to 32 bits, palettes, bit fields and run lengths, bottom-up and
// top-down. Format: Microsoft, "Bitmap Storage" and "BITMAPV5HEADER structure"; OS/2 2: "Graphics File Formats" (Murray
// & vanRyper 1996).
import { PictureFileError, type PicturePixels, type PictureSize } from './picture-format.js';

const FILE_HEADER_BYTES = 14;

const COMPRESSION = { none: 0, rle8: 1, rle4: 2, fields: 3, alphaFields: 6 } as const;

interface BmpHeader extends PictureSize {
  readonly isTopDown: boolean;
  readonly bits: number;
  readonly compression: number;
  /** Where the pixels begin. */
  readonly offset: number;
  /** (colours, 3): red, green and blue. */
  readonly palette: Uint8Array;
  /** Bits of red, green, blue and alpha in a pixel of 16 or 32 bits. */
  readonly masks: readonly number[];
}

/** Height and width alone, of the first bytes of a file. Throws a PictureFileError. */
export function bmpSize(head: Buffer): PictureSize {
  if (head.length < FILE_HEADER_BYTES + 12) throw new PictureFileError('the BMP is cut short');
  const isCore = head.readUInt32LE(14) === 12;
  const width = isCore ? head.readUInt16LE(18) : head.readInt32LE(18);
  const height = isCore ? head.readUInt16LE(20) : Math.abs(head.readInt32LE(22));
  if (width <= 0 || height === 0) throw new PictureFileError('the BMP has no rows or no columns');
  return { width, height };
}

/** Grey where its palette is, else RGB, with alpha where the file has some. Throws a PictureFileError. */
export function readBmp(file: Buffer): PicturePixels {
  try {
    const header = readHeader(file);
    return header.bits <= 8 ? indexedPixels(header, indicesOf(header, file)) : directPixels(header, file);
  } catch (error) {
    if (error instanceof RangeError) throw new PictureFileError('the BMP is cut short');
    throw error;
  }
}

function readHeader(file: Buffer): BmpHeader {
  const size = file.readUInt32LE(14);
  const isCore = size === 12;
  const bits = file.readUInt16LE(isCore ? 24 : 28);
  const compression = size >= 20 ? file.readUInt32LE(30) : COMPRESSION.none;
  if (![1, 2, 4, 8, 16, 24, 32].includes(bits)) {
    throw new PictureFileError(`the BMP has ${bits} bits a pixel, which there is not`);
  }
  const isRunLength = compression === COMPRESSION.rle8 || compression === COMPRESSION.rle4;
  const isFields = compression === COMPRESSION.fields || compression === COMPRESSION.alphaFields;
  if (
    (isRunLength && bits !== (compression === COMPRESSION.rle8 ? 8 : 4)) ||
    (isFields && bits !== 16 && bits !== 32) ||
    (!isRunLength && !isFields && compression !== COMPRESSION.none)
  ) {
    throw new PictureFileError(
      `the BMP is compressed by method ${compression} at ${bits} bits, which is not read`,
    );
  }
  const masks = masksOf(file, size, bits, isFields, compression === COMPRESSION.alphaFields);
  // Behind a header of version 3 the masks stand before the palette.
  const outside = isFields && size === 40 ? (compression === COMPRESSION.alphaFields ? 16 : 12) : 0;
  return {
    ...bmpSize(file),
    isTopDown: !isCore && file.readInt32LE(22) < 0,
    bits,
    compression,
    offset: file.readUInt32LE(10),
    palette: bits <= 8 ? paletteOf(file, size, bits, outside) : new Uint8Array(),
    masks,
  };
}

function masksOf(
  file: Buffer,
  size: number,
  bits: number,
  isFields: boolean,
  hasAlpha: boolean,
): readonly number[] {
  if (isFields) {
    const mask = (place: number) => file.readUInt32LE(54 + 4 * place);
    return [mask(0), mask(1), mask(2), hasAlpha || size >= 56 ? mask(3) : 0];
  }
  // Without masks 16 bits are five a colour; the fourth byte of 32 means nothing.
  return bits === 16 ? [0x7c00, 0x03e0, 0x001f, 0] : [0x00ff_0000, 0x0000_ff00, 0x0000_00ff, 0];
}

function paletteOf(file: Buffer, size: number, bits: number, outside: number): Uint8Array {
  const entryBytes = size === 12 ? 3 : 4;
  const start = FILE_HEADER_BYTES + size + outside;
  const room = Math.floor((file.readUInt32LE(10) - start) / entryBytes);
  const named = size >= 36 ? file.readUInt32LE(46) : 0;
  const count = Math.max(0, Math.min(named === 0 ? 1 << bits : named, 1 << bits, room));
  const palette = new Uint8Array(3 << bits);
  for (let colour = 0; colour < count; colour++) {
    const at = start + colour * entryBytes;
    palette.set([file.readUInt8(at + 2), file.readUInt8(at + 1), file.readUInt8(at)], colour * 3);
  }
  return palette;
}

/** The row of the picture that row `row` of the file is. */
function upright({ height, isTopDown }: BmpHeader, row: number): number {
  return isTopDown ? row : height - 1 - row;
}

/** (height, width): a palette's index each. */
function indicesOf(header: BmpHeader, file: Buffer): Uint8Array {
  const { height, width, bits, offset, compression } = header;
  if (compression !== COMPRESSION.none) return runLengths(header, file);
  const indices = new Uint8Array(height * width);
  const stride = strideOf(width, bits);
  requireBytes(file, offset, stride * height);
  const perByte = 8 / bits;
  const mask = (1 << bits) - 1;
  for (let row = 0; row < height; row++) {
    const from = offset + row * stride;
    const to = upright(header, row) * width;
    for (let column = 0; column < width; column++) {
      const shift = 8 - bits * ((column % perByte) + 1);
      indices[to + column] = (file[from + Math.floor(column / perByte)] >> shift) & mask;
    }
  }
  return indices;
}

/** Runs of one colour (of two in turn at 4 bits), plain stretches, ends of lines, jumps; what is jumped over is colour 0. */
function runLengths(header: BmpHeader, file: Buffer): Uint8Array {
  const { height, width, bits, offset } = header;
  const indices = new Uint8Array(height * width);
  let [row, column] = [0, 0];
  const put = (index: number) => {
    if (row < height && column < width) indices[upright(header, row) * width + column] = index;
    column += 1;
  };
  const half = (byte: number, place: number) => (place % 2 === 0 ? byte >> 4 : byte & 15);
  for (let at = offset; at + 1 < file.length && row < height; ) {
    const [count, value] = [file[at], file[at + 1]];
    at += 2;
    if (count > 0) {
      for (let place = 0; place < count; place++) put(bits === 8 ? value : half(value, place));
    } else if (value === 0) {
      row += 1;
      column = 0;
    } else if (value === 1) {
      return indices;
    } else if (value === 2) {
      column += file.readUInt8(at);
      row += file.readUInt8(at + 1);
      at += 2;
    } else {
      const bytes = bits === 8 ? value : Math.ceil(value / 2);
      requireBytes(file, at, bytes);
      for (let place = 0; place < value; place++) {
        put(bits === 8 ? file[at + place] : half(file[at + (place >> 1)], place));
      }
      // A stretch ends at a whole pair of bytes.
      at += bytes + (bytes % 2);
    }
  }
  if (row < height - 1) throw new PictureFileError('the BMP is cut short');
  return indices;
}

function indexedPixels({ height, width, palette }: BmpHeader, indices: Uint8Array): PicturePixels {
  let isGrey = true;
  for (let at = 0; at < palette.length; at += 3) {
    if (palette[at] !== palette[at + 1] || palette[at] !== palette[at + 2]) isGrey = false;
  }
  const channels = isGrey ? 1 : 3;
  const data = new Uint8Array(indices.length * channels);
  for (let pixel = 0; pixel < indices.length; pixel++) {
    for (let channel = 0; channel < channels; channel++) {
      data[pixel * channels + channel] = palette[indices[pixel] * 3 + channel];
    }
  }
  return { height, width, channels, data };
}

function directPixels(header: BmpHeader, file: Buffer): PicturePixels {
  const { height, width, bits, offset, masks } = header;
  const stride = strideOf(width, bits);
  requireBytes(file, offset, stride * height);
  const fields = masks.map(fieldOf);
  const channels = masks[3] === 0 ? 3 : 4;
  const data = new Uint8Array(height * width * channels);
  const bytes = bits / 8;
  for (let row = 0; row < height; row++) {
    let to = upright(header, row) * width * channels;
    for (let column = 0; column < width; column++) {
      const at = offset + row * stride + column * bytes;
      const pixel = file.readUIntLE(at, bytes);
      for (let channel = 0; channel < channels; channel++) {
        const { mask, shift, most } = fields[channel];
        data[to++] = most === 0 ? 0 : Math.round((((pixel & mask) >>> shift) * 255) / most);
      }
    }
  }
  if (channels === 3 || hasOpacity(data)) return { height, width, channels, data };
  return { height, width, channels: 3, data: data.filter((_, at) => at % 4 !== 3) };
}

/** Some writers announce alpha and leave it 0 everywhere: they mean an opaque picture. */
function hasOpacity(data: Uint8Array): boolean {
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 0) return true;
  return false;
}

function fieldOf(mask: number): { mask: number; shift: number; most: number } {
  const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
  return { mask, shift, most: mask >>> shift };
}

/** Bytes of a row: whole groups of four. */
function strideOf(width: number, bits: number): number {
  return Math.ceil((width * bits) / 32) * 4;
}

function requireBytes(file: Buffer, start: number, count: number): void {
  if (start + count > file.length) throw new PictureFileError('the BMP is cut short');
}
