// Parquet files for tests, with the columns that Hugging Face writes.
import { parquetWriteBuffer } from 'hyparquet-writer';

export interface ImageCell {
  readonly bytes: Uint8Array | null;
  readonly path: string | null;
}

export interface ParquetOptions {
  readonly rowGroupSize?: number;
  readonly codec?: 'SNAPPY' | 'UNCOMPRESSED';
  readonly pageSize?: number;
  readonly offsetIndex?: boolean;
  /** The whole number of each row in a column `label`. */
  readonly labels?: readonly (number | null)[];
  /** What Hugging Face calls the numbers in `label`. */
  readonly classNames?: readonly string[];
}

type ColumnData = Parameters<typeof parquetWriteBuffer>[0]['columnData'];

/** A column `image` of {bytes, path}, either of which may be missing, or the whole cell. */
export function encodeImageParquet(
  images: readonly (ImageCell | null)[],
  { labels, classNames, offsetIndex = true, ...options }: ParquetOptions = {},
): Uint8Array {
  const optional = { repetition_type: 'OPTIONAL' } as const;
  const features = { image: { _type: 'Image' }, label: { names: classNames, _type: 'ClassLabel' } };
  const columnData = [
    { name: 'image', data: [...images], offsetIndex },
    ...(labels === undefined
      ? []
      : [{ name: 'label', data: labels.map((each) => (each === null ? null : BigInt(each))) }]),
  ];
  return new Uint8Array(
    parquetWriteBuffer({
      ...options,
      columnData: columnData as ColumnData,
      schema: [
        { name: 'root', num_children: columnData.length },
        { name: 'image', num_children: 2, ...optional },
        { name: 'bytes', type: 'BYTE_ARRAY', ...optional },
        { name: 'path', type: 'BYTE_ARRAY', converted_type: 'UTF8', ...optional },
        ...(labels === undefined ? [] : [{ name: 'label', type: 'INT64', ...optional } as const]),
      ],
      ...(classNames === undefined
        ? {}
        : { kvMetadata: [{ key: 'huggingface', value: JSON.stringify({ info: { features } }) }] }),
    }),
  );
}

/** Columns as hyparquet-writer guesses their types. */
export function encodeParquet(columnData: ColumnData): Uint8Array {
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

/** Columns of text, then a column `vector` of lists of numbers. */
export function encodeVectorParquet(
  texts: Readonly<Record<string, readonly string[]>>,
  vectors: readonly (readonly number[])[],
): Uint8Array {
  const columns = Object.entries(texts).map(([name, data]) => ({ name, data: [...data] }));
  return new Uint8Array(
    parquetWriteBuffer({
      columnData: [...columns, { name: 'vector', data: [...vectors] }],
      schema: [
        { name: 'root', num_children: columns.length + 1 },
        ...columns.map(({ name }) => ({ name, type: 'BYTE_ARRAY', converted_type: 'UTF8' }) as const),
        { name: 'vector', num_children: 1, converted_type: 'LIST', repetition_type: 'OPTIONAL' },
        { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
        { name: 'element', type: 'FLOAT', repetition_type: 'OPTIONAL' },
      ],
    }),
  );
}
