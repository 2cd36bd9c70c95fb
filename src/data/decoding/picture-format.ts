// Which format of pictures a file is in, by its first bytes, for names may be wrong or missing; and what the readers of all
// formats give.

export type PictureFormat =
  | 'png'
  | 'jpeg'
  | 'gif'
  | 'webp'
  | 'tiff'
  | 'bmp'
  | 'avif'
  | 'heic'
  | 'pnm'
  | 'svg';

/** So many first bytes tell. */
export const PICTURE_HEAD_BYTES = 512;

/** Null where the bytes begin as no format of pictures does that is read here. */
export function pictureFormatOf(head: Uint8Array): PictureFormat | null {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, PICTURE_HEAD_BYTES)).toString(
    'latin1',
  );
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (/^GIF8[79]a/.test(text)) return 'gif';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'webp';
  // TIFF, and BigTIFF with 43 for 42.
  if (['II*\0', 'II+\0', 'MM\0*', 'MM\0+'].includes(text.slice(0, 4))) return 'tiff';
  if (text.startsWith('BM') && isBmpHeader(head)) return 'bmp';
  if (text.slice(4, 8) === 'ftyp') return isoFormatOf(text);
  if (/^P[1-7Ff]\s/.test(text)) return 'pnm';
  return isSvg(text) ? 'svg' : null;
}

/** Two letters are soon met: the size of the second header has to be one that there is. */
function isBmpHeader(head: Uint8Array): boolean {
  if (head.length < 18) return false;
  const size = Buffer.from(head.buffer, head.byteOffset, head.length).readUInt32LE(14);
  return size === 12 || (size >= 16 && size <= 128);
}

/** ISO base media files say by four letters each what they are and what else reads them (ISO/IEC 14496-12, 4.3). */
function isoFormatOf(text: string): PictureFormat | null {
  const brands = text.slice(8, 64);
  if (/avif|avis/.test(brands)) return 'avif';
  return /hei[cxms]|hev[cx]|mif1|msf1/.test(brands) ? 'heic' : null;
}

function isSvg(text: string): boolean {
  const start = text.replace(/^\xef\xbb\xbf/, '').trimStart();
  return (
    /^<svg[\s>]/.test(start) ||
    (/^<(\?xml|!--|!DOCTYPE svg)/.test(start) && /<(svg|!DOCTYPE svg)[\s>]/.test(start))
  );
}

export interface PictureSize {
  readonly height: number;
  readonly width: number;
}

/** Pixel (row, column, channel) of `data` in that order: grey (1), grey and alpha (2), RGB (3) or RGBA (4 channels). */
export interface PicturePixels extends PictureSize {
  readonly channels: number;
  readonly data: Uint8Array;
}

/** The same with values as they are in the file. */
export interface DeepPixels extends PictureSize {
  readonly channels: number;
  readonly data: Float32Array;
  readonly depth: string;
}

/** Why a file cannot be read, without a full stop. */
export class PictureFileError extends Error {
  override readonly name = 'PictureFileError';
}
