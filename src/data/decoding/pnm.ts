// PBM, PGM, PPM, PAM and PFM → pixels, in letters and in bytes. Format: Netpbm, "pbm", "pgm", "ppm" and "pam";
// PFM: Paul Debevec, "PFM Portable FloatMap Image Format".
import { type DeepPixels, PictureFileError, type PicturePixels, type PictureSize } from './picture-format.js';

interface PnmHeader extends PictureSize {
  readonly kind: string;
  readonly channels: number;
  /** The value of white; PFM: its scale, below 0 where the least significant byte comes first. */
  readonly most: number;
  /** Where the pixels begin. */
  readonly offset: number;
}

/** Values of more than 8 bits as they would be of 16. Throws a PictureFileError. */
export function readPnm(file: Buffer): PicturePixels | DeepPixels {
  const header = readPnmHeader(file);
  const { height, width, channels, kind, most } = header;
  if (kind === 'F' || kind === 'f')
    return { height, width, channels, depth: 'float', data: floatsOf(header, file) };
  const values = valuesOf(header, file);
  if (most <= 255) {
    const data = new Uint8ClampedArray(values.length);
    for (let at = 0; at < values.length; at++) data[at] = (values[at] * 255) / most;
    return { height, width, channels, data: new Uint8Array(data.buffer) };
  }
  for (let at = 0; at < values.length; at++) values[at] = Math.min(65_535, (values[at] * 65_535) / most);
  return { height, width, channels, depth: 'ushort', data: values };
}

/** Throws a PictureFileError. */
export function readPnmHeader(file: Buffer): PnmHeader {
  const kind = file.toString('latin1', 1, 2);
  const header = kind === '7' ? pamHeader(file) : plainHeader(file, kind);
  const { height, width, channels, most } = header;
  const isWhole = [height, width, channels].every((value) => Number.isInteger(value) && value > 0);
  const isFloat = kind === 'F' || kind === 'f';
  if (!isWhole || channels > 4 || (isFloat ? !(most < 0 || most > 0) : !(most >= 1 && most <= 65_535))) {
    throw new PictureFileError('the header of the PNM file is damaged');
  }
  return header;
}

function plainHeader(file: Buffer, kind: string): PnmHeader {
  const isBits = kind === '1' || kind === '4';
  const words = createWords(file, 2);
  const width = Number(words.next());
  const height = Number(words.next());
  const most = isBits ? 1 : Number(words.next());
  const channels = ['3', '6', 'F'].includes(kind) ? 3 : 1;
  // One blank ends the header.
  return { kind, width, height, channels, most, offset: words.at() + 1 };
}

function pamHeader(file: Buffer): PnmHeader {
  const end = file.indexOf('ENDHDR\n');
  if (end < 0) throw new PictureFileError('the header of the PAM file is damaged');
  const field = (name: string) =>
    Number(new RegExp(`^${name}\\s+(\\d+)`, 'm').exec(file.toString('latin1', 0, end))?.[1]);
  return {
    kind: '7',
    width: field('WIDTH'),
    height: field('HEIGHT'),
    channels: field('DEPTH'),
    most: field('MAXVAL'),
    offset: end + 7,
  };
}

/** Words between blanks; from # to the end of a line is a comment. */
function createWords(file: Buffer, start: number) {
  let at = start;
  const isBlank = (byte: number) => byte === 32 || (byte >= 9 && byte <= 13);
  return {
    at: () => at,
    next(): string {
      for (; at < file.length; at++) {
        if (file[at] === 0x23) while (at < file.length && file[at] !== 10) at++;
        else if (!isBlank(file[at])) break;
      }
      const from = at;
      while (at < file.length && !isBlank(file[at]) && file[at] !== 0x23) at++;
      return file.toString('latin1', from, at);
    },
  };
}

/** (height · width · channels) whole numbers. */
function valuesOf({ kind, height, width, channels, most, offset }: PnmHeader, file: Buffer): Float32Array {
  const values = new Float32Array(height * width * channels);
  if (kind === '1' || kind === '2' || kind === '3') {
    if (kind === '1') return lettersOfBits(file, offset - 1, values);
    const words = createWords(file, offset - 1);
    for (let at = 0; at < values.length; at++) {
      const word = words.next();
      if (!/^\d+$/.test(word)) throw cutShort();
      values[at] = Number(word);
    }
    return values;
  }
  const rowBytes = kind === '4' ? Math.ceil(width / 8) : width * channels * (most > 255 ? 2 : 1);
  if (offset + rowBytes * height > file.length) throw cutShort();
  if (kind === '4') {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const byte = file[offset + row * rowBytes + (column >> 3)];
        // 1 is black.
        values[row * width + column] = 1 - ((byte >> (7 - (column & 7))) & 1);
      }
    }
  } else if (most > 255) {
    for (let at = 0; at < values.length; at++) values[at] = file.readUInt16BE(offset + 2 * at);
  } else {
    for (let at = 0; at < values.length; at++) values[at] = file[offset + at];
  }
  return values;
}

/** Digits of a plain PBM need no blanks between them. */
function lettersOfBits(file: Buffer, start: number, values: Float32Array): Float32Array {
  let count = 0;
  for (let at = start; at < file.length && count < values.length; at++) {
    if (file[at] === 0x23) while (at < file.length && file[at] !== 10) at++;
    else if (file[at] === 0x30 || file[at] === 0x31) values[count++] = file[at] === 0x30 ? 1 : 0;
  }
  if (count < values.length) throw cutShort();
  return values;
}

/** Rows stand from the bottom up. */
function floatsOf({ height, width, channels, most, offset }: PnmHeader, file: Buffer): Float32Array {
  const values = new Float32Array(height * width * channels);
  if (offset + 4 * values.length > file.length) throw cutShort();
  const stride = width * channels;
  for (let at = 0; at < values.length; at++) {
    const place = offset + 4 * ((height - 1 - Math.floor(at / stride)) * stride + (at % stride));
    values[at] = most < 0 ? file.readFloatLE(place) : file.readFloatBE(place);
  }
  return values;
}

function cutShort(): PictureFileError {
  return new PictureFileError('the PNM file is cut short');
}
