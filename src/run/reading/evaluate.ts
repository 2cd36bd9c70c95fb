// kindred eval: how well a run's kinds match the labels beside some images.

import { availableParallelism } from 'node:os';
import { InputError } from '../../core/errors.js';
import type { Notice } from '../../core/progress.js';
import { framedSource } from '../../data/framing/framed-source.js';
import { NO_FRAMING_CHOICES } from '../../data/framing/framing.js';
import type { PictureSource, ReadingLimits } from '../../data/pictures.js';
import type { LabelPlace } from '../../data/source.js';
import type { ClassifiedBatch } from '../../methods/classify.js';
import type { MethodContext } from '../../methods/found-kinds.js';
import type { Confusion } from '../../score/confusion.js';
import { scoreSource } from '../../score/labelled-source.js';
import type { ClusterNames } from '../../score/score.js';
import { readAssignments } from '../files/artefacts.js';
import type { Metrics, RunCard } from '../files/card.js';
import { framingOf, openPicturesForRun, reopenRunDataset } from '../images/read-images.js';
import { classifyPictures, classifySource, readFinishedCard } from './predict.js';

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
  readonly notice: Notice;
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
  if (card.vectors?.kind === 'features') {
    throw new InputError(
      `${folder} compares images by vectors from a file, and eval makes none: its run.json has the score of its own images.`,
    );
  }
  const images = await imagesToScore(folder, card, sources, { limits, notice }, context);
  const { ids, assignment, confidence } = await all(images.batches);
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

interface ImagesToScore extends Pick<PictureSource, 'name' | 'origin'> {
  /** What the run says of them. */
  readonly batches: AsyncIterable<ClassifiedBatch>;
}

/** Those at `sources`, by default the run's own. */
async function imagesToScore(
  folder: string,
  card: RunCard,
  sources: readonly string[],
  { limits, notice }: Pick<EvaluateContext, 'limits' | 'notice'>,
  context: MethodContext,
): Promise<ImagesToScore> {
  const request = { sources, limits, framing: NO_FRAMING_CHOICES };
  const opened =
    sources.length === 0
      ? await ownPictures(card)
      : { ...(await openPicturesForRun(card, request, notice, context.signal)), limits };
  const { pictures, framing } = opened;
  const { name, origin } = pictures;
  const threads = availableParallelism();
  const batches =
    card.vectors === null
      ? classifySource(folder, framedSource(pictures, framing, opened.limits), threads, context)
      : classifyPictures(folder, opened, threads, context);
  return { name, origin, batches };
}

/** What was held out, or where nothing was, all. */
async function ownPictures(card: RunCard) {
  const { train, test } = await reopenRunDataset(card);
  return { pictures: test ?? train, framing: framingOf(card), limits: card.limits };
}

/** What is said of all images at once. */
async function all(batches: AsyncIterable<ClassifiedBatch>) {
  const ids: string[] = [];
  const assignment: number[] = [];
  const confidence: number[] = [];
  for await (const batch of batches) {
    for (const id of batch.ids) ids.push(id);
    for (const cluster of batch.assignment) assignment.push(cluster);
    for (const value of batch.confidence) confidence.push(value);
  }
  return { ids, assignment: Int32Array.from(assignment), confidence: Float32Array.from(confidence) };
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
