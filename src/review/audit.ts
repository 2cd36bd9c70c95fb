// How many images are in the right kind? Estimated from images that were drawn at random, never from those that were asked
// about because they looked wrong.
//
// The draws are a random order of all images, fixed by a seed. An image whose turn comes is asked about, unless a person
// has said its kind already: then its answer is known. Either way it is held against the kind that it would have if nobody
// had said anything of single images, so that the share of right ones among the draws is that of the whole pile,
// whatever else was asked. To it is added what was put right since, which is known exactly. The interval is Clopper &
// Pearson's (1934), which covers at least what it promises.
import { createRandom } from '../core/random.js';
import { NO_KIND } from './edits.js';
import { readImageSet } from './image-set.js';
import type { JournalEntry } from './journal.js';
import { type AccuracyEstimate, type ReviewState, UNTOLD } from './state.js';

const ORDER_SEED = 0;
const BEYOND_EACH_END = 0.025;
const BISECTIONS = 60;

/** The order in which images are drawn: (n). */
export function auditOrder(images: number): Uint32Array {
  return createRandom(ORDER_SEED, 'audit').permutation(images);
}

/** found: (n) kinds as the run gave them. Null before the first audited image. */
export function estimateAccuracy(
  found: Int32Array,
  { told }: ReviewState,
  entries: readonly JournalEntry[],
): AccuracyEstimate | null {
  const count = found.length;
  const untouched = withoutTelling(found, entries);
  const draws = drawnImages(entries, count).filter((image) => told[image] !== UNTOLD);
  if (draws.length === 0) return null;
  const right = draws.filter((image) => untouched[image] === told[image]).length;
  const corrected = told.reduce((sum, said, image) => {
    return sum + (said !== UNTOLD && said !== untouched[image] ? 1 : 0);
  }, 0);
  const present = (share: number) => Math.min(1, share + corrected / count);
  const [low, high] = clopperPearson(right, draws.length);
  return {
    audited: draws.length,
    estimate: present(right / draws.length),
    low: present(low),
    high: present(high),
  };
}

/** The images up to the last one that was asked about because it was drawn. */
function drawnImages(entries: readonly JournalEntry[], count: number): Uint32Array {
  const audited = new Set<number>();
  for (const { what, isUndone } of entries) {
    if (isUndone || what.do !== 'answer' || what.about !== 'audit') continue;
    for (const image of readImageSet(what.images, count)) audited.add(image);
  }
  const order = auditOrder(count);
  return order.subarray(0, order.findLastIndex((image) => audited.has(image)) + 1);
}

/** (n): the kinds after the edits that are about whole kinds alone. */
function withoutTelling(found: Int32Array, entries: readonly JournalEntry[]): Int32Array {
  let kinds = found.slice();
  for (const { what, isUndone } of entries) {
    if (isUndone) continue;
    if (what.do === 'merge') {
      kinds = kinds.map((kind) => (what.kinds.includes(kind) ? what.into : kind));
    } else if (what.do === 'junk') {
      kinds = kinds.map((kind) => (kind === what.kind ? NO_KIND : kind));
    } else if (what.do === 'split') {
      for (const part of what.parts) {
        for (const image of readImageSet(part.images, found.length)) {
          if (kinds[image] === what.kind) kinds[image] = part.kind;
        }
      }
    }
  }
  return kinds;
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
