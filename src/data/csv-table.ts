// Other people's CSV files: which delimiter, whether there is a header, and the records (by csv-parse).
import { pipeline, Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { parse as parseNow } from 'csv-parse/sync';
import { InputError } from '../core/errors.js';
import { openStoredFile, type StoredFile, unpackedChunks } from './stored-file.js';

export interface CsvTable {
  readonly path: string;
  readonly file: StoredFile;
  readonly delimiter: Delimiter;
  /** Names of the columns; null where the first row names none. */
  readonly header: readonly string[] | null;
  /** Rows before the first one that holds values: a header, or the numbers of the columns. */
  readonly headerRows: 0 | 1;
  /** The first rows that hold values. */
  readonly firstRows: readonly (readonly string[])[];
}

/** A row of values: `row` counts from 1, without the header. */
export interface CsvRecord {
  readonly row: number;
  readonly fields: readonly string[];
}

const DELIMITERS = [',', ';', '\t'] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/** So many numbers in a row are no image by chance. */
const LEAST_NUMBERED = 16;
const LOOKED_AT_ROWS = 64;
const LOOKED_AT_BYTES = 1 << 20;
/** Where two rows have not ended by then, the file is no table. */
const LONGEST_LOOK = 1 << 26;

/** Looks at the beginning of a CSV file. Throws an InputError if it is empty or no text. */
export async function openCsvTable(path: string): Promise<CsvTable> {
  const file = await openStoredFile(path);
  const head = await firstRows(file);
  if (head.length === 0) throw new InputError(`${path} is empty: name a table of images.`);
  if (head.includes(0)) throw new InputError(`${path} is no text: save the table as UTF-8.`);
  const text = head.toString('utf8').replace(/^\ufeff/, '');
  if (!text.includes('\n') && text.includes('\r')) {
    throw new InputError(`${path} ends its lines as old Macs did: save it with line feeds.`);
  }
  const delimiter = delimiterOf(text);
  const records = firstRecords(path, text, delimiter);
  const [first = []] = records;
  const isNamed =
    !first.every(isValue) || (first[0] === '' && (first.length === 1 || isNumbering(first.slice(1))));
  const headerRows = isNamed || isNumbering(first) ? 1 : 0;
  return {
    path,
    file,
    delimiter,
    header: isNamed ? first.map((name) => name.trim()) : null,
    headerRows,
    firstRows: records.slice(headerRows),
  };
}

/** The same table, its first row taken for values after all. */
export function withoutHeader(table: CsvTable): CsvTable {
  const { header, firstRows } = table;
  return header === null
    ? table
    : { ...table, header: null, headerRows: 0, firstRows: [header, ...firstRows] };
}

/** Is it a number, or what programs write for a missing one? Such a row is no header. */
function isValue(field: string): boolean {
  const text = field.trim();
  return /^(nan|null|none|n\/?a|[+-]?inf(inity)?|)$/i.test(text) || Number.isFinite(Number(text));
}

/** `0,1,2 …` is what pandas calls columns that nobody named; without a name stands the number of the row before them. */
function isNumbering(fields: readonly string[]): boolean {
  const start = Number(fields[0]);
  return (
    fields.length >= LEAST_NUMBERED &&
    (start === 0 || start === 1) &&
    fields.every((field, place) => field === String(start + place))
  );
}

/** Whole rows from the beginning: at least two, and a megabyte, or all there are. */
async function firstRows(file: StoredFile): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let have = 0;
  let feeds = 0;
  for await (const chunk of unpackedChunks(file)) {
    chunks.push(chunk);
    have += chunk.length;
    for (let at = chunk.indexOf(0x0a); at >= 0 && feeds < 2; at = chunk.indexOf(0x0a, at + 1)) feeds++;
    if (have >= LONGEST_LOOK || (have > LOOKED_AT_BYTES && feeds === 2)) {
      const bytes = Buffer.concat(chunks);
      return bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1 || bytes.length);
    }
  }
  return Buffer.concat(chunks);
}

function delimiterOf(text: string): Delimiter {
  const line = text.slice(0, text.search(/\r?\n|$/)).replaceAll(/"[^"]*"/g, '');
  return DELIMITERS.reduce((best, each) => (line.split(each).length > line.split(best).length ? each : best));
}

function firstRecords(path: string, text: string, delimiter: Delimiter): string[][] {
  try {
    return parseNow(text, { ...optionsOf(delimiter), to: LOOKED_AT_ROWS });
  } catch (error) {
    throw damaged(path, error);
  }
}

function optionsOf(delimiter: Delimiter) {
  return { delimiter, bom: true, relax_column_count: true, skip_empty_lines: true } as const;
}

/** The records below the header. Throws an InputError, with the row, where one has another number of fields. */
export async function* readRecords(table: CsvTable): AsyncGenerator<CsvRecord> {
  const { path, file, delimiter, header, headerRows } = table;
  const parser = parse({ ...optionsOf(delimiter), from: headerRows + 1 });
  // The callback has nothing to do: pipeline hands the error of the file to the parser, which is read here.
  const records = pipeline(Readable.from(unpackedChunks(file)), parser, () => {});
  let row = 0;
  let columns = header?.length;
  try {
    for await (const record of records) {
      const fields = record as string[];
      row++;
      columns ??= fields.length;
      if (fields.length !== columns) {
        throw new InputError(
          `${path} has ${fields.length} fields in row ${row}, where ${columns} belong: correct it.`,
        );
      }
      yield { row, fields };
    }
  } catch (error) {
    throw damaged(path, error);
  }
}

function damaged(path: string, error: unknown): unknown {
  if (error instanceof InputError || !(error instanceof Error)) return error;
  return new InputError(`${path} is no sound CSV table (${error.message}): write it again.`, {
    cause: error,
  });
}
