import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '#kindred/core/random.js';

const words = (seed: number, stream: string, length = 4) => {
  const random = createRandom(seed, stream);
  return Array.from({ length }, () => random.integer(2 ** 32));
};

// Every result of the house hangs on these numbers: a change here changes all runs of all seeds.
describe('recorded values', () => {
  it.each([
    [0, '', [2040553127, 2671230994, 3535833209, 446703493]],
    [42, 'pass 3', [3853994662, 2956121913, 404174731, 591722705]],
    [2 ** 40 + 42, 'pass 3', [2902317814, 508748633, 929150910, 3152573907]],
  ])('of seed %d, stream %j', (seed, stream, expected) => {
    expect(words(seed, stream)).toEqual(expected);
  });

  it('of every method', () => {
    const uniform = createRandom(1, 'uniform');
    expect([uniform.uniform(), uniform.uniform()]).toEqual([0.9707563223782927, 0.45557137206196785]);
    const normal = createRandom(1, 'normal');
    // Math.log and Math.cos may differ in the last bit between engines.
    expect(normal.normal()).toBeCloseTo(0.28908165867382724, 14);
    expect(normal.normal()).toBeCloseTo(-0.2838886032589445, 14);
    expect([...createRandom(1, 'permutation').permutation(10)]).toEqual([7, 1, 9, 5, 0, 6, 2, 8, 4, 3]);
    const integer = createRandom(1, 'integer');
    expect(Array.from({ length: 10 }, () => integer.integer(7))).toEqual([6, 2, 4, 4, 4, 0, 2, 1, 1, 6]);
  });
});

/** Σ (observed − expected)² / expected, which for many cells is about normal(cells − 1, √(2 (cells − 1))). */
function chiSquare(counts: ArrayLike<number>): number {
  const total = Array.from(counts).reduce((sum, count) => sum + count, 0);
  const expected = total / counts.length;
  return Array.from(counts).reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** Five standard deviations of chi-square over `cells` equally likely cells. */
const chiSquareLimit = (cells: number) => cells - 1 + 5 * Math.sqrt(2 * (cells - 1));

describe('distribution', () => {
  it.each([2, 7, 100, 1000])('integer(%i) is uniform', (bound) => {
    const random = createRandom(3, `uniform ${bound}`);
    const counts = new Uint32Array(bound);
    for (let draw = 0; draw < 100_000; draw++) counts[random.integer(bound)]++;
    expect(chiSquare(counts)).toBeLessThan(chiSquareLimit(bound));
  });

  it('neighbouring draws are independent', () => {
    const random = createRandom(3, 'pairs');
    const counts = new Uint32Array(400);
    for (let draw = 0; draw < 100_000; draw++) counts[random.integer(20) * 20 + random.integer(20)]++;
    expect(chiSquare(counts)).toBeLessThan(chiSquareLimit(400));
  });

  it('uniform() lies in [0, 1) with mean ½ and variance 1/12', () => {
    const random = createRandom(3, 'mean');
    const values = Float64Array.from({ length: 100_000 }, () => random.uniform());
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.min(...values.subarray(0, 1000))).toBeGreaterThanOrEqual(0);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    // Five standard errors: √(1/12/n) and √(1/180/n).
    expect(Math.abs(mean - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 12 / values.length));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / values.length));
  });

  it('normal() has the moments of a standard normal', () => {
    const random = createRandom(3, 'moments');
    const values = Float64Array.from({ length: 100_000 }, () => random.normal());
    const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / values.length;
    // Five standard errors: the variances of x, x², x³ and x⁴ are 1, 2, 15 and 96.
    const limit = (variance: number) => 5 * Math.sqrt(variance / values.length);
    expect(Math.abs(moment(1))).toBeLessThan(limit(1));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(limit(2));
    expect(Math.abs(moment(3))).toBeLessThan(limit(15));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(limit(96));
  });
});

describe('permutation', () => {
  it('holds every number once', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(), (length, seed) => {
        const order = createRandom(seed, 'order').permutation(length);
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, index) => index));
      }),
    );
  });

  it('gives all 24 orders of four equally often', () => {
    const random = createRandom(3, 'orders');
    const counts = new Map<string, number>();
    for (let draw = 0; draw < 24_000; draw++) {
      const order = random.permutation(4).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(chiSquare([...counts.values()])).toBeLessThan(chiSquareLimit(24));
  });
});

describe('streams', () => {
  it('depend on seed and name alone', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 53 - 1), fc.string(), (seed, name) => {
        expect(words(seed, name)).toEqual(words(seed, name));
      }),
    );
  });

  it('of different names or seeds have nothing in common', () => {
    const streams = Array.from({ length: 200 }, (_, index) => [
      words(1, `pass ${index}`, 50),
      words(index + 2, 'pass', 50),
    ]).flat();
    // 20,000 words of 32 bits: by chance 0.05 pairs of equal ones are expected, more than 3 never.
    const all = streams.flat();
    expect(all.length - new Set(all).size).toBeLessThan(4);
  });

  it('of neighbouring names are uncorrelated', () => {
    const [a, b] = ['worker 1', 'worker 2'].map((name) => createRandom(1, name));
    const pairs = 50_000;
    let product = 0;
    for (let draw = 0; draw < pairs; draw++) product += (a.uniform() - 0.5) * (b.uniform() - 0.5);
    // The mean product has variance (1/12)²/n.
    expect(Math.abs(product / pairs)).toBeLessThan(5 / 12 / Math.sqrt(pairs));
  });
});
