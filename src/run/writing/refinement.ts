// An earlier run and what a person made of it, as a new run takes them up: the same images, framed as they were, and the
// kinds as they are now.
import { InputError } from '../../core/errors.js';
import type { QualityName } from '../../methods/options.js';
import type { Refinement } from '../files/corrections.js';
import { locationsOf } from '../images/data.js';
import { completeRequest, type TrainRequest } from './plan.js';

/** What a person may choose about a refinement. */
export interface RefineChoices {
  readonly logDir: string;
  /** Null: the next free `kin-<n>`. */
  readonly tag: string | null;
  readonly overwrite: boolean;
  /** Null: as the earlier run, `default` where it was no kin run. */
  readonly quality: QualityName | null;
  /** Null: as the earlier run. */
  readonly seed: number | null;
  readonly threads: number | null;
  /** The words of the command line, for the record. */
  readonly command: readonly string[];
}

const FEWEST_KINDS = 2;

/** Throws an InputError where there is nothing to learn from. */
export function refineRequest(refinement: Refinement, choices: RefineChoices): TrainRequest {
  const { card, names, edits } = refinement;
  const { logDir, tag, overwrite, command } = choices;
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
    vectors: card.vectors,
    labelsFrom: card.labelsFrom,
    logDir,
    tag,
    overwrite,
    command,
    refinement,
    options: {
      method: 'kin',
      quality: choices.quality ?? card.options.kin?.quality ?? 'default',
      seed: choices.seed ?? card.seed,
      threads: choices.threads ?? card.threads,
      clustering: { numClusters: names.length },
    },
  });
}
