// The journal of a person's edits beside a run, opened: the state after them, and the way to one more. Undo and redo are lines
// too, so that history has no end and outlives the program.
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { appendLine } from '../../core/appended-file.js';
import { InputError } from '../../core/errors.js';
import { bytesOf } from '../../core/files.js';
import { NO_KIND } from '../../core/groups.js';
import { withLock } from '../../core/lock.js';
import { type Assignments, readAssignments, readKinds, writeKinds } from '../../run/files/artefacts.js';
import { cardVersion, type RunCard } from '../../run/files/card.js';
import { readCorrections } from '../../run/files/corrections.js';
import { readFinishedCard } from '../../run/reading/predict.js';
import { presentKind, type ReviewState, stateOfRun } from '../state.js';
import { type EditRequest, numberKinds } from './edits.js';
import { afterLine, emptyHistory, type History, type JournalEntry, type Line, type Step } from './history.js';
import { beginJournal, damagedJournal, journalBytes, readJournal } from './journal-file.js';

/** Exists while an edit is being written. */
const LOCK = 'edits.lock';
/** What the classifier's answer is called where its kind was called junk. */
const JUNK_NAME = 'junk';

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
  const found = readAssignments(folder);
  const owner = { tag: card.tag, data: card.data.sha256, found: hash('sha256', bytesOf(found.assignment)) };
  const path = join(folder, 'edits.jsonl');
  const kept = readJournal(path, owner);
  const names = kept?.names ?? readKinds(folder).map(({ name }) => name);
  const beginning = stateBefore(folder, card, found, names);

  let history = takeAll(path, emptyHistory(beginning), kept?.lines ?? []);
  let end = kept?.end ?? null;

  /** Takes what another program has written since, and then says so: who edits must have seen what there is. */
  function catchUp(): void {
    if (cardVersion(folder) !== version) {
      throw new InputError(`${card.tag} was written anew since it was opened here: open it again.`);
    }
    if (journalBytes(path) === end) return;
    const now = readJournal(path, owner);
    const count = (now?.lines.length ?? 0) - history.revision;
    if (now === null || count < 0) {
      throw new InputError(
        `${path} has lost edits since it was opened here: put it back, or open the run again.`,
      );
    }
    history = takeAll(path, history, now.lines.slice(history.revision));
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
      const line: Line = { at: new Date().toISOString(), ...step };
      const next = afterLine(history, line);
      const nameThem = () => nameKinds(folder, next.state);
      end =
        end === null
          ? beginJournal(path, owner, names, line, nameThem)
          : appendLine(path, JSON.stringify(line), nameThem);
      history = next;
    });
  }

  return {
    folder,
    card,
    found,
    beginning,
    get revision() {
      return history.revision;
    },
    get state() {
      return history.state;
    },
    get entries() {
      return history.entries;
    },
    get undoable() {
      return history.entries.findLast(({ isUndone }) => !isUndone) ?? null;
    },
    get redoable() {
      return history.undone.at(-1) ?? null;
    },
    append: (request) => record({ edit: numberKinds(request, history.state.kinds.length) }),
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

/** The run's own kinds under the names that the journal began with; a person named those that a refined run brought along. */
function stateBefore(
  folder: string,
  { refinedFrom }: RunCard,
  { assignment }: Assignments,
  names: readonly string[],
): ReviewState {
  const given = refinedFrom?.names ?? [];
  return stateOfRun({
    assignment,
    kinds: readKinds(folder).map(({ stability }, kind) => ({
      name: names[kind],
      isNamed: (given[kind] ?? null) !== null,
      stability,
    })),
    earlier: refinedFrom && readCorrections(folder),
  });
}

/** Throws an InputError that names the line of the file where one cannot be done. */
function takeAll(path: string, before: History, lines: readonly Line[]): History {
  return lines.reduce((history, line) => {
    try {
      return afterLine(history, line);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw damagedJournal(path, history.revision + 2, error.message);
    }
  }, before);
}

/** kinds.csv keeps the run's own kinds, for its classifier answers with them, under the names that they have now. */
function nameKinds(folder: string, state: ReviewState): void {
  const kinds = readKinds(folder).map((row) => {
    const now = presentKind(state, row.cluster);
    return { ...row, name: now === NO_KIND ? JUNK_NAME : state.kinds[now].name };
  });
  writeKinds(folder, kinds);
}
