// What the lines of a journal come to, without a file: the state after them, which edits are undone, what may be done again.
import { z } from 'zod';
import { InputError } from '../../core/errors.js';
import { NO_KIND } from '../../core/groups.js';
import { readImageSet } from '../../core/image-set.js';
import { applyEdit, type ReviewState } from '../state.js';
import { type Edit, editSchema } from './edits.js';

/** `undo` and `redo` name the line of the edit; the head is line 0. */
const stepSchema = z.union([
  z.object({ edit: editSchema }),
  z.object({ undo: z.int().positive() }),
  z.object({ redo: z.int().positive() }),
]);
export type Step = z.infer<typeof stepSchema>;
export const lineSchema = z.intersection(z.object({ at: z.iso.datetime() }), stepSchema);
export type Line = z.infer<typeof lineSchema>;

/** An edit of the journal, by the number of its line; the head is line 0. */
export interface JournalEntry {
  readonly edit: number;
  /** ISO 8601. */
  readonly at: string;
  readonly what: Edit;
  readonly isUndone: boolean;
}

/** Never changed: each line makes a new one. */
export interface History {
  /** Before the first line. */
  readonly beginning: ReviewState;
  /** After the last line. */
  readonly state: ReviewState;
  /** Lines so far. */
  readonly revision: number;
  readonly entries: readonly JournalEntry[];
  /** Edits that were taken back and may be done again, the last one last. */
  readonly undone: readonly JournalEntry[];
}

export function emptyHistory(beginning: ReviewState): History {
  return { beginning, state: beginning, revision: 0, entries: [], undone: [] };
}

/** Throws an InputError where the line cannot be done. */
export function afterLine(history: History, line: Line): History {
  const { beginning, undone } = history;
  const revision = history.revision + 1;
  if ('edit' in line) {
    const state = applyEdit(history.state, line.edit);
    const entry = { edit: revision, at: line.at, what: line.edit, isUndone: false };
    return { beginning, state, revision, entries: [...history.entries, entry], undone: [] };
  }
  const isUndone = 'undo' in line;
  const edit = isUndone ? line.undo : line.redo;
  const entry = history.entries.find((each) => each.edit === edit);
  if (entry === undefined) throw new InputError(`edit ${edit} is not in the journal`);
  const entries = history.entries.map((each) => (each === entry ? { ...each, isUndone } : each));
  return {
    beginning,
    // Edits cannot be taken back one by one: all others are done again.
    state: isUndone ? stateAfter(beginning, entries) : applyEdit(history.state, entry.what),
    revision,
    entries,
    undone: isUndone ? [...undone, entry] : undone.slice(0, -1),
  };
}

function stateAfter(beginning: ReviewState, entries: readonly JournalEntry[]): ReviewState {
  return entries
    .filter(({ isUndone }) => !isUndone)
    .reduce((state, { what }) => applyEdit(state, what), beginning);
}

// The kinds after some of a person's edits: the estimate of the accuracy leaves out what was said of single images, and
// learning compares with the kinds before anything was said of images at all.

/** beginning (n) → (n): after the edits of whole kinds, and those of images that `heeds` says by how many they are of. */
export function kindsAfter(
  beginning: Int32Array,
  entries: readonly JournalEntry[],
  heeds: (images: number) => boolean,
): Int32Array {
  let kinds: Int32Array = beginning.slice();
  const place = (set: string, to: number) => {
    const images = readImageSet(set, beginning.length);
    if (heeds(images.length)) for (const image of images) kinds[image] = to;
  };
  for (const { what, isUndone } of entries) {
    if (isUndone) continue;
    if (what.do === 'move') place(what.images, what.to);
    else if (what.do === 'answer' && what.is !== null) place(what.images, what.is);
    else kinds = afterKinds(kinds, what);
  }
  return kinds;
}

/** After an edit of whole kinds. */
function afterKinds(kinds: Int32Array, edit: Edit): Int32Array {
  switch (edit.do) {
    case 'merge':
      return kinds.map((kind) => (edit.kinds.includes(kind) ? edit.into : kind));
    case 'junk':
      return kinds.map((kind) => (kind === edit.kind ? NO_KIND : kind));
    case 'split':
      for (const part of edit.parts) {
        for (const image of readImageSet(part.images, kinds.length)) {
          if (kinds[image] === edit.kind) kinds[image] = part.kind;
        }
      }
      return kinds;
    default:
      return kinds;
  }
}
