// The rows of a table of pixels, straight from its bytes: a table of MNIST has 33 million numbers, of which a general
// parser would make 33 million strings.
import { InputError } from '../core/errors.js';
import type { CsvTable } from './csv-table.js';
import { unpackedChunks } from './stored-file.js';

/** Pixels of a row: `count` columns from `first` on; the label's column is passed over. */
export interface NumberColumns {
  readonly first: number;
  readonly count: number;
  readonly label: number | null;
}

const [LINE_FEED, CARRIAGE_RETURN, QUOTE, ZERO, NINE] = [0x0a, 0x0d, 0x22, 0x30, 0x39];

/**
 * One array of bytes a row. Numbers are 0 … 255; where the first row has fractions and nothing above 1, 0 … 1. Throws an
 * InputError with row and column for anything else.
 */
export async function* readNumberRows(table: CsvTable, columns: NumberColumns): AsyncGenerator<Uint8Array> {
  const scale = scaleOf(table, columns);
  let rest: Buffer = Buffer.alloc(0);
  let row = 0;
  let isHeader = table.header !== null;
  for await (const chunk of unpackedChunks(table.file)) {
    const bytes =
      rest.length === 0
        ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
        : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      const stop = end > start && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
      if (isHeader) isHeader = false;
      else if (stop > start) yield readRow(table, columns, scale, bytes, start, stop, row++);
      start = end + 1;
    }
    rest = Buffer.from(bytes.subarray(start));
  }
  const stop = rest.at(-1) === CARRIAGE_RETURN ? rest.length - 1 : rest.length;
  if (stop > 0 && !isHeader) yield readRow(table, columns, scale, rest, 0, stop, row);
}

/** 255 for a table of fractions from 0 to 1, else 1. */
function scaleOf({ firstRow }: CsvTable, { first, count, label }: NumberColumns): number {
  const values = firstRow.filter(
    (_, column) => column !== label && column >= first && column <= first + count,
  );
  const hasFractions = values.some((value) => value.includes('.') && !Number.isInteger(Number(value)));
  return hasFractions && values.every((value) => Number(value) <= 1) ? 255 : 1;
}

function readRow(
  table: CsvTable,
  { count, label }: NumberColumns,
  scale: number,
  bytes: Buffer,
  start: number,
  stop: number,
  row: number,
): Uint8Array {
  const values = new Uint8Array(count);
  const delimiter = table.delimiter.charCodeAt(0);
  let column = 0;
  let filled = 0;
  let from = start;
  while (from <= stop) {
    let value = 0;
    let at = from;
    // Most fields are a few digits: anything else is read as text.
    while (at < stop && bytes[at] >= ZERO && bytes[at] <= NINE) value = value * 10 + bytes[at++] - ZERO;
    const isPlain = at > from && (at === stop || bytes[at] === delimiter);
    while (at < stop && bytes[at] !== delimiter) at++;
    if (column !== label) {
      if (!isPlain) value = numberIn(table, bytes.toString('latin1', from, at), row, column);
      if (filled === count) throw ragged(table, count, label, row, 'more');
      const scaled = scale === 1 && isPlain ? value : Math.round(value * scale);
      if (!(scaled >= 0 && scaled <= 255)) throw outside(table, value, row, column);
      values[filled++] = scaled;
    }
    column++;
    from = at + 1;
  }
  if (filled < count) throw ragged(table, count, label, row, String(filled));
  return values;
}

function numberIn(table: CsvTable, text: string, row: number, column: number): number {
  const quoted = text.charCodeAt(0) === QUOTE ? text.slice(1, -1) : text;
  const value = quoted.trim() === '' ? Number.NaN : Number(quoted);
  if (Number.isFinite(value)) return value;
  throw new InputError(
    `${table.path} has ${JSON.stringify(text.slice(0, 40))} in row ${row + 1}, column ${column + 1}, where a pixel from 0 to 255 belongs: correct it.`,
  );
}

function outside({ path }: CsvTable, value: number, row: number, column: number): InputError {
  return new InputError(
    `${path} has ${value} in row ${row + 1}, column ${column + 1}, where pixels are 0 to 255: correct it.`,
  );
}

function ragged(
  { path }: CsvTable,
  count: number,
  label: number | null,
  row: number,
  found: string,
): InputError {
  const wanted = `${count} pixels${label === null ? '' : ' and a label'}`;
  return new InputError(`${path} has ${found} in row ${row + 1}, where ${wanted} belong: correct it.`);
}
