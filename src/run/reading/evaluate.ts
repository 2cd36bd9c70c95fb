// kindred eval: how well a run's kinds match the labels beside some images.
import { availableParallelism } from 'node:os';
import { InputError } from '../../core/errors.js';
import { NO_FRAMING_CHOICES } from '../../data/framing/framing.js';
import type { ReadingLimits } from '../../data/pictures.js';
import type { ImageSource, LabelPlace } from '../../data/source.js';
import type { MethodContext } from '../../methods/found-kinds.js';
import type { Confusion } from '../../score/confusion.js';
import { scoreSource } from '../../score/labelled-source.js';
import type { ClusterNames } from '../../score/score.js';
import { readAssignments } from '../files/artefacts.js';
import type { Metrics, RunCard } from '../files/card.js';
import { framedDataset, framingOf, openForRun, reopenRunDataset } from '../images/read-images.js';
import { classifySource, readFinishedCard } from './predict.js';

/** How well kinds match labels. */
export interface Evaluation {
  /** What was scored: `MNIST test`. */
  readonly source: string;
  /** Images. */
  readonly count: number;
  readonly metrics: Metrics;
  /** Of kinds and labels; `classNames` names the labels, in its order. */
  readonly confusion: Confusion;
  readonly classNames: readonly string[];
}

export interface EvaluateContext extends MethodContext {
  /** Where the labels are; null: where the run found its own. */
  readonly labelsFrom: LabelPlace | null;
  readonly limits: ReadingLimits;
  readonly notice: (line: string) => void;
}

/**
 * Scores the images at `sources`, by default the run's held-out images (those it was trained on where none
 * were held out). Kinds carry the names that the training images' labels gave them; where those had no
 * labels, the scored images' own. Throws an InputError where there is nothing to compare with.
 */
export async function evaluateRun(
  folder: string,
  sources: readonly string[],
  { labelsFrom, limits, notice, ...context }: EvaluateContext,
): Promise<Evaluation> {
  const card = readFinishedCard(folder);
  if (card.vectors !== null) {
    throw new InputError(
      `${folder} compares images by vectors made elsewhere, and eval does not: its run.json has the score of its own images.`,
    );
  }
  const images =
    sources.length === 0
      ? await ownImages(card)
      : await openForRun(card, { sources, limits, framing: NO_FRAMING_CHOICES }, notice, context.signal);
  const { ids, assignment, confidence } = await classifyAll(folder, images, context);
  const clusterNames = (await namesFromTraining(folder, card)) ?? undefined;
  const claimed = card.kin === null ? undefined : confidence;
  const partition = { images: { origin: images.origin, ids }, assignment, k: card.k, confidence: claimed };
  const place = labelsFrom ?? card.labelsFrom;
  const score = await scoreSource(partition, { clusterNames, labelsFrom: place });
  if (score === null) {
    throw new InputError(`There are no labels beside ${images.name}: put the labels file in its directory.`);
  }
  const { metrics, confusion, classNames } = score;
  return { source: images.name, count: ids.length, metrics, confusion, classNames };
}

/** What the run says of all images at once. */
async function classifyAll(folder: string, images: ImageSource, context: MethodContext) {
  const ids: string[] = [];
  const assignment: number[] = [];
  const confidence: number[] = [];
  for await (const batch of classifySource(folder, images, availableParallelism(), context)) {
    for (const id of batch.ids) ids.push(id);
    for (const cluster of batch.assignment) assignment.push(cluster);
    for (const value of batch.confidence) confidence.push(value);
  }
  return { ids, assignment: Int32Array.from(assignment), confidence: Float32Array.from(confidence) };
}

async function ownImages(card: RunCard): Promise<ImageSource> {
  const dataset = framedDataset(await reopenRunDataset(card), framingOf(card), card.limits);
  return dataset.test ?? dataset.train;
}

/** The names that the run's training labels give its kinds; null if images or labels are not there any more. */
async function namesFromTraining(folder: string, card: RunCard): Promise<ClusterNames | null> {
  if (card.metrics === null) return null;
  const { train } = await reopenRunDataset(card);
  const { ids, assignment } = readAssignments(folder);
  const score = await scoreSource(
    { images: { origin: train.origin, ids }, assignment, k: card.k },
    { labelsFrom: card.labelsFrom },
  );
  return score?.clusterNames ?? null;
}
