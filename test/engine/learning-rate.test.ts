import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cosineRateOfStep, rateOfStep } from '#kindred/engine/training/schedule.js';

describe('the learning rate', () => {
  it('rises by equal parts, then stays', () => {
    const rates = [1, 2, 3, 4, 5, 6].map((step) => rateOfStep(step, { learningRate: 0.8, warmUpSteps: 4 }));
    expect(rates).toEqual([0.2, 0.4, (0.8 * 3) / 4, 0.8, 0.8, 0.8]);
  });

  it('is the same from the first step without a warm-up, or with one of a single step', () => {
    for (const warmUpSteps of [0, 1]) expect(rateOfStep(1, { learningRate: 0.3, warmUpSteps })).toBe(0.3);
  });

  it('is above zero from the first step, never falls and never passes its limit', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 1, max: 2000 }), (warmUpSteps, step) => {
        const rate = rateOfStep(step, { learningRate: 0.05, warmUpSteps });
        expect(rate).toBeGreaterThan(0);
        expect(rate).toBeLessThanOrEqual(0.05);
        expect(rateOfStep(step + 1, { learningRate: 0.05, warmUpSteps })).toBeGreaterThanOrEqual(rate);
      }),
    );
  });
});

describe('the cosine rate', () => {
  const rate = { learningRate: 0.8, warmUpSteps: 0, steps: 8 };

  it('falls from the whole rate to zero along half a cosine', () => {
    expect(cosineRateOfStep(1, rate)).toBe(0.8);
    expect(cosineRateOfStep(5, rate)).toBeCloseTo(0.4, 12);
    expect(cosineRateOfStep(9, rate)).toBeCloseTo(0, 12);
    expect(cosineRateOfStep(30, rate)).toBeCloseTo(0, 12);
  });

  it('rises meanwhile through the warm-up', () => {
    const warm = { ...rate, warmUpSteps: 4 };
    const parts = [1, 2, 3, 4, 5].map((step) => cosineRateOfStep(step, warm) / cosineRateOfStep(step, rate));
    for (const [index, part] of [0.25, 0.5, 0.75, 1, 1].entries()) expect(parts[index]).toBeCloseTo(part, 12);
  });
});
