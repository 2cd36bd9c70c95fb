// A Parquet table that is written group by group, so that a long one needs no more memory than a short one.
import type { SchemaElement } from 'hyparquet';
import type { ColumnSource } from 'hyparquet-writer';

/** The columns of a table by their names. */
export type ParquetColumns = Readonly<Record<string, 'string' | 'int32' | 'float' | 'boolean'>>;

/** What is said of each image where kinds are handed on, as CSV too. */
export const IMAGE_COLUMNS = {
  id: 'string',
  cluster: 'int32',
  name: 'string',
  confidence: 'float',
  known: 'boolean',
} as const;

/** Rows of a group: a reader takes a group at a time. */
export const GROUP_ROWS = 65_536;

export interface ParquetTable<Columns extends ParquetColumns> {
  /** Adds rows: for each column its values. */
  write(values: Readonly<Record<keyof Columns, ArrayLike<string | number | boolean>>>): void;
  /** Writes the footer. */
  finish(): void;
}

/** Begins a table; its bytes go to `write` in order. */
export async function createParquetTable<const Columns extends ParquetColumns>(
  columns: Columns,
  write: (bytes: Uint8Array) => void,
): Promise<ParquetTable<Columns>> {
  const { ByteWriter, ParquetWriter } = await import('hyparquet-writer');
  const names = Object.keys(columns);
  const schema = [
    { name: 'root', num_children: names.length },
    ...names.map((name) => elementOf(name, columns[name])),
  ];
  const writer = new ByteWriter();
  const flush = () => {
    write(writer.getBytes().slice());
    writer.index = 0;
  };
  const table = new ParquetWriter({ writer, schema: schema as SchemaElement[] });
  return {
    write(values) {
      const columnData = names.map((name): ColumnSource => ({ name, data: Array.from(values[name]) }));
      table.write({ columnData, rowGroupSize: columnData[0].data.length });
      flush();
    },
    finish() {
      table.finish();
      flush();
    },
  };
}

function elementOf(name: string, type: ParquetColumns[string]): SchemaElement {
  const required = { name, repetition_type: 'REQUIRED' } as const;
  switch (type) {
    case 'string':
      return { ...required, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } };
    case 'int32':
      return { ...required, type: 'INT32' };
    case 'float':
      return { ...required, type: 'FLOAT' };
    case 'boolean':
      return { ...required, type: 'BOOLEAN' };
  }
}
