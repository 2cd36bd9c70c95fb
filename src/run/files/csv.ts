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
  while (position < text.length || row.length > 0) {
    FIELD.lastIndex = position;
    const found = FIELD.exec(text);
    if (found === null) throw badQuote(text, position, name);
    const [, quoted, plain, end] = found;
    position = FIELD.lastIndex;
    if (plain === '' && end !== ',' && row.length === 0) continue;
    row.push(plain ?? quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

/** A field, in quotes or without, and what ends it: a comma, a line break, or the end of the text. */
const FIELD = /(?:"([^"]*(?:""[^"]*)*)"|(?!")((?:[^,\r\n]|\r(?!\n))*))(,|\r?\n|$)/y;

/** What is wrong with the quoted field that begins at `start`. */
function badQuote(text: string, start: number, name: string): InputError {
  const [closed] = /^"[^"]*(?:""[^"]*)*"(?!")/.exec(text.slice(start)) ?? [];
  const line = text.slice(0, start + (closed?.length ?? 0)).split('\n').length;
  return new InputError(
    closed === undefined
      ? `${name}, line ${line}: a quoted field is never closed: restore the file.`
      : `${name}, line ${line}: text after a closing quote: write a quote inside a field twice.`,
  );
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
