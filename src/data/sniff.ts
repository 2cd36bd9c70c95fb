// What a file is, by its first bytes and where these do not tell by its name.
import { InputError } from '../core/errors.js';
import { isPictureName } from './picture-names.js';
import { firstBytes, openStoredFile, type StoredFile } from './stored-file.js';

export type FileFormat = 'idx' | 'zip' | 'npz' | 'tar' | 'npy' | 'parquet' | 'csv' | 'image';

export interface SniffedFile {
  readonly format: FileFormat;
  readonly file: StoredFile;
}

/** A tar header block. */
const SNIFFED_BYTES = 512;

/** Throws an InputError if `path` cannot be read or is in no format that is read. */
export async function sniffFile(path: string): Promise<SniffedFile> {
  const file = await openStoredFile(path);
  const head = await firstBytes(file, SNIFFED_BYTES);
  const format = formatOf(path.replace(/\.gz$/i, ''), head);
  if (format !== null) return { format, file };
  throw new InputError(
    head.length === 0
      ? `${path} is empty: name a folder of pictures, or a file in a format that kindred reads.`
      : `${path} is in no format that kindred reads: name a folder of pictures, a .zip or .tar of pictures, or an IDX, .npy, .npz, .csv or .parquet file.`,
  );
}

function formatOf(path: string, head: Buffer): FileFormat | null {
  const startsWith = (magic: string) => head.toString('latin1', 0, magic.length) === magic;
  if (startsWith('PK\x03\x04') || startsWith('PK\x05\x06')) return /\.npz$/i.test(path) ? 'npz' : 'zip';
  if (startsWith('\x93NUMPY')) return 'npy';
  if (startsWith('PAR1')) return 'parquet';
  if (head.toString('latin1', 257, 262) === 'ustar' || /\.(tar|tgz)$/i.test(path)) return 'tar';
  if (isPictureName(path)) return 'image';
  // An IDX header begins with two zero bytes; a damaged one is told from its name.
  if (startsWith('\0\0') || /idx[1-4]?[-_.]|ubyte$/i.test(path)) return 'idx';
  if (/\.(csv|tsv|txt)$/i.test(path) && head.length > 0 && !head.includes(0)) return 'csv';
  const byName = /\.(zip|npz|npy|parquet)$/i.exec(path)?.[1].toLowerCase();
  return (byName as FileFormat | undefined) ?? null;
}
