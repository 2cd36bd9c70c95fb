// Strangers that were planted in a kind belong to it less than its own nodes, few of them or many.
import { describe, expect, it } from 'vitest';
import { belonging } from '#kindred/cluster/judging/belonging.js';
import { graphKinds } from '#kindred/cluster/kinds/kinds.js';
import { type Blob, blobRows, plantGraph, simplexBlobs } from './planted.js';

const options = { seed: 1, threads: 1 };
const KINDS = simplexBlobs([300, 300, 300, 300], 8);

/** Four kinds, and blobs that are taken for some of kind 0: what each of their nodes is worth there, and the kinds' own. */
async function belongingOf(strangers: readonly Blob[]) {
  const blobs = [...KINDS, ...strangers];
  const { graph, planted } = plantGraph(blobs, 2);
  const { x } = blobRows(blobs, 2);
  const { vectors } = await graphKinds(graph, { ...options, numClusters: 4 });
  const assignment = planted.map((blob) => (blob < 4 ? blob : 0));
  const distances = Float32Array.from(assignment, (kind, node) =>
    Math.hypot(...KINDS[kind].centre.map((at, column) => x.data[node * x.columns + column] - at)),
  );
  const placed = { assignment, k: 4, vectors, distances };
  const shares = await belonging(graph, placed, options);
  const meanOf = (isCounted: (blob: number) => boolean) => {
    const chosen = [...shares].filter((_, node) => isCounted(planted[node]));
    return chosen.reduce((sum, share) => sum + share, 0) / chosen.length;
  };
  return {
    shares,
    planted,
    own: meanOf((blob) => blob < 4),
    strange: meanOf((blob) => blob >= 4),
    graph,
    placed,
  };
}

/** As far from kind 0's middle as kinds are from each other, or less, along another axis. */
function stranger(size: number, axis: number, apart = 6): Blob {
  return { size, centre: KINDS[0].centre.map((at, column) => at + (column === axis ? apart : 0)) };
}

describe('belonging', () => {
  it('is near 1 in kinds without strangers', async () => {
    const { own } = await belongingOf([]);
    expect(own).toBeGreaterThan(0.93);
  });

  it.each([
    ['a few', [stranger(20, 6)]],
    ['a group', [stranger(60, 6)]],
    ['a quarter', [stranger(100, 6)]],
    ['two kinds of them', [stranger(50, 6), stranger(60, 7)]],
  ] as const)('is low for %s in a kind of 300', async (_, strangers) => {
    const { own, strange } = await belongingOf(strangers);
    expect(own).toBeGreaterThan(0.9);
    expect(strange).toBeLessThan(0.4);
  });

  it('takes no more than the ties of a part that is as near to the middle as others', async () => {
    // two halves of one kind, each on another side of its middle
    const halves = [-2.5, 2.5].map((at) => ({
      size: 150,
      centre: KINDS[0].centre.map((value, column) => value + (column === 6 ? at : 0)),
    }));
    const blobs = [...KINDS.slice(1), ...halves];
    const { graph, planted } = plantGraph(blobs, 3);
    const { vectors } = await graphKinds(graph, { ...options, numClusters: 4 });
    const assignment = planted.map((blob) => Math.min(blob, 3));
    const placed = { assignment, k: 4, vectors, distances: new Float32Array(planted.length).fill(1) };
    const shares = await belonging(graph, placed, options);
    shares.forEach((share) => {
      expect(share).toBeGreaterThan(0.35);
    });
  });

  it('is 1 for a node of no kind, and the same bytes again', async () => {
    const { graph, placed } = await belongingOf([stranger(60, 6)]);
    const assignment = placed.assignment.map((kind, node) => (node % 50 === 0 ? -1 : kind));
    const shares = await belonging(graph, { ...placed, assignment }, options);
    assignment.forEach((kind, node) => {
      if (kind < 0) expect(shares[node]).toBe(1);
    });
    expect(await belonging(graph, { ...placed, assignment }, options)).toEqual(shares);
  });

  it('takes one kind, and kinds of no ties', async () => {
    const { graph, planted } = plantGraph(simplexBlobs([40], 8), 1);
    const { vectors } = await graphKinds(graph, { ...options, numClusters: 1 });
    const distances = new Float32Array(planted.length).fill(1);
    const one = await belonging(graph, { assignment: planted, k: 1, vectors, distances }, options);
    expect(Math.min(...one)).toBeGreaterThan(0.5);
    const alone = {
      ...graph,
      offsets: new Int32Array(41),
      neighbours: new Int32Array(),
      weights: new Float32Array(),
    };
    const none = await belonging(alone, { assignment: planted, k: 1, vectors, distances }, options);
    expect([...none].every(Number.isFinite)).toBe(true);
  });
});
