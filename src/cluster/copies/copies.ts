// Which images show one picture? Copies of a picture tell nothing about kinds, but they fill each other's lists of
// neighbours, and a graph of such lists falls into as many parts as there are pictures. So each picture is one node,
// however often it occurs.
//
// Equal bytes are one picture. So are images that differ by no more than a recompression, a shift by one pixel or a
// change of brightness, where they stand apart from all others: single linkage over the neighbours, of which a
// cluster is kept that forms at a small distance and lasts until a much larger one.
import { bytesOf } from '../../core/files.js';
import { membersOf } from '../../core/groups.js';
import { type Matrix, matrix, squaredDistance } from '../../core/matrix.js';
import { quantiles } from '../../core/statistics.js';
import { type Neighbours, pairsOf } from '../../graph/neighbour-graph.js';
import { outlierFactors } from '../judging/outlier-factor.js';
import { type Edge, type LastingLimits, lastingClusters } from './lasting-clusters.js';
import { createShiftedCorrelation } from './shifted-correlation.js';

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
/** A faint picture is moved farther: compression changes a pixel by about this much, whatever the picture's contrast. */
const NOISE = 8;
/** By how many times farther at most. */
const MOST_FAINT = 2.25;
/** Rounding of grey values moves an image by this much; a gap over less is none. */
const ROUNDING = 0.02;
const LIMITS: LastingLimits = { within: MOST_WITHIN, gap: GAP, rounding: ROUNDING };

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
  return Uint8Array.from(outlierFactors(neighbours), (factor) => (factor >= TIMES_APART ? 1 : 0));
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
  const edges: Edge[] = [];
  for (const [a, b] of pairsOf(neighbours)) {
    const faint = Math.max(faintness[a], faintness[b]);
    const length = distance(a, b, most * faint) / faint;
    if (length < most) edges.push({ a, b, length });
  }
  return picturesOf(lastingClusters(count, edges, LIMITS), count, {
    unmoved,
    moved: distance,
    offCentre: createOffCentre(looks),
    ...greyValues(looks),
    brightness: (image) => raw.mean[image],
  });
}

/** Groups of images as pictures; each is stood for by its middle. */
function picturesOf(groups: readonly (readonly number[])[], count: number, standing: Standing): Pictures {
  const standsFor = Int32Array.from({ length: count }, (_, image) => image);
  for (const group of groups) {
    const middle = middleOf(group, standing);
    for (const image of group) standsFor[image] = middle;
  }
  const images = standsFor.filter((middle, image) => middle === image);
  const place = new Int32Array(count);
  images.forEach((image, picture) => {
    place[image] = picture;
  });
  return { pictureOf: standsFor.map((middle) => place[middle]), images };
}

/** What tells which copy stands for all. */
interface Standing {
  /** As they lie, and moved by a pixel at most. */
  readonly unmoved: Distance;
  readonly moved: Distance;
  /** How far what an image shows lies from where most images show something, in pixels. */
  readonly offCentre: (image: number) => number;
  /** 0 … 1: the share of the pixels that have the value that most have. */
  readonly plainness: (image: number) => number;
  /** Of its grey values, in nats. */
  readonly entropy: (image: number) => number;
  /** Mean grey value. */
  readonly brightness: (image: number) => number;
}

/** Copies are held against so many others at most: there may be thousands. */
const MOST_ASKED = 64;
/** Copies whose distances to the others sum up to so many times the least are as near to them. */
const AS_NEAR = 1.5;
/** Copies whose plainness is so much less are as plain. */
const AS_PLAIN = 0.02;
/** Rounding of a sum: no two different sets of counts are so near. */
const LEAST_ENTROPY = 1e-9;

/**
 * The copy that the others were made from, as far as one can tell. A picture that was moved is within a pixel of all, and those are up to
 * two from each other; of several such the most central, so that the pictures of a dataset lie alike whoever stands for them. Of those that lie
 * as it does: compression leaves waves on a plain ground, and a change of brightness maps grey values to others, by which their entropy can
 * only fall; where it does not, the brighter lost nothing by being cut off at white.
 */
function middleOf(
  group: readonly number[],
  { unmoved, moved, offCentre, plainness, entropy, brightness }: Standing,
): number {
  const step = Math.ceil(group.length / MOST_ASKED);
  const asked = group.filter((_, place) => place % step === 0);
  const sumOf = (distance: Distance, image: number) =>
    asked.reduce((sum, other) => sum + (other === image ? 0 : distance(image, other)), 0);
  const asTheyLie = (image: number) => sumOf(unmoved, image);
  const asTheyAreMoved = (image: number) => Math.round(sumOf(moved, image) / ROUNDING);
  const isShift = (one: number, other: number) => 2 * moved(one, other) < unmoved(one, other);
  const [middle] = least(group, asTheyLie);
  const within = least(
    group.filter((image) => image === middle || isShift(middle, image)),
    asTheyAreMoved,
  );
  const [central] = least(
    least(within, asTheyLie, (sum) => AS_NEAR * sum),
    offCentre,
  );
  const sum = asTheyAreMoved(central);
  const alike = group.filter((image) => !isShift(central, image) && asTheyAreMoved(image) <= sum);
  const plain = least(
    alike,
    (image) => -plainness(image),
    (share) => share + AS_PLAIN,
  );
  const [nearest] = least(plain, asTheyLie);
  const asBright = plain.filter((image) => image === nearest || unmoved(nearest, image) <= ROUNDING);
  const rich = least(
    asBright,
    (image) => -entropy(image),
    (value) => value + LEAST_ENTROPY,
  );
  return least(rich, (image) => -brightness(image))[0];
}

/** The images whose value is no more than what `most` makes of the least. */
function least(images: readonly number[], of: (image: number) => number, most = (value: number) => value) {
  const values = images.map(of);
  const limit = most(Math.min(...values));
  return images.filter((_, place) => values[place] <= limit);
}

/** Pictures of a dataset often lie at one place, which need not be the middle of the frame: from where most lie. */
function createOffCentre({ raw, side }: Looks): Standing['offCentre'] {
  const pixels = side * side;
  const places = Array.from({ length: raw.length / pixels }, (_, image) => {
    let [mass, down, right] = [0, 0, 0];
    for (let at = 0; at < pixels; at++) {
      const value = raw[image * pixels + at];
      mass += value;
      down += value * Math.floor(at / side);
      right += value * (at % side);
    }
    return mass === 0 ? null : { down: down / mass, right: right / mass };
  });
  const shown = places.filter((place) => place !== null);
  if (shown.length === 0) return () => 0;
  const median = (values: readonly number[]) => quantiles(values, [0.5])[0];
  const down = median(shown.map((place) => place.down));
  const right = median(shown.map((place) => place.right));
  return (image) => {
    const place = places[image];
    return place === null ? 0 : Math.hypot(place.down - down, place.right - right);
  };
}

function greyValues({ raw, side }: Looks): Pick<Standing, 'plainness' | 'entropy'> {
  const pixels = side * side;
  const sharesOf = (image: number) => {
    const shares = new Float64Array(256);
    for (let at = image * pixels; at < (image + 1) * pixels; at++) shares[raw[at]] += 1 / pixels;
    return shares;
  };
  return {
    plainness: (image) => Math.max(...sharesOf(image)),
    entropy: (image) =>
      sharesOf(image).reduce((sum, share) => (share === 0 ? sum : sum - share * Math.log(share)), 0),
  };
}

/** → (n), 1 … MOST_FAINT: by how many times noise moves each image farther than one of full contrast. */
function faintnessOf({ spread: spreads }: Brought, side: number): Float64Array {
  return spreads.map((spread) => {
    const contrast = spread / side;
    return Math.min(MOST_FAINT, Math.max(1, NOISE / Math.max(1, contrast) / MOST_WITHIN));
  });
}

type Distance = (a: number, b: number, most?: number) => number;

/** √(2 − 2 r): the distance of two images of correlation r, brought to mean 0 and length 1. */
function correlationDistance(correlation: number): number {
  return Math.sqrt(Math.max(0, 2 - 2 * correlation));
}

/** Shifts are tried where the upright looks are no farther apart than this: what the frame cuts off moves these as well. */
const MOST_UPRIGHT = MOST_WITHIN * GAP * MOST_FAINT;

/** → √(2 − 2 r) of two images, the least over shifts by a pixel. */
async function createDistanceOfCopies({ raw, upright, side }: Looks, unmoved: Distance): Promise<Distance> {
  const placed = createDistance(upright, brought(upright, side));
  const moved = await createShiftedCorrelation(raw, side);
  return (a, b, most) => {
    const straight = unmoved(a, b, most);
    if (straight <= ROUNDING || placed(a, b, MOST_UPRIGHT) > MOST_UPRIGHT) return straight;
    return Math.min(straight, correlationDistance(moved(a, b)));
  };
}

/** Blocks of so many pixels a side are looked at before all pixels are. */
const BLOCK = 4;

/** Images brought to mean 0 and length 1, and their means over blocks. */
interface Brought {
  readonly mean: Float64Array;
  /** (n): the length that was 1 afterwards; 0 for a flat image. */
  readonly spread: Float64Array;
  /** (n, blocks): scaled so that the distance of two images is never less than that of their rows. */
  readonly coarse: Matrix;
}

function brought(data: Uint8Array, side: number): Brought {
  const pixels = side * side;
  const count = data.length / pixels;
  const across = Math.ceil(side / BLOCK);
  const blocks = across * across;
  const mean = new Float64Array(count);
  const spread = new Float64Array(count);
  const coarse = matrix(count, blocks);
  const sizes = new Float64Array(blocks);
  const blockOf = Int32Array.from(
    { length: pixels },
    (_, at) => across * Math.floor(Math.floor(at / side) / BLOCK) + Math.floor((at % side) / BLOCK),
  );
  for (const block of blockOf) sizes[block]++;
  const sums = new Float64Array(blocks);
  for (let image = 0; image < count; image++) {
    let [sum, squares] = [0, 0];
    sums.fill(0);
    for (let at = 0, from = image * pixels; at < pixels; at++, from++) {
      const value = data[from];
      sum += value;
      squares += value * value;
      sums[blockOf[at]] += value;
    }
    mean[image] = sum / pixels;
    spread[image] = Math.sqrt(Math.max(0, squares - (sum * sum) / pixels));
    if (spread[image] === 0) continue;
    for (let block = 0; block < blocks; block++) {
      const above = sums[block] - sizes[block] * mean[image];
      coarse.data[image * blocks + block] = above / Math.sqrt(sizes[block]) / spread[image];
    }
  }
  return { mean, spread, coarse };
}

/** (n, 49 of 28 × 28 pixels): by which copies of a picture are near each other, whatever else they are compared by. */
export function coarseLooks({ raw, side }: Looks): Matrix {
  return brought(raw, side).coarse;
}

/**
 * → √(2 − 2 r) of two images, r their correlation: 0 where one of them is flat. Infinity where their coarse looks are farther than
 * `most` apart already.
 */
function createDistance(data: Uint8Array, { mean, spread, coarse }: Brought): Distance {
  const pixels = data.length / mean.length;
  return (a, b, most = Number.POSITIVE_INFINITY) => {
    if (spread[a] === 0 || spread[b] === 0) return Math.SQRT2;
    if (squaredDistance(coarse.data, a, coarse.data, b, coarse.columns) > most * most * (1 + ROUNDING)) {
      return Number.POSITIVE_INFINITY;
    }
    let dot = 0;
    for (let from = a * pixels, to = b * pixels, end = from + pixels; from < end; from++, to++) {
      dot += data[from] * data[to];
    }
    return correlationDistance((dot - pixels * mean[a] * mean[b]) / (spread[a] * spread[b]));
  };
}
