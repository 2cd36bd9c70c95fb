// What was said spreads to what resembles it, and only there.
import { beforeAll, describe, expect, it } from 'vitest';
import { spreadKinds, type ToldPartition } from '#kindred/cluster/judging/spreading.js';
import { createRandom } from '#kindred/core/random.js';
import type { NeighbourGraph } from '#kindred/graph/neighbour-graph.js';
import { dense, type Edge, graphOf } from '../graph/graphs.js';
import { crowds, graphOf as nearestGraph } from './crowds.js';

function told(assignment: readonly number[], changes: Partial<ToldPartition> = {}): ToldPartition {
  const nothing = new Uint8Array(assignment.length);
  return {
    assignment: Int32Array.from(assignment),
    before: Int32Array.from(assignment),
    k: Math.max(...assignment) + 1,
    held: nothing,
    vouched: nothing,
    ...changes,
  };
}

/** The iteration as its formula has it, with dense matrices. */
function plainly(graph: NeighbourGraph, { assignment, before, k, held, vouched }: ToldPartition): number[] {
  const w = dense(graph);
  const n = graph.count;
  const spread = (kinds: Int32Array, isHeld: Uint8Array, isVouched: Uint8Array) => {
    const y = Array.from({ length: n }, (_, i) =>
      Array.from({ length: k }, (_c, c) => Number(kinds[i] === c)),
    );
    let f = y;
    for (let round = 0; round < 20; round++) {
      f = f.map((own, i) => {
        if (isHeld[i] === 1) return y[i];
        const mu = isVouched[i] === 1 ? 0.2 : 0.02;
        const row = w.subarray(i * n, (i + 1) * n);
        const degree = row.reduce((sum, weight) => sum + weight, 0);
        return own.map((belief, c) => {
          const around =
            degree === 0 ? belief : row.reduce((sum, weight, j) => sum + weight * f[j][c], 0) / degree;
          return (around + mu * y[i][c]) / (1 + mu);
        });
      });
    }
    return f;
  };
  const nothing = new Uint8Array(n);
  const without = spread(before, nothing, nothing);
  const heeding = spread(assignment, held, vouched);
  return Array.from(assignment, (kind, i) => {
    if (kind < 0 || held[i] === 1) return kind;
    const [most, mostWithout] = [heeding[i], without[i]].map((row) => row.indexOf(Math.max(...row)));
    if (vouched[i] === 1) return most;
    return most !== mostWithout && heeding[i][most] - heeding[i][kind] > 0.1 ? most : kind;
  });
}

describe('spreading', () => {
  it('does what its formula says', () => {
    for (let seed = 0; seed < 20; seed++) {
      const random = createRandom(seed, 'spreading');
      const n = 24;
      const edges = Array.from(
        { length: 60 },
        (): Edge => [random.integer(n), random.integer(n), 0.2 + random.uniform()],
      );
      const seen = new Set<string>();
      const once = edges.filter(([a, b]) => {
        const name = [Math.min(a, b), Math.max(a, b)].join();
        if (a === b || seen.has(name)) return false;
        seen.add(name);
        return true;
      });
      const graph = graphOf(n, once);
      const before = Int32Array.from({ length: n }, () => random.integer(3));
      const held = Uint8Array.from({ length: n }, () => Number(random.uniform() < 0.15));
      const vouched = Uint8Array.from({ length: n }, (_, i) =>
        Number(held[i] === 0 && random.uniform() < 0.2),
      );
      const assignment = before.map((kind, i) => (held[i] + vouched[i] > 0 ? random.integer(3) : kind));
      const partition = { assignment, before, k: 3, held, vouched };
      const found = spreadKinds(graph, partition);
      const wanted = plainly(graph, partition);
      // A kind that loses all of its nodes keeps them; else both agree.
      if (new Set(wanted).size === new Set(assignment).size) expect([...found]).toEqual(wanted);
    }
  });

  it('changes nothing where nothing was said', () => {
    const graph = graphOf(6, [
      [0, 1, 1],
      [1, 2, 1],
      [2, 3, 1],
      [3, 4, 1],
      [4, 5, 1],
    ]);
    const kinds = [0, 1, 0, 1, 0, 1];
    expect([...spreadKinds(graph, told(kinds))]).toEqual(kinds);
  });

  describe('among crowds', () => {
    // A loose group of 60 that was taken for the first kind, and the kinds on either side of it.
    const { points, crowdOf } = crowds(
      [
        { count: 200, at: [0] },
        { count: 200, at: [30] },
        { count: 60, at: [0, 9] },
      ],
      'spreading',
    );
    const kinds = crowdOf.map((crowd) => (crowd === 1 ? 1 : 0));
    let graph: NeighbourGraph;
    beforeAll(async () => {
      graph = await nearestGraph(points);
    });

    it('ten words move the group that they are about, and nothing else', () => {
      const held = Uint8Array.from(kinds, (_, node) => Number(node >= 400 && node % 6 === 0));
      const assignment = Int32Array.from(kinds, (kind, node) => (held[node] === 1 ? 1 : kind));
      const spread = spreadKinds(graph, told(kinds, { assignment, held }));
      expect([...spread.subarray(0, 400)]).toEqual(kinds.slice(0, 400));
      expect(spread.subarray(400).filter((kind) => kind === 1).length).toBeGreaterThan(54);
    });

    it('keeps what a person said, and junk as junk', () => {
      const held = Uint8Array.from(kinds, (_, node) => Number(node < 2));
      const assignment = Int32Array.from(kinds);
      assignment[0] = 1;
      assignment[1] = -1;
      const spread = spreadKinds(graph, told(kinds, { assignment, held }));
      expect([...spread.subarray(0, 2)]).toEqual([1, -1]);
    });
  });

  it('leaves a kind its nodes where the neighbourhood would take all of them', () => {
    const edges: Edge[] = [];
    for (let node = 1; node < 12; node++) edges.push([0, node, 1], [node, 1 + (node % 11), 1]);
    const graph = graphOf(
      12,
      edges.filter(([a, b]) => a !== b),
    );
    const kinds = [1, ...new Array<number>(11).fill(0)];
    const vouched = Uint8Array.from(kinds, (kind) => kind);
    expect([...spreadKinds(graph, told(kinds, { vouched }))]).toEqual(kinds);
  });
});
