// Which images show one picture? Copies of a picture tell nothing about kinds, but they fill each other's lists of
// neighbours, and a graph of such lists falls into as many parts as there are pictures. So each picture is one node,
// however often it occurs.
//
// Equal bytes are one picture. So are images that differ by no more than a recompression, a shift by one pixel or a
// change of brightness, where they stand apart from all others: single linkage over the neighbours, of which a
// cluster is kept that forms at a small distance and lasts until a much larger one.
import { bytesOf } from '../../core/files.js';
import { membersOf } from '../../core/groups.js';
import type { Matrix } from '../../core/matrix.js';
import { type Neighbours, pairsOf } from '../../graph/neighbour-graph.js';
import { outlierFactors } from '../judging/outlier-factor.js';
import {
  brought,
  createDistance,
  createDistanceOfCopies,
  faintnessOf,
  GAP,
  type Looks,
  MOST_WITHIN,
  ROUNDING,
} from './distances.js';
import { type Edge, type LastingLimits, lastingClusters } from './lasting-clusters.js';
import { createOriginalOf } from './original.js';

/** Images as pictures. */
export interface Pictures {
  /** (n): the picture that each image shows. */
  readonly pictureOf: Int32Array;
  /** (pictures): the image that stands for each, ascending. */
  readonly images: Int32Array;
}

const LIMITS: LastingLimits = { within: MOST_WITHIN, gap: GAP, rounding: ROUNDING };

/** A picture is apart if it is at least so many times as far from its neighbours as they are from theirs … */
const TIMES_APART = 2;
/** … counting so many: among a few dozen pictures the next ones are of other kinds, for everybody. */
const NEAREST = 6;

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

/** The same of vectors (n, d), equal to the last bit. */
export function equalRows({ data, columns }: Matrix): Pictures {
  return equalImages(bytesOf(data), columns * data.BYTES_PER_ELEMENT);
}

/** The images that show each picture that several show; the first image of a group stands first. */
export function groupsOf({ pictureOf, images }: Pictures): number[][] {
  return imagesByPicture({ pictureOf, images }).filter((group) => group.length > 1);
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

/** neighbours: one a view, of n pictures → (n): 1 where a picture resembles no other. */
export function picturesApart(neighbours: readonly Neighbours[]): Uint8Array {
  const factors = outlierFactors(neighbours.map(nearestOf));
  return Uint8Array.from(factors, (factor) => (factor >= TIMES_APART ? 1 : 0));
}

function nearestOf({ count, k, indices, distances }: Neighbours): Neighbours {
  const isNear = (_: number, at: number) => at % k < NEAREST;
  return {
    count,
    k: Math.min(NEAREST, k),
    indices: indices.filter(isNear),
    distances: distances.filter(isNear),
  };
}

export function imagesByPicture({ pictureOf, images }: Pictures): number[][] {
  return membersOf(pictureOf, images.length);
}

/** neighbours: one a view, of the n images of `looks`. */
export async function burstsOfCopies(looks: Looks, neighbours: readonly Neighbours[]): Promise<Pictures> {
  const most = MOST_WITHIN * GAP;
  const raw = brought(looks.raw, looks.side);
  const faintness = faintnessOf(raw, looks.side);
  const unmoved = createDistance(looks.raw, raw);
  const distance = await createDistanceOfCopies(looks, unmoved);
  const { count } = neighbours[0];
  const faintnessOfPair = (a: number, b: number) => Math.max(faintness[a], faintness[b]);
  const edges: Edge[] = [];
  for (const [a, b] of pairsOf(neighbours)) {
    const faint = faintnessOfPair(a, b);
    const length = distance(a, b, most * faint) / faint;
    if (length < most) edges.push({ a, b, length });
  }
  const originalOf = createOriginalOf(looks, {
    unmoved,
    moved: distance,
    within: (a, b) => MOST_WITHIN * faintnessOfPair(a, b),
  });
  const standsFor = Int32Array.from({ length: count }, (_, image) => image);
  for (const burst of lastingClusters(count, edges, LIMITS)) {
    const original = originalOf(burst);
    for (const image of burst) standsFor[image] = original;
  }
  return picturesOf(standsFor);
}

/** standsFor (n): an image for each → the images that stand for themselves as pictures. */
function picturesOf(standsFor: Int32Array): Pictures {
  const images = standsFor.filter((original, image) => original === image);
  const place = new Int32Array(standsFor.length);
  images.forEach((image, picture) => {
    place[image] = picture;
  });
  return { pictureOf: standsFor.map((original) => place[original]), images };
}
