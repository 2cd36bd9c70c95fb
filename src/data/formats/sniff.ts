// What a file is, by its first bytes and where these do not tell by its name.
import { basename } from 'node:path';
import { InputError } from '../../core/errors.js';
import { pictureFormatOf } from '../decoding/picture-format.js';
import { firstBytes, openStoredFile, type StoredFile } from './archives/stored-file.js';
import { foreignPicture, isPictureName } from './picture-names.js';

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
  const foreign = foreignPicture(path);
  if (foreign !== null) throw new InputError(`${path} cannot be read: ${foreign}.`);
  const format = formatOf(path.replace(/\.(gz|bz2|xz)$/i, ''), head);
  if (format !== null) return { format, file };
  if (/^ARROW1/.test(head.toString('latin1', 0, 6)) || /\.arrow$/i.test(path)) {
    throw new InputError(arrowSentence(path));
  }
  const archive = foreignArchive(head);
  if (archive !== null) {
    throw new InputError(`${path} is ${archive}, which is not read: unpack it and name the folder.`);
  }
  throw new InputError(
    head.length === 0
      ? `${path} is empty: name a folder of pictures, or a file in a format that kindred reads.`
      : `${path} is in no format that kindred reads: name a folder of pictures, a .zip or .tar of pictures, or an IDX, .npy, .npz, .csv or .parquet file.`,
  );
}

/** Why Arrow files are refused, and what to do. */
export function arrowSentence(path: string): string {
  return `${path} is a data set as \`datasets.save_to_disk\` keeps it (Arrow), which is not read: write it by \`datasets.load_from_disk(…).to_parquet("pile.parquet")\` and name that file.`;
}

function foreignArchive(head: Buffer): string | null {
  const text = head.toString('latin1', 0, 8);
  if (text.startsWith('\x28\xb5\x2f\xfd')) return 'packed by Zstandard';
  if (text.startsWith('7z\xbc\xaf')) return 'a 7-Zip archive';
  return text.startsWith('Rar!') ? 'a RAR archive' : null;
}

function formatOf(path: string, head: Buffer): FileFormat | null {
  const startsWith = (magic: string) => head.toString('latin1', 0, magic.length) === magic;
  if (startsWith('PK\x03\x04') || startsWith('PK\x05\x06')) return /\.npz$/i.test(path) ? 'npz' : 'zip';
  if (startsWith('\x93NUMPY')) return 'npy';
  if (startsWith('PAR1')) return 'parquet';
  if (head.toString('latin1', 257, 262) === 'ustar' || /\.(tar|tgz|tbz2?|txz)$/i.test(path)) return 'tar';
  if (isPictureName(path) || pictureFormatOf(head) !== null) return 'image';
  if (isIdx(path, head)) return 'idx';
  if (/\.(csv|tsv|txt)$/i.test(path) && head.length > 0 && (isUtf16(head) || !head.includes(0))) return 'csv';
  const byName = /\.(zip|npz|npy|parquet)$/i.exec(path)?.[1].toLowerCase();
  return (byName as FileFormat | undefined) ?? null;
}

/** As Excel saves "Unicode text": with a mark. */
function isUtf16(head: Buffer): boolean {
  return (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
}

/**
 * An IDX header begins with two zero bytes, a type and a number of dimensions; a damaged one is told from the file's own
 * name, whatever the folders above it are called.
 */
function isIdx(path: string, head: Buffer): boolean {
  const isHeader =
    head.length >= 4 && head[0] === 0 && head[1] === 0 && head[2] >= 8 && head[2] <= 14 && head[3] > 0;
  return isHeader || /(^|[-_.])idx[1-4]?([-_.]|$)|ubyte$/i.test(basename(path));
}
