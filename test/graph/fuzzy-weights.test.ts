import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fuzzyGraph } from '#kindred/graph/fuzzy-weights.js';
import { degrees } from '#kindred/graph/sparse.js';
import { dense, digitNeighbours } from './graphs.js';

interface Recorded {
  readonly stored: number;
  readonly degrees: number[];
  readonly edges: [number, number, number][];
}

const recorded: Recorded = JSON.parse(readFileSync(new URL('./digits.json', import.meta.url), 'utf8'));

/** Rows of [neighbour, distance], nearest first. */
function neighboursOf(rows: readonly (readonly (readonly [number, number])[])[]) {
  return {
    count: rows.length,
    k: rows[0]?.length ?? 0,
    indices: Int32Array.from(rows.flat(), ([index]) => index),
    distances: Float32Array.from(rows.flat(), ([, distance]) => distance),
  };
}

describe('fuzzyGraph', () => {
  it('agrees with NumPy on 1,000 digits', () => {
    const graph = fuzzyGraph(digitNeighbours());
    expect(graph.weights.length).toBe(recorded.stored);
    degrees(graph)
      .slice(0, 10)
      .forEach((degree, node) => {
        expect(degree).toBeCloseTo(recorded.degrees[node], 5);
      });
    const all = dense(graph);
    for (const [from, to, weight] of recorded.edges) expect(all[from * 1000 + to]).toBeCloseTo(weight, 5);
  });

  it('stores every edge twice, in ascending order, in shared memory', () => {
    const { count, offsets, neighbours, weights } = fuzzyGraph(digitNeighbours());
    expect(offsets.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(weights.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(weights.every((weight) => weight > 0 && weight <= 1)).toBe(true);
    const all = dense({ count, offsets, neighbours, weights });
    for (let node = 0; node < count; node++) {
      const own = neighbours.subarray(offsets[node], offsets[node + 1]);
      expect(own.every((other, at) => other !== node && (at === 0 || other > own[at - 1]))).toBe(true);
      for (const other of own) expect(all[other * count + node]).toBe(all[node * count + other]);
    }
  });

  it('makes the weights of a row sum to log₂(k + 1)', () => {
    // Node 0 looks at three that do not look back: their weights are its own.
    const far = (node: number) =>
      [
        [node === 4 ? 5 : 4, 1],
        [node === 5 ? 6 : 5, 1],
        [node > 5 ? 1 : 6, 1],
      ] as const;
    const rows = [
      [
        [1, 1],
        [2, 2],
        [3, 4],
      ] as const,
      ...[1, 2, 3, 4, 5, 6].map(far),
    ];
    const [first, second, third] = [1, 2, 3].map((to) => dense(fuzzyGraph(neighboursOf(rows)))[to]);
    expect(first).toBe(1);
    expect(first + second + third).toBeCloseTo(Math.log2(4), 6);
    expect(third).toBeCloseTo(second ** 3, 6);
  });

  it('joins duplicates with weight 1', () => {
    const rows = [0, 1, 2, 3].map((node) =>
      [0, 1, 2, 3].filter((o) => o !== node).map((o) => [o, 0] as const),
    );
    expect(Array.from(fuzzyGraph(neighboursOf(rows)).weights)).toEqual(new Array(12).fill(1));
  });

  it('leaves out what is too far to count, and stays finite', () => {
    const rows = [
      [
        [1, 0],
        [2, 0],
        [3, 1e30],
      ] as const,
      [
        [0, 0],
        [2, 0],
        [3, 1e30],
      ] as const,
      [
        [0, 0],
        [1, 0],
        [3, 1e30],
      ] as const,
      [
        [0, 1e30],
        [1, 1e30],
        [2, 1e30],
      ] as const,
    ];
    const { weights, offsets } = fuzzyGraph(neighboursOf(rows));
    expect(weights.every(Number.isFinite)).toBe(true);
    expect(Array.from(offsets)).toEqual([0, 3, 6, 9, 12]);
  });

  it('knows one image, two images and one neighbour each', () => {
    const alone = fuzzyGraph({ count: 1, k: 0, indices: new Int32Array(0), distances: new Float32Array(0) });
    expect([alone.count, alone.weights.length, alone.offsets.length]).toEqual([1, 0, 2]);
    const pair = fuzzyGraph(neighboursOf([[[1, 3]], [[0, 3]]]));
    expect(Array.from(dense(pair))).toEqual([0, 1, 1, 0]);
    const chain = fuzzyGraph(neighboursOf([[[1, 1]], [[0, 1]], [[1, 5]]]));
    expect(Array.from(dense(chain))).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0]);
  });
});
