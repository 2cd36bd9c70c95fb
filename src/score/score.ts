// Scores a partition against labels: on the images that were clustered, clusters take their names; on images
// held out, the names taken there are used, so that nothing is fitted to the held-out labels.
import { accuracyUnder, fitMajority, fitOneToOne } from './accuracy.js';
import { type Confusion, confusionOf, type LabelledPartition } from './confusion.js';
import { adjustedMutualInformation, adjustedRandIndex, normalizedMutualInformation } from './information.js';

/** Fractions of 1 (the adjusted ones may be negative). */
export interface Metrics {
  readonly majorityAccuracy: number;
  readonly oneToOneAccuracy: number;
  readonly nmi: number;
  readonly ami: number;
  readonly ari: number;
}

/** The label that each cluster carries, by name, under both rules; null for a cluster that carries none. */
export interface ClusterNames {
  readonly majority: readonly (string | null)[];
  readonly oneToOne: readonly (string | null)[];
}

export interface Score {
  readonly metrics: Metrics;
  /** Rows are classes, in the order of `classNames`; columns are clusters. */
  readonly confusion: Confusion;
  readonly classNames: readonly string[];
  readonly clusterNames: ClusterNames;
}

/** Names the clusters by these labels and scores by them: for the images that were clustered. */
export function scorePartition(partition: LabelledPartition): Score {
  const confusion = confusionOf(partition);
  const classNames = partition.labels.names;
  return scoreUnder(confusion, classNames, {
    majority: nameClusters(confusion, classNames),
    oneToOne: namesOf(fitOneToOne(confusion), classNames),
  });
}

/** Scores images held out under names fitted elsewhere; a class that has no cluster there is always wrong. */
export function scoreHeldOut(partition: LabelledPartition, clusterNames: ClusterNames): Score {
  return scoreUnder(confusionOf(partition), partition.labels.names, clusterNames);
}

/** The name of each cluster's most frequent label, null for an empty one. `names` names the classes. */
export function nameClusters(confusion: Confusion, names: readonly string[]): (string | null)[] {
  return namesOf(fitMajority(confusion), names);
}

function namesOf(classOfCluster: Int32Array, names: readonly string[]): (string | null)[] {
  return Array.from(classOfCluster, (classIndex) => (classIndex === -1 ? null : names[classIndex]));
}

function scoreUnder(confusion: Confusion, classNames: readonly string[], clusterNames: ClusterNames): Score {
  const accuracy = (names: readonly (string | null)[]) => {
    if (names.length !== confusion.clusters) {
      throw new RangeError(`${names.length} names for ${confusion.clusters} clusters, wanted one each`);
    }
    const toClass = (name: string | null) => (name === null ? -1 : classNames.indexOf(name));
    return accuracyUnder(Int32Array.from(names, toClass), confusion);
  };
  const metrics: Metrics = {
    majorityAccuracy: accuracy(clusterNames.majority),
    oneToOneAccuracy: accuracy(clusterNames.oneToOne),
    nmi: normalizedMutualInformation(confusion),
    ami: adjustedMutualInformation(confusion),
    ari: adjustedRandIndex(confusion),
  };
  return { metrics, confusion, classNames, clusterNames };
}
