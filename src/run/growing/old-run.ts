// What grows, and what it becomes.
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
import type { DatasetPart, NewImages } from '../images/read-images.js';
import { readFinishedCard } from '../reading/predict.js';
import type { TrainRequest } from '../writing/plan.js';

/** What a person asks of `kindred grow`; without a tag the next free `grow-<n>`. */
export interface GrowRequest
  extends NewImages,
    Pick<TrainRequest, 'strict' | 'logDir' | 'tag' | 'overwrite' | 'command'> {
  /** The folder of a finished run. */
  readonly run: string;
  /** Left out: as the run was made with. */
  readonly threads?: number;
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

/** All that a grown run is written from: of all images, the old ones first. */
export interface GrownRun extends Assignments {
  readonly old: OldRun;
  readonly growth: Growth;
  readonly kinds: readonly Kind[];
  readonly images: CollectedImages;
  /** (n, d) */
  readonly codes: Matrix;
  /** What the images were read from. */
  readonly parts: readonly DatasetPart[];
  /** Files and folders there that are no part of the dataset. */
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
