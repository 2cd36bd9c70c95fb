import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { graphKinds } from '#kindred/cluster/kinds/kinds.js';
import { cheapestJoins, mergeAll } from '#kindred/cluster/kinds/merging.js';
import { movedNodes, movedPartitions } from '#kindred/cluster/kinds/moving.js';
import { spectralPieces } from '#kindred/cluster/kinds/over-segmentation.js';
import {
  compactPartition,
  modularity,
  type Partition,
  pieceGraph,
} from '#kindred/cluster/kinds/partition.js';
import { InterruptedError } from '#kindred/core/errors.js';
import { leadingEigenvectors } from '#kindred/graph/eigenvectors/eigenvectors.js';
import type { NeighbourGraph } from '#kindred/graph/neighbour-graph.js';
import { type Edge, graphOf } from '../graph/graphs.js';
import { agreementWith, plantGraph, simplexBlobs } from './planted.js';

const options = { seed: 1, threads: 1 };

const qualityOf = (graph: NeighbourGraph, partition: Partition) => modularity(pieceGraph(graph, partition));

/** A connected graph of 4 to 14 nodes, weights 1 to 9, and a partition of them. */
const drawn = fc.integer({ min: 4, max: 14 }).chain((count) =>
  fc.record({
    count: fc.constant(count),
    weights: fc.array(fc.integer({ min: -6, max: 9 }), {
      minLength: (count * (count - 1)) / 2,
      maxLength: (count * (count - 1)) / 2,
    }),
    labels: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: count, maxLength: count }),
  }),
);

function graphAndPartition({
  count,
  weights,
  labels,
}: {
  count: number;
  weights: number[];
  labels: number[];
}) {
  const edges = weights.flatMap((weight, at): Edge[] => {
    const b = Math.floor((1 + Math.sqrt(1 + 8 * at)) / 2);
    const a = at - (b * (b - 1)) / 2;
    // a path joins them all
    const least = a + 1 === b ? 1 : 0;
    return Math.max(weight, least) > 0 ? [[a, b, Math.max(weight, least)]] : [];
  });
  return { graph: graphOf(count, edges), partition: compactPartition(Int32Array.from(labels)) };
}

describe('moved nodes', () => {
  it('gain modularity, keep the number of kinds, and leave no node that would gain by moving', () => {
    fc.assert(
      fc.property(drawn, (each) => {
        const { graph, partition } = graphAndPartition(each);
        const moved = movedNodes(graph, partition);
        expect(moved.k).toBe(partition.k);
        expect(new Set(moved.assignment).size).toBe(partition.k);
        expect(moved.modularity).toBeCloseTo(qualityOf(graph, moved), 12);
        expect(moved.modularity).toBeGreaterThanOrEqual(qualityOf(graph, partition) - 1e-9);
        for (let node = 0; node < graph.count; node++) {
          const isLast = moved.assignment.filter((kind) => kind === moved.assignment[node]).length === 1;
          for (let kind = 0; kind < moved.k && !isLast; kind++) {
            const other = moved.assignment.slice();
            other[node] = kind;
            const quality = qualityOf(graph, { assignment: other, k: moved.k });
            expect(quality).toBeLessThanOrEqual(moved.modularity + 1e-9);
          }
        }
      }),
    );
  });

  it('know what joining two kinds would lose at the least', () => {
    fc.assert(
      fc.property(drawn, (each) => {
        const { graph, partition } = graphAndPartition(each);
        fc.pre(partition.k > 1);
        const moved = movedNodes(graph, partition);
        const losses = Array.from({ length: moved.k }, (_, b) =>
          Array.from({ length: b }, (_, a) => {
            const assignment = moved.assignment.map((kind) => (kind === b ? a : kind));
            return moved.modularity - qualityOf(graph, compactPartition(assignment));
          }),
        ).flat();
        expect(moved.leastLoss).toBeCloseTo(Math.min(...losses), 9);
        const [cheapest] = cheapestJoins(pieceGraph(graph, moved), 1);
        expect(cheapest.loss).toBeCloseTo(
          mergeAll(pieceGraph(graph, moved), 'density').leastLoss[moved.k],
          12,
        );
      }),
    );
  });
});

/** Five blobs that run into each other. */
const touching = () => plantGraph(simplexBlobs([90, 90, 90, 90, 90], 3.4), 3);

describe('moved partitions', () => {
  it('are at least as good as the merged ones that they come from, for every number of kinds', async () => {
    const { graph } = touching();
    const { vectors } = await leadingEigenvectors(graph, { ...options, count: 12, tolerance: 1e-4 });
    const pieces = await spectralPieces(vectors, 10, 1);
    const ways = (['density', 'size'] as const).map((rule) => ({
      pieces,
      tree: mergeAll(pieceGraph(graph, pieces), rule),
    }));
    const moved = await movedPartitions(graph, ways, { least: 2, most: 12 });
    expect(Object.keys(moved).map(Number)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (let k = 2; k <= 10; k++) {
      const merged = Math.max(...ways.map(({ tree }) => tree.modularity[k]));
      expect(moved[k].modularity).toBeGreaterThanOrEqual(merged - 1e-9);
      expect(new Set(moved[k].assignment).size).toBe(k);
    }
    expect(moved[5].modularity).toBeGreaterThan(Math.max(...ways.map(({ tree }) => tree.modularity[5])));
    const signal = AbortSignal.abort();
    await expect(movedPartitions(graph, ways, { least: 2, most: 12, signal })).rejects.toThrow(
      InterruptedError,
    );
  });
});

describe('graphKinds whose nodes move', () => {
  it('finds partitions of higher modularity, about as near to kinds that are round', async () => {
    let [before, after] = [0, 0];
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const { graph, planted } = plantGraph(simplexBlobs([90, 90, 90, 90, 90], 3.4), seed);
      const still = await graphKinds(graph, { ...options, numClusters: 5 });
      const moved = await graphKinds(graph, { ...options, numClusters: 5, movesNodes: true });
      expect(moved.modularity).toBeGreaterThan(still.modularity);
      before += agreementWith(planted, still.assignment);
      after += agreementWith(planted, moved.assignment);
    }
    expect(after).toBeGreaterThan(before - 6 * 0.02);
  });

  it('gives the same bytes for any number of threads', async () => {
    const { graph } = touching();
    const once = await graphKinds(graph, { ...options, numClusters: 5, movesNodes: true });
    const again = await graphKinds(graph, { ...options, threads: 2, numClusters: 5, movesNodes: true });
    expect(again.assignment).toEqual(once.assignment);
  });

  it('counts planted blobs', async () => {
    for (const k of [2, 3, 5, 8]) {
      const { graph } = plantGraph(simplexBlobs(new Array<number>(k).fill(60), 9), 5);
      const kinds = await graphKinds(graph, { ...options, numClusters: null, movesNodes: true });
      expect(kinds.k).toBe(k);
    }
  });

  it('survives as many kinds as nodes, a graph without edges, and one node', async () => {
    for (const count of [1, 2, 3, 5, 12]) {
      const edges = Array.from({ length: count - 1 }, (_, node): Edge => [node, node + 1, 1]);
      for (let k = 1; k <= count; k++) {
        const kinds = await graphKinds(graphOf(count, edges), {
          ...options,
          numClusters: k,
          movesNodes: true,
        });
        expect(kinds.k).toBeLessThanOrEqual(k);
        expect(new Set(kinds.assignment).size).toBe(kinds.k);
      }
      await graphKinds(graphOf(count, edges), { ...options, numClusters: null, movesNodes: true });
    }
    const empty = await graphKinds(graphOf(4, []), { ...options, numClusters: 2, movesNodes: true });
    expect(empty.assignment).toHaveLength(4);
  });
});
