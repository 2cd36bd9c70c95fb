// Which images show one picture? Copies of a picture tell nothing about kinds, but they fill each other's lists of
// neighbours, and a graph of such lists falls into as many parts as there are pictures. So each picture is one node,
// however often it occurs.
//
// Equal bytes are one picture. So are images that differ by no more than a recompression, a shift by one pixel or a
// change of brightness, where they stand apart from all others: single linkage over the neighbours, of which a
// cluster is kept that forms at a small distance and lasts until a much larger one.
import type { NeighbourGraph, Neighbours } from '../graph/neighbour-graph.js';
import { graphFromRows } from '../graph/sparse.js';

/** Images as pictures. */
export interface Pictures {
  /** (n): the picture that each image shows. */
  readonly pictureOf: Int32Array;
  /** (pictures): the image that stands for each, ascending. */
  readonly images: Int32Array;
}

/** Square grey images, a byte a pixel, seen in two ways: as they are, and with position and slant taken out. */
export interface Looks {
  readonly raw: Uint8Array;
  readonly upright: Uint8Array;
  readonly side: number;
}

/** √(2 − 2 r) of two images with correlation r: JPEG of quality 60 moves a 28 × 28 drawing by 0.15 at most. */
const MOST_WITHIN = 0.16;
/** By how many times the nearest other image is farther than the copies are from each other. */
const GAP = 1.6;
/** Rounding of grey values moves an image by this much; a gap over less is none. */
const ROUNDING = 0.02;
/** More pictures that are alike, but not equal, are a kind of their own. */
const LARGEST_BURST = 40;

/** A picture is apart if it is at least so many times as far from its neighbours as they are from theirs. */
const TIMES_APART = 2;

/** Images with equal bytes are one picture. */
export function equalImages(data: Uint8Array, bytesPerImage: number): Pictures {
  const count = data.length / bytesPerImage;
  const byHash = new Map<number, number[]>();
  const pictureOf = new Int32Array(count);
  const images: number[] = [];
  for (let image = 0; image < count; image++) {
    const start = image * bytesPerImage;
    const bytes = data.subarray(start, start + bytesPerImage);
    const hash = hashOf(bytes);
    const alike = byHash.get(hash);
    const same = alike?.find((picture) => isEqual(data, images[picture] * bytesPerImage, bytes));
    pictureOf[image] = same ?? images.length;
    if (same !== undefined) continue;
    if (alike === undefined) byHash.set(hash, [images.length]);
    else alike.push(images.length);
    images.push(image);
  }
  return { pictureOf, images: Int32Array.from(images) };
}

/** FNV-1a, 32 bits (Fowler, Noll & Vo 1991). */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < bytes.length; at++) hash = Math.imul(hash ^ bytes[at], 0x01000193);
  return hash;
}

function isEqual(data: Uint8Array, start: number, bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) if (data[start + at] !== bytes[at]) return false;
  return true;
}

/**
 * neighbours: one a view, of n pictures → (n): 1 where a picture resembles no other. The measure is the local outlier
 * factor with the mean distance for the density (Breunig, Kriegel, Ng & Sander 2000), distances summed over the views.
 */
export function picturesApart(neighbours: readonly Neighbours[]): Uint8Array {
  const means = neighbours.map(({ count, k, distances }) =>
    Float64Array.from({ length: count }, (_, picture) => {
      let sum = 0;
      for (let at = picture * k; at < (picture + 1) * k; at++) sum += distances[at] / k;
      return sum;
    }),
  );
  return Uint8Array.from({ length: neighbours[0].count }, (_, picture) => {
    let [own, theirs] = [0, 0];
    neighbours.forEach(({ k, indices }, view) => {
      own += means[view][picture];
      for (let at = picture * k; at < (picture + 1) * k; at++) theirs += means[view][indices[at]] / k;
    });
    return own >= TIMES_APART * theirs ? 1 : 0;
  });
}

/** Neighbours among different images → the same of all images, copies having those of the image they are a copy of. */
export function neighboursOfAll(
  { k, indices, distances }: Neighbours,
  { pictureOf, images }: Pictures,
): Neighbours {
  if (images.length === pictureOf.length) return { count: images.length, k, indices, distances };
  const all = {
    count: pictureOf.length,
    k,
    indices: new Int32Array(pictureOf.length * k),
    distances: new Float32Array(pictureOf.length * k),
  };
  pictureOf.forEach((picture, image) => {
    for (let rank = 0; rank < k; rank++) {
      all.indices[image * k + rank] = images[indices[picture * k + rank]];
      all.distances[image * k + rank] = distances[picture * k + rank];
    }
  });
  return all;
}

/**
 * A graph of pictures → the same of all images: whoever shows a picture that another stands for hangs on to that one, all of its copies
 * together as strongly as one neighbour, so that they go with it and do not hold it back.
 */
export function graphOfAll(graph: NeighbourGraph, { pictureOf, images }: Pictures): NeighbourGraph {
  const count = pictureOf.length;
  if (images.length === count) return graph;
  const copies = new Int32Array(images.length).fill(-1);
  for (const picture of pictureOf) copies[picture]++;
  const starts = new Int32Array(count + 1);
  const columns: number[] = [];
  const weights: number[] = [];
  const shownBy = imagesByPicture({ pictureOf, images });
  for (let image = 0; image < count; image++) {
    const picture = pictureOf[image];
    if (images[picture] === image) {
      for (let at = graph.offsets[picture]; at < graph.offsets[picture + 1]; at++) {
        columns.push(images[graph.neighbours[at]]);
        weights.push(graph.weights[at]);
      }
      for (const copy of shownBy[picture]) {
        if (copy === image) continue;
        columns.push(copy);
        weights.push(1 / copies[picture]);
      }
    } else {
      columns.push(images[picture]);
      weights.push(1 / copies[picture]);
    }
    starts[image + 1] = columns.length;
  }
  return graphFromRows(starts, Int32Array.from(columns), Float32Array.from(weights));
}

function imagesByPicture({ pictureOf, images }: Pictures): number[][] {
  const shownBy: number[][] = Array.from(images, () => []);
  pictureOf.forEach((picture, image) => {
    shownBy[picture].push(image);
  });
  return shownBy;
}

/** neighbours: one a view, of the n images of `looks`. */
export function burstsOfCopies(looks: Looks, neighbours: readonly Neighbours[]): Pictures {
  const pixels = looks.side ** 2;
  const unmoved = createDistance(looks.raw, pixels);
  const distance = createDistanceOfCopies(looks, unmoved);
  const { count } = neighbours[0];
  const edges: Edge[] = [];
  const seen = new Set<number>();
  for (let a = 0; a < count; a++) {
    seen.clear();
    for (const { k, indices } of neighbours) {
      for (let at = a * k; at < (a + 1) * k; at++) {
        const b = indices[at];
        if (seen.has(b)) continue;
        seen.add(b);
        const length = distance(a, b);
        if (length < MOST_WITHIN * GAP) edges.push({ a, b, length });
      }
    }
  }
  return picturesOf(lastingClusters(count, edges), count, unmoved);
}

interface Edge {
  readonly a: number;
  readonly b: number;
  readonly length: number;
}

/** A cluster while it grows; one that has outgrown every burst has no members. */
interface Cluster {
  readonly members: readonly number[];
  readonly size: number;
  /** The length of the edge that made it whole. */
  readonly formed: number;
  /** The clusters inside it that lasted. */
  readonly lasting: readonly (readonly number[])[];
}

/** Clusters of single linkage that are copies of one picture, as lists of images. */
function lastingClusters(count: number, edges: readonly Edge[]): (readonly number[])[] {
  const forest = createForest(count);
  const growing = new Map<number, Cluster>();
  const found: (readonly number[])[] = [];
  const clusterAt = (root: number): Cluster =>
    growing.get(root) ?? { members: [root], size: 1, formed: 0, lasting: [] };
  for (const { a, b, length } of edges.toSorted((p, q) => p.length - q.length || p.a - q.a || p.b - q.b)) {
    const [first, second] = [forest.rootOf(a), forest.rootOf(b)];
    if (first === second) continue;
    const [one, two] = [clusterAt(first), clusterAt(second)];
    const lasting = [...lastingIn(one, length), ...lastingIn(two, length)];
    const size = one.size + two.size;
    growing.delete(second);
    forest.join(first, second);
    if (size <= LARGEST_BURST) {
      growing.set(first, { members: [...one.members, ...two.members], size, formed: length, lasting });
    } else {
      found.push(...lasting);
      growing.set(first, { members: [], size, formed: length, lasting: [] });
    }
  }
  for (const cluster of growing.values()) found.push(...lastingIn(cluster, Number.POSITIVE_INFINITY));
  return found;
}

/** What is left of a cluster that joins another at `length`: itself, where it lasted, else what it was made of. */
function lastingIn({ members, formed, lasting }: Cluster, length: number): readonly (readonly number[])[] {
  const isBurst = members.length > 1 && formed <= MOST_WITHIN;
  return isBurst && length >= GAP * Math.max(formed, ROUNDING) ? [members] : lasting;
}

/** Sets that are joined, each known by its first root (union–find with path halving). */
function createForest(count: number) {
  const parent = Int32Array.from({ length: count }, (_, item) => item);
  return {
    rootOf(item: number): number {
      let at = item;
      while (parent[at] !== at) {
        parent[at] = parent[parent[at]];
        at = parent[at];
      }
      return at;
    },
    join(root: number, other: number): void {
      parent[other] = root;
    },
  };
}

/** Groups of images as pictures; each is stood for by its middle, the image least far from the others of its group. */
function picturesOf(groups: readonly (readonly number[])[], count: number, distance: Distance): Pictures {
  const standsFor = Int32Array.from({ length: count }, (_, image) => image);
  for (const group of groups) {
    const middle = middleOf(group, distance);
    for (const image of group) standsFor[image] = middle;
  }
  const images = standsFor.filter((middle, image) => middle === image);
  const place = new Int32Array(count);
  images.forEach((image, picture) => {
    place[image] = picture;
  });
  return { pictureOf: standsFor.map((middle) => place[middle]), images };
}

function middleOf(group: readonly number[], distance: Distance): number {
  const sums = new Float64Array(group.length);
  for (let a = 0; a < group.length; a++) {
    for (let b = 0; b < a; b++) {
      const length = distance(group[a], group[b]);
      sums[a] += length;
      sums[b] += length;
    }
  }
  return group[sums.indexOf(Math.min(...sums))];
}

type Distance = (a: number, b: number) => number;

/** → √(2 − 2 r) of two images, the least over shifts by a pixel; these are tried where the upright looks agree. */
function createDistanceOfCopies({ raw, upright, side }: Looks, unmoved: Distance): Distance {
  const pixels = side * side;
  const placed = createDistance(upright, pixels);
  return (a, b) => {
    const straight = unmoved(a, b);
    if (straight <= ROUNDING || placed(a, b) > MOST_WITHIN * GAP) return straight;
    const first = raw.subarray(a * pixels, (a + 1) * pixels);
    const second = raw.subarray(b * pixels, (b + 1) * pixels);
    let best = straight;
    for (const down of [-1, 0, 1]) {
      for (const right of [-1, 0, 1]) {
        if (down === 0 && right === 0) continue;
        best = Math.min(best, distanceAt(shiftedCorrelation(first, second, side, down, right)));
      }
    }
    return best;
  };
}

/** → √(2 − 2 r) of two images of `pixels` pixels, r their correlation: 0 where one of them is flat. */
function createDistance(data: Uint8Array, pixels: number): Distance {
  const count = data.length / pixels;
  const mean = new Float64Array(count);
  const spread = new Float64Array(count);
  for (let image = 0; image < count; image++) {
    let [sum, squares] = [0, 0];
    for (let at = image * pixels; at < (image + 1) * pixels; at++) {
      sum += data[at];
      squares += data[at] * data[at];
    }
    mean[image] = sum / pixels;
    spread[image] = Math.sqrt(Math.max(0, squares - (sum * sum) / pixels));
  }
  return (a, b) => {
    if (spread[a] === 0 || spread[b] === 0) return distanceAt(0);
    let dot = 0;
    for (let from = a * pixels, to = b * pixels, end = from + pixels; from < end; from++, to++) {
      dot += data[from] * data[to];
    }
    return distanceAt((dot - pixels * mean[a] * mean[b]) / (spread[a] * spread[b]));
  };
}

function distanceAt(correlation: number): number {
  return Math.sqrt(Math.max(0, 2 - 2 * correlation));
}

/** Of `a` and `b` moved by (down, right), where both have pixels. */
function shiftedCorrelation(a: Uint8Array, b: Uint8Array, side: number, down: number, right: number): number {
  let [count, sumA, sumB, squaresA, squaresB, dot] = [0, 0, 0, 0, 0, 0];
  for (let row = Math.max(0, down); row < side + Math.min(0, down); row++) {
    for (let column = Math.max(0, right); column < side + Math.min(0, right); column++) {
      const p = a[row * side + column];
      const q = b[(row - down) * side + column - right];
      count++;
      sumA += p;
      sumB += q;
      squaresA += p * p;
      squaresB += q * q;
      dot += p * q;
    }
  }
  const spread = (squaresA - (sumA * sumA) / count) * (squaresB - (sumB * sumB) / count);
  return spread <= 0 ? 0 : (dot - (sumA * sumB) / count) / Math.sqrt(spread);
}
