import { InputError } from '../../core/errors.js';
import type { Matrix } from '../../core/matrix.js';
import type { CollectedImages, PassedOver } from '../../data/source.js';
import type { Growth } from '../../methods/growing/grow.js';
import {
  type Assignments,
  type Kind,
  readAssignments,
  readCodes,
  readKinds,
  readModel,
} from '../files/artefacts.js';
import type { RunCard } from '../files/card.js';
import type { NewImages } from '../images/data.js';
import { readFinishedCard } from './predict.js';

/** What a person asks of `kindred grow`. */
export interface GrowRequest extends NewImages {
  /** The folder of a finished run. */
  readonly run: string;
  /** End with an InputError where a new picture cannot be read, instead of skipping it. */
  readonly strict: boolean;
  readonly logDir: string;
  /** Null: the next free `grow-<n>`. */
  readonly tag: string | null;
  readonly overwrite: boolean;
  /** Null: as the run was made with. */
  readonly threads: number | null;
  /** The words of the command line, for the record. */
  readonly command: readonly string[];
}

/** A run as its folder has it. */
export interface OldRun {
  readonly card: RunCard;
  readonly assignments: Assignments;
  readonly kinds: readonly Kind[];
  readonly codes: Matrix;
  readonly encoder: Uint8Array;
  readonly classifier: Uint8Array;
}

/** Old and new images of a grown run, the old ones first. */
export interface GrownImages extends CollectedImages {
  readonly oldCount: number;
}

/** All that a grown run is written from. */
export interface GrownRun {
  readonly old: OldRun;
  readonly growth: Growth;
  readonly kinds: readonly Kind[];
  readonly images: GrownImages;
  /** As far as it is known before the run is written. */
  readonly card: RunCard;
  /** Files and folders in the sources, old and new, that are no part of the dataset. */
  readonly passedOver: readonly PassedOver[];
}

/** Everything of a run that growing needs. Throws an InputError if it is not finished, or damaged. */
export function readOldRun(folder: string): OldRun {
  const card = readFinishedCard(folder);
  if (card.vectors !== null) {
    throw new InputError(
      `${folder} compares images by vectors made elsewhere, and only runs by kindred's own features grow: train anew with old and new images.`,
    );
  }
  const assignments = readAssignments(folder);
  const codes = readCodes(folder);
  const kinds = readKinds(folder);
  if (codes.rows !== assignments.ids.length || kinds.length !== card.k) {
    throw new InputError(
      `${folder} has ${codes.rows} codes for ${assignments.ids.length} images and ${kinds.length} of ${card.k} kinds: restore its files or train again.`,
    );
  }
  const [encoder, classifier] = ['encoder.onnx', 'classifier.onnx'].map((name) => readModel(folder, name));
  return { card, assignments, kinds, codes, encoder, classifier };
}
