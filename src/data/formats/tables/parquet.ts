// Parquet tables as Hugging Face lays images out: a column `image` of {bytes, path}, or one of bytes; any number of shards.
import { dirname, resolve } from 'node:path';
import type { SchemaTree } from 'hyparquet';
import { InputError } from '../../../core/errors.js';
import {
  type Picture,
  type PictureSource,
  pickEvenly,
  READING_LIMITS,
  type ReadingLimits,
  spreadEvenly,
} from '../../pictures.js';
import { tooLarge } from '../archives/archive.js';
import { isPathName } from './csv-columns.js';
import { pictureAtPath } from './named-file.js';
import { openShards, type ParquetShard, type RowRange, readCells, rowRanges } from './parquet-shards.js';

/** A portion of the rows of one shard. */
interface Portion {
  readonly shard: ParquetShard;
  readonly column: string;
  readonly range: RowRange;
}

/** Portions that a sample is taken from: whole groups are unpacked for a few rows of each. */
const SAMPLED_PORTIONS = 16;

/**
 * The pictures of some shards, in that order; ids are row numbers over all. Throws an InputError where a shard is
 * damaged or has no column of images.
 */
export async function parquetPictureSource(
  paths: readonly string[],
  name: string,
  limits: ReadingLimits = READING_LIMITS,
): Promise<PictureSource> {
  const shards = await openShards(paths, limits);
  const count = shards.reduce((sum, { rows }) => sum + rows, 0);
  const portions = shards.flatMap((shard): Portion[] => {
    const column = imageColumn(shard);
    return rowRanges(shard, column).map((range) => ({ shard, column, range }));
  });
  if (count === 0) throw new InputError(`${name} holds no rows: name a table with images.`);
  async function* pictures(): AsyncGenerator<Picture> {
    for (const { shard, column, range } of portions) {
      for (const [place, cell] of (await readCells(shard, column, range)).entries()) {
        yield pictureOf(shard, range.start + place, cell, limits);
      }
    }
  }
  return {
    name,
    origin: { format: 'parquet', paths: paths.map((path) => resolve(path)) },
    count,
    shape: null,
    pictures,
    sample: (wanted) => samplePortions(portions, wanted, limits),
  };
}

/** Rows spread evenly over the table, or over some portions of it where it has many. */
async function samplePortions(
  portions: readonly Portion[],
  wanted: number,
  limits: ReadingLimits,
): Promise<Picture[]> {
  const chosen = pickEvenly(portions, SAMPLED_PORTIONS);
  const sizes = chosen.map(({ range }) => range.end - range.start);
  const places = spreadEvenly(
    sizes.reduce((sum, size) => sum + size, 0),
    wanted,
  );
  const sampled: Picture[] = [];
  let first = 0;
  for (const [index, { shard, column, range }] of chosen.entries()) {
    const own = places.filter((place) => place >= first && place < first + sizes[index]);
    const cells = own.length === 0 ? [] : await readCells(shard, column, range);
    for (const place of own) {
      const picture = pictureOf(shard, range.start + place - first, cells[place - first], limits);
      sampled.push(ownBytes(picture));
    }
    first += sizes[index];
  }
  return sampled;
}

/** The bytes of a picture are a view of all that was read with it, which must not be kept for one picture. */
function ownBytes(picture: Picture): Picture {
  if (picture.kind !== 'encoded' || typeof picture.file === 'string') return picture;
  return { ...picture, file: picture.file.slice() };
}

const IMAGE_NAME = /^(image|img|picture|photo|bytes|png|jpg|jpeg|pixels|data)(_?bytes|_?data)?$/i;

/** The column that holds the pictures. */
function imageColumn({ path, columns }: ParquetShard): string {
  const nameOf = ({ element }: SchemaTree) => element.name;
  const structs = columns.filter(({ children }) => children.some((child) => nameOf(child) === 'bytes'));
  const binary = columns.filter(isBinary);
  const images = [...structs, ...binary];
  const chosen = images.find((column) => IMAGE_NAME.test(nameOf(column)));
  if (chosen !== undefined) return nameOf(chosen);
  if (structs.length === 1) return nameOf(structs[0]);
  if (images.length === 1) return nameOf(images[0]);
  const paths = columns.filter((column) => isText(column) && isPathName(nameOf(column)));
  if (images.length === 0 && paths.length > 0) return nameOf(paths[0]);
  const listed = columns.map(nameOf).join(', ');
  if (images.length > 1) {
    throw new InputError(
      `${path} has several columns that could be the images (${images.map(nameOf).join(', ')}): call one of them image.`,
    );
  }
  const isNested = columns.some((column) => IMAGE_NAME.test(nameOf(column)) && column.children.length > 0);
  throw new InputError(
    isNested
      ? `${path} holds its images as nested lists (columns ${listed}), where a column image of {bytes, path} is read: write encoded pictures.`
      : `${path} holds no column of images (its columns are ${listed || 'none'}): write a column image of {bytes, path}, or path of files beside the table.`,
  );
}

/** A column of one run of bytes a row. */
function isPlainBytes({ element, children }: SchemaTree): boolean {
  return element.type === 'BYTE_ARRAY' && children.length === 0 && element.repetition_type !== 'REPEATED';
}

function isBinary(column: SchemaTree): boolean {
  const { converted_type, logical_type } = column.element;
  const isSaidToBe =
    converted_type !== undefined || (logical_type !== undefined && logical_type.type !== 'BSON');
  return isPlainBytes(column) && !isSaidToBe;
}

function isText(column: SchemaTree): boolean {
  const { converted_type, logical_type } = column.element;
  return isPlainBytes(column) && (converted_type === 'UTF8' || logical_type?.type === 'STRING');
}

function pictureOf(
  { path: shard, first }: ParquetShard,
  row: number,
  cell: unknown,
  { fileBytes }: ReadingLimits,
): Picture {
  const id = String(first + row);
  const { bytes, path } = cell instanceof Uint8Array ? { bytes: cell, path: null } : fieldsOf(cell);
  if (bytes instanceof Uint8Array && bytes.length > fileBytes) {
    return { kind: 'unreadable', id, reason: tooLarge(fileBytes) };
  }
  if (bytes instanceof Uint8Array && bytes.length > 0) return { kind: 'encoded', id, file: bytes };
  const text = path instanceof Uint8Array ? Buffer.from(path).toString('utf8') : path;
  if (typeof text === 'string' && text !== '') return pictureAtPath(id, text, dirname(shard));
  return { kind: 'unreadable', id, reason: 'the row holds no picture' };
}

function fieldsOf(cell: unknown): { readonly bytes: unknown; readonly path: unknown } {
  if (typeof cell === 'string') return { bytes: null, path: cell };
  if (typeof cell !== 'object' || cell === null) return { bytes: null, path: null };
  return { bytes: 'bytes' in cell ? cell.bytes : null, path: 'path' in cell ? cell.path : null };
}
