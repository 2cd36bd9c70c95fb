// Accuracy of a clustering: clusters take the name of a class, then images are right or wrong.
//
// Majority vote: each cluster takes its most frequent class; several clusters may take the same one, so
// more clusters raise this score. One-to-one: each class is taken by one cluster at most, so that the sum
// of rightly named images is largest (Kuhn 1955; "ACC" in the deep clustering literature).
import { type Confusion, countOf } from './confusion.js';
import { assignmentOfMaximumWeight } from './hungarian.js';

/** table → class of each cluster (clusters); ties take the smallest class; −1 for an empty cluster. */
export function fitMajority(table: Confusion): Int32Array {
  const classOfCluster = new Int32Array(table.clusters).fill(-1);
  for (let cluster = 0; cluster < table.clusters; cluster++) {
    let most = 0;
    for (let classIndex = 0; classIndex < table.classes; classIndex++) {
      const count = countOf(table, classIndex, cluster);
      if (count > most) {
        most = count;
        classOfCluster[cluster] = classIndex;
      }
    }
  }
  return classOfCluster;
}

/**
 * table → class of each cluster (clusters), no class twice; −1 where a cluster is left over or shares no
 * image with the class that is left for it (any such pair would be an arbitrary choice).
 */
export function fitOneToOne(table: Confusion): Int32Array {
  const { classes, clusters, counts } = table;
  const classOfCluster = new Int32Array(clusters).fill(-1);
  assignmentOfMaximumWeight(counts, classes, clusters).forEach((cluster, classIndex) => {
    if (cluster !== -1 && countOf(table, classIndex, cluster) > 0) classOfCluster[cluster] = classIndex;
  });
  return classOfCluster;
}

/** The fraction of all images whose cluster carries their class; an image outside is wrong. */
export function accuracyUnder(classOfCluster: Int32Array, table: Confusion): number {
  let correct = 0;
  classOfCluster.forEach((classIndex, cluster) => {
    if (classIndex !== -1) correct += countOf(table, classIndex, cluster);
  });
  return correct / table.total;
}
