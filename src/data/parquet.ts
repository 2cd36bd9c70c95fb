// Parquet tables as Hugging Face lays images out: a column `image` of {bytes, path}, or one of bytes; any number of shards.
// Read by hyparquet, a group of rows at a time.
import { dirname, resolve } from 'node:path';
import {
  type AsyncBuffer,
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaTree,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { InputError } from '../core/errors.js';
import { type Picture, type PictureSource, spreadEvenly } from './pictures.js';

/** A shard that was opened: its rows are `first` … `first + rows − 1` of the whole. */
export interface ParquetShard {
  readonly path: string;
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
  readonly first: number;
  readonly rows: number;
}

/** Rows read at once: encoded pictures of some ten megabytes. */
const ROWS_AT_ONCE = 256;
const SAMPLED_TOGETHER = 8;

/** The pictures of some shards, in that order; ids are row numbers over all. */
export async function parquetPictureSource(paths: readonly string[], name: string): Promise<PictureSource> {
  const shards = await openShards(paths);
  const columns = shards.map(imageColumn);
  const last = shards[shards.length - 1];
  const count = last.first + last.rows;
  if (count === 0) throw new InputError(`${name} holds no rows: name a table with images.`);

  async function* read(shard: number, start: number, end: number): AsyncGenerator<Picture> {
    const { path, first } = shards[shard];
    const rows = await readRows(shards[shard], [columns[shard]], start, end);
    for (const [place, row] of rows.entries()) {
      yield pictureOf(String(first + start + place), row[columns[shard]], path);
    }
  }
  async function* pictures(): AsyncGenerator<Picture> {
    for (const [shard, { rows }] of shards.entries()) {
      for (let start = 0; start < rows; start += ROWS_AT_ONCE) {
        yield* read(shard, start, Math.min(rows, start + ROWS_AT_ONCE));
      }
    }
  }
  async function sample(wanted: number): Promise<Picture[]> {
    const sampled: Picture[] = [];
    // Rows are packed together: some next to each other cost hardly more than one.
    for (const place of spreadEvenly(count, Math.ceil(wanted / SAMPLED_TOGETHER))) {
      const shard = shards.findLastIndex(({ first }) => first <= place);
      const row = place - shards[shard].first;
      const end = Math.min(shards[shard].rows, row + SAMPLED_TOGETHER);
      for await (const picture of read(shard, row, end)) sampled.push(picture);
    }
    return sampled;
  }
  const origin = { format: 'parquet', paths: paths.map((path) => resolve(path)) } as const;
  return { name, origin, count, shape: null, pictures, sample };
}

/** Throws an InputError where a file is no sound Parquet. */
export async function openShards(paths: readonly string[]): Promise<ParquetShard[]> {
  const shards: ParquetShard[] = [];
  let first = 0;
  for (const path of paths) {
    const opened = await openShard(path);
    shards.push({ ...opened, path, first });
    first += opened.rows;
  }
  return shards;
}

async function openShard(path: string): Promise<Pick<ParquetShard, 'file' | 'metadata' | 'rows'>> {
  try {
    const file = await asyncBufferFromFile(path);
    const metadata = await parquetMetadataAsync(file);
    return { file, metadata, rows: Number(metadata.num_rows) };
  } catch (error) {
    throw damaged(path, error);
  }
}

/** Some columns of the rows from `start` to before `end`. Throws an InputError where they cannot be read. */
export async function readRows(
  { path, file, metadata }: ParquetShard,
  columns: readonly string[],
  start: number,
  end: number,
): Promise<Record<string, unknown>[]> {
  try {
    return await parquetReadObjects({
      file,
      metadata,
      compressors,
      columns: [...columns],
      rowStart: start,
      rowEnd: end,
      utf8: false,
    });
  } catch (error) {
    throw damaged(path, error);
  }
}

const IMAGE_NAME = /^(image|img|picture|photo|bytes|png|jpg|jpeg|pixels|data)(_?bytes|_?data)?$/i;

/** The column that holds the pictures. */
function imageColumn({ path, metadata }: ParquetShard): string {
  const columns = parquetSchema(metadata).children;
  const nameOf = ({ element }: SchemaTree) => element.name;
  const structs = columns.filter(({ children }) => children.some((child) => nameOf(child) === 'bytes'));
  const binary = columns.filter(({ element }) => isBinary(element));
  const named = [...structs, ...binary].find((column) => IMAGE_NAME.test(nameOf(column)));
  const chosen = named ?? (structs.length === 1 ? structs[0] : binary.length === 1 ? binary[0] : undefined);
  if (chosen !== undefined) return nameOf(chosen);
  const listed = columns.map((column) => nameOf(column)).join(', ');
  const isNested = columns.some(
    ({ element, children }) => IMAGE_NAME.test(element.name) && children.length > 0,
  );
  throw new InputError(
    isNested
      ? `${path} holds its images as nested lists (columns ${listed}), where a column image of {bytes, path} is read: write encoded pictures.`
      : `${path} holds no column of images (its columns are ${listed || 'none'}): write a column image of {bytes, path}.`,
  );
}

function isBinary({ type, converted_type, logical_type }: SchemaTree['element']): boolean {
  const isText = converted_type !== undefined || logical_type !== undefined;
  return type === 'BYTE_ARRAY' && !isText;
}

function pictureOf(id: string, cell: unknown, shard: string): Picture {
  const { bytes = null, path = null } =
    cell instanceof Uint8Array ? { bytes: cell } : ((cell ?? {}) as { bytes?: unknown; path?: unknown });
  if (bytes instanceof Uint8Array && bytes.length > 0) return { kind: 'encoded', id, file: bytes };
  const text = path instanceof Uint8Array ? Buffer.from(path).toString('utf8') : path;
  if (typeof text === 'string' && text !== '') {
    return { kind: 'encoded', id, file: resolve(dirname(shard), text) };
  }
  return { kind: 'unreadable', id, reason: 'the row holds no picture' };
}

function damaged(path: string, error: unknown): InputError {
  const message = error instanceof Error ? error.message : String(error);
  return new InputError(`${path} is no sound Parquet file (${message}): write it again.`, { cause: error });
}
