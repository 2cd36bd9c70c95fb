// TensorFlow's histogram: 1,551 buckets whose limits grow by a tenth, so that weights near zero and exploding
// ones fit one picture. Limits and compression follow tensorflow/core/lib/histogram/histogram.cc.
//
// A float32's sign, exponent and first four fraction bits name one of 8,192 cells. A cell's upper end is at most
// 17/16 of its lower one while limits lie 1.1 apart, so a cell meets at most one limit: one look-up and one
// comparison find the bucket, without a search.

/** HistogramProto as numbers. `counts[i]` values lie in [`limits[i − 1]`, `limits[i])`. */
export interface Histogram {
  readonly minimum: number;
  readonly maximum: number;
  readonly count: number;
  readonly sum: number;
  readonly sumOfSquares: number;
  readonly limits: readonly number[];
  readonly counts: readonly number[];
}

/** Upper ends of all buckets, ascending: −1.8e308, −1e20 … −1e-12, 0, 1e-12 … 1e20, 1.8e308. */
export const BUCKET_LIMITS: Float64Array = bucketLimits();

const CELL_SHIFT = 19;
const INFINITE_EXPONENT = 0xff << (23 - CELL_SHIFT);
const firstBucketOfCell = firstBuckets();

/**
 * The histogram of the finite ones among `values`: a NaN has no bucket, and one infinity would flatten the
 * picture. Runs of empty buckets are written as one. Of no finite value at all: one empty bucket, minimum and
 * maximum 0.
 */
export function histogramOf(values: Float32Array): Histogram {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const counts = new Float64Array(BUCKET_LIMITS.length);
  let [count, sum, sumOfSquares] = [0, 0, 0];
  let [minimum, maximum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let index = 0; index < values.length; index++) {
    const cell = bits[index] >>> CELL_SHIFT;
    if ((cell & INFINITE_EXPONENT) === INFINITE_EXPONENT) continue;
    const value = values[index];
    const bucket = firstBucketOfCell[cell];
    counts[value < BUCKET_LIMITS[bucket] ? bucket : bucket + 1]++;
    count++;
    sum += value;
    sumOfSquares += value * value;
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
  }
  if (count === 0) [minimum, maximum] = [0, 0];
  return { minimum, maximum, count, sum, sumOfSquares, ...mergeEmptyBuckets(counts) };
}

function mergeEmptyBuckets(allCounts: Float64Array): Pick<Histogram, 'limits' | 'counts'> {
  const limits: number[] = [];
  const counts: number[] = [];
  allCounts.forEach((count, bucketIndex) => {
    if (count === 0 && counts.at(-1) === 0) {
      limits[limits.length - 1] = BUCKET_LIMITS[bucketIndex];
    } else {
      limits.push(BUCKET_LIMITS[bucketIndex]);
      counts.push(count);
    }
  });
  return { limits, counts };
}

function bucketLimits(): Float64Array {
  const positive: number[] = [];
  // Multiplied step by step as TensorFlow does: powers would differ in the last bits.
  for (let limit = 1e-12; limit < 1e20; limit *= 1.1) positive.push(limit);
  positive.push(Number.MAX_VALUE);
  return Float64Array.from([...positive.toReversed().map((limit) => -limit), 0, ...positive]);
}

/** For every cell, the bucket of its smallest value. */
function firstBuckets(): Uint16Array {
  const cells = new Uint16Array(1 << (32 - CELL_SHIFT));
  for (let cell = 0; cell < cells.length; cell++) {
    if ((cell & INFINITE_EXPONENT) === INFINITE_EXPONENT) continue;
    // Of negative numbers the smallest has all remaining bits set.
    const isNegative = cell >= cells.length / 2;
    const bits = (cell << CELL_SHIFT) | (isNegative ? (1 << CELL_SHIFT) - 1 : 0);
    const smallest = new Float32Array(Int32Array.of(bits).buffer)[0];
    cells[cell] = firstAbove(smallest);
  }
  return cells;
}

/** The first of the limits that lies above a value, by bisection. */
function firstAbove(value: number): number {
  let [low, high] = [0, BUCKET_LIMITS.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value < BUCKET_LIMITS[middle]) high = middle;
    else low = middle + 1;
  }
  return low;
}
