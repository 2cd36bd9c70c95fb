// Confidence that was made too sure, or not sure enough, is brought back to what it is worth.
import { describe, expect, it } from 'vitest';
import { createRandom } from '#kindred/core/random.js';
import { calibratedConfidence, fitTemperature } from '#kindred/methods/kin/calibration.js';

const K = 5;

/** Probabilities of n images and targets drawn from them, then all raised to `power`. */
function sample(n: number, power: number) {
  const random = createRandom(1, 'calibration test');
  const probabilities = new Float32Array(n * K);
  const targets = new Int32Array(n);
  for (let image = 0; image < n; image++) {
    const row = Float64Array.from({ length: K }, () => random.uniform() ** 6 + 0.02);
    const total = row.reduce((sum, value) => sum + value, 0);
    let point = random.uniform() * total;
    targets[image] = row.findIndex((value) => {
      point -= value;
      return point < 0;
    });
    const sharp = row.map((value) => (value / total) ** power);
    const sharpTotal = sharp.reduce((sum, value) => sum + value, 0);
    probabilities.set(
      sharp.map((value) => value / sharpTotal),
      image * K,
    );
  }
  return { probabilities, targets };
}

/** Share of images whose likeliest kind is the target. */
function accuracy(probabilities: Float32Array, targets: Int32Array): number {
  let right = 0;
  targets.forEach((target, image) => {
    const row = probabilities.subarray(image * K, (image + 1) * K);
    if (row.indexOf(Math.max(...row)) === target) right++;
  });
  return right / targets.length;
}

/** (n): the kind with the greatest probability. */
function likeliest(probabilities: Float32Array): Int32Array {
  return Int32Array.from({ length: probabilities.length / K }, (_, image) => {
    const row = probabilities.subarray(image * K, (image + 1) * K);
    return row.indexOf(Math.max(...row));
  });
}

const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('fitTemperature', () => {
  it.each([0.5, 1, 1.7])(
    'brings probabilities raised to the power %f back to what they are worth',
    (power) => {
      const { probabilities, targets } = sample(20_000, power);
      const temperature = fitTemperature(probabilities, K, targets);
      const confidence = calibratedConfidence(probabilities, K, temperature, likeliest(probabilities));
      expect(Math.abs(mean(confidence) - accuracy(probabilities, targets))).toBeLessThan(0.03);
    },
  );

  it('cools what is not sure enough and heats what is too sure', () => {
    const [soft, sharp] = [sample(5000, 0.5), sample(5000, 1.7)];
    expect(fitTemperature(soft.probabilities, K, soft.targets)).toBeLessThan(0.8);
    expect(fitTemperature(sharp.probabilities, K, sharp.targets)).toBeGreaterThan(1.3);
  });

  it('leaves probabilities alone where there is nothing to hold them against', () => {
    expect(fitTemperature(sample(10, 2).probabilities, K, new Int32Array(10).fill(-1))).toBe(1);
  });

  it('keeps every confidence between 1 / k and 1', () => {
    const { probabilities } = sample(200, 1);
    for (const temperature of [0.05, 1, 20]) {
      const kinds = likeliest(probabilities);
      for (const value of calibratedConfidence(probabilities, K, temperature, kinds)) {
        expect(value).toBeGreaterThanOrEqual(1 / K - 1e-6);
        expect(value).toBeLessThanOrEqual(1);
      }
    }
  });
});

describe('calibratedConfidence', () => {
  it('is the probability of the kind that was given, likeliest or not, and they sum to 1', () => {
    const { probabilities } = sample(50, 1);
    const ofEach = Array.from({ length: K }, (_, kind) =>
      calibratedConfidence(probabilities, K, 1.3, new Int32Array(50).fill(kind)),
    );
    const best = calibratedConfidence(probabilities, K, 1.3, likeliest(probabilities));
    for (let image = 0; image < 50; image++) {
      const row = ofEach.map((values) => values[image]);
      expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
      expect(best[image]).toBe(Math.max(...row));
    }
    expect(calibratedConfidence(probabilities, K, 1, new Int32Array(50).fill(-1))[0]).toBe(0);
  });
});
