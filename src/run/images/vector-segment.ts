// One file of the cache of vectors: a header, then blocks, each appended in one piece and never changed. Whoever reads it while
// another appends, or after one has died, sees whole blocks and a rest that is none.
//
// Little-endian. Header: `KNDVEC1\n`, columns (uint32), 0 (uint32). Block: `KBLK`, count (uint32), CRC-32 of the rest (uint32), 0
// (uint32), the keys (32 bytes each), the vectors (float16, columns each).
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { bytesOf } from '../../core/files.js';

export const KEY_BYTES = 32;
const MAGIC = 'KNDVEC1\n';
const BLOCK_MAGIC = 0x4b_4c_42_4b;
const HEAD_BYTES = 16;
/** More is no count but damage. */
const MOST_IN_BLOCK = 65_536;

/** A file that is not what this program wrote. */
export class DamagedSegmentError extends Error {
  override readonly name = 'DamagedSegmentError';
}

/** A block: where it lies, and whose vectors it holds. */
export interface Block {
  /** (count), each 32 bytes as Latin-1. */
  readonly keys: readonly string[];
  readonly start: number;
  readonly bytes: number;
}

export interface SegmentContent {
  readonly columns: number;
  readonly blocks: readonly Block[];
  /** Does it end with a whole block? */
  readonly isWhole: boolean;
}

export function segmentHead(columns: number): Uint8Array {
  const head = Buffer.alloc(HEAD_BYTES);
  head.write(MAGIC, 'latin1');
  head.writeUInt32LE(columns, MAGIC.length);
  return head;
}

/** keys (n), vectors float16 (n) of `columns` each → a block. */
export function blockOf(keys: readonly string[], vectors: readonly Uint16Array[]): Uint8Array {
  const columns = vectors[0].length;
  const block = Buffer.alloc(HEAD_BYTES + keys.length * (KEY_BYTES + 2 * columns));
  keys.forEach((key, at) => {
    block.write(key, HEAD_BYTES + at * KEY_BYTES, 'latin1');
    block.set(bytesOf(vectors[at]), HEAD_BYTES + keys.length * KEY_BYTES + at * 2 * columns);
  });
  block.writeUInt32LE(BLOCK_MAGIC, 0);
  block.writeUInt32LE(keys.length, 4);
  block.writeUInt32LE(crc32(block.subarray(HEAD_BYTES)), 8);
  return block;
}

/** Whose vectors a segment holds: the keys of its blocks, without the vectors. Throws a DamagedSegmentError for anything else. */
export function readSegment(file: number): SegmentContent {
  const { size } = fstatSync(file);
  const head = readAt(file, 0, Math.min(size, HEAD_BYTES));
  // Its maker has not written the head yet.
  if (size < HEAD_BYTES) return { columns: 0, blocks: [], isWhole: false };
  if (head.toString('latin1', 0, MAGIC.length) !== MAGIC) throw new DamagedSegmentError('no segment');
  const columns = head.readUInt32LE(MAGIC.length);
  const blocks: Block[] = [];
  let start = HEAD_BYTES;
  while (start + HEAD_BYTES <= size) {
    const blockHead = readAt(file, start, HEAD_BYTES);
    const count = blockHead.readUInt32LE(4);
    if (blockHead.readUInt32LE(0) !== BLOCK_MAGIC || count === 0 || count > MOST_IN_BLOCK) {
      throw new DamagedSegmentError('no block');
    }
    const bytes = HEAD_BYTES + count * (KEY_BYTES + 2 * columns);
    if (start + bytes > size) break;
    const names = readAt(file, start + HEAD_BYTES, count * KEY_BYTES).toString('latin1');
    const keys = Array.from({ length: count }, (_, at) => names.slice(at * KEY_BYTES, (at + 1) * KEY_BYTES));
    blocks.push({ keys, start, bytes });
    start += bytes;
  }
  return { columns, blocks, isWhole: start === size };
}

/** The vectors of a block: float16 (count · columns). Throws a DamagedSegmentError where they are not what was written. */
export function readBlock(file: number, { keys, start, bytes }: Block): Uint16Array {
  const block = readAt(file, start, bytes);
  if (crc32(block.subarray(HEAD_BYTES)) !== block.readUInt32LE(8)) throw new DamagedSegmentError('checksum');
  const values = block.subarray(HEAD_BYTES + keys.length * KEY_BYTES);
  return new Uint16Array(Uint8Array.from(values).buffer);
}

function readAt(file: number, start: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let read = 0;
  while (read < length) {
    const got = readSync(file, bytes, read, length - read, start + read);
    if (got === 0) throw new DamagedSegmentError('it has become shorter');
    read += got;
  }
  return bytes;
}

/** Appends `bytes` to a file that is there, in one piece as far as the disk allows. */
export function appendTo(path: string, bytes: Uint8Array): void {
  const file = openSync(path, constants.O_WRONLY | constants.O_APPEND);
  try {
    let written = 0;
    while (written < bytes.length) written += writeSync(file, bytes, written);
  } finally {
    closeSync(file);
  }
}
