import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeAll, piecesAfterMerging } from '#kindred/cluster/kinds/merging.js';
import {
  bestOverlaps,
  compactPartition,
  modularity,
  type PieceGraph,
  pieceGraph,
} from '#kindred/cluster/kinds/partition.js';
import { cycle, graphOf } from '../graph/graphs.js';

/** Two triangles joined by one edge. */
const bowTie = graphOf(6, [...cycle(3), ...cycle(3, 3), [2, 3, 1]]);

/** Weights between pieces → their shares. */
function pieces(weights: number[][], sizes: number[]): PieceGraph {
  const total = weights.flat().reduce((sum, weight) => sum + weight, 0);
  return {
    k: sizes.length,
    mass: Float64Array.from(weights.flat(), (weight) => weight / total),
    sizes,
  };
}

describe('modularity', () => {
  it('is 5/14 for two triangles joined by an edge', () => {
    // 7 edges; each triangle holds 3 of them and half of the degrees: 2 (3/7 − 1/4)
    const partition = { assignment: Int32Array.of(0, 0, 0, 1, 1, 1), k: 2 };
    expect(modularity(pieceGraph(bowTie, partition))).toBeCloseTo(5 / 14, 12);
  });

  it('is 0 for one piece and leaves out nodes in no piece', () => {
    expect(modularity(pieceGraph(bowTie, { assignment: new Int32Array(6), k: 1 }))).toBeCloseTo(0, 12);
    // without node 5: edges 0–1, 1–2, 2–0, 2–3, 3–4; inside are 3 + 1 of 5, degrees 7 and 3 of 10
    const partition = { assignment: Int32Array.of(0, 0, 0, 1, 1, -1), k: 2 };
    expect(modularity(pieceGraph(bowTie, partition))).toBeCloseTo(4 / 5 - 0.49 - 0.09, 12);
  });
});

describe('compactPartition', () => {
  it('leaves no number without a node, and nodes in no piece where they are', () => {
    const { assignment, k } = compactPartition(Int32Array.of(7, 2, -1, 7, 4));
    expect(Array.from(assignment)).toEqual([2, 0, -1, 2, 1]);
    expect(k).toBe(3);
  });
});

describe('mergeAll', () => {
  // a and b are tied closest for their volumes; d is small and tied to c alone
  const four = pieces(
    [
      [10, 4, 1, 0],
      [4, 10, 1, 0],
      [1, 1, 20, 1],
      [0, 0, 1, 2],
    ],
    [10, 10, 20, 2],
  );

  it('joins by density as worked out by hand', () => {
    // volumes 15, 15, 23, 3: 4/225 > 1/69 > 1/345
    const { joins } = mergeAll(four, 'density');
    expect(joins).toEqual([
      { into: 0, from: 1 },
      { into: 2, from: 3 },
      { into: 0, from: 2 },
    ]);
  });

  it('joins the small piece first by size', () => {
    const { joins } = mergeAll(four, 'size');
    expect(joins[0]).toEqual({ into: 2, from: 3 });
  });

  it('numbers what is left from 0', () => {
    const tree = mergeAll(four, 'density');
    expect(Array.from(piecesAfterMerging(tree, 4))).toEqual([0, 1, 2, 3]);
    expect(Array.from(piecesAfterMerging(tree, 3))).toEqual([0, 0, 1, 2]);
    expect(Array.from(piecesAfterMerging(tree, 2))).toEqual([0, 0, 1, 1]);
    expect(Array.from(piecesAfterMerging(tree, 9))).toEqual([0, 1, 2, 3]);
  });

  it('passes over a pair beyond the capacity while there is another', () => {
    expect(mergeAll(four, 'density', 15).joins[0]).not.toEqual({ into: 0, from: 1 });
    expect(mergeAll(four, 'density', 15).joins).toHaveLength(3);
  });

  it('keeps modularity and the least loss up to date', () => {
    const symmetric = fc
      .integer({ min: 2, max: 7 })
      .chain((k) =>
        fc.tuple(
          fc.constant(k),
          fc.array(fc.integer({ min: 0, max: 9 }), { minLength: k * k, maxLength: k * k }),
          fc.array(fc.integer({ min: 1, max: 50 }), { minLength: k, maxLength: k }),
          fc.constantFrom('density' as const, 'size' as const),
        ),
      );
    fc.assert(
      fc.property(symmetric, ([k, values, sizes, rule]) => {
        const rows = sizes.map((_, a) => sizes.map((_, b) => values[a * k + b] + values[b * k + a] + 1));
        const start = pieces(rows, sizes);
        const tree = mergeAll(start, rule);
        for (let left = k; left >= 1; left--) {
          const merged = joined(start, piecesAfterMerging(tree, left), left);
          expect(tree.modularity[left]).toBeCloseTo(modularity(merged), 10);
          if (left > 1) expect(tree.leastLoss[left]).toBeCloseTo(leastLoss(merged), 10);
        }
      }),
      { numRuns: 50 },
    );
  });
});

/** The piece graph after merging, summed afresh. */
function joined({ k, mass, sizes }: PieceGraph, owner: Int32Array, left: number): PieceGraph {
  const merged = { k: left, mass: new Float64Array(left * left), sizes: new Array<number>(left).fill(0) };
  for (let a = 0; a < k; a++) {
    merged.sizes[owner[a]] += sizes[a];
    for (let b = 0; b < k; b++) merged.mass[owner[a] * left + owner[b]] += mass[a * k + b];
  }
  return merged;
}

/** Tries every pair. */
function leastLoss(start: PieceGraph): number {
  const pairs = Array.from({ length: start.k }, (_, a) => a).flatMap((a) =>
    Array.from({ length: a }, (_, b) => [a, b]),
  );
  return Math.min(
    ...pairs.map(([a, b]) => {
      const names = Int32Array.from({ length: start.k }, (_, piece) => (piece === a ? b : piece));
      const { assignment, k } = compactPartition(names);
      return modularity(start) - modularity(joined(start, assignment, k));
    }),
  );
}

describe('bestOverlaps', () => {
  it('is the share in common with the likest piece', () => {
    const a = { assignment: Int32Array.of(0, 0, 0, 1, 1, 1), k: 2 };
    const b = { assignment: Int32Array.of(1, 1, 0, 0, 0, -1), k: 2 };
    expect(Array.from(bestOverlaps(a, b))).toEqual([2 / 3, 2 / 4]);
    expect(Array.from(bestOverlaps(a, a))).toEqual([1, 1]);
  });
});
