// What the columns of a table of images are: pixels, a label, a path. The label's column is known by its name or, in
// tables of nothing but numbers, by its place; its values are read for scoring alone, by labels/csv.ts.
import { InputError } from '../../../core/errors.js';
import type { CsvTable } from './csv-table.js';

/** Which columns of a table are an image's pixels. */
export interface PixelColumns {
  /** Columns `first` … `first + count − 1` are pixels, in rows of the image. */
  readonly first: number;
  readonly count: number;
  /** All columns of the table, the pixels included. */
  readonly columns: number;
  /** The column of the labels; null where there is none. */
  readonly label: number | null;
}

const LABEL_NAME =
  /^(label|labels|class|y|target|targets|digit|category|kind|emotion|(label|class|category)[ _]name)$/i;
const PATH_NAME =
  /^(path|paths|file|files|filename|file[ _]name|file[ _]?path|image|images|image[ _]?(path|file|name|url)|img|img[ _]?(path|name|url)|url|uri)$/i;
/** `pixel0`, `pixel_0`, `px0`, `p0`, `x0`, `0`, and `1x1` as in MNIST-in-CSV. */
const PIXEL_NAME = /^(pixel|px|p|x|v)?[ _]?\d+$|^\d+x\d+$/i;
/** Fewer columns than this are no image. */
const LEAST_PIXELS = 4;

/** The column of the labels by its name; null where none is called so. */
export function labelColumn(header: readonly string[] | null): number | null {
  return columnNamed(header, LABEL_NAME);
}

/** Is a column of paths called so? */
export function isPathName(name: string): boolean {
  return PATH_NAME.test(name);
}

/** The column of the paths by its name; null where none is called so. */
export function pathColumn(header: readonly string[] | null): number | null {
  return columnNamed(header, PATH_NAME);
}

function columnNamed(header: readonly string[] | null, names: RegExp): number | null {
  const column = header?.findIndex((name) => names.test(name)) ?? -1;
  return column < 0 ? null : column;
}

const LIST_NAME = /^(pixels?|image|images)$/i;

/** The column in which each row has all pixels of a square image, as FER2013 keeps them: `70 80 82 …`; null where none has. */
export function listColumn({ path, header, firstRows }: CsvTable): number | null {
  const column = columnNamed(header, LIST_NAME);
  if (column === null) return null;
  const lists = firstRows.map((row) => row[column] ?? '');
  if (lists.length === 0 || !lists.every((text) => /^\s*\d+(\s+\d+)+\s*$/.test(text))) return null;
  requireSquare(path, numbersIn(lists[0]).length, `numbers in the column ${header![column]}`);
  return column;
}

/** `70 80 82` → its numbers. */
export function numbersIn(text: string): number[] {
  return text.trim().split(/\s+/).map(Number);
}

/** Null where the columns are something else. Throws an InputError where so many pixels are no square image. */
export function pixelColumns(table: CsvTable): PixelColumns | null {
  return table.header === null ? numberedColumns(table) : namedColumns(table.path, table.header);
}

function namedColumns(path: string, header: readonly string[]): PixelColumns | null {
  const first = header.findIndex((name) => PIXEL_NAME.test(name));
  const afterwards = header.findIndex((name, column) => column > first && !PIXEL_NAME.test(name));
  const count = (afterwards < 0 ? header.length : afterwards) - first;
  if (first < 0 || count < LEAST_PIXELS || count < header.length / 2) return null;
  if (afterwards >= 0 && header.slice(afterwards).some((name) => PIXEL_NAME.test(name))) {
    throw new InputError(
      `${path} has the column ${header[afterwards]} amid its pixels: keep the pixel columns together.`,
    );
  }
  requireSquare(path, count, 'pixel columns');
  return { first, count, columns: header.length, label: labelColumn(header) };
}

/** All of these numbers are pixels, or all but the first: squares never differ by one. */
function numberedColumns(table: CsvTable): PixelColumns | null {
  const { path, firstRows } = table;
  const columns = firstRows[0]?.length ?? 0;
  if (columns < LEAST_PIXELS) return null;
  if (isSquare(columns)) return { first: 0, count: columns, columns, label: null };
  if (isSquare(columns - 1)) {
    requireLabelFirst(table);
    return { first: 1, count: columns - 1, columns, label: 0 };
  }
  requireSquare(path, isSquare((columns - 1) / 3) ? columns - 1 : columns, 'numbers a row');
  return null;
}

/**
 * A label in the last column would be taken for a pixel, and training would see it. Where the first column never changes
 * and the last one does, that may be so.
 */
function requireLabelFirst({ path, firstRows }: CsvTable): void {
  const changes = (column: number) => new Set(firstRows.map((row) => row.at(column))).size > 1;
  if (changes(0) || !changes(-1)) return;
  throw new InputError(
    `${path} names no columns, and its label may be the first or the last of them: name them label, pixel0, pixel1 ….`,
  );
}

function requireSquare(path: string, count: number, what: string): void {
  if (isSquare(count)) return;
  if (isSquare(count / 3)) {
    const side = Math.sqrt(count / 3);
    throw new InputError(
      `${path} has ${count} ${what}, 3 × ${side} × ${side}: whether colours lie pixel by pixel or plane by plane cannot be told; save a .npy array of shape (N, ${side}, ${side}, 3).`,
    );
  }
  throw new InputError(
    `${path} has ${count} ${what}, which fill no square image, with a label before them or without: name its columns label, pixel0, pixel1 … of square images.`,
  );
}

function isSquare(value: number): boolean {
  return Number.isInteger(Math.sqrt(value));
}
