// Tables as pictures: a row of pixels an image, as Kaggle lays MNIST out (label, pixel0 … pixelN), or a column of paths to
// image files. The label column is passed over; labels/csv.ts reads it for scoring.
import { existsSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { InputError } from '../core/errors.js';
import { type CsvTable, openCsvTable, readRecords } from './csv-table.js';
import { readNumberRows } from './number-rows.js';
import { type Picture, type PictureSource, sampleOfStream, spreadEvenly } from './pictures.js';
import { uniqueId } from './zip.js';

/** The pictures of a CSV file. Throws an InputError, at the latest while it is read, where it is no such table. */
export async function csvPictureSource(path: string, name: string): Promise<PictureSource> {
  const table = await openCsvTable(path);
  const pixels = pixelColumns(table);
  return pixels === null ? pathSource(table, name) : pixelSource(table, pixels, name);
}

/** Which columns of a table are an image's pixels. */
export interface PixelColumns {
  readonly first: number;
  readonly count: number;
  /** The column of the labels; null where there is none. */
  readonly label: number | null;
}

const LABEL_NAME = /^(label|labels|class|y|target|digit|category|kind)$/i;
const PIXEL_NAME = /^(pixel|px|p|x)?[_ ]?\d+$|^\d+x\d+$/i;
/** Fewer columns than this are no image. */
const LEAST_PIXELS = 4;

/** Null where the columns are something else. Throws an InputError where so many pixels are no square. */
export function pixelColumns({ path, header, firstRow }: CsvTable): PixelColumns | null {
  if (header !== null) {
    const isPixel = header.map((name) => PIXEL_NAME.test(name));
    const count = isPixel.filter(Boolean).length;
    const label = header.findIndex((name) => LABEL_NAME.test(name));
    if (count < LEAST_PIXELS || count < header.length - 1 || (count < header.length && label < 0))
      return null;
    requireSquare(path, count);
    return { first: isPixel.indexOf(true), count, label: label < 0 ? null : label };
  }
  const isNumeric = firstRow.every((field) => field !== '' && Number.isFinite(Number(field)));
  if (!isNumeric || firstRow.length < LEAST_PIXELS) return null;
  if (isSquare(firstRow.length)) return { first: 0, count: firstRow.length, label: null };
  if (isSquare(firstRow.length - 1)) return { first: 1, count: firstRow.length - 1, label: 0 };
  throw new InputError(
    `${path} has ${firstRow.length} numbers a row, and neither these nor all but a first label fill a square image: name its columns label, pixel0, pixel1 ….`,
  );
}

/** Which column is the label of a table of paths; −1 for none. */
export function labelColumn(header: readonly string[]): number {
  return header.findIndex((name) => LABEL_NAME.test(name));
}

function requireSquare(path: string, pixels: number): void {
  if (isSquare(pixels)) return;
  throw new InputError(
    `${path} has ${pixels} pixel columns, which fill no square image: save square images.`,
  );
}

function isSquare(value: number): boolean {
  return Number.isInteger(Math.sqrt(value));
}

function pixelSource(table: CsvTable, columns: PixelColumns, name: string): PictureSource {
  const side = Math.sqrt(columns.count);
  const shape = { height: side, width: side, channels: 1 };
  async function* pictures(): AsyncGenerator<Picture> {
    let row = 0;
    for await (const data of readNumberRows(table, columns)) {
      yield { kind: 'pixels', id: String(row++), ...shape, data };
    }
    if (row === 0) throw new InputError(`${table.path} holds no rows of pixels: name a file with images.`);
  }
  return {
    name,
    origin: { format: 'csv', path: resolve(table.path) },
    shape,
    count: null,
    pictures,
    sample: (wanted) => sampleOfStream(pictures(), wanted),
  };
}

const PATH_NAME =
  /^(path|file|filename|file_name|filepath|file_path|image|image_path|img|img_path|image_file)$/i;

async function pathSource(table: CsvTable, name: string): Promise<PictureSource> {
  const rows = await listPaths(table);
  if (rows.length === 0) throw new InputError(`${table.path} names no pictures: name a table with rows.`);
  const pictureOf = ({ id, path }: PathRow): Picture => {
    if (/^https?:\/\//i.test(path)) {
      return { kind: 'unreadable', id, reason: 'it is an address, and only files on this machine are read' };
    }
    const file = isAbsolute(path) ? path : resolve(dirname(table.path), path);
    return path === ''
      ? { kind: 'unreadable', id, reason: 'the row names no file' }
      : { kind: 'encoded', id, file };
  };
  async function* pictures(): AsyncGenerator<Picture> {
    for (const row of rows) yield pictureOf(row);
  }
  return {
    name,
    origin: { format: 'csv', path: resolve(table.path) },
    shape: null,
    count: rows.length,
    pictures,
    sample: async (wanted) => spreadEvenly(rows.length, wanted).map((place) => pictureOf(rows[place])),
  };
}

export interface PathRow {
  /** The path as it is written; a second time with a number. */
  readonly id: string;
  readonly path: string;
  readonly fields: readonly string[];
}

/** The rows of a table of paths, in order. Throws an InputError where no column holds paths. */
export async function listPaths(table: CsvTable): Promise<PathRow[]> {
  const column = pathColumn(table);
  const rows: PathRow[] = [];
  const ids = new Set<string>();
  for await (const fields of readRecords(table)) {
    const path = fields[column];
    const id = uniqueId(path === '' ? `row ${rows.length}` : path.replaceAll('\\', '/'), ids);
    ids.add(id);
    rows.push({ id, path, fields });
  }
  return rows;
}

function pathColumn({ path, header, firstRow }: CsvTable): number {
  const byName = header?.findIndex((name) => PATH_NAME.test(name)) ?? -1;
  if (byName >= 0) return byName;
  const byFile = firstRow.findIndex(
    (field) => field !== '' && existsSync(resolve(dirname(path), field)) && /\.\w+$/.test(field),
  );
  if (byFile >= 0) return byFile;
  throw new InputError(
    `${path} is no table of images: name its columns label, pixel0, pixel1 …, or have a column path that names image files.`,
  );
}
