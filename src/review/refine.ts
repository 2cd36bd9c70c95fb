// Teaching a run what a person made of it: a new run beside the old one, trained on the same images with their words.
import { InputError } from '../core/errors.js';
import { NO_KIND } from '../core/groups.js';
import type { RunCard } from '../run/files/card.js';
import type { Refinement } from '../run/files/corrections.js';
import { locationsOf } from '../run/images/read-images.js';
import { vectorsOfRun } from '../run/images/vectors.js';
import { completeRequest, type RunContext, type TrainRequest } from '../run/writing/plan.js';
import { trainRun } from '../run/writing/train.js';
import { kindsAfter } from './journal/history.js';
import { type Journal, openJournal } from './journal/journal.js';
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

/** What a person may choose about a refinement. */
export interface RefineChoices extends Pick<TrainRequest, 'logDir' | 'tag' | 'overwrite' | 'command'> {
  /** What is left out is as in the earlier run; the quality `default` where that was no kin run. */
  readonly options: Pick<TrainRequest['options'], 'quality' | 'seed' | 'threads'>;
}

const FEWEST_KINDS = 2;

/** Throws an InputError where there is nothing to learn from. */
function refineRequest(folder: string, refinement: Refinement, choices: RefineChoices): TrainRequest {
  const { card, names, edits } = refinement;
  const { options, ...place } = choices;
  if (edits === 0) {
    throw new InputError(
      `Nobody has edited ${card.tag} yet, so there is nothing to learn from: \`kindred studio\` is where that is done.`,
    );
  }
  if (names.length < FEWEST_KINDS) {
    throw new InputError(
      `${card.tag} has ${names.length} kinds left after its edits, and a classifier needs two: undo a merge first.`,
    );
  }
  return completeRequest({
    sources: locationsOf(card),
    limits: card.limits,
    vectors: vectorsOfRun(folder, card),
    labelsFrom: card.labelsFrom,
    ...place,
    refinement,
    options: {
      method: 'kin',
      quality: options.quality ?? card.options.kin?.quality ?? 'default',
      seed: options.seed ?? card.seed,
      threads: options.threads ?? card.threads,
      clustering: { numClusters: names.length },
    },
  });
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
  return trainRun(refineRequest(folder, refinementOf(openJournal(folder)), choices), context);
}
