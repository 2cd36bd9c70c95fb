// What a file is, by its first bytes and where these do not tell by its name.
import { InputError } from '../../core/errors.js';
import { firstBytes, openStoredFile, type StoredFile, unpackedChunks } from './archives/stored-file.js';
import { type FileFormat, fileFormatOf, SNIFFED_BYTES } from './file-formats.js';
import { foreignPicture } from './picture-names.js';

export interface SniffedFile {
  readonly format: FileFormat;
  readonly file: StoredFile;
}

/** Throws an InputError if `path` cannot be read or is in no format that is read. */
export async function sniffFile(path: string): Promise<SniffedFile> {
  const file = await openStoredFile(path);
  const head = await firstBytes(unpackedChunks(file), SNIFFED_BYTES);
  const foreign = foreignPicture(path);
  if (foreign !== null) throw new InputError(`${path} cannot be read: ${foreign}.`);
  const format = fileFormatOf(path.replace(/\.(gz|bz2|xz)$/i, ''), head);
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
  return `${path} is a dataset as \`datasets.save_to_disk\` keeps it (Arrow), which is not read: write it by \`datasets.load_from_disk(…).to_parquet("pile.parquet")\` and name that file.`;
}

function foreignArchive(head: Buffer): string | null {
  const text = head.toString('latin1', 0, 8);
  if (text.startsWith('\x28\xb5\x2f\xfd')) return 'packed by Zstandard';
  if (text.startsWith('7z\xbc\xaf')) return 'a 7-Zip archive';
  return text.startsWith('Rar!') ? 'a RAR archive' : null;
}
