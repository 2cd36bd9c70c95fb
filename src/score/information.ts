// Scores that need no names for clusters: how much a clustering and the classes say about each other.
// Images outside every cluster count as one cluster more, as in scikit-learn, so that leaving the difficult
// ones out does not pay.
//
// Normalised mutual information: Strehl & Ghosh 2002, here I / mean(H, H), scikit-learn's default.
// Adjusted Rand index: Hubert & Arabie, "Comparing partitions", 1985.
import { type Confusion, countOf } from './confusion.js';

/** Marginals and cells of the table with the images outside as its last column. */
interface Cells {
  readonly total: number;
  readonly classSizes: Float64Array;
  readonly clusterSizes: Float64Array;
  forEach(visit: (count: number, classIndex: number, cluster: number) => void): void;
}

/** 0 (independent) to 1 (the same partition up to names; also where both are one single group). */
export function normalizedMutualInformation(table: Confusion): number {
  const { total, classSizes, clusterSizes, forEach } = cellsOf(table);
  const groups = (sizes: Float64Array) => sizes.filter((size) => size > 0).length;
  if (groups(classSizes) === 1 && groups(clusterSizes) === 1) return 1;
  let information = 0;
  forEach((count, classIndex, cluster) => {
    information +=
      (count / total) * Math.log((count * total) / (classSizes[classIndex] * clusterSizes[cluster]));
  });
  const meanEntropy = (entropy(classSizes, total) + entropy(clusterSizes, total)) / 2;
  // Independent partitions leave rounding errors of either sign.
  return information < Number.EPSILON ? 0 : Math.min(1, information / meanEntropy);
}

/** 1 for the same partition, about 0 for chance, negative for worse than chance. */
export function adjustedRandIndex(table: Confusion): number {
  const { total, classSizes, clusterSizes, forEach } = cellsOf(table);
  // Ordered pairs of different images: together in both, in classes, in clusters, at all.
  let inBoth = 0;
  forEach((count) => {
    inBoth += count * (count - 1);
  });
  const pairs = (sizes: Float64Array) => sizes.reduce((sum, size) => sum + size * (size - 1), 0);
  const inClasses = pairs(classSizes);
  const inClusters = pairs(clusterSizes);
  if (inBoth === inClasses && inBoth === inClusters) return 1;
  const byChance = (inClasses * inClusters) / (total * (total - 1));
  return (inBoth - byChance) / ((inClasses + inClusters) / 2 - byChance);
}

function cellsOf(table: Confusion): Cells {
  const { classes, clusters, outside, total } = table;
  const classSizes = new Float64Array(classes);
  const clusterSizes = new Float64Array(clusters + 1);
  const forEach: Cells['forEach'] = (visit) => {
    for (let classIndex = 0; classIndex < classes; classIndex++) {
      for (let cluster = 0; cluster <= clusters; cluster++) {
        const count = cluster < clusters ? countOf(table, classIndex, cluster) : outside[classIndex];
        if (count > 0) visit(count, classIndex, cluster);
      }
    }
  };
  forEach((count, classIndex, cluster) => {
    classSizes[classIndex] += count;
    clusterSizes[cluster] += count;
  });
  return { total, classSizes, clusterSizes, forEach };
}

/** In nats. */
function entropy(sizes: Float64Array, total: number): number {
  return sizes.reduce((sum, size) => (size > 0 ? sum - (size / total) * Math.log(size / total) : sum), 0);
}
