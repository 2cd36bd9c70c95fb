// Other people's CSV files: which delimiter, whether there is a header, and the records (by csv-parse).
import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { parse as parseNow } from 'csv-parse/sync';
import { InputError } from '../core/errors.js';
import { firstBytes, openStoredFile, type StoredFile, unpackedChunks } from './stored-file.js';

export interface CsvTable {
  readonly path: string;
  readonly file: StoredFile;
  readonly delimiter: ',' | ';' | '\t';
  /** Names of the columns; null where the first row holds values. */
  readonly header: readonly string[] | null;
  /** The first row that holds values; as many empty fields as columns where there is none. */
  readonly firstRow: readonly string[];
}

/** Enough for two rows of any table that is read. */
const LOOKED_AT_BYTES = 1 << 22;

/** Looks at the beginning of a CSV file. Throws an InputError if it is empty or no text. */
export async function openCsvTable(path: string): Promise<CsvTable> {
  const file = await openStoredFile(path);
  const head = await firstBytes(file, LOOKED_AT_BYTES);
  if (head.length === 0) throw new InputError(`${path} is empty: name a table of images.`);
  if (head.includes(0)) throw new InputError(`${path} is no text: save the table as UTF-8.`);
  const text = head.toString('utf8').replace(/^\ufeff/, '');
  const firstLine = text.slice(0, text.search(/\r?\n|$/));
  const delimiter = ([',', ';', '\t'] as const).reduce((best, each) =>
    firstLine.split(each).length > firstLine.split(best).length ? each : best,
  );
  const isWhole = head.length < LOOKED_AT_BYTES;
  const [first = [], second] = firstRecords(path, text, delimiter, isWhole);
  const hasHeader = first.some((field) => field === '' || !Number.isFinite(Number(field)));
  return {
    path,
    file,
    delimiter,
    header: hasHeader ? first.map((name) => name.trim()) : null,
    firstRow: hasHeader ? (second ?? first.map(() => '')) : first,
  };
}

function firstRecords(path: string, text: string, delimiter: string, isWhole: boolean): string[][] {
  const options = { delimiter, relax_column_count: true, skip_empty_lines: true } as const;
  try {
    return parseNow(text, { ...options, to: 2 });
  } catch (error) {
    const why = isWhole ? messageOf(error) : 'its first rows are longer than 4 MB';
    throw new InputError(`${path} is no CSV table (${why}): write it again.`, { cause: error });
  }
}

/** The records below the header. Throws an InputError, with the line, where one has another number of fields. */
export async function* readRecords(table: CsvTable): AsyncGenerator<readonly string[]> {
  const { path, file, delimiter, header } = table;
  const parser = parse({ delimiter, bom: true, skip_empty_lines: true, from: header === null ? 1 : 2 });
  const bytes = Readable.from(unpackedChunks(file));
  bytes.on('error', (error) => parser.destroy(error));
  try {
    for await (const record of bytes.pipe(parser)) yield record as string[];
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${path} is no sound CSV table (${messageOf(error)}): write it again.`, {
      cause: error,
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
