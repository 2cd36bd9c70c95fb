// The formats of files that hold pictures, a row each: how one is told, and what opens it. The first row that fits counts. What reads a
// format is loaded where the format is met: libraries for all of them would take longer to load than a small dataset takes to be read.
import { basename, resolve } from 'node:path';
import { pictureFormatOf } from '../decoding/picture-format.js';
import { pagesOf } from '../decoding/tiff-pages.js';
import { listedPictures, type PictureSource, type ReadingLimits } from '../pictures.js';
import type { StoredFile } from './archives/stored-file.js';
import { idxPictureSource } from './arrays/idx.js';
import { isPictureName } from './picture-names.js';

/** Pictures to train on and, where their maker kept some apart, others; at least one of the two is there. */
export interface Found {
  readonly train: PictureSource | null;
  readonly test: PictureSource | null;
}

export function alone(train: PictureSource): Found {
  return { train, test: null };
}

export type FormatName = 'idx' | 'zip' | 'npz' | 'tar' | 'npy' | 'parquet' | 'csv' | 'image';

export interface FileFormat {
  readonly name: FormatName;
  /** `path` without what packs it, and the first bytes of what is in it. */
  isIt(path: string, head: Buffer): boolean;
  /** Names that tell where the bytes do not, as of a damaged file. */
  readonly names?: RegExp;
  open(path: string, file: StoredFile, limits: ReadingLimits): Promise<Found>;
}

/** Bytes that the longest `isIt` looks at: a tar header block. */
export const SNIFFED_BYTES = 512;

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

/** Null where no row fits. */
export function fileFormatOf(path: string, head: Buffer): FileFormat | null {
  return (
    FILE_FORMATS.find(({ isIt }) => isIt(path, head)) ??
    FILE_FORMATS.find(({ names }) => names?.test(path)) ??
    null
  );
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
