// The formats of files that hold pictures, a row each: how one is told, and what opens it. The first row that fits counts. What reads a
// format is loaded where the format is met: libraries for all of them would take longer to load than a small dataset takes to be read.
import { basename, resolve } from 'node:path';
import { InputError } from '../../core/errors.js';
import { pictureFormatOf } from '../decoding/picture-format.js';
import { pagesOf } from '../decoding/tiff-pages.js';
import { listedPictures, type PictureSource, type ReadingLimits } from '../pictures.js';
import type { Dataset } from '../source.js';
import { firstBytes, openStoredFile, type StoredFile, unpackedChunks } from './archives/stored-file.js';
import { idxPictureSource } from './arrays/idx.js';
import { foreignPicture, isPictureName } from './picture-files.js';

/** Pictures to train on and, where their maker kept some apart, others; at least one of the two is there. */
export type Found = Dataset<PictureSource | null>;

export function alone(train: PictureSource): Found {
  return { train, test: null };
}

type FormatName = 'idx' | 'zip' | 'npz' | 'tar' | 'npy' | 'parquet' | 'csv' | 'image';

interface FileFormat {
  readonly name: FormatName;
  /** `path` without what packs it, and the first bytes of what is in it. */
  isIt(path: string, head: Buffer): boolean;
  /** Names that tell where the bytes do not, as of a damaged file. */
  readonly names?: RegExp;
  open(path: string, file: StoredFile, limits: ReadingLimits): Promise<Found>;
}

/** Bytes that the longest `isIt` looks at: a tar header block. */
const SNIFFED_BYTES = 512;

const FILE_FORMATS: readonly FileFormat[] = [
  {
    name: 'npz',
    isIt: (path, head) => isZip(head) && /\.npz$/i.test(path),
    names: /\.npz$/i,
    open: async (path, _, limits) => (await import('./arrays/npz.js')).npzPictureSources(path, path, limits),
  },
  {
    name: 'zip',
    isIt: (_, head) => isZip(head),
    names: /\.zip$/i,
    open: async (path, _, limits) =>
      alone(await (await import('./archives/zip.js')).zipPictureSource(path, path, limits)),
  },
  {
    name: 'npy',
    isIt: (_, head) => startsWith(head, '\x93NUMPY'),
    names: /\.npy$/i,
    open: async (path, _, limits) =>
      alone(await (await import('./arrays/npy.js')).npyPictureSource(path, path, limits)),
  },
  {
    name: 'parquet',
    isIt: (_, head) => startsWith(head, 'PAR1'),
    names: /\.parquet$/i,
    open: async (path, _, limits) =>
      alone(await (await import('./tables/parquet.js')).parquetPictureSource([path], path, limits)),
  },
  {
    name: 'tar',
    isIt: (path, head) =>
      head.toString('latin1', 257, 262) === 'ustar' || /\.(tar|tgz|tbz2?|txz)$/i.test(path),
    open: async (path, file, limits) =>
      alone(await (await import('./archives/tar.js')).tarPictureSource(file, path, limits)),
  },
  {
    name: 'image',
    isIt: (path, head) => isPictureName(path) || pictureFormatOf(head) !== null,
    open: async (path) => alone(singlePicture(path)),
  },
  { name: 'idx', isIt: isIdx, open: async (path) => alone(await idxPictureSource(path, path)) },
  {
    name: 'csv',
    isIt: (path, head) =>
      /\.(csv|tsv|txt)$/i.test(path) && head.length > 0 && (isUtf16(head) || !head.includes(0)),
    open: async (path) => alone(await (await import('./tables/csv.js')).csvPictureSource(path, path)),
  },
];

/** What a file is, by its first bytes and where these do not tell by its name. Throws an InputError if it cannot be read. */
export async function sniffFile(
  path: string,
): Promise<{ readonly format: FileFormat; readonly file: StoredFile }> {
  const file = await openStoredFile(path);
  const head = await firstBytes(unpackedChunks(file), SNIFFED_BYTES);
  const foreign = foreignPicture(path);
  if (foreign !== null) throw new InputError(`${path} cannot be read: ${foreign}.`);
  const unpacked = path.replace(/\.(gz|bz2|xz)$/i, '');
  const format =
    FILE_FORMATS.find(({ isIt }) => isIt(unpacked, head)) ??
    FILE_FORMATS.find(({ names }) => names?.test(unpacked));
  if (format !== undefined) return { format, file };
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

function startsWith(head: Buffer, magic: string): boolean {
  return head.toString('latin1', 0, magic.length) === magic;
}

function isZip(head: Buffer): boolean {
  return startsWith(head, 'PK\x03\x04') || startsWith(head, 'PK\x05\x06');
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

/** One image file; its id is its name, and each page of a TIFF is a picture. */
function singlePicture(path: string): PictureSource {
  const pages = pagesOf({ kind: 'encoded', id: basename(path), file: resolve(path) });
  const origin = { format: 'image', path: resolve(path) } as const;
  return listedPictures({ name: path, origin }, pages, (page) => page);
}
