import { describe, expect, it } from 'vitest';
import { type Care, kMeansInThread } from '#kindred/cluster/kmeans/in-thread.js';
import { atOnce, inTurns } from '#kindred/core/abort.js';
import { type Matrix, matrix } from '#kindred/core/matrix.js';
import { createRandom } from '#kindred/core/random.js';
import { plantBlobs, sameGroups } from './data.js';
import { plainLloyd } from './plain-lloyd.js';

const care = { restarts: 3, sampleRows: 10_000, maxIterations: 100, finishingIterations: 100, tolerance: 0 };

const clusters = (x: Matrix, k: number, changes: Partial<Care> = {}, seed = 1) =>
  atOnce(kMeansInThread(x, k, { ...care, ...changes }, createRandom(seed, 'lloyd')));

describe('K-means in the calling thread', () => {
  it('finds planted blobs, for every remainder of four centres', () => {
    for (const k of [2, 3, 4, 5, 8]) {
      const { x, planted } = plantBlobs(300, 5, k, k);
      expect(sameGroups(clusters(x, k).assignment, planted)).toBe(true);
    }
  });

  it('finds them from a sample too', () => {
    const { x, planted } = plantBlobs(2000, 4, 6, 3);
    const { assignment } = clusters(x, 6, { sampleRows: 200, finishingIterations: 2 });
    expect(sameGroups(assignment, planted)).toBe(true);
  });

  it('ends where plain passes would change nothing', () => {
    const random = createRandom(4, 'rows');
    const x = matrix(
      200,
      3,
      Float32Array.from({ length: 600 }, () => random.uniform()),
    );
    const { assignment, inertia } = clusters(x, 5);
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
    expect(new Set(clusters(line, 3).assignment).size).toBe(3);
    const same = matrix(6, 2, new Float32Array(12).fill(3));
    const { assignment, inertia } = clusters(same, 3);
    expect(assignment).toHaveLength(6);
    expect(inertia).toBe(0);
  });

  it('is the same for the same stream', () => {
    const { x } = plantBlobs(300, 3, 7, 9);
    expect(clusters(x, 12, {}, 5)).toEqual(clusters(x, 12, {}, 5));
  });

  it('lets others have a turn, heeds a stop, and finds the same', async () => {
    const { x } = plantBlobs(20_000, 30, 40, 1);
    const long = { ...care, sampleRows: 20_000, restarts: 2 };
    const steps = () => kMeansInThread(x, 60, long, createRandom(1, 'lloyd'));
    let turns = 0;
    const clock = setInterval(() => turns++, 1);
    const found = await inTurns(steps());
    clearInterval(clock);
    expect(turns).toBeGreaterThan(2);
    expect(found).toEqual(atOnce(steps()));
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 30);
    await expect(inTurns(steps(), stop.signal)).rejects.toThrow('Stopped');
  });
});
