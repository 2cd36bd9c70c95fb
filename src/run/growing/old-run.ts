// What grows, and what it becomes.
import { existsSync } from 'node:fs';
import { InputError } from '../../core/errors.js';
import type { Matrix } from '../../core/matrix.js';
import type { CollectedImages, PassedOver } from '../../data/source.js';
import { type Asked, askedImages, askedVectors, givesCode } from '../../methods/classify.js';
import type { MethodContext } from '../../methods/found-kinds.js';
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
import { type DatasetPart, framingOf, joinedParts, type NewImages } from '../images/read-images.js';
import { keptEncoder, openVectors, readVectors, vectorsOfRun } from '../images/vectors.js';
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
  /** Null where somebody else's encoder looks at the images, and the classifier at its vectors. */
  readonly encoder: Uint8Array | null;
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
export async function readOldRun(folder: string): Promise<OldRun> {
  const card = readFinishedCard(folder);
  if (card.vectors?.kind === 'features') {
    throw new InputError(
      `${folder} compares images by vectors from a file, and growing makes none of new images: train anew with old and new ones.`,
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
  const classifier = readModel(folder, 'classifier.onnx');
  const found = { card, assignments, kinds, codes, classifier };
  if (card.vectors === null) return { ...found, encoder: readModel(folder, 'encoder.onnx') };
  const path = keptEncoder(folder);
  if (!existsSync(path)) {
    throw new InputError(`There is no ${path}, which looks at new images: restore it or run again.`);
  }
  if (await givesCode(classifier)) return { ...found, encoder: null };
  throw new InputError(
    `${folder} was made by kindred ${card.version}, whose models of an encoder's vectors could not grow: train it again.`,
  );
}

/** The new images as the run's models take them: as they are, or the vectors that its encoder makes of them. */
export async function askedOf(
  { card }: OldRun,
  { run: folder, limits }: GrowRequest,
  parts: readonly DatasetPart[],
  images: CollectedImages,
  threads: number,
  context: MethodContext,
): Promise<Asked> {
  const choice = vectorsOfRun(folder, card);
  if (choice === null) return askedImages(images);
  // All parts of what was added have the same ranges.
  const values = { ...framingOf(card), ranges: parts[0].ranges };
  const maker = await openVectors(choice, threads);
  const { vectors } = await readVectors(maker, joinedParts(parts), images, { limits, values }, context);
  return askedVectors(vectors);
}
