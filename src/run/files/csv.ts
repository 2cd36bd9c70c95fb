// Comma-separated values with the quoting of RFC 4180: a field that holds a comma, a quote or a line break
// is quoted, and a quote inside it is doubled. Lines end in LF rather than the CRLF of the RFC: a CR would
// stick to the last field in awk, cut and the shell, and every reader takes LF.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../core/errors.js';
import { writeFileAtomic } from '../../core/files.js';
import { isMissing, reasonOf } from './system-error.js';

export type CsvValue = string | number | boolean;

const ROWS_A_CHUNK = 16384;

/** One line with its line feed. */
export function csvLine(values: readonly CsvValue[]): string {
  // A lone empty field would be an empty line, which readers skip.
  if (values.length === 1 && values[0] === '') return '""\n';
  return `${values.map(csvField).join(',')}\n`;
}

function csvField(value: CsvValue): string {
  if (typeof value !== 'string') return String(value);
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** Writes a header and the rows. Works in pieces, so that a file may be longer than a string. */
export function writeCsv(path: string, header: readonly string[], rows: Iterable<readonly CsvValue[]>): void {
  const chunks: Uint8Array[] = [];
  let text = csvLine(header);
  let rowsInChunk = 0;
  for (const row of rows) {
    text += csvLine(row);
    rowsInChunk += 1;
    if (rowsInChunk === ROWS_A_CHUNK) {
      chunks.push(Buffer.from(text));
      text = '';
      rowsInChunk = 0;
    }
  }
  chunks.push(Buffer.from(text));
  writeFileAtomic(path, ...chunks);
}

/**
 * The rows of a text. Takes LF and CRLF, a byte order mark, and a last line without its line break; skips
 * empty lines. `name` is the file's, for the InputError where a quote is never closed or text follows it.
 */
export function parseCsv(text: string, name: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let position = text.startsWith('\ufeff') ? 1 : 0;
  while (position < text.length) {
    if (row.length === 0 && isLineEnd(text, position)) {
      position = afterLineEnd(text, position);
      continue;
    }
    const quoted = text[position] === '"';
    const end = quoted ? closingQuote(text, position, name) : fieldEnd(text, position);
    row.push(quoted ? text.slice(position + 1, end).replaceAll('""', '"') : text.slice(position, end));
    position = quoted ? end + 1 : end;
    if (text[position] === ',') {
      position += 1;
      if (position < text.length) continue;
      row.push('');
    } else if (position < text.length && !isLineEnd(text, position)) {
      throw new InputError(
        `${name}, line ${lineOf(text, position)}: text after a closing quote: write a quote inside a field twice.`,
      );
    }
    position = afterLineEnd(text, position);
    rows.push(row);
    row = [];
  }
  return rows;
}

/**
 * The rows below the header of a CSV file in a run's folder. Throws an InputError if the file is missing,
 * has another header or a row of another length.
 */
export function readRunCsv(folder: string, file: string, header: readonly string[]): string[][] {
  const path = join(folder, file);
  const [found, ...rows] = parseCsv(readRunFile(folder, file).toString('utf8'), path);
  if (found?.join() !== header.join()) {
    throw new InputError(
      `${path} starts with "${found?.join() ?? ''}" instead of "${header.join()}": restore the file or run again.`,
    );
  }
  const wrong = rows.findIndex((row) => row.length !== header.length);
  if (wrong >= 0) {
    throw new InputError(
      `${path}, row ${wrong + 1} has ${rows[wrong].length} fields instead of ${header.length}: restore the file or run again.`,
    );
  }
  return rows;
}

/** The bytes of a file that a finished run has. */
export function readRunFile(folder: string, file: string): Buffer {
  try {
    return readFileSync(join(folder, file));
  } catch (error) {
    if (isMissing(error)) {
      throw new InputError(
        `${folder} has no ${file}: it is not a finished run; finish it with \`kindred train --resume\`.`,
      );
    }
    throw new InputError(`${join(folder, file)} cannot be read (${reasonOf(error)}): check its permissions.`);
  }
}

function closingQuote(text: string, openingQuote: number, name: string): number {
  let position = openingQuote + 1;
  for (;;) {
    position = text.indexOf('"', position);
    if (position < 0) {
      throw new InputError(
        `${name}, line ${lineOf(text, openingQuote)}: a quoted field is never closed: restore the file.`,
      );
    }
    if (text[position + 1] !== '"') return position;
    position += 2;
  }
}

function fieldEnd(text: string, start: number): number {
  let position = start;
  while (position < text.length && text[position] !== ',' && !isLineEnd(text, position)) position += 1;
  return position;
}

function isLineEnd(text: string, position: number): boolean {
  return text[position] === '\n' || (text[position] === '\r' && text[position + 1] === '\n');
}

function afterLineEnd(text: string, position: number): number {
  return text[position] === '\r' ? position + 2 : position + 1;
}

function lineOf(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}
