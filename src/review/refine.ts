// Teaching a run what a person made of it: a new run beside the old one, trained on the same images with their words.
import { NO_KIND } from '../core/kinds.js';
import type { RunCard } from '../run/files/card.js';
import type { Refinement } from '../run/files/corrections.js';
import type { RunContext } from '../run/writing/plan.js';
import { type RefineChoices, refineRequest } from '../run/writing/refinement.js';
import { trainRun } from '../run/writing/train.js';
import { type Journal, openJournal } from './journal/journal.js';
import { kindsAfter } from './journal/replay.js';
import { presentKinds } from './state.js';

/** The kinds that have images, numbered from 0 in their old order, and what was said of each image. */
export function refinementOf({ card, beginning, state, entries }: Journal): Refinement {
  const kinds = presentKinds(state).filter(({ size }) => size > 0);
  const place = new Map(kinds.map(({ kind }, at) => [kind, at]));
  const numbered = (assignment: Int32Array) => assignment.map((kind) => place.get(kind) ?? NO_KIND);
  return {
    card,
    assignment: numbered(state.assignment),
    before: numbered(kindsAfter(beginning.assignment, entries, () => false)),
    said: state.said,
    names: kinds.map(({ name, isNamed }) => (isNamed ? name : null)),
    edits: entries.filter(({ isUndone }) => !isUndone).length,
  };
}

/**
 * Trains the new run. Returns its card. Throws an InputError where the run cannot be used or nothing was said, and an
 * InterruptedError that says how to go on when the signal aborts.
 */
export async function refineRun(
  folder: string,
  choices: RefineChoices,
  context: RunContext,
): Promise<RunCard> {
  return trainRun(refineRequest(refinementOf(openJournal(folder)), choices), context);
}
