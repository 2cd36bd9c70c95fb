// Rows of numbers made elsewhere, one a picture: a NumPy array of any numbers and order, alone or in an .npz, or a column of
// lists in Parquet. Read in blocks, so that a file of any size can be.
import type { SchemaTree } from 'hyparquet';
import { InputError } from '../../core/errors.js';
import { indexOfNotFinite, type Matrix, matrix } from '../../core/matrix.js';
import { openNpyFile } from '../../data/formats/arrays/npy.js';
import { openNpz } from '../../data/formats/arrays/npz.js';
import { readValues, type StoredArray, shapeText } from '../../data/formats/arrays/stored-array.js';
import { sniffFile } from '../../data/formats/file-formats.js';
import {
  openShards,
  type ParquetShard,
  readCells,
  rowRanges,
} from '../../data/formats/tables/parquet-shards.js';
import { READING_LIMITS } from '../../data/pictures.js';

export interface FeatureFile {
  readonly path: string;
  readonly rows: number;
  readonly columns: number;
  /** Of each column of text: what it holds in each row. */
  texts(): Promise<(readonly string[])[]>;
  /** The rows in order, some at a time. Throws an InputError, with the place, at a value that is no number. */
  blocks(): AsyncIterable<Matrix>;
}

const VALUES_AT_ONCE = 1 << 20;

/** Throws an InputError where the file holds no such rows. */
export async function openFeatureFile(path: string): Promise<FeatureFile> {
  const { format } = await sniffFile(path);
  switch (format.name) {
    case 'npy':
      return arrayRows(path, await openNpyFile(path));
    case 'npz':
      return arrayRows(path, await onlyTable(path));
    case 'parquet':
      return listRows(path);
    default:
      throw new InputError(
        `${path} is no .npy, .npz or .parquet file of vectors: save an array with a row an image.`,
      );
  }
}

/** The rows of a file, and what is written beside them. */
export interface FeatureRows {
  readonly rows: Matrix;
  readonly texts: readonly (readonly string[])[];
}

/** All rows, once it is clear that they differ. Throws an InputError where they do not. */
export async function readFeatureFile(path: string): Promise<FeatureRows> {
  const file = await openFeatureFile(path);
  const { rows, columns } = file;
  const all = matrix(rows, columns);
  let done = 0;
  for await (const { data } of file.blocks()) {
    all.data.set(data, done);
    done += data.length;
  }
  if (rows > 1 && all.data.every((value, at) => value === all.data[at % columns])) {
    throw new InputError(`All ${rows} rows of ${path} are alike, so there are no kinds to tell apart.`);
  }
  return { rows: all, texts: await file.texts() };
}

async function onlyTable(path: string): Promise<StoredArray> {
  const arrays = [...(await openNpz(path))];
  const isTable = (array: StoredArray | InputError): array is StoredArray =>
    !(array instanceof InputError) && array.header.shape.length === 2 && isNumeric(array);
  const tables = arrays.flatMap(([, array]) => (isTable(array) ? [array] : []));
  if (tables.length === 1) return tables[0];
  const names = arrays.map(([key]) => key).join(', ');
  throw new InputError(
    `${path} holds ${tables.length === 0 ? 'no' : 'several'} tables of vectors (its arrays are ${names || 'none'}): save one array with a row an image.`,
  );
}

function isNumeric({ header: { kind } }: StoredArray): boolean {
  return kind === 'float' || kind === 'int' || kind === 'uint';
}

function arrayRows(path: string, array: StoredArray): FeatureFile {
  const { header } = array;
  const [rows = 0, columns = 0] = header.shape;
  if (header.shape.length !== 2 || rows * columns === 0 || !isNumeric(array)) {
    throw new InputError(
      `${array.name} has the shape ${shapeText(header)}, where vectors are rows of numbers, one an image: save it with two dimensions.`,
    );
  }
  async function* blocks(): AsyncGenerator<Matrix> {
    const rowsAtOnce = Math.max(1, Math.floor(VALUES_AT_ONCE / columns));
    let first = 0;
    for await (const values of readValues(array, rowsAtOnce * columns)) {
      const block = { data: Float32Array.from(values), rows: values.length / columns, columns };
      requireFinite(array.name, block, first);
      yield block;
      first += block.rows;
    }
  }
  return { path, rows, columns, texts: async () => [], blocks };
}

async function listRows(path: string): Promise<FeatureFile> {
  const [shard] = await openShards([path], READING_LIMITS);
  const lists = shard.columns.filter(({ element: { converted_type, logical_type } }) =>
    [converted_type, logical_type?.type].includes('LIST'),
  );
  if (lists.length !== 1) {
    const names = shard.columns.map(({ element }) => element.name).join(', ');
    throw new InputError(
      `${path} has ${lists.length === 0 ? 'no' : 'several'} columns of lists of numbers (its columns are ${names}): write one.`,
    );
  }
  const { name } = lists[0].element;
  const ranges = rowRanges(shard, name);
  const first = ranges.length === 0 ? null : (await readCells(shard, name, { start: 0, end: 1 }))[0];
  const columns = lengthOf(first);
  if (columns === 0) throw new InputError(`${path} holds no vectors in its column ${name}: write one a row.`);
  async function* blocks(): AsyncGenerator<Matrix> {
    for (const range of ranges) {
      const lists = await readCells(shard, name, range);
      const block = matrix(lists.length, columns);
      for (const [place, list] of lists.entries()) {
        if (lengthOf(list) !== columns) {
          throw new InputError(
            `${path} has ${lengthOf(list)} numbers in row ${range.start + place}, where ${columns} belong: correct it.`,
          );
        }
        block.data.set(Array.from(list as ArrayLike<unknown>, Number), place * columns);
      }
      requireFinite(path, block, range.start);
      yield block;
    }
  }
  return { path, rows: shard.rows, columns, texts: () => textsOf(shard), blocks };
}

async function textsOf(shard: ParquetShard): Promise<(readonly string[])[]> {
  const isText = ({ element: { converted_type, logical_type } }: SchemaTree) =>
    converted_type === 'UTF8' || logical_type?.type === 'STRING';
  const all = [];
  for (const { element } of shard.columns.filter(isText)) {
    const texts: string[] = [];
    for (const range of rowRanges(shard, element.name)) {
      for (const cell of await readCells(shard, element.name, range)) texts.push(textOf(cell));
    }
    all.push(texts);
  }
  return all;
}

function textOf(cell: unknown): string {
  return cell instanceof Uint8Array ? Buffer.from(cell).toString('utf8') : String(cell ?? '');
}

function lengthOf(list: unknown): number {
  return Array.isArray(list) || ArrayBuffer.isView(list) ? (list as ArrayLike<unknown>).length : 0;
}

function requireFinite(name: string, { data, columns }: Matrix, firstRow: number): void {
  const bad = indexOfNotFinite(data);
  if (bad < 0) return;
  throw new InputError(
    `${name} holds ${data[bad]} at [${firstRow + Math.floor(bad / columns)}, ${bad % columns}]: replace what is no number.`,
  );
}
