// How many images are in the right kind? Estimated from images that were drawn at random, never from those that were asked
// about because they looked wrong.
//
// The draws are a random order of all images, fixed by a seed. An image whose turn comes is asked about, unless a person
// has said of itself what it is: then its answer is known. Either way it is held against the kind that it would have if nobody
// had spoken of single images, only of whole kinds and groups, so that the share of right ones among the draws is that
// of the whole dataset, whatever else was asked. To it is added what was put right image by image, which is known exactly. The
// interval is Clopper & Pearson's (1934), which covers at least what it promises.
import { readImageSet } from '../../core/image-set.js';
import { createRandom } from '../../core/random.js';
import { SAID } from '../../run/files/corrections.js';
import { type JournalEntry, kindsAfter } from '../journal/history.js';
import type { AccuracyEstimate, ReviewState } from '../state.js';

/** Of the draws: the same dataset is always audited in the same order. */
export const AUDIT_SEED = 0;
const BEYOND_EACH_END = 0.025;
const BISECTIONS = 60;

/** The order in which images are drawn: (n). */
export function auditOrder(images: number, seed = AUDIT_SEED): Uint32Array {
  return createRandom(seed, 'audit').permutation(images);
}

/**
 * Of the state after `entries`, which began with `beginning`. Null before the first audited image. What was said of single
 * images before the beginning the run has learnt by heart, so that they say nothing of the others: they are right, and
 * the draws are from the rest.
 */
export function estimateAccuracy(
  beginning: Pick<ReviewState, 'assignment' | 'said'>,
  { told, said }: Pick<ReviewState, 'told' | 'said'>,
  entries: readonly JournalEntry[],
  seed = AUDIT_SEED,
): AccuracyEstimate | null {
  const count = told.length;
  const untouched = kindsAfter(beginning.assignment, entries, (images) => images > 1);
  const isLearnt = (image: number) => beginning.said[image] === SAID.ofItself;
  const isTold = (image: number) => said[image] === SAID.ofItself && !isLearnt(image);
  const draws = drawnImages(entries, auditOrder(count, seed)).filter(isTold);
  if (draws.length === 0) return null;
  const right = draws.filter((image) => untouched[image] === told[image]).length;
  const learnt = beginning.said.reduce((sum, _, image) => sum + (isLearnt(image) ? 1 : 0), 0);
  const corrected = told.reduce((sum, kind, image) => {
    return sum + (isTold(image) && kind !== untouched[image] ? 1 : 0);
  }, 0);
  const present = (share: number) => Math.min(1, (share * (count - learnt) + corrected + learnt) / count);
  const [low, high] = clopperPearson(right, draws.length);
  return {
    audited: draws.length,
    estimate: present(right / draws.length),
    low: present(low),
    high: present(high),
  };
}

/** The images up to the last one that was asked about because it was drawn. */
function drawnImages(entries: readonly JournalEntry[], order: Uint32Array): Uint32Array {
  const audited = new Set<number>();
  for (const { what, isUndone } of entries) {
    if (isUndone || what.do !== 'answer' || what.about !== 'audit') continue;
    for (const image of readImageSet(what.images, order.length)) audited.add(image);
  }
  return order.subarray(0, order.findLastIndex((image) => audited.has(image)) + 1);
}

/** The 95 % interval of a share of which `right` of `count` draws were seen. */
export function clopperPearson(right: number, count: number): [low: number, high: number] {
  const low = right === 0 ? 0 : rootOf((p) => 1 - binomialBelow(right, count, p) - BEYOND_EACH_END);
  const high = right === count ? 1 : rootOf((p) => BEYOND_EACH_END - binomialBelow(right + 1, count, p));
  return [low, high];
}

/** The p at which an increasing function is 0. */
function rootOf(increasing: (p: number) => number): number {
  let [below, above] = [0, 1];
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = (below + above) / 2;
    if (increasing(middle) < 0) below = middle;
    else above = middle;
  }
  return (below + above) / 2;
}

/** P(X < limit) of X ~ Binomial(count, p), 0 < p < 1. */
function binomialBelow(limit: number, count: number, p: number): number {
  let logTerm = count * Math.log1p(-p);
  let sum = 0;
  for (let hits = 0; hits < limit; hits++) {
    sum += Math.exp(logTerm);
    logTerm += Math.log((count - hits) / (hits + 1)) + Math.log(p) - Math.log1p(-p);
  }
  return Math.min(1, sum);
}
