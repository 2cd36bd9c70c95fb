// From images to the pictures that kin sees, and back: the kinds are looked for among pictures, each as often as any
// other, and every image has the answer of its picture.
import type { Pictures } from '../../cluster/copies/copies.js';
import { membersOf, sizesOf } from '../../core/groups.js';
import { type Matrix, takeRows } from '../../core/matrix.js';
import { takeBytes } from '../../data/source.js';
import type { ImageFeatures, ViewFeatures } from '../../features/features.js';
import type { Neighbours } from '../../graph/neighbour-graph.js';
import { distancesToMean, type FoundKinds } from '../found-kinds.js';
import type { Corrections } from './corrections.js';

/** Images shown by pictures of a coarser kind: those of `inner` are the pictures of `outer`. */
export function composed(outer: Pictures, inner: Pictures): Pictures {
  return {
    pictureOf: outer.pictureOf.map((picture) => inner.pictureOf[picture]),
    images: inner.images.map((picture) => outer.images[picture]),
  };
}

/** Copies that a person said the kind of are pictures of their own, one for each kind that they were said to be of. */
export function apartWhereTold(pictures: Pictures, corrections: Corrections | null): Pictures {
  if (corrections === null) return pictures;
  const { held, assignment } = corrections;
  const numbers = new Map<string, number>();
  const images: number[] = [];
  const pictureOf = pictures.pictureOf.map((picture, image) => {
    const key = held[image] === 1 ? `${picture} ${assignment[image]}` : `${picture}`;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, images.length);
    return images.push(image) - 1;
  });
  return { pictureOf, images: Int32Array.from(images) };
}

/** Pictures as nodes of a graph. */
export interface Nodes extends Pictures {
  /** (nodes): the number of a picture that is a kind by itself, from 0 on; −1 for all others. */
  readonly separate: Int32Array;
}

/**
 * Pictures that are a kind by themselves as `times` equal nodes each, so that they are each other's neighbours; the images that show one
 * are dealt out among them.
 */
export function withSeparate(
  { pictureOf, images }: Pictures,
  isSeparate: (picture: number) => boolean,
  times: number,
): Nodes {
  const numbers = new Map<number, number>();
  const nodesOf: number[][] = Array.from(images, () => []);
  const seen = new Int32Array(images.length);
  const standing: number[] = [];
  const separate: number[] = [];
  const nodeOf = pictureOf.map((picture) => {
    const own = nodesOf[picture];
    const isOne = isSeparate(picture);
    if (isOne && !numbers.has(picture)) numbers.set(picture, numbers.size);
    if (own.length < (isOne ? times : 1)) {
      own.push(standing.push(images[picture]) - 1);
      separate.push(numbers.get(picture) ?? -1);
    }
    return own[seen[picture]++ % own.length];
  });
  return { pictureOf: nodeOf, images: Int32Array.from(standing), separate: Int32Array.from(separate) };
}

/** Images of a picture that is a kind by itself have each other for neighbours; all others keep theirs. */
export function amongThemselves(
  { count, k, indices, distances }: Neighbours,
  { pictureOf }: Pictures,
  separate: Int32Array,
): Neighbours {
  const kindOf = pictureOf.map((node) => separate[node]);
  const kinds = 1 + separate.reduce((most, kind) => Math.max(most, kind), -1);
  const own = { count, k, indices: indices.slice(), distances: distances.slice() };
  for (const images of membersOf(kindOf, kinds)) {
    images.forEach((image, place) => {
      for (let rank = 0; rank < k; rank++) {
        own.indices[image * k + rank] = images[(place + 1 + rank) % images.length];
        own.distances[image * k + rank] = 0;
      }
    });
  }
  return own;
}

/** (pictures): how many images show each. */
export function timesShown({ pictureOf, images }: Pictures): number[] {
  return sizesOf(pictureOf, images.length);
}

/** What a person said, of the image that stands for each picture. */
export function correctionsOf(corrections: Corrections, { images }: Pictures): Corrections {
  const of = <T extends Int32Array | Uint8Array>(values: T) => images.map((image) => values[image]) as T;
  return {
    ...corrections,
    assignment: of(corrections.assignment),
    before: of(corrections.before),
    held: of(corrections.held),
    vouched: of(corrections.vouched),
  };
}

export function takeFeatures({ views: [raw, deskewed] }: ImageFeatures, chosen: Int32Array): ImageFeatures {
  const of = (view: ViewFeatures): ViewFeatures => ({
    ...view,
    pixels: takeBytes(view.pixels, view.pixels.length / view.features.rows, chosen),
    features: takeRows(view.features, chosen),
  });
  return { views: [of(raw), of(deskewed)] };
}

/** What is known of each image beside its picture's answer. */
export interface OfImages {
  readonly pictures: Pictures;
  /** (n, d). */
  readonly codes: Matrix;
  /** Neighbours among the different images. */
  readonly neighbours: Neighbours;
}

/** What was found among pictures, said of every image. */
export function forAllImages(found: FoundKinds, { pictures, codes, neighbours }: OfImages): FoundKinds {
  const { pictureOf } = pictures;
  const assignment = pictureOf.map((picture) => found.assignment[picture]);
  return {
    ...found,
    assignment,
    confidence: Float32Array.from(pictureOf, (picture) => found.confidence[picture]),
    distances: distancesToMean(codes, assignment, found.k),
    clusterSizes: sizesOf(assignment, found.k),
    codes,
    neighbours,
  };
}
