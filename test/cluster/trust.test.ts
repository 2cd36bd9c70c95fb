import { describe, expect, it } from 'vitest';
import { trustFilter } from '#kindred/cluster/judging/trust.js';
import { graphKinds } from '#kindred/cluster/kinds/kinds.js';
import { kindStability } from '#kindred/cluster/kinds/stability.js';
import { agreementWith, type Blob, plantGraph, simplexBlobs } from './planted.js';

const options = { seed: 1, threads: 1, leastVote: 0.97 };

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

describe('trustFilter', () => {
  it('trusts the nodes of clear kinds', async () => {
    const { graph, planted } = plantGraph(simplexBlobs([150, 150, 150], 9), 1);
    const kinds = await graphKinds(graph, { ...options, numClusters: 3 });
    const { vote, trusted, flagged, trustedShare } = await trustFilter(graph, kinds, options);
    expect(agreementWith(planted, kinds.assignment)).toBe(1);
    expect(trustedShare).toBeGreaterThan(0.95);
    expect(trustedShare).toBeCloseTo(mean(trusted), 12);
    expect(mean(flagged)).toBeLessThan(0.02);
    vote.forEach((share) => {
      expect(share).toBeGreaterThan(0);
      expect(share).toBeLessThanOrEqual(1 + 1e-6);
    });
  });

  it('trusts fewer nodes where kinds touch, and those it trusts are right more often', async () => {
    const { graph, planted } = plantGraph(simplexBlobs([200, 200, 200], 3.5), 2);
    const kinds = await graphKinds(graph, { ...options, numClusters: 3 });
    const { trusted, trustedShare } = await trustFilter(graph, kinds, options);
    const chosen = Array.from(trusted.keys()).filter((node) => trusted[node] === 1);
    const right = agreementWith(
      Int32Array.from(chosen, (node) => planted[node]),
      Int32Array.from(chosen, (node) => kinds.assignment[node]),
    );
    expect(trustedShare).toBeGreaterThan(0.2);
    expect(trustedShare).toBeLessThan(0.95);
    expect(right).toBeGreaterThan(agreementWith(planted, kinds.assignment));
  });

  it('does not trust a satellite, although it agrees with itself', async () => {
    // a knot of 30 between kinds 0 and 1, tied to 1 by two thirds; kind 0 claims it below
    const blobs = simplexBlobs([1000, 1000, 1000], 9);
    const knot: Blob = { size: 30, centre: [2.5, 3.9, 0, 0, 0, 0, 0, 0, 0, 0], spread: 0.25 };
    const { graph, planted } = plantGraph([...blobs, knot], 3);
    const found = await graphKinds(graph, { ...options, numClusters: 3 });
    const assignment = planted.map((blob) => (blob === 3 ? 0 : blob));
    const { vote, trusted, flagged } = await trustFilter(graph, { ...found, assignment }, options);
    expect(mean(flagged.subarray(3000))).toBeGreaterThan(0.9);
    expect(mean(trusted.subarray(3000))).toBeLessThan(0.1);
    expect(mean(flagged.subarray(0, 3000))).toBeLessThan(0.05);
    expect(mean(vote.subarray(3000))).toBeGreaterThan(0.9);
  });

  it('never trusts a node without a kind, and gives the same bytes again', async () => {
    const { graph } = plantGraph(simplexBlobs([100, 100], 9), 4);
    const kinds = await graphKinds(graph, { ...options, numClusters: 2 });
    const assignment = kinds.assignment.map((kind, node) => (node < 5 ? -1 : kind));
    const once = await trustFilter(graph, { ...kinds, assignment }, options);
    expect(Array.from(once.trusted.subarray(0, 5))).toEqual([0, 0, 0, 0, 0]);
    expect(Array.from(once.vote.subarray(0, 5))).toEqual([0, 0, 0, 0, 0]);
    expect(await trustFilter(graph, { ...kinds, assignment }, options)).toEqual(once);
  });

  it('takes a single kind', async () => {
    const { graph } = plantGraph(simplexBlobs([50], 9), 4);
    const kinds = await graphKinds(graph, { ...options, numClusters: 1 });
    expect((await trustFilter(graph, kinds, options)).trustedShare).toBe(1);
  });
});

describe('kindStability', () => {
  it('is high for clear kinds and low for one that was cut in two', async () => {
    const { graph, planted } = plantGraph(simplexBlobs([200, 200, 200], 9), 5);
    const clear = await graphKinds(graph, { ...options, numClusters: 3 });
    const stable = await kindStability(graph, clear, { ...options, runs: 3 });
    expect(Math.min(...stable)).toBeGreaterThan(0.97);

    const cut = await graphKinds(graph, { ...options, numClusters: 4 });
    const stability = await kindStability(graph, cut, { ...options, runs: 3 });
    // subsamples cut other blobs, so all kinds suffer, the halves most
    const sizes = Array.from(stability, (_, kind) => cut.assignment.filter((own) => own === kind).length);
    const half = sizes.indexOf(Math.min(...sizes));
    expect(stability[half]).toBeLessThan(0.8);
    expect(mean(stability)).toBeLessThan(mean(stable) - 0.1);
    expect(agreementWith(planted, clear.assignment)).toBe(1);
  });

  it('gives the same bytes again, and a number for every kind when nodes are left out', async () => {
    const { graph } = plantGraph(simplexBlobs([60, 60], 9), 6);
    const kinds = await graphKinds(graph, { ...options, numClusters: 2 });
    const once = await kindStability(graph, kinds, { ...options, runs: 2, share: 0.5 });
    expect(once).toHaveLength(2);
    expect(await kindStability(graph, kinds, { ...options, runs: 2, share: 0.5 })).toEqual(once);
  });
});
