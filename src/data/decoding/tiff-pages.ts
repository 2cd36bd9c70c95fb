// What the directories of a TIFF say: which of its pages are pictures of their own, without the small copies and masks that
// stand beside one, and how their colours are kept. Format: Adobe, "TIFF Revision 6.0", section 2 and tag NewSubfileType; BigTIFF as libtiff has it.
import { closeSync, openSync, readSync } from 'node:fs';
import type { EncodedPicture } from '../pictures.js';
import { pictureFormatOf } from './picture-format.js';

/** `length` bytes from `at` on, or as many as there are. */
type ReadBytes = (at: number, length: number) => Buffer;

/** More pages than this are not looked for: directories of a crafted file may lead round in circles. */
const MOST_PAGES = 100_000;
const TAGS = {
  newSubfileType: 254,
  subfileType: 255,
  compression: 259,
  photometric: 262,
  subsampling: 530,
} as const;
const YCBCR = 6;
const OLD_JPEG = 6;
const JPEG = 7;
const REDUCED = 1;
const MASK = 4;

/** Places of the pages, from 0. A file that is damaged, or no TIFF, has the first alone: whoever decodes it says why. */
export function tiffPages(file: string | Uint8Array): readonly number[] {
  const directories = directoriesOf(file, MOST_PAGES);
  const pages = directories.flatMap(({ type }, page) => ((type & (REDUCED | MASK)) === 0 ? page : []));
  return pages.length === 0 ? [0] : pages;
}

/** Are the colours of a page kept as YCbCr that only JPEG's decoder would turn to RGB, and if so, is each pixel's whole? */
export function rawYcbcrOf(file: string | Uint8Array, page: number): 'none' | 'whole' | 'subsampled' {
  const directory = directoriesOf(file, page + 1).at(page);
  if (directory === undefined || directory.photometric !== YCBCR) return 'none';
  if (directory.compression === OLD_JPEG || directory.compression === JPEG) return 'none';
  return directory.isSubsampled ? 'subsampled' : 'whole';
}

interface Directory {
  /** NewSubfileType; 0 where there is none. */
  readonly type: number;
  readonly photometric: number;
  readonly compression: number;
  /** Of YCbCr: do some pixels share their colours? */
  readonly isSubsampled: boolean;
}

function directoriesOf(file: string | Uint8Array, most: number): readonly Directory[] {
  if (typeof file !== 'string') {
    const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
    return readDirectories((at, length) => bytes.subarray(at, at + length), most);
  }
  let opened: number;
  try {
    opened = openSync(file, 'r');
  } catch {
    return [];
  }
  try {
    return readDirectories((at, length) => {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(opened, bytes, 0, length, at));
    }, most);
  } finally {
    closeSync(opened);
  }
}

/** As many as can be read. */
function readDirectories(read: ReadBytes, most: number): readonly Directory[] {
  const directories: Directory[] = [];
  try {
    for (const directory of eachDirectory(read)) {
      if (directories.push(directory) >= most) break;
    }
  } catch {
    // A number that does not fit, or bytes that are not there.
  }
  return directories;
}

function* eachDirectory(read: ReadBytes): Generator<Directory> {
  const head = read(0, 16);
  const isLittle = head.toString('latin1', 0, 2) === 'II';
  if (!isLittle && head.toString('latin1', 0, 2) !== 'MM') return;
  const short = (bytes: Buffer, at: number) => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const long = (bytes: Buffer, at: number) => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const big = (bytes: Buffer, at: number) =>
    Number(isLittle ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
  const isBig = short(head, 2) === 43;
  const [countBytes, entryBytes, offsetBytes] = isBig ? [8, 20, 8] : [2, 12, 4];
  const offset = isBig ? big : long;
  const met = new Set<number>();
  let start = isBig ? big(head, 8) : long(head, 4);
  while (start !== 0 && !met.has(start)) {
    met.add(start);
    const count = read(start, countBytes);
    const entries = isBig ? big(count, 0) : short(count, 0);
    const directory = read(start + countBytes, entries * entryBytes + offsetBytes);
    let [type, photometric, compression] = [0, 1, 1];
    // Without the tag of its own YCbCr is halved both ways.
    let isSubsampled = true;
    for (let entry = 0; entry < entries; entry++) {
      const at = entry * entryBytes;
      const value = at + (isBig ? 12 : 8);
      switch (short(directory, at)) {
        case TAGS.newSubfileType:
          type |= long(directory, value);
          break;
        case TAGS.subfileType:
          // The older tag counts: 2 is the small copy.
          if (short(directory, value) === 2) type |= REDUCED;
          break;
        case TAGS.compression:
          compression = short(directory, value);
          break;
        case TAGS.photometric:
          photometric = short(directory, value);
          break;
        case TAGS.subsampling:
          isSubsampled = short(directory, value) !== 1 || short(directory, value + 2) !== 1;
          break;
      }
    }
    yield { type, photometric, compression, isSubsampled };
    start = offset(directory, entries * entryBytes);
  }
}

// One file, several pictures: the pages of a TIFF. The first has the file's own id, page n the id `scan.tif#n`.

/** The pictures of a file of which `isTaken` has no id yet; the file itself where it has one page. */
export function pagesOf(
  picture: EncodedPicture,
  isTaken: (id: string) => boolean = () => false,
): readonly EncodedPicture[] {
  const { id, file } = picture;
  if (typeof file !== 'string' && pictureFormatOf(file) !== 'tiff') return [picture];
  const pages = tiffPages(file);
  if (pages.length === 1) return pages[0] === 0 ? [picture] : [{ ...picture, page: pages[0] }];
  return pages.map((page, place) => ({
    ...picture,
    id: place === 0 ? id : freeId(`${id}#${place + 1}`, isTaken),
    page,
  }));
}

/** A neighbour may be called `scan.tif#2` itself. */
function freeId(id: string, isTaken: (id: string) => boolean): string {
  let free = id;
  while (isTaken(free)) free += "'";
  return free;
}
