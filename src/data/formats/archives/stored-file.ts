// The bytes of a file as a stream, unpacked where they are gzip, bzip2 or xz, so that no file has to fit in memory.
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { InputError } from '../../../core/errors.js';
import { bunzip2 } from './bunzip2.js';

/** A regular file that can be read. */
export interface StoredFile {
  readonly path: string;
  /** Told by its first bytes, not by its name; null: it is not packed. */
  readonly packing: Packing | null;
  /** Bytes on disk, before unpacking. */
  readonly storedBytes: number;
}

export type Packing = 'gzip' | 'bzip2' | 'xz';

const READ_BYTES = 1 << 20;

/** Throws an InputError if `path` is missing, no file, unreadable, or called `.gz` without being gzip. */
export async function openStoredFile(path: string): Promise<StoredFile> {
  try {
    const status = await stat(path);
    if (!status.isFile()) {
      throw new InputError(
        `${path} is ${status.isDirectory() ? 'a directory' : 'no regular file'}: name a file.`,
      );
    }
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MAGIC_BYTES), 0, MAGIC_BYTES, 0);
      const packing = packingOf(buffer.subarray(0, bytesRead));
      if (packing === null && path.toLowerCase().endsWith('.gz')) {
        const found =
          bytesRead === 0 ? 'is empty' : `begins with 0x${buffer.toString('hex', 0, Math.min(2, bytesRead))}`;
        throw new InputError(
          `${path} is called .gz but ${found}, where gzip begins with 0x1f8b: fetch it again, or drop .gz from its name if it is unpacked.`,
        );
      }
      return { path, packing, storedBytes: status.size };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw readingError(path, error);
  }
}

const MAGIC_BYTES = 10;

function packingOf(head: Buffer): Packing | null {
  const text = head.toString('latin1');
  if (text.startsWith('\x1f\x8b')) return 'gzip';
  // A block follows, or the end of an empty file: three letters alone are soon met.
  if (/^BZh[1-9]/.test(text) && ['1AY&SY', '\x17rE8P\x90'].includes(text.slice(4))) return 'bzip2';
  return text.startsWith('\xfd7zXZ\0') ? 'xz' : null;
}

/** The unpacked bytes from the first on. Throws an InputError where the file turns out damaged. */
export async function* unpackedChunks(file: StoredFile): AsyncGenerator<Uint8Array> {
  const stored = createReadStream(file.path, { highWaterMark: READ_BYTES });
  try {
    for await (const chunk of await unpacked(stored, file.packing)) yield chunk;
  } catch (error) {
    throw readingError(file.path, error, file.packing);
  }
}

async function unpacked(stored: Readable, packing: Packing | null): Promise<AsyncIterable<Uint8Array>> {
  switch (packing) {
    case null:
      return stored;
    case 'gzip':
      // The callback has nothing to do: pipeline hands the error of either stream to the one that is read.
      return pipeline(stored, createGunzip({ chunkSize: READ_BYTES }), () => {});
    case 'bzip2':
      return bunzip2(stored);
    case 'xz': {
      const { default: xz } = await import('xz-decompress');
      return new xz.XzReadableStream(
        Readable.toWeb(stored) as ReadableStream<Uint8Array>,
      ) as AsyncIterable<Uint8Array> & ReadableStream<Uint8Array>;
    }
  }
}

/** The first `length` bytes, or all there are. */
export async function firstBytes(chunks: AsyncIterable<Uint8Array>, length: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let have = 0;
  for await (const chunk of chunks) {
    parts.push(chunk.subarray(0, length));
    have += chunk.length;
    if (have >= length) break;
  }
  return Buffer.concat(parts).subarray(0, length);
}

/** Unpacked bytes; a compressed file is read through to count them, but stops soon after `enough`. */
export async function unpackedBytes(file: StoredFile, enough: number): Promise<number> {
  if (file.packing === null) return file.storedBytes;
  let count = 0;
  for await (const chunk of unpackedChunks(file)) {
    count += chunk.length;
    if (count > enough) break;
  }
  return count;
}

/** What an error means to a person who named a file of `format`; an InputError stays what it is. */
export function unsound(format: string, remedy: string): (path: string, cause: unknown) => unknown {
  return (path, cause) =>
    cause instanceof InputError || !(cause instanceof Error)
      ? cause
      : new InputError(`${path} is no sound ${format} (${cause.message}): ${remedy}.`, { cause });
}

/** What a failed system call or unpacking means to a person; any other error comes back as it is. */
function readingError(path: string, cause: unknown, packing: Packing | null = null): unknown {
  if (packing !== null && packing !== 'gzip' && cause instanceof Error && !('code' in cause)) {
    return new InputError(
      `${path} is damaged: its ${packing} data cannot be unpacked (${cause.message}); fetch it again.`,
      { cause },
    );
  }
  if (cause instanceof InputError || !(cause instanceof Error) || !('code' in cause)) return cause;
  switch (cause.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new InputError(`There is no file ${path}: check the path.`, { cause });
    case 'EACCES':
    case 'EPERM':
      return new InputError(`${path} may not be read: check its permissions.`, { cause });
    case 'Z_BUF_ERROR':
      return new InputError(`${path} is cut short: its gzip data ends too early; fetch it again.`, { cause });
    case 'Z_DATA_ERROR':
      return new InputError(`${path} is damaged: gzip says "${cause.message}"; fetch it again.`, { cause });
    default:
      return cause;
  }
}
