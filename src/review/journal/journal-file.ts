// edits.jsonl, one line an edit, only ever appended to. The first line binds it to the images and to the kinds that were found in them,
// and keeps the names that the run gave.
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { z } from 'zod';
import { InputError } from '../../core/errors.js';
import { writeFileAtomic } from '../../core/files.js';
import { type Line, lineSchema } from './history.js';

const JOURNAL_FORMAT = 1;

const headSchema = z.object({
  format: z.literal(JOURNAL_FORMAT),
  /** SHA-256 of the images. */
  data: z.string(),
  /** SHA-256 of the kinds that the run found: what is said of one result makes no sense of another. */
  found: z.string(),
  /** Names of the kinds as the run gave them. */
  names: z.array(z.string()),
});

/** The run whose edits they are. */
export interface JournalOwner {
  readonly tag: string;
  /** SHA-256 of its images, and of the kinds that it found. */
  readonly data: string;
  readonly found: string;
}

export interface JournalLines {
  /** Bytes of the whole lines. */
  readonly end: number;
  readonly names: readonly string[];
  readonly lines: readonly Line[];
}

/** Bytes of the journal; null where there is none. */
export function journalBytes(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.size ?? null;
}

/** Null where there is no journal. Throws an InputError if it is damaged or another run's. */
export function readJournal(path: string, { tag, data, found }: JournalOwner): JournalLines | null {
  if (!existsSync(path)) return null;
  const bytes = readFileSync(path);
  // What has no end of line is being written now, or was when a program died: nobody was told that it is kept.
  const end = bytes.lastIndexOf(0x0a) + 1;
  const [first = '', ...rest] = bytes.subarray(0, end).toString().split('\n').slice(0, -1);
  const head = readLine(path, 1, first, headSchema);
  if (head.data !== data) {
    throw new InputError(
      `${path} belongs to other images than this run's: put the run's own edits back, or move the file away.`,
    );
  }
  if (head.found !== found) {
    throw new InputError(
      `${path} was made of an earlier result of ${tag}, whose kinds have changed since: move the file away.`,
    );
  }
  return { end, names: head.names, lines: rest.map((text, at) => readLine(path, at + 2, text, lineSchema)) };
}

/**
 * The head and the first edit at once, then `confirm`; where either fails, there is no journal. Returns the bytes of the file.
 */
export function beginJournal(
  path: string,
  { data, found }: JournalOwner,
  names: readonly string[],
  line: Line,
  confirm: () => void,
): number {
  const head = { format: JOURNAL_FORMAT, data, found, names };
  const text = Buffer.from(`${JSON.stringify(head)}\n${JSON.stringify(line)}\n`);
  writeFileAtomic(path, text);
  try {
    confirm();
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
  return text.length;
}

function readLine<T>(path: string, lineNumber: number, text: string, schema: z.ZodType<T>): T {
  const line = schema.safeParse(parsed(path, lineNumber, text));
  if (!line.success) throw damagedJournal(path, lineNumber, line.error.issues[0].message);
  return line.data;
}

function parsed(path: string, lineNumber: number, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw damagedJournal(path, lineNumber, 'not JSON');
  }
}

export function damagedJournal(path: string, lineNumber: number, reason: string): InputError {
  return new InputError(
    `${path} is damaged in line ${lineNumber} (${reason.replace(/\.$/, '')}): restore the file, or cut it off before that line.`,
  );
}
