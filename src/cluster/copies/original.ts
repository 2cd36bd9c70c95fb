// Which of the copies of a picture is the original? It stands for all of them, and a dataset whose pictures are stood for
// by copies a pixel aside, or by compressed ones, is another dataset.
import { quantiles } from '../../core/statistics.js';
import { type Distance, type Looks, ROUNDING } from './distances.js';

export interface DistancesOfCopies {
  /** As they lie, and moved by a pixel at most. */
  readonly unmoved: Distance;
  readonly moved: Distance;
  /** By how much compression moves the one from the other at most. */
  readonly within: (one: number, other: number) => number;
}

/** Copies whose distances to the others sum up to so many times the least are as near to them. */
const AS_NEAR = 1.5;
/** Copies whose plainness is so much less are as plain. */
const AS_PLAIN = 0.02;
/** Rounding of a sum: no two different sets of counts are so near. */
const LEAST_ENTROPY = 1e-9;

/**
 * → for a burst of copies, the one that the others were made from, as far as one can tell. It lies where all others come from by the fewest
 * changes, a move by a pixel being one and whatever is left then another; of several such places at the most central, so that the pictures of a
 * dataset lie alike whoever stands for them. Of those that lie there: compression leaves waves on a plain ground, and a change of brightness maps
 * grey values to others, so that its result follows from what it began with, and their entropy can only fall. Where it does not, the nearest to
 * all others, and the brighter, which lost nothing by being cut off at white.
 */
export function createOriginalOf(
  looks: Looks,
  { unmoved, moved, within }: DistancesOfCopies,
): (burst: readonly number[]) => number {
  const { plainness, entropy, isToned, brightness } = greyValues(looks);
  const offCentre = createOffCentre(looks);
  const isShift = (one: number, other: number) => 2 * moved(one, other) < unmoved(one, other);
  const changes = (one: number, other: number) => {
    const left = moved(one, other);
    const others = left <= ROUNDING ? 0 : left <= within(one, other) ? 1 : 2;
    return others + (isShift(one, other) ? 1 : 0);
  };
  return (burst) => {
    const sumOf = (value: (one: number, other: number) => number) => (image: number) =>
      burst.reduce((sum, other) => sum + (other === image ? 0 : value(image, other)), 0);
    const [central] = least(least(burst, sumOf(changes)), offCentre);
    const isAsItLies = (image: number) =>
      !isShift(central, image) && moved(central, image) <= within(central, image);
    const near = least(burst.filter(isAsItLies), sumOf(moved), (sum) => AS_NEAR * sum);
    const plain = least(
      near,
      (image) => -plainness(image),
      (share) => share + AS_PLAIN,
    );
    const [nearest] = least(plain, sumOf(unmoved));
    const origins = plain.filter((image) => isToned(nearest, image) || unmoved(nearest, image) <= ROUNDING);
    const rich = least(
      origins,
      (image) => -entropy(image),
      (value) => value + LEAST_ENTROPY,
    );
    const nearestOfThese = least(rich, sumOf(moved), (sum) => sum + ROUNDING);
    return least(nearestOfThese, (image) => -brightness(image))[0];
  };
}

/** The images whose value is no more than what `most` makes of the least. */
function least(images: readonly number[], of: (image: number) => number, most = (value: number) => value) {
  const values = images.map(of);
  const limit = most(Math.min(...values));
  return images.filter((_, place) => values[place] <= limit);
}

/** → how far what an image shows lies from where most images show something, in pixels: that need not be the middle of the frame. */
function createOffCentre({ raw, side }: Looks): (image: number) => number {
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

function greyValues({ raw, side }: Looks) {
  const pixels = side * side;
  const valuesOf = (image: number) => raw.subarray(image * pixels, (image + 1) * pixels);
  const sharesOf = (image: number) => {
    const shares = new Float64Array(256);
    for (const value of valuesOf(image)) shares[value] += 1 / pixels;
    return shares;
  };
  return {
    /** 0 … 1: the share of the pixels that have the value that most have. */
    plainness: (image: number) => Math.max(...sharesOf(image)),
    /** Of its grey values, in nats. */
    entropy: (image: number) =>
      sharesOf(image).reduce((sum, share) => (share === 0 ? sum : sum - share * Math.log(share)), 0),
    brightness: (image: number) => valuesOf(image).reduce((sum, value) => sum + value, 0) / pixels,
    /** Does the image's grey value at a place follow from the other's, by one rule for all places? */
    isToned: (image: number, other: number) => {
      const [made, from] = [valuesOf(image), valuesOf(other)];
      const rule = new Map<number, number>();
      return made.every((value, at) => {
        const known = rule.get(from[at]);
        if (known === undefined) rule.set(from[at], value);
        return known === undefined || known === value;
      });
    },
  };
}
