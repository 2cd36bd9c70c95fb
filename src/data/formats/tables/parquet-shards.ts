// Parquet files as one long table: its metadata, and one column of it, group of rows after group of rows, so that memory
// holds one group. Format: https://parquet.apache.org/docs/file-format (read by hyparquet).
import {
  type AsyncBuffer,
  asyncBufferFromFile,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaTree,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { InputError } from '../../../core/errors.js';
import type { ReadingLimits } from '../../pictures.js';
import { unpackingBudget } from '../archives/archive.js';
import { firstBytes, openStoredFile, unpackedChunks, unsound } from '../archives/stored-file.js';
import { checkPages } from './parquet-pages.js';

/** A shard that was opened: its rows are `first` … `first + rows − 1` of the whole. */
export interface ParquetShard {
  readonly path: string;
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
  readonly columns: readonly SchemaTree[];
  readonly first: number;
  readonly rows: number;
}

/** Rows `start` … `end − 1` of a shard. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

const damaged = unsound('Parquet file', 'write it again');

const MAGIC = 'PAR1';
/** Magic twice, and the length of the metadata. */
const LEAST_BYTES = 12;
/** Groups larger than this are read in parts where an index says where their pages lie. */
const BYTES_AT_ONCE = 64 * 2 ** 20;
/** More than this of one column cannot be read at once. */
const LARGEST_GROUP = 2 ** 31;

/** An empty page, such as a dictionary of no paths, is one byte in LZ4, which hyparquet-compressors 1.1 takes for damage. */
const unpackers: Compressors = Object.fromEntries(
  Object.entries(compressors).map(([codec, unpack]) => [
    codec,
    (packed: Uint8Array, length: number) => (length === 0 ? new Uint8Array() : unpack(packed, length)),
  ]),
);

/** Throws an InputError where a file is no sound Parquet. */
export async function openShards(paths: readonly string[], limits: ReadingLimits): Promise<ParquetShard[]> {
  const shards: ParquetShard[] = [];
  let first = 0;
  for (const path of paths) {
    const shard = await openShard(path, first, limits);
    shards.push(shard);
    first += shard.rows;
  }
  return shards;
}

async function openShard(path: string, first: number, limits: ReadingLimits): Promise<ParquetShard> {
  const stored = await openStoredFile(path);
  const magic = (await firstBytes(unpackedChunks(stored), MAGIC.length)).toString('latin1');
  if (stored.packing !== null) throw damaged(path, new Error('it is packed with gzip as a whole'));
  if (magic === 'PARE') throw new InputError(`${path} is encrypted: write it without encryption.`);
  if (magic !== MAGIC || stored.storedBytes < LEAST_BYTES) {
    throw damaged(path, new Error(`it does not begin with ${MAGIC}`));
  }
  try {
    const file = await asyncBufferFromFile(path);
    const metadata = await parquetMetadataAsync(file);
    const budget = unpackingBudget(path, stored.storedBytes, limits);
    for (const { total_byte_size } of metadata.row_groups) budget.spend(Number(total_byte_size));
    const rows = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
    if (rows !== Number(metadata.num_rows)) {
      throw new Error(`it announces ${metadata.num_rows} rows and has ${rows}`);
    }
    const schema = parquetSchema(metadata);
    const leaves = leavesOf(schema);
    for (const { columns } of metadata.row_groups) {
      const found = columns.map(({ meta_data }) => meta_data?.path_in_schema.join('.'));
      if (found.join() !== leaves.join()) {
        throw new Error(`a group of rows has the columns ${found}, where its schema has ${leaves}`);
      }
    }
    return { path, file, metadata, columns: schema.children, first, rows };
  } catch (error) {
    throw damaged(path, error);
  }
}

/** The columns that hold values, `image.bytes` for one; every group of rows has all of them in this order. */
function leavesOf({ children, path }: SchemaTree): string[] {
  return children.length === 0 && path.length > 0 ? [path.join('.')] : children.flatMap(leavesOf);
}

/**
 * The rows of a shard in portions that are read at once: groups of rows, or parts of a large one. Throws an InputError
 * where one is too large to be read.
 */
export function rowRanges(
  { path, metadata }: ParquetShard,
  column: string,
  bytesAtOnce = BYTES_AT_ONCE,
): RowRange[] {
  const ranges: RowRange[] = [];
  let start = 0;
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    const chunks = group.columns.filter(({ meta_data }) => meta_data?.path_in_schema[0] === column);
    const bytes = chunks.reduce((sum, { meta_data }) => sum + Number(meta_data?.total_compressed_size), 0);
    const isIndexed = chunks.every(({ offset_index_length }) => (offset_index_length ?? 0) > 0);
    if (bytes > LARGEST_GROUP && !isIndexed) {
      throw new InputError(
        `${path} has a group of ${rows} rows with ${Math.round(bytes / 2 ** 20)} MB of images: write it with a row_group_size of 1000.`,
      );
    }
    const parts = isIndexed ? Math.min(rows, Math.ceil(bytes / bytesAtOnce)) : 1;
    for (let part = 0; part < parts; part++) {
      ranges.push({
        start: start + Math.floor((part * rows) / parts),
        end: start + Math.floor(((part + 1) * rows) / parts),
      });
    }
    start += rows;
  }
  return ranges.filter((range) => range.end > range.start);
}

/** The cells of one column in some rows. Throws an InputError where they cannot be read. */
export async function readCells(
  { path, file, metadata }: ParquetShard,
  column: string,
  { start, end }: RowRange,
): Promise<unknown[]> {
  try {
    const rows = await parquetReadObjects({
      file: await checkedGroup(file, metadata, column, { start, end }),
      metadata,
      compressors: unpackers,
      columns: [column],
      rowStart: start,
      rowEnd: end,
      utf8: false,
      useOffsetIndex: true,
    });
    if (rows.length !== end - start) {
      throw new Error(`its rows ${start} to ${end - 1} are ${rows.length} in number`);
    }
    return rows.map((row) => row[column] as unknown);
  } catch (error) {
    throw damaged(path, error);
  }
}

/**
 * The file, with what a whole group holds of a column in memory once its pages were checked. Of a part of a group only
 * hyparquet knows which bytes it needs.
 */
async function checkedGroup(
  file: AsyncBuffer,
  { row_groups }: FileMetaData,
  column: string,
  { start, end }: RowRange,
): Promise<AsyncBuffer> {
  let first = 0;
  const group = row_groups.find(({ num_rows }) => {
    first += Number(num_rows);
    return first > start;
  });
  if (group === undefined || end - start < Number(group.num_rows)) return file;
  const chunks: { readonly from: number; readonly bytes: ArrayBuffer }[] = [];
  for (const { meta_data } of group.columns) {
    if (meta_data?.path_in_schema[0] !== column) continue;
    const from = Number(meta_data.dictionary_page_offset || meta_data.data_page_offset);
    const to = from + Number(meta_data.total_compressed_size);
    if (!(from >= 0 && to >= from && to <= file.byteLength)) {
      throw new Error(`its column ${column} lies outside of the file`);
    }
    const bytes = await file.slice(from, to);
    checkPages(bytes, meta_data);
    chunks.push({ from, bytes });
  }
  return {
    byteLength: file.byteLength,
    slice(from, to = file.byteLength) {
      const chunk = chunks.find((each) => each.from <= from && to <= each.from + each.bytes.byteLength);
      return chunk === undefined
        ? file.slice(from, to)
        : chunk.bytes.slice(from - chunk.from, to - chunk.from);
    },
  };
}
