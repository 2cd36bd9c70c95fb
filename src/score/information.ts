// Scores that need no names for clusters: how much a clustering and the classes say about each other.
// Images outside every cluster count as one cluster more, as in scikit-learn, so that leaving the difficult
// ones out does not pay.
//
// Normalised mutual information: Strehl & Ghosh 2002, here I / mean(H, H), scikit-learn's default.
// Adjusted mutual information: Vinh, Epps & Bailey, "Information theoretic measures for clusterings comparison",
// 2010, with the same mean: many small clusters share information with anything, and that share is taken off.
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
  const cells = cellsOf(table);
  if (areBothWhole(cells)) return 1;
  const information = mutualInformation(cells);
  // Independent partitions leave rounding errors of either sign.
  return information < Number.EPSILON ? 0 : atMostOne(information / meanEntropy(cells));
}

/** 1 for the same partition, about 0 for chance, negative for worse than chance. */
export function adjustedMutualInformation(table: Confusion): number {
  const cells = cellsOf(table);
  if (areBothWhole(cells)) return 1;
  const byChance = expectedInformation(cells);
  const most = meanEntropy(cells) - byChance;
  // Where every image is a group of its own in both, chance would do no worse: as in scikit-learn, 1.
  if (Math.abs(most) < Number.EPSILON) return 1;
  return atMostOne((mutualInformation(cells) - byChance) / most);
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
  return atMostOne((inBoth - byChance) / ((inClasses + inClusters) / 2 - byChance));
}

/** Equal partitions come out a rounding error above 1. */
function atMostOne(score: number): number {
  return Math.min(1, score);
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

function areBothWhole({ classSizes, clusterSizes }: Cells): boolean {
  const groups = (sizes: Float64Array) => sizes.filter((size) => size > 0).length;
  return groups(classSizes) === 1 && groups(clusterSizes) === 1;
}

/** In nats. */
function mutualInformation({ total, classSizes, clusterSizes, forEach }: Cells): number {
  let information = 0;
  forEach((count, classIndex, cluster) => {
    information +=
      (count / total) * Math.log((count * total) / (classSizes[classIndex] * clusterSizes[cluster]));
  });
  return information;
}

/** In nats: on average over all ways to deal the images out to classes and clusters of these sizes. */
function expectedInformation({ total, classSizes, clusterSizes }: Cells): number {
  let sum = 0;
  for (const ofClass of classSizes) {
    if (ofClass === 0) continue;
    for (const ofCluster of clusterSizes) {
      if (ofCluster > 0) sum += expectedCellInformation(ofClass, ofCluster, total);
    }
  }
  return sum;
}

/** Counts less likely than this part of the likeliest add nothing. */
const NEGLIGIBLE = 1e-18;

/**
 * One cell's share of the expected information. Its count is hypergeometric: the chances follow from the
 * likeliest count's by their ratios, upwards and downwards, and are divided by their sum; no factorial is needed.
 */
function expectedCellInformation(ofClass: number, ofCluster: number, total: number): number {
  const most = Math.min(ofClass, ofCluster);
  const least = Math.max(0, ofClass + ofCluster - total);
  const likeliest = Math.floor(((ofClass + 1) * (ofCluster + 1)) / (total + 2));
  /** chance(count + 1) / chance(count) */
  const ratio = (count: number) =>
    ((ofClass - count) * (ofCluster - count)) / ((count + 1) * (total - ofClass - ofCluster + count + 1));
  let [chances, sum] = [0, 0];
  const add = (count: number, chance: number) => {
    chances += chance;
    if (count > 0) sum += chance * (count / total) * Math.log((count * total) / (ofClass * ofCluster));
  };
  let chance = 1;
  for (let count = likeliest; count <= most && chance > NEGLIGIBLE; count++) {
    add(count, chance);
    chance *= ratio(count);
  }
  chance = 1;
  for (let count = likeliest - 1; count >= least; count--) {
    chance /= ratio(count);
    if (chance <= NEGLIGIBLE) break;
    add(count, chance);
  }
  return sum / chances;
}

function meanEntropy({ classSizes, clusterSizes, total }: Cells): number {
  return (entropy(classSizes, total) + entropy(clusterSizes, total)) / 2;
}

/** In nats. */
function entropy(sizes: Float64Array, total: number): number {
  return sizes.reduce((sum, size) => (size > 0 ? sum - (size / total) * Math.log(size / total) : sum), 0);
}
