import { describe, expect, it } from 'vitest';
import { type GraphKinds, graphKinds } from '#kindred/cluster/kinds/kinds.js';
import { modularity, pieceGraph } from '#kindred/cluster/kinds/partition.js';
import { InterruptedError } from '#kindred/core/errors.js';
import type { NeighbourGraph } from '#kindred/graph/neighbour-graph.js';
import { cycle, type Edge, graphOf } from '../graph/graphs.js';
import { sameGroups } from './data.js';
import { agreementWith, type Blob, plantGraph, simplexBlobs } from './planted.js';

const options = { seed: 1, threads: 1 };

/** Every node to every other of `size` nodes from `first` on. */
function clique(size: number, first: number, weight = 1): Edge[] {
  return Array.from({ length: size }, (_, a) => a).flatMap((a) =>
    Array.from({ length: a }, (_, b): Edge => [first + b, first + a, weight]),
  );
}

function sizesOf({ assignment, k }: GraphKinds): number[] {
  return Array.from({ length: k }, (_, kind) => assignment.filter((own) => own === kind).length);
}

function expectWhole(graph: NeighbourGraph, kinds: GraphKinds): void {
  expect(kinds.assignment).toHaveLength(graph.count);
  expect(sizesOf(kinds).every((size) => size > 0)).toBe(true);
  expect(Math.max(...kinds.assignment)).toBe(kinds.k - 1);
  expect(kinds.vectors.rows).toBe(graph.count);
}

describe('graphKinds, told how many', () => {
  it('finds planted blobs of equal size', async () => {
    const { graph, planted } = plantGraph(simplexBlobs([60, 60, 60, 60, 60], 7), 1);
    const kinds = await graphKinds(graph, { ...options, numClusters: 5 });
    expectWhole(graph, kinds);
    expect(agreementWith(planted, kinds.assignment)).toBeGreaterThan(0.98);
    expect(kinds.numberOfKinds).toEqual([]);
    expect(kinds.modularity).toBeCloseTo(modularity(pieceGraph(graph, kinds)), 9);
  });

  it('finds blobs of which one is ten times as large as another', async () => {
    const { graph, planted } = plantGraph(simplexBlobs([400, 200, 120, 40], 7), 2);
    const kinds = await graphKinds(graph, { ...options, numClusters: 4 });
    expect(agreementWith(planted, kinds.assignment)).toBeGreaterThan(0.98);
  });

  it('gives a small satellite no place of its own while two kinds would fuse', async () => {
    // two of the four overlap a little; the satellite of 12 hangs on the first by a thread
    const kindsOfBlobs = simplexBlobs([150, 150, 150, 150], 6);
    const satellite: Blob = { size: 12, centre: [9, 4, 0, 0, 0, 0, 0, 0, 0, 0], spread: 0.1 };
    const { graph, planted } = plantGraph([...kindsOfBlobs, satellite], 3);
    const kinds = await graphKinds(graph, { ...options, numClusters: 4 });
    const four = planted.slice(0, 600);
    expect(agreementWith(four, kinds.assignment.slice(0, 600))).toBeGreaterThan(0.97);
  });

  it('gives the same bytes for the same seed, whatever the number of threads', async () => {
    const { graph } = plantGraph(simplexBlobs([80, 80, 80, 80], 4), 4);
    const once = await graphKinds(graph, { ...options, numClusters: 4 });
    expect(await graphKinds(graph, { ...options, numClusters: 4 })).toEqual(once);
    const threads = await graphKinds(graph, { ...options, threads: 2, numClusters: 4 });
    expect(threads.assignment).toEqual(once.assignment);
  });

  it('takes a single kind, and refuses more kinds than nodes', async () => {
    const graph = graphOf(6, [...cycle(3), ...cycle(3, 3), [2, 3, 1]]);
    const one = await graphKinds(graph, { ...options, numClusters: 1 });
    expect(Array.from(one.assignment)).toEqual([0, 0, 0, 0, 0, 0]);
    await expect(graphKinds(graph, { ...options, numClusters: 7 })).rejects.toThrow(RangeError);
    await expect(graphKinds(graph, { ...options, numClusters: 0 })).rejects.toThrow(RangeError);
  });

  it('stops when asked to', async () => {
    const { graph } = plantGraph(simplexBlobs([60, 60], 7), 1);
    const signal = AbortSignal.abort();
    await expect(graphKinds(graph, { ...options, numClusters: 2, signal })).rejects.toThrow(InterruptedError);
  });
});

describe('graphKinds on odd graphs', () => {
  it('takes components for kinds where they are as many', async () => {
    const graph = graphOf(36, [...clique(12, 0), ...clique(12, 12), ...clique(12, 24)]);
    const kinds = await graphKinds(graph, { ...options, numClusters: 3 });
    const planted = Int32Array.from({ length: 36 }, (_, node) => Math.floor(node / 12));
    expect(sameGroups(planted, kinds.assignment)).toBe(true);
  });

  it('leaves a handful that no path joins to a kind outside, and isolated nodes', async () => {
    // 80, 80, a knot of 3 near copies, and two nodes alone
    const joined = [...clique(80, 0, 0.1), ...clique(80, 80, 0.1), [0, 80, 0.1] as const];
    const graph = graphOf(165, [...joined, ...clique(3, 160)]);
    const kinds = await graphKinds(graph, { ...options, numClusters: 2 });
    expectWhole(graph, kinds);
    expect(Array.from(kinds.assignment.slice(160))).toEqual([-1, -1, -1, -1, -1]);
    expect(sizesOf(kinds)).toEqual([80, 80]);
    expect(Array.from(kinds.vectors.data.subarray(160 * kinds.vectors.columns)).every((v) => v === 0)).toBe(
      true,
    );
  });

  it('makes a far-off component a kind where it is large enough', async () => {
    const graph = graphOf(100, [...clique(80, 0, 0.1), ...clique(20, 80)]);
    const kinds = await graphKinds(graph, { ...options, numClusters: 2 });
    expect(sizesOf(kinds).sort((a, b) => a - b)).toEqual([20, 80]);
  });

  it('survives as many kinds as nodes, a graph without edges, and one node', async () => {
    for (const count of [1, 2, 3, 5]) {
      const graph = graphOf(count, count > 1 ? clique(count, 0) : []);
      for (let k = 1; k <= count; k++) {
        const kinds = await graphKinds(graph, { ...options, numClusters: k });
        expect(kinds.k).toBeLessThanOrEqual(k);
        expectWhole(graph, kinds);
      }
      expectWhole(graph, await graphKinds(graph, { ...options, numClusters: null }));
    }
    const empty = graphOf(4, []);
    expect((await graphKinds(empty, { ...options, numClusters: 2 })).assignment).toHaveLength(4);
  });

  it('never gives more or emptier kinds than asked for where nodes are all alike', async () => {
    const graph = graphOf(60, clique(60, 0));
    const kinds = await graphKinds(graph, { ...options, numClusters: 4 });
    expect(kinds.k).toBeLessThanOrEqual(4);
    expectWhole(graph, kinds);
  });
});

describe('graphKinds, not told how many', () => {
  it.each([2, 3, 5, 8])('counts %i planted blobs', async (k) => {
    const { graph, planted } = plantGraph(simplexBlobs(new Array<number>(k).fill(60), 9), 5);
    const kinds = await graphKinds(graph, { ...options, numClusters: null });
    expect(kinds.k).toBe(k);
    expect(kinds.numberOfKinds[0].k).toBe(k);
    expect(agreementWith(planted, kinds.assignment)).toBeGreaterThan(0.98);
  });

  it('gives the evidence for every number, gains that add up, and stability for the short list', async () => {
    const { graph } = plantGraph(simplexBlobs([80, 80, 80, 80], 6), 6);
    const { numberOfKinds } = await graphKinds(graph, { ...options, numClusters: null });
    const ascending = [...numberOfKinds].sort((a, b) => a.k - b.k);
    expect(ascending.map(({ k }) => k)).toEqual(Array.from({ length: 29 }, (_, index) => index + 2));
    ascending.forEach(({ modularity: quality, gain, eigengap }, index) => {
      expect(gain).toBeCloseTo(quality - (index === 0 ? 0 : ascending[index - 1].modularity), 12);
      expect(eigengap).toBeGreaterThan(0);
    });
    expect(numberOfKinds.filter(({ stability }) => stability !== null)).toEqual(numberOfKinds.slice(0, 3));
    expect(numberOfKinds[0].stability).toBeGreaterThan(0.95);
  });
});
