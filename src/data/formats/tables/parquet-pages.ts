// Are the pages of a column what the metadata announces? hyparquet trusts their headers: one damaged byte can keep it busy
// for ever. They are walked through before it reads them.
// Format: https://parquet.apache.org/docs/file-format/data-pages
import type { ColumnMetaData } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';

/** Throws an Error that says what is wrong with the pages in `chunk`. */
export function checkPages(chunk: ArrayBuffer, announced: ColumnMetaData): void {
  const reader = { view: new DataView(chunk), offset: 0 };
  const wanted = Number(announced.num_values);
  const largest = Number(announced.total_uncompressed_size);
  const isNested = announced.path_in_schema.length > 1;
  let found = 0;
  // Of a column within another, hyparquet reads all there is; a last byte alone it leaves.
  while (reader.offset < chunk.byteLength - 1 && (isNested || found < wanted)) {
    const at = reader.offset;
    const { type, compressed_page_size, uncompressed_page_size, ...headers } = parquetHeader(reader);
    const values = headers.data_page_header ?? headers.data_page_header_v2 ?? headers.dictionary_page_header;
    const isSound =
      type !== undefined &&
      isCount(compressed_page_size, chunk.byteLength - reader.offset) &&
      isCount(uncompressed_page_size, largest) &&
      (type === 'INDEX_PAGE' || isCount(values?.num_values, wanted)) &&
      levelsFit(headers.data_page_header_v2, Math.min(compressed_page_size, uncompressed_page_size));
    if (!isSound)
      throw new Error(
        `the page at byte ${at} of its column ${announced.path_in_schema.join('.')} is damaged`,
      );
    reader.offset += compressed_page_size;
    if (type === 'DATA_PAGE' || type === 'DATA_PAGE_V2') found += values?.num_values ?? 0;
  }
  if (found !== wanted) {
    throw new Error(
      `its column ${announced.path_in_schema.join('.')} has ${found} values and announces ${wanted}`,
    );
  }
}

type HeaderV2 = NonNullable<ReturnType<typeof parquetHeader>['data_page_header_v2']>;

function levelsFit(header: HeaderV2 | undefined, bytes: number): boolean {
  if (header === undefined) return true;
  const { definition_levels_byte_length: definition, repetition_levels_byte_length: repetition } = header;
  return (
    isCount(header.num_nulls, header.num_values) &&
    isCount(header.num_rows, header.num_values) &&
    isCount(definition, bytes) &&
    isCount(repetition, bytes - definition)
  );
}

function isCount(value: unknown, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;
}
