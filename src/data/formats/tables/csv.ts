// Tables as pictures: a row of pixels an image, as Kaggle lays MNIST out (label, pixel0 … pixelN), or a column of paths to
// image files. The label's column is passed over; labels/csv.ts reads it for scoring.
import { dirname, resolve } from 'node:path';
import { InputError } from '../../../core/errors.js';
import { listedPictures, type Picture, type PictureSource, sampleOfStream } from '../../pictures.js';
import { listColumn, numbersIn, type PixelColumns, pathColumn, pixelColumns } from './csv-columns.js';
import { type CsvTable, openCsvTable, readRecords, withoutHeader } from './csv-table.js';
import { createFileFinder, type FileFinder, pictureAtPath } from './named-file.js';
import { readPixelRows, whiteOf } from './number-rows.js';

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
  return squareSource(table, count, name, async function* () {
    for await (const { row, fields } of readRecords(table)) {
      const values = numbersIn(fields[column]);
      const wrong = values.findIndex((value) => !(Number.isInteger(value) && value >= 0 && value <= 255));
      if (wrong >= 0 || values.length !== count) {
        const found = wrong >= 0 ? `no whole number from 0 to 255 at place ${wrong + 1}` : `${values.length}`;
        throw new InputError(
          `${path} has ${found} in row ${row}, where ${count} pixels from 0 to 255 belong: correct it.`,
        );
      }
      yield Uint8Array.from(values);
    }
  });
}

async function pixelSource(table: CsvTable, columns: PixelColumns, name: string): Promise<PictureSource> {
  if (table.firstRows.length === 0) {
    throw new InputError(`${table.path} holds no rows of pixels: name a file with images.`);
  }
  const white = await whiteOf(table, columns);
  return squareSource(table, columns.count, name, () => readPixelRows(table, columns, white));
}

/** `rows`: (count) pixels of a square image, row by row of the table. */
function squareSource(
  { path }: CsvTable,
  count: number,
  name: string,
  rows: () => AsyncIterable<Uint8Array>,
): PictureSource {
  const side = Math.sqrt(count);
  const shape = { height: side, width: side, channels: 1 };
  async function* pictures(): AsyncGenerator<Picture> {
    let row = 0;
    for await (const data of rows()) yield { kind: 'pixels', id: String(row++), ...shape, data };
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

async function pathSource(table: CsvTable, name: string): Promise<PictureSource> {
  const { path } = table;
  const paths = new Map<string, string>();
  const columns = findPaths(table);
  for await (const row of readPathRows(columns)) paths.set(row.id, row.path);
  if (paths.size === 0) throw new InputError(`${path} names no pictures: name a table with rows.`);
  const origin = { format: 'csv', path: resolve(path) } as const;
  return listedPictures({ name, origin }, [...paths], ([id, file]) =>
    pictureAtPath(id, file, dirname(path), columns.find),
  );
}

export interface PathRow {
  /** Counts from 1, without the header. */
  readonly row: number;
  /** The path that leads to the file, else as it is written; the second time with #2, and so on. */
  readonly id: string;
  readonly path: string;
  readonly fields: readonly string[];
}

/** The rows of a table of paths, in order. */
export async function* readPathRows({ table, column, find }: Paths): AsyncGenerator<PathRow> {
  const times = new Map<string, number>();
  const taken = new Set<string>();
  for await (const { row, fields } of readRecords(table)) {
    const path = meantBy(fields[column], find);
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
function meantBy(path: string, find: FileFinder): string {
  return fileMeantBy(path, find) ?? path.trim();
}

/** The one file that it means; null where none does, or several. */
function fileMeantBy(path: string, find: FileFinder): string | null {
  const found = find(path);
  const [file, ...others] = found.length > 0 ? found : find(path.trim());
  return file === undefined || others.length > 0 ? null : file;
}

/** Which column of a table holds paths. */
interface Paths {
  /** Without a header where the first row is one of the others. */
  readonly table: CsvTable;
  readonly column: number;
  readonly find: FileFinder;
}

/**
 * The column of the paths: by its name, else the one whose rows name the most files that are there. Throws an InputError where no column
 * holds paths.
 */
export function findPaths(table: CsvTable): Paths {
  const find = createFileFinder(dirname(table.path));
  const named = pathColumn(table.header);
  if (named !== null) return { table, column: named, find };
  const fileOf = (field: string) => fileMeantBy(field, find);
  const inHeader = table.header?.findIndex((field) => fileOf(field) !== null) ?? -1;
  if (inHeader >= 0) return { table: withoutHeader(table), column: inHeader, find };
  const columns = Math.max(0, ...table.firstRows.map((row) => row.length));
  // A label that happens to be the name of a file names the same one again and again.
  const files = Array.from(
    { length: columns },
    (_, column) =>
      new Set(table.firstRows.map((row) => fileOf(row[column] ?? '')).filter((file) => file !== null)),
  );
  const most = Math.max(0, ...files.map(({ size }) => size));
  if (most > 0) return { table, column: files.findIndex(({ size }) => size === most), find };
  throw new InputError(
    `${table.path} is no table of images: name its columns label, pixel0, pixel1 …, or have a column path that names image files.`,
  );
}
