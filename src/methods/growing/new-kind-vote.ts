// What the classifier of a grown run stores of the new kinds: images of them, and the old images around them that show
// where they end.
import type { Group } from '../../cluster/growing/new-kinds.js';
import { noveltyThreshold } from '../../cluster/judging/novelty.js';
import { itemsWhere } from '../../core/groups.js';
import { takeRows } from '../../core/matrix.js';
import { createRandom } from '../../core/random.js';
import type { Asked } from '../classify.js';
import { fitTemperature } from '../kin/calibration.js';
import { LEAST_DISTANCE } from '../kin/nearest-references.js';
import type { ComparedImages, OldKinds } from './compared-images.js';
import { SHARPNESS, writeGrownClassifier } from './grown-classifier.js';

/** Images that are stored; those at a border come first. */
const MOST_REFERENCES = 20_000;
/** Rounds in which new images that a group left out may still join it. */
const ROUNDS = 2;

/** classifier.onnx with the new kinds `found`, numbered after the old ones in their order. */
export function learnNewKinds(
  asked: Asked,
  { encoder, classifier, k, distance }: OldKinds,
  dataset: ComparedImages,
  found: readonly Group[],
): Uint8Array<ArrayBuffer> {
  const { neighbours, codes } = dataset;
  const classes = settled(dataset, found);
  const shares = sharesOf(dataset, classes, found.length + 1);
  const references = chooseReferences(dataset, classes);
  return writeGrownClassifier(asked, {
    encoder,
    oldClassifier: classifier,
    oldKinds: k,
    newKinds: found.length,
    distance,
    references: takeRows(codes, references),
    classes: Int32Array.from(references, (node) => classes[node]),
    neighbours: neighbours.k,
    // An image is never among its own neighbours: a held-out test of the vote.
    temperature: fitTemperature(shares, found.length + 1, classes),
    noveltyThreshold: thresholdOf(dataset, classes),
  });
}

/** (nodes): 0 for images of old kinds, 1 + j for those of the j-th group, and for new ones that most neighbours are in it. */
function settled(dataset: ComparedImages, found: readonly Group[]): Int32Array {
  const count = found.length + 1;
  let classes: Int32Array = new Int32Array(dataset.codes.rows);
  found.forEach(({ nodes }, group) => {
    for (const node of nodes) classes[node] = group + 1;
  });
  for (let round = 0; round < ROUNDS; round++) {
    const shares = sharesOf(dataset, classes, count);
    classes = classes.map((own, node) => {
      if (node < dataset.oldCount || own > 0) return own;
      const most = shares.subarray(node * count, (node + 1) * count).findIndex((share) => share > 0.5);
      return Math.max(own, most);
    });
  }
  return classes;
}

/** (nodes, count): the share of the votes around each node for each class, as the classifier will count them. */
function sharesOf({ neighbours }: ComparedImages, classes: Int32Array, count: number): Float32Array {
  const { count: nodes, k, indices, distances } = neighbours;
  const shares = new Float32Array(nodes * count);
  const weights = new Float64Array(k);
  for (let node = 0; node < nodes; node++) {
    const first = node * k;
    const nearest = Math.max(distances[first], LEAST_DISTANCE);
    weights.forEach((_, rank) => {
      weights[rank] = Math.exp(-SHARPNESS * (distances[first + rank] / nearest - 1));
    });
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    weights.forEach((weight, rank) => {
      shares[node * count + classes[indices[first + rank]]] += weight / total;
    });
  }
  return shares;
}

/** Ascending nodes: new kinds and the images next to them, then others, evenly drawn. */
function chooseReferences({ neighbours, codes }: ComparedImages, classes: Int32Array): Int32Array {
  const { k, indices } = neighbours;
  const isNear = new Uint8Array(codes.rows);
  classes.forEach((own, node) => {
    for (let at = node * k; at < (node + 1) * k; at++) {
      if (own === 0 && classes[indices[at]] === 0) continue;
      isNear[node] = 1;
      isNear[indices[at]] = 1;
    }
  });
  const order = createRandom(0, 'references').permutation(codes.rows);
  // A stable sort: those near come first, each part in random order.
  const chosen = Array.from(order).sort((a, b) => isNear[b] - isNear[a]);
  return Int32Array.from(chosen.slice(0, MOST_REFERENCES)).sort();
}

/** By how far the images of new kinds are from their nearest. */
function thresholdOf({ neighbours }: ComparedImages, classes: Int32Array): number {
  const nodes = itemsWhere(classes, (own) => own > 0);
  return noveltyThreshold(Array.from(nodes, (node) => neighbours.distances[node * neighbours.k]));
}
