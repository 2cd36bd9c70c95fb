// edits.jsonl, the journal of a person's edits beside a run: one line an edit, only ever appended to. The first line binds
// it to the images and keeps the names that the run gave. Undo and redo are lines too, so that history has no end and
// outlives the program.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { appendLine } from '../core/appended-file.js';
import { InputError } from '../core/errors.js';
import { bytesOf, writeFileAtomic } from '../core/files.js';
import { withLock } from '../core/lock.js';
import { type Assignments, readAssignments, readKinds, writeKinds } from '../run/files/artefacts.js';
import { cardVersion, type RunCard } from '../run/files/card.js';
import { readCorrections } from '../run/files/corrections.js';
import { readFinishedCard } from '../run/reading/predict.js';
import { type Edit, type EditRequest, editSchema, NO_KIND, numberKinds } from './edits.js';
import { applyEdit, presentKind, type ReviewState, stateOfRun } from './state.js';

const JOURNAL_FORMAT = 1;
const JOURNAL = 'edits.jsonl';
/** Exists while an edit is being written. */
const LOCK = 'edits.lock';
/** What the classifier's answer is called where its kind was called junk. */
const JUNK_NAME = 'junk';

const headSchema = z.object({
  format: z.literal(JOURNAL_FORMAT),
  /** SHA-256 of the images. */
  data: z.string(),
  /** SHA-256 of the kinds that the run found: what is said of one result makes no sense of another. */
  found: z.string(),
  /** Names of the kinds as the run gave them. */
  names: z.array(z.string()),
});

/** `undo` and `redo` name the line of the edit; the head is line 0. */
const stepSchema = z.union([
  z.object({ edit: editSchema }),
  z.object({ undo: z.int().positive() }),
  z.object({ redo: z.int().positive() }),
]);
type Step = z.infer<typeof stepSchema>;
const lineSchema = z.intersection(z.object({ at: z.iso.datetime() }), stepSchema);
type Line = z.infer<typeof lineSchema>;

/** An edit of the journal, by the number of its line; the head is line 0. */
export interface JournalEntry {
  readonly edit: number;
  /** ISO 8601. */
  readonly at: string;
  readonly what: Edit;
  readonly isUndone: boolean;
}

export interface Journal {
  readonly folder: string;
  readonly card: RunCard;
  /** As the run itself found it. */
  readonly found: Assignments;
  /** The state before the first edit. */
  readonly beginning: ReviewState;
  /** Lines so far: it grows with every edit, undo and redo. */
  readonly revision: number;
  readonly state: ReviewState;
  readonly entries: readonly JournalEntry[];
  /** The edit that `undo` takes back and that `redo` does again; null where there is none. */
  readonly undoable: JournalEntry | null;
  readonly redoable: JournalEntry | null;
  /**
   * Does and keeps an edit. Whatever it throws, it has kept nothing: an InputError if it cannot be done, also because another
   * program has edited the run meanwhile, whose edits are then part of the state; a system error if the disk does not take it.
   */
  append(request: EditRequest): void;
  undo(): void;
  redo(): void;
}

/**
 * What there is to know of a run after its edits. Writes nothing until there is an edit: the journal may be another
 * program's, at work on it now. Throws an InputError if the run or its journal cannot be used.
 */
export function openJournal(folder: string): Journal {
  const version = cardVersion(folder);
  const card = readFinishedCard(folder);
  const path = join(folder, JOURNAL);
  const runKinds = readKinds(folder);
  const found = readAssignments(folder);
  const fingerprint = createHash('sha256').update(bytesOf(found.assignment)).digest('hex');
  const lines = existsSync(path) ? readLines(path, card, fingerprint) : null;
  const names = lines?.head.names ?? runKinds.map(({ name }) => name);
  const given = card.refinedFrom?.names ?? [];
  const earlier = card.refinedFrom && readCorrections(folder);
  const beginning = stateOfRun({
    assignment: found.assignment,
    kinds: runKinds.map(({ stability }, kind) => ({
      name: names[kind],
      isNamed: (given[kind] ?? null) !== null,
      stability,
    })),
    earlier,
  });

  let end = lines?.end ?? null;
  let revision = 0;
  let state = beginning;
  let entries: JournalEntry[] = [];
  let undone: JournalEntry[] = [];

  /** Changes nothing where the edit cannot be done. */
  function take(line: Line): void {
    if ('edit' in line) {
      state = applyEdit(state, line.edit);
      revision += 1;
      entries = [...entries, { edit: revision, at: line.at, what: line.edit, isUndone: false }];
      undone = [];
      return;
    }
    const isUndone = 'undo' in line;
    const entry = entryOf(isUndone ? line.undo : line.redo);
    revision += 1;
    entries = entries.map((each) => (each.edit === entry.edit ? { ...each, isUndone } : each));
    undone = isUndone ? [...undone, entry] : undone.slice(0, -1);
    state = isUndone ? replay() : applyEdit(state, entry.what);
  }

  function entryOf(edit: number): JournalEntry {
    const entry = entries.find((each) => each.edit === edit);
    if (entry === undefined) throw new InputError(`edit ${edit} is not in the journal`);
    return entry;
  }

  function replay(): ReviewState {
    return entries
      .filter(({ isUndone }) => !isUndone)
      .reduce((at, { what }) => applyEdit(at, what), beginning);
  }

  function takeAll(steps: readonly Line[]): void {
    for (const line of steps) {
      try {
        take(line);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        throw damaged(path, revision + 2, error.message);
      }
    }
  }
  takeAll(lines?.steps ?? []);

  /** Takes what another program has written since, and then says so: who edits must have seen what there is. */
  function catchUp(): void {
    if (cardVersion(folder) !== version) {
      throw new InputError(`${card.tag} was written anew since it was opened here: open it again.`);
    }
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? null) === end) return;
    const now = existsSync(path) ? readLines(path, card, fingerprint) : null;
    const count = (now?.steps.length ?? 0) - revision;
    if (now === null || count < 0) {
      throw new InputError(
        `${path} has lost edits since it was opened here: put it back, or open the run again.`,
      );
    }
    takeAll(now.steps.slice(revision));
    end = now.end;
    if (count === 0) return;
    throw new InputError(
      `${card.tag} was edited by another program meanwhile (${count === 1 ? '1 edit' : `${count} edits`}): look at it as it is now, then do it again.`,
    );
  }

  /** Tried first, written next: what the journal holds can be done. */
  function record(step: Step): void {
    if (card.kin?.networks.state === 'pending') {
      throw new InputError(
        `${card.tag} is not whole yet, for its networks may still move images: edit it when they are done.`,
      );
    }
    withLock(join(folder, LOCK), card.tag, () => {
      catchUp();
      const before = { revision, state, entries, undone };
      const line: Line = { at: new Date().toISOString(), ...step };
      take(line);
      try {
        end =
          end === null ? begin(line) : appendLine(path, JSON.stringify(line), () => nameKinds(folder, state));
      } catch (error) {
        ({ revision, state, entries, undone } = before);
        throw error;
      }
    });
  }

  /** The head and the first edit at once. Returns the bytes of the file. */
  function begin(line: Line): number {
    const data = card.data.sha256;
    const head: z.infer<typeof headSchema> = { format: JOURNAL_FORMAT, data, found: fingerprint, names };
    const text = Buffer.from(`${JSON.stringify(head)}\n${JSON.stringify(line)}\n`);
    writeFileAtomic(path, text);
    try {
      nameKinds(folder, state);
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    }
    return text.length;
  }

  return {
    folder,
    card,
    found,
    beginning,
    get revision() {
      return revision;
    },
    get state() {
      return state;
    },
    get entries() {
      return entries;
    },
    get undoable() {
      return entries.findLast(({ isUndone }) => !isUndone) ?? null;
    },
    get redoable() {
      return undone.at(-1) ?? null;
    },
    append: (request) => record({ edit: numberKinds(request, state.kinds.length) }),
    undo() {
      const entry = this.undoable;
      if (entry === null) throw new InputError('There is nothing to undo.');
      record({ undo: entry.edit });
    },
    redo() {
      const entry = this.redoable;
      if (entry === null) throw new InputError('There is nothing to redo.');
      record({ redo: entry.edit });
    },
  };
}

/** kinds.csv keeps the run's own kinds, for its classifier answers with them, under the names that they have now. */
function nameKinds(folder: string, state: ReviewState): void {
  const kinds = readKinds(folder).map((row) => {
    const now = presentKind(state, row.cluster);
    return { ...row, name: now === NO_KIND ? JUNK_NAME : state.kinds[now].name };
  });
  writeKinds(folder, kinds);
}

interface JournalLines {
  /** Bytes of the whole lines. */
  readonly end: number;
  readonly head: z.infer<typeof headSchema>;
  readonly steps: readonly Line[];
}

function readLines(path: string, card: RunCard, found: string): JournalLines {
  const bytes = readFileSync(path);
  // What has no end of line is being written now, or was when a program died: nobody was told that it is kept.
  const end = bytes.lastIndexOf(0x0a) + 1;
  const [first, ...rest] = bytes.subarray(0, end).toString().split('\n').slice(0, -1);
  const head = headSchema.safeParse(parsed(path, 1, first ?? ''));
  if (!head.success) throw damaged(path, 1, head.error.issues[0].message);
  if (head.data.data !== card.data.sha256) {
    throw new InputError(
      `${path} belongs to other images than this run's: put the run's own edits back, or move the file away.`,
    );
  }
  if (head.data.found !== found) {
    throw new InputError(
      `${path} was made of an earlier result of ${card.tag}, whose kinds have changed since: move the file away.`,
    );
  }
  const steps = rest.map((text, at) => {
    const line = lineSchema.safeParse(parsed(path, at + 2, text));
    if (!line.success) throw damaged(path, at + 2, line.error.issues[0].message);
    return line.data;
  });
  return { end, head: head.data, steps };
}

function parsed(path: string, lineNumber: number, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw damaged(path, lineNumber, 'not JSON');
  }
}

function damaged(path: string, lineNumber: number, reason: string): InputError {
  return new InputError(
    `${path} is damaged in line ${lineNumber} (${reason.replace(/\.$/, '')}): restore the file, or cut it off before that line.`,
  );
}
