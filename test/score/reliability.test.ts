// Confidence against accuracy, bin by bin.
import { describe, expect, it } from 'vitest';
import { reliabilityOf } from '#kindred/score/reliability.js';

describe('reliabilityOf', () => {
  it('adds up by hand: two bins, each off by its own share', () => {
    // 0.95 twice, one right: off by 0.45. 0.5 twice, both right: off by 0.5.
    const found = reliabilityOf(Float32Array.of(0.95, 0.95, 0.5, 0.5), [true, false, true, true]);
    expect(found.bins.map(({ images, accuracy }) => [images, accuracy])).toEqual([
      [2, 1],
      [2, 0.5],
    ]);
    expect(found.expectedCalibrationError).toBeCloseTo((0.45 + 0.5) / 2, 6);
  });

  it('counts images outside of every kind, whose confidence is 0, as what they are', () => {
    const { bins, expectedCalibrationError } = reliabilityOf(Float32Array.of(0, 1), [false, true]);
    expect(bins).toHaveLength(2);
    expect(expectedCalibrationError).toBe(0);
  });

  it('has nothing to say about no images', () => {
    expect(reliabilityOf(new Float32Array(0), [])).toEqual({ expectedCalibrationError: 0, bins: [] });
  });

  it('refuses verdicts that do not belong to the confidences', () => {
    expect(() => reliabilityOf(new Float32Array(2), [true])).toThrow(RangeError);
  });
});
