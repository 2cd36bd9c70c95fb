// How many images of each class lie in each cluster: every score is a function of this table.
import type { Labels } from '../data/labels/labels.js';

/** How many images of each label lie in each kind. */
export interface Confusion {
  readonly classes: number;
  readonly clusters: number;
  /** (classes, clusters), row-major: images of a class in a cluster. */
  readonly counts: Float64Array;
  /** (classes): images of a class that belong to no cluster (assignment −1). */
  readonly outside: Float64Array;
  /** All labelled images, those outside included. */
  readonly total: number;
}

/** What is known of some images: the cluster of each (−1: none), how many clusters there are, the labels. */
export interface LabelledPartition {
  readonly assignment: Int32Array;
  readonly k: number;
  readonly labels: Labels;
}

/** assignment (n), labels (n) → the table of the images that have a label. Throws a RangeError if lengths or clusters do not fit. */
export function confusionOf({ assignment, k, labels }: LabelledPartition): Confusion {
  const { values, names } = labels;
  if (assignment.length !== values.length) {
    throw new RangeError(
      `confusionOf: ${assignment.length} assignments, wanted one for each of ${values.length} labels`,
    );
  }
  const counts = new Float64Array(names.length * k);
  const outside = new Float64Array(names.length);
  let total = 0;
  for (let image = 0; image < assignment.length; image++) {
    if (values[image] < 0) continue;
    total++;
    const cluster = assignment[image];
    if (cluster < -1 || cluster >= k) {
      throw new RangeError(`confusionOf: image ${image} is in cluster ${cluster}, wanted −1 to ${k - 1}`);
    }
    if (cluster === -1) outside[values[image]]++;
    else counts[values[image] * k + cluster]++;
  }
  return { classes: names.length, clusters: k, counts, outside, total };
}

/** The number of images of a class in a cluster. */
export function countOf(table: Confusion, classIndex: number, cluster: number): number {
  return table.counts[classIndex * table.clusters + cluster];
}
