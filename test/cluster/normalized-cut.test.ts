// The cut is held against all cuts of small graphs, weighed one by one.
import { describe, expect, it } from 'vitest';
import { normalizedCut } from '#kindred/cluster/judging/normalized-cut.js';
import { createRandom } from '#kindred/core/random.js';
import type { NeighbourGraph } from '#kindred/graph/neighbour-graph.js';
import { graphFromRows } from '#kindred/graph/sparse.js';
import { plantGraph, simplexBlobs } from './planted.js';

const options = { seed: 1, threads: 1, least: 1 };

/** The graph of a symmetric table of weights; 0 is no edge. */
function graphOf(table: readonly (readonly number[])[]): NeighbourGraph {
  const rows = table.map((row) => [...row.keys()].filter((other) => row[other] > 0));
  const starts = Int32Array.from([0, ...rows.map((_, at) => rows.slice(0, at + 1).flat().length)]);
  const weights = rows.flatMap((others, node) => others.map((other) => table[node][other]));
  return graphFromRows(starts, Int32Array.from(rows.flat()), Float32Array.from(weights));
}

/** Shi & Malik's formula, in so many words. */
function plainValue(table: readonly (readonly number[])[], part: readonly number[]): number {
  const inside = new Set(part);
  const sum = (isCounted: (a: number, b: number) => boolean) =>
    table.reduce(
      (total, row, a) => total + row.reduce((own, weight, b) => own + (isCounted(a, b) ? weight : 0), 0),
      0,
    );
  const cut = sum((a, b) => inside.has(a) && !inside.has(b));
  return cut / sum((a) => inside.has(a)) + cut / sum((a) => !inside.has(a));
}

function bestOfAll(table: readonly (readonly number[])[], least: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let code = 1; code < 2 ** table.length - 1; code++) {
    const part = [...table.keys()].filter((node) => (code >> node) & 1);
    if (part.length < least || table.length - part.length < least) continue;
    best = Math.min(best, plainValue(table, part));
  }
  return best;
}

/** Two groups, tied within by about 1 and across by less. */
function twoGroups(sizes: readonly [number, number], across: number, seed: number): number[][] {
  const random = createRandom(seed, 'groups');
  const count = sizes[0] + sizes[1];
  const table = Array.from({ length: count }, () => new Array<number>(count).fill(0));
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) {
      const together = a < sizes[0] === b < sizes[0];
      table[a][b] = Math.fround((together ? 1 : across) * (0.5 + random.uniform()));
      table[b][a] = table[a][b];
    }
  }
  return table;
}

describe('normalizedCut', () => {
  it.each([
    [[6, 5], 0.05, 1],
    [[9, 3], 0.1, 2],
    [[8, 4], 0.02, 3],
  ] as const)('of groups of %j, tied by %d: the best of all cuts', async (sizes, across, seed) => {
    const table = twoGroups(sizes, across, seed);
    const found = await normalizedCut(graphOf(table), { ...options, least: 2 });
    expect(found?.value).toBeCloseTo(bestOfAll(table, 2), 6);
    expect(found?.value).toBeCloseTo(plainValue(table, [...(found?.part ?? [])]), 6);
    expect([...(found?.part ?? [])]).toEqual(Array.from({ length: sizes[1] }, (_, at) => sizes[0] + at));
    expect([...(found?.rest ?? [])]).toEqual([...Array(sizes[0]).keys()]);
  });

  it('is never below the best of all cuts, nor far above it', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const table = twoGroups([5, 5], 0.8, seed);
      const found = await normalizedCut(graphOf(table), options);
      const best = bestOfAll(table, 1);
      expect(found?.value).toBeGreaterThanOrEqual(best - 1e-6);
      expect(found?.value).toBeLessThan(1.25 * best);
    }
  });

  it('is 0 between parts that nothing ties', async () => {
    const found = await normalizedCut(graphOf(twoGroups([7, 4], 0, 1)), options);
    expect(found).toMatchObject({ value: 0, part: Int32Array.of(7, 8, 9, 10) });
  });

  it('leaves at least so many on either side, or is none', async () => {
    const graph = graphOf(twoGroups([9, 2], 0.01, 4));
    expect((await normalizedCut(graph, { ...options, least: 2 }))?.part).toHaveLength(2);
    expect((await normalizedCut(graph, { ...options, least: 4 }))?.part.length).toBeGreaterThanOrEqual(4);
    expect(await normalizedCut(graph, { ...options, least: 6 })).toBeNull();
  });

  it('is none where nothing is tied', async () => {
    const graph = graphOf(Array.from({ length: 8 }, () => new Array<number>(8).fill(0)));
    expect(await normalizedCut(graph, options)).toBeNull();
  });

  it('parts blobs of a larger graph, the same bytes each time', async () => {
    const { graph, planted } = plantGraph(simplexBlobs([400, 120], 6), 5);
    const found = await normalizedCut(graph, { ...options, least: 15 });
    expect(found?.part.filter((node) => planted[node] === 1).length).toBeGreaterThan(115);
    expect(found?.part.length).toBeLessThan(125);
    expect(await normalizedCut(graph, { ...options, least: 15 })).toEqual(found);
  });
});
