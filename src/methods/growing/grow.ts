// A new dataset meets old kinds, in the order it happens: encode the new images as the old ones were (of vectors made elsewhere the
// classifier does that itself) and ask the run's own classifier; look whether some of them crowd together where no old image is; let the old classifier learn of these
// new kinds, and answer every new image; then ask of each old kind whether its new images still look like its old
// ones. Nothing is trained again, and no label reaches this file.
import { type Drift, driftOf } from '../../cluster/growing/drift.js';
import { findNewKinds, type Group } from '../../cluster/growing/new-kinds.js';
import { noveltyThreshold } from '../../cluster/judging/novelty.js';
import { itemsWhere, membersOf } from '../../core/groups.js';
import { type Matrix, takeRows } from '../../core/matrix.js';
import { nearestAmong } from '../../graph/neighbours/nearest-neighbours.js';
import { type Asked, type Classified, classify, codesOf } from '../classify.js';
import type { MethodContext } from '../found-kinds.js';
import {
  type ComparedImages,
  drawn,
  type GrowOptions,
  MOST_IMAGES,
  mixDatasets,
  type OldKinds,
} from './compared-images.js';
import { codesFor } from './grown-classifier.js';
import { learnNewKinds } from './new-kind-vote.js';

/** What became of the new images. Arrays have one entry a new image. */
export interface Growth {
  /** Old kinds and new ones; the old ones keep their numbers. */
  readonly k: number;
  /** (m, d) */
  readonly codes: Matrix;
  /** −1: no kind knows the image, and it is in no new one. */
  readonly assignment: Int32Array;
  /** 0 … 1; 0 outside of all kinds. */
  readonly confidence: Float32Array;
  /** Numbers k(old), k(old) + 1, … in this order, the largest group first. */
  readonly newKinds: readonly NewKind[];
  /** One an old kind. */
  readonly changes: readonly KindChange[];
  readonly classifier: Uint8Array;
}

export interface NewKind {
  readonly cluster: number;
  /** 0 … 1: mean Jaccard overlap when only four fifths of the images are there. */
  readonly stability: number;
}

export interface KindChange {
  readonly cluster: number;
  /** New images in the kind. */
  readonly added: number;
  /** Null where there are too few new images to tell. */
  readonly drift: Drift | null;
  /** Share of the new images that stand apart from the old ones as a group, 0 … 1. */
  readonly apart: number;
}

/** A group of this share of a kind's new images is drift, however much the others are as before. */
const MUCH_APART = 0.1;

export function isDrifted({ drift, apart }: KindChange): boolean {
  return drift?.isDrifted === true || apart >= MUCH_APART;
}

/** Images that say how near to each other the old ones lie. */
const THRESHOLD_SAMPLE = 2000;
/** Below this share of an equal one, a kind's new images are mostly strays from other kinds. */
const LEAST_OF_EQUAL_SHARE = 0.2;

/** Throws an InterruptedError when the signal aborts. */
export async function grow(
  old: OldKinds,
  asked: Asked,
  options: GrowOptions,
  context: MethodContext,
): Promise<Growth> {
  const { threads } = options;
  const codes = await codesOf(old.encoder ?? old.classifier, old.codes.columns, asked, threads, context);
  const before = await classify(old.classifier, asked, threads, context);
  const dataset = await mixDatasets(old, codes, before.assignment, options, context);
  const groups = await findNewKinds({ ...dataset, k: old.k }, { ...options, ...context });
  const found = groups.filter(({ partOf }) => partOf === null);

  const classifier = found.length === 0 ? old.classifier : learnNewKinds(asked, old, dataset, found);
  const answers = found.length === 0 ? before : await classify(classifier, asked, threads, context);
  const assignment = answers.assignment.slice();
  const confidence = answers.confidence.slice();
  for (const image of await strangers(old, codes, answers, options, context)) {
    assignment[image] = -1;
    confidence[image] = 0;
  }
  const k = old.k + found.length;
  return {
    k,
    codes,
    assignment,
    confidence,
    newKinds: found.map(({ stability }, index) => ({ cluster: old.k + index, stability })),
    changes: await changesOf(old, codes, { assignment, k }, apartIn(dataset, groups), options, context),
    classifier,
  };
}

/** New images that no kind knows and that lie farther from every old image than old ones do from each other. */
async function strangers(
  old: OldKinds,
  codes: Matrix,
  { assignment, known }: Classified,
  { seed, threads }: GrowOptions,
  context: MethodContext,
): Promise<Int32Array> {
  const doubtful = itemsWhere(assignment, (kind, image) => !known[image] && kind < old.k);
  if (doubtful.length === 0) return doubtful;
  const rows = drawn(old.codes.rows, MOST_IMAGES, seed, 'old images');
  const references = codesFor(takeRows(old.codes, rows), old.distance);
  const asked = drawn(references.rows, THRESHOLD_SAMPLE, seed, 'reach');
  const own = await nearestAmong(takeRows(references, asked), references, { k: 2, threads, ...context });
  const threshold = noveltyThreshold(asked.map((_, place) => own.distances[place * own.k + own.k - 1]));
  const queries = codesFor(takeRows(codes, doubtful), old.distance);
  const near = await nearestAmong(queries, references, { k: 1, threads, ...context });
  return doubtful.filter((_, place) => near.distances[place] > threshold);
}

/** New images in groups that are changed parts of old kinds. */
function apartIn({ newImage }: ComparedImages, groups: readonly Group[]): Set<number> {
  const changed = groups.filter(({ partOf }) => partOf !== null);
  return new Set(changed.flatMap(({ nodes }) => Array.from(nodes, (node) => newImage[node])));
}

async function changesOf(
  old: OldKinds,
  codes: Matrix,
  { assignment, k }: Pick<Growth, 'assignment' | 'k'>,
  apart: ReadonlySet<number>,
  { seed, threads }: GrowOptions,
  { report, signal }: MethodContext,
): Promise<KindChange[]> {
  const work = { seed, threads, signal };
  const least = (LEAST_OF_EQUAL_SHARE * assignment.length) / old.k;
  const changes: KindChange[] = [];
  const [before, now] = [membersOf(old.assignment, old.k), membersOf(assignment, k)];
  for (let cluster = 0; cluster < old.k; cluster++) {
    report({ stage: 'drift', done: cluster, total: old.k, unit: 'kinds' });
    const added = now[cluster];
    const rows = (from: Matrix, chosen: readonly number[]) => codesFor(takeRows(from, chosen), old.distance);
    const isJudged = added.length >= least;
    const drift = isJudged ? await driftOf(rows(old.codes, before[cluster]), rows(codes, added), work) : null;
    const standingApart = added.filter((image) => apart.has(image)).length;
    changes.push({ cluster, added: added.length, drift, apart: standingApart / Math.max(1, added.length) });
  }
  report({ stage: 'drift', done: old.k, total: old.k, unit: 'kinds' });
  return changes;
}
