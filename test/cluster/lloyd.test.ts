import { describe, expect, it } from 'vitest';
import { lloyd } from '#kindred/cluster/kmeans/lloyd.js';
import { matrix } from '#kindred/core/matrix.js';
import { createRandom } from '#kindred/core/random.js';
import { plantBlobs, sameGroups } from './data.js';
import { plainLloyd } from './plain-lloyd.js';

const care = { restarts: 3, sampleRows: 10_000, maxIterations: 100, finishingIterations: 100, tolerance: 0 };

describe('lloyd', () => {
  it('finds planted blobs, for every remainder of four centres', () => {
    for (const k of [2, 3, 4, 5, 8]) {
      const { x, planted } = plantBlobs(300, 5, k, k);
      expect(sameGroups(lloyd(x, { ...care, k }, createRandom(1, 'lloyd')).assignment, planted)).toBe(true);
    }
  });

  it('finds them from a sample too', () => {
    const { x, planted } = plantBlobs(2000, 4, 6, 3);
    const options = { ...care, k: 6, sampleRows: 200, finishingIterations: 2 };
    expect(sameGroups(lloyd(x, options, createRandom(1, 'lloyd')).assignment, planted)).toBe(true);
  });

  it('ends where plain passes would change nothing', () => {
    const random = createRandom(4, 'rows');
    const x = matrix(
      200,
      3,
      Float32Array.from({ length: 600 }, () => random.uniform()),
    );
    const { assignment, inertia } = lloyd(x, { ...care, k: 5 }, createRandom(1, 'lloyd'));
    const rows = Array.from({ length: 200 }, (_, row) => Array.from(x.data.subarray(3 * row, 3 * row + 3)));
    const means = [0, 1, 2, 3, 4].map((cluster) => {
      const own = rows.filter((_, row) => assignment[row] === cluster);
      return [0, 1, 2].map((column) => own.reduce((sum, row) => sum + row[column], 0) / own.length);
    });
    const plain = plainLloyd(rows, means, 1);
    expect(plain.assignment).toEqual(Array.from(assignment));
    expect(inertia).toBeCloseTo(plain.inertia, 9);
  });

  it('leaves no cluster empty while rows are distinct, and does not mind when they are not', () => {
    const line = matrix(6, 1, Float32Array.of(0, 0, 0, 0, 5, 9));
    expect(new Set(lloyd(line, { ...care, k: 3 }, createRandom(1, 'lloyd')).assignment).size).toBe(3);
    const same = matrix(6, 2, new Float32Array(12).fill(3));
    const { assignment, inertia } = lloyd(same, { ...care, k: 3 }, createRandom(1, 'lloyd'));
    expect(assignment).toHaveLength(6);
    expect(inertia).toBe(0);
  });

  it('is the same for the same stream', () => {
    const { x } = plantBlobs(300, 3, 7, 9);
    const once = lloyd(x, { ...care, k: 12 }, createRandom(5, 'lloyd'));
    expect(lloyd(x, { ...care, k: 12 }, createRandom(5, 'lloyd'))).toEqual(once);
  });
});
