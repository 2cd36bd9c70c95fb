// Scores the images of a source by the labels that lie beside them: where labels are first looked at.
import { type LabelledImages, readLabels } from '../data/labels/labels.js';
import type { LabelPlace } from '../data/source.js';
import { type Reliability, reliabilityOf } from './reliability.js';
import { type ClusterNames, type Metrics, type Score, scoreHeldOut, scorePartition } from './score.js';

export interface PartitionedSource {
  readonly images: LabelledImages;
  /** The cluster of each of them in that order, −1 for none. */
  readonly assignment: Int32Array;
  readonly k: number;
  /** (n), 0 … 1, where it claims to be the chance of being right: it is then held against the labels. */
  readonly confidence?: Float32Array;
}

/** What each image's label says about the cluster it is in. All three have one entry an image. */
export interface Verdicts {
  /** Null for an image without a label. */
  readonly labels: readonly (string | null)[];
  /** Majority name of the image's cluster, null outside every cluster and in one that was empty. */
  readonly names: readonly (string | null)[];
  /** Null for an image without a label. */
  readonly correct: readonly (boolean | null)[];
}

export interface SourceScore extends Score {
  readonly metrics: Metrics & {
    /** How well confidence forecasts accuracy; null where no confidence was given. */
    readonly reliability: Reliability | null;
    /** Share of the images that have a label, and are scored: 0 … 1. */
    readonly labelled: number;
  };
  readonly verdicts: Verdicts;
}

/**
 * Scores the labelled images of a partitioned source, or gives null where none of them has a label. Without `clusterNames`
 * the clusters are named by these labels; with it, by the names fitted on other images.
 * Throws an InputError if the labels are damaged or not as many as the images.
 */
export async function scoreSource(
  { images, assignment, k, confidence }: PartitionedSource,
  { clusterNames, labelsFrom }: { clusterNames?: ClusterNames; labelsFrom?: LabelPlace } = {},
): Promise<SourceScore | null> {
  const labels = await readLabels(images, labelsFrom);
  if (labels === null) return null;
  const partition = { assignment, k, labels };
  const score =
    clusterNames === undefined ? scorePartition(partition) : scoreHeldOut(partition, clusterNames);
  const labelOfImage = Array.from(labels.values, (classIndex) => labels.names[classIndex] ?? null);
  const names = Array.from(assignment, (cluster) =>
    cluster === -1 ? null : score.clusterNames.majority[cluster],
  );
  const correct = names.map((name, image) =>
    labelOfImage[image] === null ? null : name === labelOfImage[image],
  );
  const reliability =
    confidence === undefined
      ? null
      : reliabilityOf(
          confidence.filter((_, image) => correct[image] !== null),
          correct.filter((verdict) => verdict !== null),
        );
  const labelled = score.confusion.total / Math.max(1, assignment.length);
  const metrics = { ...score.metrics, reliability, labelled };
  return { ...score, metrics, verdicts: { labels: labelOfImage, names, correct } };
}
