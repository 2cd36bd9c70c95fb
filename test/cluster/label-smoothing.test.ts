// The neighbourhood's last word, by hand.
import { describe, expect, it } from 'vitest';
import { smoothByVote } from '#kindred/cluster/kinds/label-smoothing.js';
import { graphFromRows } from '#kindred/graph/sparse.js';

/** An undirected graph of weight-1 edges. */
function graphOf(count: number, edges: readonly (readonly [number, number])[]) {
  const rows = Array.from({ length: count }, (): number[] => []);
  for (const [a, b] of edges) {
    rows[a].push(b);
    rows[b].push(a);
  }
  const starts = new Int32Array(count + 1);
  rows.forEach((row, node) => {
    starts[node + 1] = starts[node] + row.length;
  });
  const neighbours = Int32Array.from(rows.flatMap((row) => row.sort((a, b) => a - b)));
  return graphFromRows(starts, neighbours, new Float32Array(neighbours.length).fill(1));
}

/** Two cliques of four, 0–3 and 4–7. */
const CLIQUES = [0, 4].flatMap((first) =>
  [
    [0, 1],
    [0, 2],
    [0, 3],
    [1, 2],
    [1, 3],
    [2, 3],
  ].map(([a, b]) => [first + a, first + b] as const),
);

describe('smoothByVote', () => {
  it('brings a node back to where its neighbours are', () => {
    const assignment = Int32Array.of(0, 0, 0, 1, 1, 1, 1, 1);
    expect([...smoothByVote(graphOf(8, CLIQUES), { assignment, k: 2 })]).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
  });

  it('leaves a node between two kinds with its own', () => {
    const graph = graphOf(9, [...CLIQUES, [8, 0], [8, 4]]);
    for (const own of [0, 1]) {
      const assignment = Int32Array.of(0, 0, 0, 0, 1, 1, 1, 1, own);
      expect(smoothByVote(graph, { assignment, k: 2 })[8]).toBe(own);
    }
  });

  it('leaves nodes without neighbours alone, and those that belong nowhere', () => {
    const assignment = Int32Array.of(0, 0, 0, 0, 1, 1, 1, -1, 1);
    const settled = smoothByVote(graphOf(9, CLIQUES), { assignment, k: 2 });
    expect([...settled]).toEqual([0, 0, 0, 0, 1, 1, 1, -1, 1]);
  });

  it('empties no kind', () => {
    const assignment = Int32Array.of(0, 0, 0, 2, 1, 1, 1, 1);
    expect([...smoothByVote(graphOf(8, CLIQUES), { assignment, k: 3 })]).toEqual([...assignment]);
  });
});
