// How far may an image lie from what is known and still be known itself?

/**
 * All but this share of the known images are within the threshold: a few lie anywhere. As many false alarms as one can put up
 * with among thousands of new images.
 */
const BEYOND_THRESHOLD = 0.001;

/** distances (n) of known images from the known → the distance that all but a few keep to; 0 where there are none. */
export function noveltyThreshold(distances: ArrayLike<number>): number {
  const sorted = Float32Array.from(distances).sort();
  const place = Math.min(sorted.length - 1, Math.floor(sorted.length * (1 - BEYOND_THRESHOLD)));
  return sorted[place] ?? 0;
}
