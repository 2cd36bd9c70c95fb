// The rows of a table of pixels, straight from its bytes: a table of MNIST has 33 million numbers, of which a general
// parser would make 33 million strings. Nearly every field is a few digits and takes a few comparisons here; what is not
// (quotes, spaces, fractions) goes the slow way, field by field.
import { InputError } from '../../../core/errors.js';
import type { PixelColumns } from './csv-columns.js';
import { type CsvTable, tableBytes } from './csv-table.js';

/** What a table writes for white. */
export type White = 255 | 1;

const [LINE_FEED, CARRIAGE_RETURN, QUOTE, ZERO] = [0x0a, 0x0d, 0x22, 0x30];
const BYTE_ORDER_MARK = Buffer.from('\ufeff');
/** Pixels of many small images, or of one large one, are kept in one array. */
const BYTES_AT_ONCE = 1 << 18;
/** Bytes that a field may take. */
const LONGEST_FIELD = 64;
/** What printing and reading a fraction again adds to 1. */
const ROUNDING = 1e-3;

/**
 * Whole numbers are brightness from 0 to 255. Where some are written as fractions and none is above 1, white is 1: that
 * is known from the first value above 1 on, or at the end. Throws an InputError for a row that is not read.
 */
export async function whiteOf(table: CsvTable, columns: PixelColumns): Promise<White> {
  const parser = rowParser(table, columns, 255);
  const { seen } = parser;
  for await (const pixels of readRows(parser)) {
    if (seen.most > 1 + ROUNDING || pixels.some((value) => value > 1)) return 255;
  }
  return seen.fractions ? 1 : 255;
}

/**
 * The pixels of one row at a time, 0 … 255; the bytes stay as they are. Throws an InputError, with row and column, where
 * a row is not `columns` of numbers from 0 to white.
 */
export function readPixelRows(
  table: CsvTable,
  columns: PixelColumns,
  white: White,
): AsyncGenerator<Uint8Array> {
  return readRows(rowParser(table, columns, white));
}

/** The text of one field of every row, without its quotes; the others are passed over. */
export async function* readTexts(
  table: CsvTable,
  columns: PixelColumns,
  column: number,
): AsyncGenerator<string> {
  const parser = rowParser(table, columns, 255);
  let row = 0;
  for await (const { bytes, start, stop } of readLines(table, columns)) {
    row++;
    let from = start;
    for (let before = 0; before < column; before++) {
      from = endOfField(parser, bytes, from, stop, row, before) + 1;
    }
    yield unquoted(bytes.toString('utf8', from, endOfField(parser, bytes, from, stop, row, column)));
  }
}

async function* readRows(parser: RowParser): AsyncGenerator<Uint8Array> {
  const { table, columns } = parser;
  const rowsAtOnce = Math.max(1, Math.floor(BYTES_AT_ONCE / columns.count));
  let row = 0;
  let pixels = new Uint8Array(0);
  for await (const { bytes, start, stop } of readLines(table, columns)) {
    if (pixels.length === 0) pixels = new Uint8Array(rowsAtOnce * columns.count);
    const own = pixels.subarray(0, columns.count);
    parseRow(parser, bytes, start, stop, ++row, own);
    yield own;
    pixels = pixels.subarray(columns.count);
  }
}

/** Bytes `start` … `stop − 1` are a line; byte `stop`, which ends it, is there as well. */
interface Line {
  readonly bytes: Buffer;
  readonly start: number;
  readonly stop: number;
}

/** The lines that hold values, without their ends. */
async function* readLines(table: CsvTable, { columns }: PixelColumns): AsyncGenerator<Line> {
  const longest = 4096 + columns * LONGEST_FIELD;
  const delimiter = table.delimiter.charCodeAt(0);
  let rest: Buffer = Buffer.alloc(0);
  let headers = table.headerRows as number;
  let isFirst = true;
  for await (const chunk of withFinalLineFeed(tableBytes(table))) {
    let start = 0;
    let bytes = Buffer.concat([rest, chunk]);
    if (isFirst && bytes.indexOf(BYTE_ORDER_MARK) === 0) bytes = bytes.subarray(BYTE_ORDER_MARK.length);
    isFirst = false;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      const stop = end > start && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
      if (!isEmptyRow(bytes, start, stop, delimiter) && headers-- <= 0) yield { bytes, start, stop };
      start = end + 1;
    }
    rest = bytes.subarray(start);
    if (rest.length > longest && headers <= 0) {
      throw new InputError(
        `${table.path} has a row of more than ${longest} bytes for ${columns} numbers: write it again.`,
      );
    }
  }
}

/** Nothing but delimiters, as Excel ends tables. */
function isEmptyRow(bytes: Buffer, start: number, stop: number, delimiter: number): boolean {
  let at = start;
  while (at < stop && bytes[at] === delimiter) at++;
  return at === stop;
}

async function* withFinalLineFeed(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
  yield Uint8Array.of(LINE_FEED);
}

interface RowParser {
  readonly table: CsvTable;
  readonly columns: PixelColumns;
  readonly white: White;
  /** By the slow way, which alone meets fractions, and values beyond a byte. */
  readonly seen: { fractions: boolean; most: number };
  readonly delimiter: number;
}

function rowParser(table: CsvTable, columns: PixelColumns, white: White): RowParser {
  const seen = { fractions: false, most: 0 };
  return { table, columns, white, seen, delimiter: table.delimiter.charCodeAt(0) };
}

// line → pixels (count)
function parseRow(
  parser: RowParser,
  bytes: Buffer,
  start: number,
  stop: number,
  row: number,
  pixels: Uint8Array,
): void {
  const { columns, delimiter } = parser;
  const { first, count } = columns;
  // A plain 0 or 1 is black or white where white is 1.
  const [step, most] = parser.white === 255 ? [1, 255] : [255, 1];
  let at = start;
  for (let column = 0; column < first; column++) at = endOfField(parser, bytes, at, stop, row, column) + 1;
  for (let index = 0; index < count; index++) {
    // What follows the line is another row.
    if (at > stop) throw wrongCount(parser, row, String(index));
    const from = at;
    let value = 0;
    let digit = bytes[at] - ZERO;
    while (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      digit = bytes[++at] - ZERO;
    }
    // At the end of the line stands a line feed, which is no delimiter.
    const isEnd = at === stop ? index === count - 1 : bytes[at] === delimiter;
    if (isEnd && at > from && value <= most) {
      pixels[index] = value * step;
    } else {
      at = endOfField(parser, bytes, from, stop, row, first + index);
      pixels[index] = slowField(parser, bytes.toString('utf8', from, at), row, first + index);
    }
    at++;
  }
  for (let column = first + count; column < columns.columns; column++) {
    at = endOfField(parser, bytes, at, stop, row, column) + 1;
  }
  if (at !== stop + 1) throw wrongCount(parser, row, 'more');
}

/** Where the field that begins at `from` ends. Throws an InputError if the line has ended before it. */
function endOfField(
  parser: RowParser,
  bytes: Buffer,
  from: number,
  stop: number,
  row: number,
  column: number,
): number {
  if (from > stop) {
    const { first, count } = parser.columns;
    throw wrongCount(parser, row, String(Math.max(0, Math.min(count, column - first))));
  }
  let at = from;
  if (bytes[at] === QUOTE) {
    do at = bytes.indexOf(QUOTE, at + 1) + 1;
    while (at > 0 && bytes[at] === QUOTE);
    if (at === 0 || at > stop) {
      throw new InputError(
        `${parser.table.path} has a quote without an end in row ${row}, column ${column + 1}: correct it.`,
      );
    }
  }
  while (at < stop && bytes[at] !== parser.delimiter) at++;
  return at;
}

function slowField({ table, white, seen }: RowParser, field: string, row: number, column: number): number {
  const text = field
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim();
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  const place = `row ${row}, column ${column + 1}`;
  if (Number.isNaN(value)) {
    throw new InputError(
      `${table.path} has ${JSON.stringify(field.slice(0, 40))} in ${place}, where a pixel from 0 to ${white} belongs: correct it.`,
    );
  }
  if (!(value >= 0 && value <= (white === 255 ? 255 : 1 + ROUNDING))) {
    throw new InputError(
      `${table.path} has ${text} in ${place}, where pixels are 0 to ${white}: correct it.`,
    );
  }
  if (/[^\d+-]/.test(text)) seen.fractions = true;
  if (value > seen.most) seen.most = value;
  return Math.min(255, Math.round(value * (255 / white)));
}

function unquoted(field: string): string {
  const text = field.trim();
  return text.length > 1 && text.startsWith('"') && text.endsWith('"')
    ? text.slice(1, -1).replaceAll('""', '"').trim()
    : text;
}

function wrongCount({ table, columns }: RowParser, row: number, found: string): InputError {
  const { count } = columns;
  const others = columns.columns - count;
  const label = others === 1 && columns.label !== null ? 'a label' : `${others} more`;
  const wanted = `${count} pixels${others === 0 ? '' : ` and ${label}`}`;
  return new InputError(`${table.path} has ${found} in row ${row}, where ${wanted} belong: correct it.`);
}
