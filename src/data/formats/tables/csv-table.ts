// Other people's CSV files: which delimiter, whether there is a header, and the records (by csv-parse).
import { isUtf8 } from 'node:buffer';
import { dirname } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { parse as parseNow } from 'csv-parse/sync';
import { InputError } from '../../../core/errors.js';
import { openStoredFile, type StoredFile, unpackedChunks, unsound } from '../archives/stored-file.js';
import { createFileFinder } from './named-file.js';

export interface CsvTable {
  readonly path: string;
  readonly file: StoredFile;
  /** How its bytes are text. */
  readonly encoding: Encoding;
  /** Bytes of the text before the first row: Excel's own line, `sep=;`. */
  readonly preface: number;
  readonly delimiter: string;
  /** Blanks around a field are no part of it: `path, label`. */
  readonly isPadded: boolean;
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

const damaged = unsound('CSV table', 'write it again');

const DELIMITERS = [',', ';', '\t', '|'];

/** What Excel saves; Windows-1252 is what a text in none of the others is taken for. */
type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

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
  const encoding = encodingOf(head);
  const whole = new TextDecoder(encoding).decode(head);
  if (whole.includes('\0')) throw new InputError(`${path} is no text: save the table as UTF-8.`);
  const preface = /^"?sep=(.)"?\r?\n/i.exec(whole);
  const text = preface === null ? whole : whole.slice(preface[0].length);
  if (!text.includes('\n') && text.includes('\r')) {
    throw new InputError(`${path} ends its lines as old Macs did: save it with line feeds.`);
  }
  const delimiter = preface?.[1] ?? listDelimiter(path, text) ?? delimiterOf(text);
  const [names = []] = firstRecords(path, text, { delimiter, isPadded: false }, 1);
  const isPadded = !names.every(isValue) && names.some((name) => name !== name.trim());
  const records = firstRecords(path, text, { delimiter, isPadded }, LOOKED_AT_ROWS);
  const [first = []] = records;
  const isNamed =
    !first.every(isValue) || (first[0] === '' && (first.length === 1 || isNumbering(first.slice(1))));
  const headerRows = isNamed || isNumbering(first) ? 1 : 0;
  return {
    path,
    file,
    encoding,
    preface: preface === null ? 0 : preface[0].length,
    delimiter,
    isPadded,
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

/** By its mark; a text without one that is no UTF-8 comes from an old Excel. */
function encodingOf(head: Buffer): Encoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  // The look may end amid a character.
  const isCut = (end: number) => isUtf8(head.subarray(0, end));
  return [0, 1, 2, 3].some((cut) => isCut(head.length - cut)) ? 'utf-8' : 'windows-1252';
}

/** The bytes of a table as UTF-8, without mark and preface. */
export async function* tableBytes({ file, encoding, preface }: CsvTable): AsyncGenerator<Uint8Array> {
  if (encoding === 'utf-8' && preface === 0) {
    yield* unpackedChunks(file);
    return;
  }
  const decoder = new TextDecoder(encoding);
  let toSkip = preface;
  for await (const chunk of unpackedChunks(file)) {
    const text = decoder.decode(chunk, { stream: true });
    yield Buffer.from(text.slice(toSkip));
    toSkip = Math.max(0, toSkip - text.length);
  }
  yield Buffer.from(decoder.decode().slice(toSkip));
}

function delimiterOf(text: string): string {
  const line = text.slice(0, text.search(/\r?\n|$/)).replaceAll(/"[^"]*"/g, '');
  return DELIMITERS.reduce((best, each) => (line.split(each).length > line.split(best).length ? each : best));
}

/** Stands in no text: each line is one field. */
const NO_DELIMITER = '\u001f';

/** Of a list, a path a line with a label after a blank or without one; null for all other texts. */
function listDelimiter(path: string, text: string): string | null {
  if (!/\.txt$/i.test(path)) return null;
  const [line = ''] = text.split(/\r?\n/, 1);
  const find = createFileFinder(dirname(path));
  if (find(line.trim()).length === 1) return NO_DELIMITER;
  const words = line.trim().split(' ');
  return words.length === 2 && find(words[0]).length === 1 ? ' ' : null;
}

type Separation = Pick<CsvTable, 'delimiter' | 'isPadded'>;

function firstRecords(path: string, text: string, separation: Separation, to: number): string[][] {
  try {
    return parseNow(text, { ...optionsOf(separation), to });
  } catch (error) {
    throw damaged(path, error);
  }
}

function optionsOf({ delimiter, isPadded }: Separation) {
  return {
    delimiter,
    trim: isPadded,
    quote: delimiter === NO_DELIMITER ? null : '"',
    bom: true,
    // A table that two programs wrote may end its lines in both ways.
    record_delimiter: ['\r\n', '\n'] as string[],
    relax_column_count: true,
    skip_empty_lines: true,
    // Excel ends tables with rows of nothing but delimiters.
    skip_records_with_empty_values: true,
  } as const;
}

/** The records below the header. Throws an InputError, with the row, where one has another number of fields. */
export async function* readRecords(table: CsvTable): AsyncGenerator<CsvRecord> {
  const { path, header, headerRows } = table;
  const parser = parse({ ...optionsOf(table), from: headerRows + 1 });
  // The callback has nothing to do: pipeline hands the error of the file to the parser, which is read here.
  const records = pipeline(Readable.from(tableBytes(table)), parser, () => {});
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
