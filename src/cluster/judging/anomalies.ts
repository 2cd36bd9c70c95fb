// What is odd in a dataset once it has kinds: images that belong nowhere, kinds that look mixed. Every
// threshold is a fence in the dataset's own figures (Tukey 1977, "Exploratory Data Analysis": quartiles and 1½ or 3 times
// their distance), or a share with its reason beside it. No label is read.
import { quantiles } from '../../core/statistics.js';
import type { Neighbours } from '../../graph/neighbour-graph.js';
import { meanDistances, outlierFactors } from './outlier-factor.js';

export interface FindingsInput {
  readonly neighbours: Neighbours;
  /** (n): −1 for an image that belongs to no kind. */
  readonly assignment: Int32Array;
  readonly k: number;
  /** (k), 0 … 1; null where it was not computed. */
  readonly stability: ArrayLike<number> | null;
}

export interface Anomalies {
  readonly outliers: readonly Outlier[];
  readonly mixedKinds: readonly MixedKind[];
}

export interface Outlier {
  readonly image: number;
  readonly reason: 'no kind' | 'far from all' | 'farther than its neighbours are';
  /** How many times as far from its neighbours as is usual; 0 where it belongs to no kind. */
  readonly times: number;
}

export interface MixedKind {
  readonly cluster: number;
  /** Null where stability was not computed. */
  readonly stability: number | null;
  /** Share of its images' neighbours that belong to other kinds. */
  readonly outsideShare: number;
}

/** In fewer images quartiles say nothing about the tails. */
const LEAST_IMAGES = 40;
/** Below it a kind is impure more often than not: measured over 140 kinds (docs/log.md). */
const LEAST_STABILITY = 0.9;
/** The share of foreign neighbours from which a kind looks mixed; MNIST's kinds have 0.01 to 0.04. */
const MOST_OUTSIDE = 0.15;

export function findAnomalies(input: FindingsInput): Anomalies {
  return { outliers: outliersOf(input), mixedKinds: mixedKindsOf(input) };
}

/**
 * Far from all: the mean distance to its neighbours lies above the inner fence of all images'. Farther than its
 * neighbours are: the local outlier factor lies above the outer fence. Both on a logarithmic scale.
 */
function outliersOf({ neighbours, assignment }: FindingsInput): Outlier[] {
  const mean = meanDistances(neighbours);
  const factor = outlierFactors([neighbours]).map((times) => (Number.isFinite(times) ? times : 1));
  const [usual] = quantiles(mean, [0.5]);
  const far = upperFence(mean, INNER);
  const local = upperFence(factor, OUTER);
  const found: Outlier[] = [];
  assignment.forEach((cluster, image) => {
    if (cluster < 0) found.push({ image, reason: 'no kind', times: 0 });
    else if (mean[image] > far) found.push({ image, reason: 'far from all', times: mean[image] / usual });
    else if (factor[image] > local) {
      found.push({ image, reason: 'farther than its neighbours are', times: factor[image] });
    }
  });
  return found;
}

function mixedKindsOf({ neighbours, assignment, k: kinds, stability }: FindingsInput): MixedKind[] {
  const { k, indices } = neighbours;
  const total = new Float64Array(kinds);
  const outside = new Float64Array(kinds);
  assignment.forEach((cluster, image) => {
    if (cluster < 0) return;
    for (let at = image * k; at < (image + 1) * k; at++) {
      total[cluster] += 1;
      if (assignment[indices[at]] !== cluster) outside[cluster] += 1;
    }
  });
  return Array.from({ length: kinds }, (_, cluster) => ({
    cluster,
    stability: stability === null ? null : stability[cluster],
    outsideShare: total[cluster] === 0 ? 0 : outside[cluster] / total[cluster],
  })).filter((kind) => kind.outsideShare > MOST_OUTSIDE || (kind.stability ?? 1) < LEAST_STABILITY);
}

/** Tukey's multiples of the distance between the quartiles. */
const INNER = 1.5;
const OUTER = 3;

/** In the logarithm of the values; Infinity where there are too few. */
function upperFence(values: Float64Array, multiple: number): number {
  if (values.length < LEAST_IMAGES) return Number.POSITIVE_INFINITY;
  const logarithms = Array.from(values, Math.log).filter(Number.isFinite);
  const [first, third] = quantiles(logarithms, [0.25, 0.75]);
  return Math.exp(third + multiple * (third - first));
}
