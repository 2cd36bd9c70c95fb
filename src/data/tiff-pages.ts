// The pages of a TIFF that are pictures of their own: its directories, without the small copies and masks that stand beside
// a picture. Format: Adobe, "TIFF Revision 6.0", section 2 and tag NewSubfileType; BigTIFF as libtiff has it.
import { closeSync, openSync, readSync } from 'node:fs';

/** `length` bytes from `at` on, or as many as there are. */
type ReadBytes = (at: number, length: number) => Buffer;

/** More pages than this are not looked for: directories of a crafted file may lead round in circles. */
const MOST_PAGES = 100_000;
const NEW_SUBFILE_TYPE = 254;
const SUBFILE_TYPE = 255;
const REDUCED = 1;
const MASK = 4;

/** Places of the pages, from 0. A file that is damaged, or no TIFF, has the first alone: whoever decodes it says why. */
export function tiffPages(file: string | Uint8Array): readonly number[] {
  if (typeof file !== 'string') {
    const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
    return pagesOf((at, length) => bytes.subarray(at, at + length));
  }
  let opened: number;
  try {
    opened = openSync(file, 'r');
  } catch {
    return [0];
  }
  try {
    return pagesOf((at, length) => {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(opened, bytes, 0, length, at));
    });
  } finally {
    closeSync(opened);
  }
}

function pagesOf(read: ReadBytes): readonly number[] {
  try {
    const types = subfileTypes(read);
    const pages = types.flatMap((type, page) => ((type & (REDUCED | MASK)) === 0 ? page : []));
    return pages.length === 0 ? [0] : pages;
  } catch {
    // A number that does not fit, or bytes that are not there.
    return [0];
  }
}

/** NewSubfileType of each directory; 0 where it has none. */
function subfileTypes(read: ReadBytes): number[] {
  const head = read(0, 16);
  const isLittle = head.toString('latin1', 0, 2) === 'II';
  if (!isLittle && head.toString('latin1', 0, 2) !== 'MM') return [];
  const short = (bytes: Buffer, at: number) => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const long = (bytes: Buffer, at: number) => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const big = (bytes: Buffer, at: number) =>
    Number(isLittle ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
  const isBig = short(head, 2) === 43;
  const [countBytes, entryBytes, offsetBytes] = isBig ? [8, 20, 8] : [2, 12, 4];
  const offset = isBig ? big : long;
  const types: number[] = [];
  const met = new Set<number>();
  let start = isBig ? big(head, 8) : long(head, 4);
  while (start !== 0 && !met.has(start) && types.length < MOST_PAGES) {
    met.add(start);
    const count = read(start, countBytes);
    const entries = isBig ? big(count, 0) : short(count, 0);
    const directory = read(start + countBytes, entries * entryBytes + offsetBytes);
    let type = 0;
    for (let entry = 0; entry < entries; entry++) {
      const at = entry * entryBytes;
      const tag = short(directory, at);
      const value = at + (isBig ? 12 : 8);
      if (tag === NEW_SUBFILE_TYPE) type = long(directory, value);
      // The older tag counts: 2 is the small copy.
      else if (tag === SUBFILE_TYPE && short(directory, value) === 2) type |= REDUCED;
    }
    const next = offset(directory, entries * entryBytes);
    types.push(type);
    start = next;
  }
  return types;
}
