// Do heads confirm the graph, or have they found something else? Students that learn from their own answers may settle on
// kinds that nobody showed them: the loud ones grow, and in noise everything does. Nothing here needs a label.
//
// Measured on subsets of photographs from 5,000 on: pairs agree on 0.89 to 0.96 of the images, 0.84 to 0.96 keep the graph's
// kind, and the effective number of kinds does not rise by a hundredth. Of noise, pairs agree on 0.18 and 0.33 keep theirs; kinds
// of unequal sizes made equal would have raised the number by an eighth (docs/log.md).
import { sizesOf } from '../../core/groups.js';

/** Share of the images of which all pairs must say the same. */
const LEAST_AGREED = 0.75;
/** Share of the images that must keep the graph's kind. */
const LEAST_KEPT = 0.75;
/** The effective number of kinds may rise by this factor. */
const MOST_EVENED = 1.05;

export interface HeadsVerdict {
  /** (n): the graph's kinds; −1 for none. */
  readonly before: Int32Array;
  /** (n): the heads'. */
  readonly after: Int32Array;
  readonly k: number;
  /** Share of the images of which all pairs say the same, 0 … 1. */
  readonly agreement: number;
}

/** Why the graph's kinds stand; null where the heads confirm them. */
export function whyHeadsRefused({ before, after, k, agreement }: HeadsVerdict): string | null {
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  if (agreement < LEAST_AGREED) {
    return `heads that learnt from different halves agree on only ${percent(agreement)} of the images, and should on ${percent(LEAST_AGREED)}`;
  }
  const placed = before.filter((kind) => kind >= 0).length;
  const kept = before.filter((kind, image) => kind >= 0 && after[image] === kind).length / placed;
  if (kept < LEAST_KEPT) {
    return `the heads confirm the kind of only ${percent(kept)} of the images, and should of ${percent(LEAST_KEPT)}`;
  }
  const rise = effectiveNumber(sizesOf(after, k)) / effectiveNumber(sizesOf(before, k));
  return rise > MOST_EVENED ? 'the heads made the kinds more equal in size than the graph shows them' : null;
}

/** e^H, H the entropy of the shares: k for equal sizes (Hill 1973, "Diversity and evenness", of order 1). */
export function effectiveNumber(sizes: readonly number[]): number {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const entropy = sizes.reduce(
    (sum, size) => sum - (size === 0 ? 0 : (size / total) * Math.log(size / total)),
    0,
  );
  return Math.exp(entropy);
}
