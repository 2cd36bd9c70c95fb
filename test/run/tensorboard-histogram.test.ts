import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUCKET_LIMITS, histogramOf } from '#kindred/run/tensorboard/histogram.js';
import { statistics } from '#kindred/run/tensorboard/summaries.js';

const float32 = (constraints = {}) => fc.float32Array({ maxLength: 60, ...constraints });

/** TensorFlow's own way: the first limit above the value (std::upper_bound). */
function bucketBySearch(value: number): number {
  return BUCKET_LIMITS.findIndex((limit) => value < limit);
}

/** Counts by bucket number, from a histogram whose empty runs are merged. */
function countsByBucket(values: Float32Array): Map<number, number> {
  const { limits, counts } = histogramOf(values);
  return new Map(
    limits.flatMap((limit, index): [number, number][] =>
      counts[index] > 0 ? [[BUCKET_LIMITS.indexOf(limit), counts[index]]] : [],
    ),
  );
}

describe('bucket limits', () => {
  it("are TensorFlow's: ±1e-12 · 1.1^i below 1e20, zero, and the largest double at both ends", () => {
    expect(BUCKET_LIMITS).toHaveLength(1551);
    const middle = 775;
    expect(BUCKET_LIMITS[middle]).toBe(0);
    expect(Array.from(BUCKET_LIMITS.subarray(middle + 1, middle + 4))).toEqual([
      1e-12,
      1e-12 * 1.1,
      1e-12 * 1.1 * 1.1,
    ]);
    expect(BUCKET_LIMITS.at(-1)).toBe(Number.MAX_VALUE);
    expect(BUCKET_LIMITS.at(-2)).toBeLessThan(1e20);
    expect(BUCKET_LIMITS.at(-2)! * 1.1).toBeGreaterThanOrEqual(1e20);
    BUCKET_LIMITS.forEach((limit, index) => {
      expect(limit + BUCKET_LIMITS[BUCKET_LIMITS.length - 1 - index]).toBe(0);
      if (index > 0) expect(limit).toBeGreaterThan(BUCKET_LIMITS[index - 1]);
    });
  });
});

describe('histogramOf', () => {
  it('puts every float32 into the bucket that a search finds', () => {
    fc.assert(
      fc.property(float32({ noNaN: true, noDefaultInfinity: true }), (values) => {
        const expected = new Map<number, number>();
        for (const value of values) {
          const bucket = bucketBySearch(value);
          expected.set(bucket, (expected.get(bucket) ?? 0) + 1);
        }
        expect(countsByBucket(values)).toEqual(new Map([...expected].sort((a, b) => a[0] - b[0])));
      }),
      { numRuns: 500 },
    );
  });

  it('puts the float32 neighbours of every limit on its right side', () => {
    for (const limit of BUCKET_LIMITS) {
      const nearest = Float32Array.of(limit);
      const bits = new Int32Array(nearest.buffer);
      for (const offset of [-1, 0, 1]) {
        const value = new Float32Array(Int32Array.of(bits[0] + offset).buffer);
        if (!Number.isFinite(value[0])) continue;
        expect([...countsByBucket(value).keys()], `${value[0]}`).toEqual([bucketBySearch(value[0])]);
      }
    }
  });

  it('keeps count, sum, squares and extremes of the finite values', () => {
    const histogram = histogramOf(Float32Array.of(1, Number.NaN, -2, Number.POSITIVE_INFINITY, 0.5));
    expect(histogram).toMatchObject({ count: 3, sum: -0.5, sumOfSquares: 5.25, minimum: -2, maximum: 1 });
    expect(histogram.counts.reduce((total, count) => total + count)).toBe(3);
  });

  it('merges runs of empty buckets as TensorFlow does', () => {
    // One value: an empty run, its bucket, an empty run.
    const constant = histogramOf(new Float32Array(7).fill(0.5));
    const bucket = bucketBySearch(0.5);
    expect(constant.limits).toEqual([BUCKET_LIMITS[bucket - 1], BUCKET_LIMITS[bucket], Number.MAX_VALUE]);
    expect(constant.counts).toEqual([0, 7, 0]);
    // Zero lies in [0, 1e-12), negative zero too.
    expect(histogramOf(Float32Array.of(0, -0))).toMatchObject({
      limits: [0, 1e-12, Number.MAX_VALUE],
      counts: [0, 2, 0],
    });
  });

  it('of no finite value is one empty bucket', () => {
    const empty = {
      minimum: 0,
      maximum: 0,
      count: 0,
      sum: 0,
      sumOfSquares: 0,
      limits: [Number.MAX_VALUE],
      counts: [0],
    };
    expect(histogramOf(new Float32Array(0))).toEqual(empty);
    expect(histogramOf(Float32Array.of(Number.NaN, Number.NEGATIVE_INFINITY))).toEqual(empty);
  });
});

describe('statistics', () => {
  it('agrees with two passes in double precision', () => {
    fc.assert(
      fc.property(float32({ minLength: 1, noNaN: true, min: -1e6, max: 1e6 }), (values) => {
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
        const result = statistics(values);
        const scale = Math.max(...values.map(Math.abs), 1e-30);
        expect(Math.abs(result.mean - mean)).toBeLessThanOrEqual(scale * 1e-12);
        expect(Math.abs(result.standardDeviation ** 2 - variance)).toBeLessThanOrEqual(scale ** 2 * 1e-12);
        expect(result.minimum).toBe(values.toSorted()[0]);
        expect(result.maximum).toBe(values.toSorted().at(-1));
      }),
    );
  });

  it('does not cancel where the mean is large', () => {
    const { mean, standardDeviation } = statistics(Float32Array.of(1e7, 1e7 + 1, 1e7 + 2));
    expect(mean).toBe(1e7 + 1);
    expect(standardDeviation).toBeCloseTo(Math.sqrt(2 / 3), 14);
  });

  it('shows what went wrong: NaN everywhere, infinity in mean and extreme', () => {
    const broken = {
      mean: Number.NaN,
      standardDeviation: Number.NaN,
      minimum: Number.NaN,
      maximum: Number.NaN,
    };
    for (const values of [[Number.NaN, 1, 2], [1, Number.NaN, 2], [1, 2, Number.NaN], []]) {
      expect(statistics(Float32Array.from(values))).toEqual(broken);
    }
    expect(statistics(Float32Array.of(1, Number.POSITIVE_INFINITY, 2))).toMatchObject({
      mean: Number.POSITIVE_INFINITY,
      minimum: 1,
      maximum: Number.POSITIVE_INFINITY,
    });
    expect(statistics(Float32Array.of(Number.NEGATIVE_INFINITY, 1)).mean).toBe(Number.NEGATIVE_INFINITY);
  });

  it('of a constant has deviation exactly 0', () => {
    expect(statistics(new Float32Array(1000).fill(0.1)).standardDeviation).toBe(0);
  });
});
