// Tables as pictures: a row of pixels an image, as Kaggle lays MNIST out (label, pixel0 … pixelN), or a column of paths to
// image files. The label's column is passed over; labels/csv.ts reads it for scoring.
import { dirname, resolve } from 'node:path';
import { InputError } from '../core/errors.js';
import { listColumn, numbersIn, type PixelColumns, pathColumn, pixelColumns } from './csv-columns.js';
import { type CsvTable, openCsvTable, readRecords, withoutHeader } from './csv-table.js';
import { namesFile, pictureAtPath } from './named-file.js';
import { readPixelRows, whiteOf } from './number-rows.js';
import { type Picture, type PictureSource, sampleOfStream, spreadEvenly } from './pictures.js';

/** The pictures of a CSV file. Throws an InputError, at the latest while it is read, where it is no such table. */
export async function csvPictureSource(path: string, name: string): Promise<PictureSource> {
  const table = await openCsvTable(path);
  const pixels = pixelColumns(table);
  if (pixels !== null) return pixelSource(table, pixels, name);
  const list = listColumn(table);
  return list === null ? pathSource(table, name) : listSource(table, list, name);
}

/** A column of lists of pixels, 0 to 255. */
function listSource(table: CsvTable, column: number, name: string): PictureSource {
  const { path, firstRows } = table;
  const count = numbersIn(firstRows[0][column]).length;
  const side = Math.sqrt(count);
  const shape = { height: side, width: side, channels: 1 };
  async function* pictures(): AsyncGenerator<Picture> {
    for await (const { row, fields } of readRecords(table)) {
      const values = numbersIn(fields[column]);
      const wrong = values.findIndex((value) => !(Number.isInteger(value) && value >= 0 && value <= 255));
      if (wrong >= 0 || values.length !== count) {
        const found = wrong >= 0 ? `no whole number from 0 to 255 at place ${wrong + 1}` : `${values.length}`;
        throw new InputError(
          `${path} has ${found} in row ${row}, where ${count} pixels from 0 to 255 belong: correct it.`,
        );
      }
      yield { kind: 'pixels', id: String(row - 1), ...shape, data: Uint8Array.from(values) };
    }
  }
  return {
    name,
    origin: { format: 'csv', path: resolve(path) },
    shape,
    count: null,
    pictures,
    sample: (wanted) => sampleOfStream(pictures(), wanted),
  };
}

async function pixelSource(table: CsvTable, columns: PixelColumns, name: string): Promise<PictureSource> {
  if (table.firstRows.length === 0) {
    throw new InputError(`${table.path} holds no rows of pixels: name a file with images.`);
  }
  const side = Math.sqrt(columns.count);
  const shape = { height: side, width: side, channels: 1 };
  const white = await whiteOf(table, columns);
  async function* pictures(): AsyncGenerator<Picture> {
    let row = 0;
    for await (const data of readPixelRows(table, columns, white)) {
      yield { kind: 'pixels', id: String(row++), ...shape, data };
    }
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

async function pathSource(table: CsvTable, name: string): Promise<PictureSource> {
  const { path } = table;
  const paths = new Map<string, string>();
  for await (const row of readPathRows(table)) paths.set(row.id, row.path);
  if (paths.size === 0) throw new InputError(`${path} names no pictures: name a table with rows.`);
  const ids = [...paths.keys()];
  const pictureOf = (id: string) => pictureAtPath(id, paths.get(id) ?? '', dirname(path));
  async function* pictures(): AsyncGenerator<Picture> {
    for (const id of ids) yield pictureOf(id);
  }
  return {
    name,
    origin: { format: 'csv', path: resolve(path) },
    shape: null,
    count: ids.length,
    pictures,
    sample: async (wanted) => spreadEvenly(ids.length, wanted).map((place) => pictureOf(ids[place])),
  };
}

export interface PathRow {
  /** Counts from 1, without the header. */
  readonly row: number;
  /** The path as it is written; the second time with #2, and so on. */
  readonly id: string;
  readonly path: string;
  readonly fields: readonly string[];
}

/** The rows of a table of paths, in order. Throws an InputError where no column holds paths. */
export async function* readPathRows(opened: CsvTable): AsyncGenerator<PathRow> {
  const { table, column } = findPaths(opened);
  const folder = dirname(table.path);
  const times = new Map<string, number>();
  const taken = new Set<string>();
  for await (const { row, fields } of readRecords(table)) {
    const path = withoutBlanks(fields[column], folder);
    const written = path.trim() === '' ? `row ${row}` : path;
    let time = times.get(written) ?? 0;
    let id: string;
    do id = ++time === 1 ? written : `${written}#${time}`;
    while (taken.has(id));
    times.set(written, time);
    taken.add(id);
    yield { row, id, path, fields };
  }
}

/** A path as a person means it: blanks before and behind it are none of it, unless a file is called so. */
function withoutBlanks(path: string, folder: string): string {
  const trimmed = path.trim();
  return trimmed === path || namesFile(path, folder) ? path : trimmed;
}

interface Paths {
  readonly table: CsvTable;
  readonly column: number;
}

/** The column of the paths: by its name, else the first one in which some row names a file that is there. */
function findPaths(table: CsvTable): Paths {
  const named = pathColumn(table.header);
  if (named !== null) return { table, column: named };
  const folder = dirname(table.path);
  const isThere = (field: string) => namesFile(withoutBlanks(field, folder), folder);
  const inHeader = table.header?.findIndex(isThere) ?? -1;
  if (inHeader >= 0) return { table: withoutHeader(table), column: inHeader };
  const columns = Math.max(0, ...table.firstRows.map((row) => row.length));
  for (let column = 0; column < columns; column++) {
    if (table.firstRows.some((row) => isThere(row[column] ?? ''))) return { table, column };
  }
  throw new InputError(
    `${table.path} is no table of images: name its columns label, pixel0, pixel1 …, or have a column path that names image files.`,
  );
}
