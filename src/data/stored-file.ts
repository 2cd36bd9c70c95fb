// The bytes of a file as a stream, unpacked where they are gzip, so that no file has to fit in memory.
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { InputError } from '../core/errors.js';

/** A regular file that can be read. Whether it is compressed is told by its first bytes, not by its name. */
export interface StoredFile {
  readonly path: string;
  readonly compressed: boolean;
  /** Bytes on disk, before unpacking. */
  readonly storedBytes: number;
}

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
      const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
      const compressed = bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
      if (!compressed && path.toLowerCase().endsWith('.gz')) {
        const found = bytesRead === 0 ? 'is empty' : `begins with 0x${buffer.toString('hex', 0, bytesRead)}`;
        throw new InputError(
          `${path} is called .gz but ${found}, where gzip begins with 0x1f8b: fetch it again, or drop .gz from its name if it is unpacked.`,
        );
      }
      return { path, compressed, storedBytes: status.size };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw readingError(path, error);
  }
}

/** The unpacked bytes from the first on. Throws an InputError where the file turns out damaged. */
export async function* unpackedChunks(file: StoredFile): AsyncGenerator<Uint8Array> {
  const stored = createReadStream(file.path, { highWaterMark: READ_BYTES });
  // The callback has nothing to do: pipeline hands the error of either stream to the one that is read here.
  const stream = file.compressed
    ? pipeline(stored, createGunzip({ chunkSize: READ_BYTES }), () => {})
    : stored;
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch (error) {
    throw readingError(file.path, error);
  }
}

/** The first `length` unpacked bytes, or all there are. */
export async function firstBytes(file: StoredFile, length: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let have = 0;
  for await (const chunk of unpackedChunks(file)) {
    chunks.push(chunk.subarray(0, length));
    have += chunk.length;
    if (have >= length) break;
  }
  return Buffer.concat(chunks).subarray(0, length);
}

/** Unpacked bytes; a compressed file is read through to count them, but stops soon after `enough`. */
export async function unpackedBytes(file: StoredFile, enough: number): Promise<number> {
  if (!file.compressed) return file.storedBytes;
  let count = 0;
  for await (const chunk of unpackedChunks(file)) {
    count += chunk.length;
    if (count > enough) break;
  }
  return count;
}

/** What a failed system call or unpacking means to a person; any other error comes back as it is. */
function readingError(path: string, cause: unknown): unknown {
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
