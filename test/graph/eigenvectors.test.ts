import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Matrix, matrix } from '#kindred/core/matrix.js';
import { createRandom } from '#kindred/core/random.js';
import { leadingEigenvectors } from '#kindred/graph/eigenvectors/eigenvectors.js';
import { fuzzyGraph } from '#kindred/graph/fuzzy-weights.js';
import type { NeighbourGraph } from '#kindred/graph/neighbour-graph.js';
import { addGraphs, degrees, subgraph } from '#kindred/graph/sparse.js';
import { cycle, digitNeighbours, type Edge, graphOf, path } from './graphs.js';

interface Recorded {
  readonly eigenvalues: number[];
  readonly secondVector: number[];
}

const recorded: Recorded = JSON.parse(readFileSync(new URL('./digits.json', import.meta.url), 'utf8'));
const digits = fuzzyGraph(digitNeighbours());
const options = { tolerance: 1e-4, seed: 1, threads: 1 };

function column({ data, rows, columns }: Matrix, at: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => data[row * columns + at]);
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, at) => sum + value * b[at], 0);
}

/** ‖S v − λ v‖ in float64, and the largest departure of VᵀV from the identity. */
function check(graph: NeighbourGraph, { values, vectors }: { values: Float64Array; vectors: Matrix }) {
  const scales = degrees(graph).map((degree) => (degree > 0 ? 1 / Math.sqrt(degree) : 0));
  const all = Array.from(values, (_, at) => column(vectors, at));
  const residuals = all.map((v, at) => {
    const errors = v.map((own, node) => {
      let sum = 0;
      for (let edge = graph.offsets[node]; edge < graph.offsets[node + 1]; edge++) {
        const other = graph.neighbours[edge];
        sum += graph.weights[edge] * scales[node] * scales[other] * v[other];
      }
      return sum - values[at] * own;
    });
    return Math.sqrt(dot(errors, errors));
  });
  const slants = all.flatMap((v, i) =>
    all.slice(0, i + 1).map((w, j) => Math.abs(dot(v, w) - (i === j ? 1 : 0))),
  );
  return { residual: Math.max(...residuals), slant: Math.max(...slants) };
}

/** `groups` groups of `size` nodes, joined at random: many edges inside, few between. */
function planted(groups: number, size: number): NeighbourGraph {
  const random = createRandom(7, 'planted');
  const count = groups * size;
  const shuffled = random.permutation(count);
  const ring = (step: number): Edge[] =>
    Array.from({ length: count }, (_, node) => {
      const inside = Math.floor(node / size) * size + ((node + step + random.integer(size - step)) % size);
      const other = random.uniform() < 0.02 ? random.integer(count) : inside;
      return [shuffled[node], shuffled[other], 1] as const;
    }).filter(([from, to]) => from !== to);
  const layers = Array.from({ length: 8 }, (_, layer) => graphOf(count, distinct(ring(layer + 1))));
  return layers.reduce((sum, layer) => addGraphs(sum, layer));
}

function distinct(edges: readonly Edge[]): Edge[] {
  const byPair = new Map(
    edges.map((edge) => [`${Math.min(edge[0], edge[1])} ${Math.max(edge[0], edge[1])}`, edge]),
  );
  return Array.from(byPair.values());
}

describe('leadingEigenvectors', () => {
  it('agrees with SciPy on 1,000 digits', async () => {
    const found = await leadingEigenvectors(digits, { ...options, count: 27 });
    recorded.eigenvalues.slice(0, 27).forEach((value, at) => {
      expect(found.values[at]).toBeCloseTo(value, 6);
    });
    recorded.secondVector.forEach((entry, node) => {
      expect(Math.abs(found.vectors.data[node * 27 + 1])).toBeCloseTo(entry, 3);
    });
    const { residual, slant } = check(digits, found);
    expect(residual).toBeLessThan(1e-4);
    expect(Math.max(...found.residuals)).toBeCloseTo(residual, 5);
    expect(slant).toBeLessThan(1e-4);
    expect(found.vectors.data.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it('comes as close as is asked', async () => {
    for (const tolerance of [1e-2, 1e-5]) {
      const found = await leadingEigenvectors(digits, { ...options, count: 10, tolerance });
      expect(check(digits, found).residual).toBeLessThan(1.05 * tolerance);
    }
  });

  it('gives the same bytes for a seed, and the largest entry its sign', async () => {
    const [one, again] = [
      await leadingEigenvectors(digits, { ...options, count: 6 }),
      await leadingEigenvectors(digits, { ...options, count: 6 }),
    ];
    expect(again).toEqual(one);
    for (let at = 0; at < 6; at++) {
      const entries = column(one.vectors, at);
      expect(Math.max(...entries)).toBeGreaterThan(-Math.min(...entries));
    }
  });

  it('gives the same bytes for any number of threads', async () => {
    const graph = planted(8, 2500);
    const reports: number[] = [];
    const one = await leadingEigenvectors(graph, { ...options, count: 20, tolerance: 1e-3 });
    const three = await leadingEigenvectors(graph, {
      ...options,
      count: 20,
      tolerance: 1e-3,
      threads: 3,
      report: ({ done }) => reports.push(done),
    });
    expect(three).toEqual(one);
    expect(reports.at(-1)).toBe(20);
    expect(check(graph, one).residual).toBeLessThan(1.05e-3);
    // Eight groups: the eighth eigenvalue stands high above the ninth.
    expect(one.values[7] - one.values[8]).toBeGreaterThan(10 * (one.values[8] - one.values[9]));
  });

  it('follows the nodes when they are renamed', async () => {
    const order = Int32Array.from(createRandom(3, 'order').permutation(1000));
    const found = await leadingEigenvectors(digits, { ...options, count: 8, tolerance: 1e-5 });
    const renamed = await leadingEigenvectors(subgraph(digits, order), {
      ...options,
      count: 8,
      tolerance: 1e-5,
    });
    for (let at = 0; at < 8; at++) {
      expect(renamed.values[at]).toBeCloseTo(found.values[at], 6);
      const own = column(found.vectors, at);
      const theirs = column(renamed.vectors, at);
      expect(
        dot(
          theirs,
          Float64Array.from(order, (node) => own[node]),
        ),
      ).toBeGreaterThan(0.9999);
    }
  });

  it('starts from vectors it is given', async () => {
    const first = await leadingEigenvectors(digits, { ...options, count: 8, tolerance: 1e-5 });
    const again = await leadingEigenvectors(digits, {
      ...options,
      count: 8,
      initial: first.vectors,
      seed: 2,
    });
    expect(check(digits, again).residual).toBeLessThan(1e-4);
    for (let at = 0; at < 8; at++) expect(again.values[at]).toBeCloseTo(first.values[at], 6);
  });

  it('knows the eigenvalues of cycles and paths, small and large', async () => {
    for (const length of [3, 50, 400]) {
      const round = await leadingEigenvectors(graphOf(length, cycle(length)), { ...options, count: 7 });
      round.values.forEach((value, at) => {
        expect(value).toBeCloseTo(Math.cos((2 * Math.PI * Math.ceil(at / 2)) / length), 5);
      });
      const graph = graphOf(length, path(length));
      const line = await leadingEigenvectors(graph, { ...options, count: 7 });
      line.values.forEach((value, at) => {
        expect(value).toBeCloseTo(Math.cos((Math.PI * at) / (length - 1)), 5);
      });
      expect(check(graph, line).residual).toBeLessThan(1.05e-4);
      expect(check(graph, line).slant).toBeLessThan(1e-4);
    }
  });

  it('finds one eigenvalue 1 a component, the largest first', async () => {
    for (const size of [10, 150]) {
      // Components of size, 3 × size and 2 × size nodes, and one alone.
      const graph = graphOf(6 * size + 1, [
        ...cycle(size),
        ...cycle(3 * size, size),
        ...cycle(2 * size, 4 * size),
      ]);
      const found = await leadingEigenvectors(graph, { ...options, count: 6, tolerance: 1e-6 });
      expect(Array.from(found.values.slice(0, 3))).toEqual([1, 1, 1]);
      for (const at of [3, 4]) expect(found.values[at]).toBeCloseTo(Math.cos((2 * Math.PI) / (3 * size)), 6);
      const sizes = [0, 1, 2].map((at) => column(found.vectors, at).filter((entry) => entry !== 0).length);
      expect(sizes).toEqual([3 * size, 2 * size, size]);
      expect(column(found.vectors, 0)[size]).toBeCloseTo(1 / Math.sqrt(3 * size), 6);
      expect(check(graph, found).residual).toBeLessThan(1.05e-4);
      expect(check(graph, found).slant).toBeLessThan(1e-4);
    }
  });

  it('needs no iteration where there are components enough', async () => {
    const pairs = Array.from({ length: 300 }, (_, pair): Edge => [2 * pair, 2 * pair + 1, 1 + pair]);
    const found = await leadingEigenvectors(graphOf(600, pairs), { ...options, count: 5 });
    expect(Array.from(found.values)).toEqual([1, 1, 1, 1, 1]);
    expect(column(found.vectors, 3)[6]).toBeCloseTo(Math.SQRT1_2, 6);
    expect(Math.max(...found.residuals)).toBeLessThan(1e-6);
  });

  it('meets eigenvalues of a multiplicity beyond its block', async () => {
    // 300 pairs of weights (1, −1 each) and 300 nodes alone (0): 0 follows 300 times.
    const pairs = Array.from({ length: 300 }, (_, pair): Edge => [2 * pair, 2 * pair + 1, 1]);
    const found = await leadingEigenvectors(graphOf(900, pairs), { ...options, count: 310 });
    expect(found.values.filter((value) => value === 1).length).toBe(300);
    for (const value of found.values.slice(300)) expect(value).toBeCloseTo(0, 5);
    expect(Math.max(...found.residuals)).toBeLessThan(1e-4);

    // A star: 1, then 0 for all leaves but one, then −1.
    const star = Array.from({ length: 500 }, (_, leaf): Edge => [0, leaf + 1, 1]);
    const leaves = await leadingEigenvectors(graphOf(501, star), { ...options, count: 6 });
    expect(leaves.values[0]).toBe(1);
    for (const value of leaves.values.slice(1)) expect(value).toBeCloseTo(0, 5);
    expect(Math.max(...leaves.residuals)).toBeLessThan(1e-4);
  });

  it('gives isolated nodes the eigenvalue 0', async () => {
    const graph = graphOf(5, [[1, 3, 2]]);
    const found = await leadingEigenvectors(graph, { ...options, count: 9 });
    expect(found.vectors.columns).toBe(5);
    [1, 0, 0, 0, -1].forEach((value, at) => {
      expect(found.values[at]).toBeCloseTo(value, 10);
    });
    const bare = await leadingEigenvectors(graphOf(3, []), { ...options, count: 2 });
    expect(Array.from(bare.values)).toEqual([0, 0]);
    expect(check(graphOf(3, []), bare).slant).toBeLessThan(1e-6);
    const alone = await leadingEigenvectors(graphOf(1, []), { ...options, count: 2 });
    expect([alone.values[0], alone.vectors.data[0]]).toEqual([0, 1]);
  });

  it('is not thrown by a graph with three eigenvalues that differ', async () => {
    // two complete graphs of 80, joined by an edge: 158 eigenvalues are −1/79
    const edges = [0, 80].flatMap((first) =>
      Array.from({ length: 80 }, (_, a) => a).flatMap((a) =>
        Array.from({ length: a }, (_, b): Edge => [first + b, first + a, 1]),
      ),
    );
    const graph = graphOf(160, [...edges, [0, 80, 1]]);
    const found = await leadingEigenvectors(graph, { ...options, count: 7 });
    expect(found.values[0]).toBeCloseTo(1, 5);
    expect(Array.from(found.values.subarray(3), (value) => value * 79)).toEqual(
      [-1, -1, -1, -1].map((value) => expect.closeTo(value, 3)),
    );
    expect(Math.max(...found.residuals)).toBeLessThan(1e-4);
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    controller.abort();
    for (const graph of [digits, planted(4, 3000)]) {
      const stopped = leadingEigenvectors(graph, {
        ...options,
        count: 30,
        threads: 2,
        signal: controller.signal,
      });
      await expect(stopped).rejects.toThrow('Stopped before the end');
    }
  });

  it('refuses options that make no sense', async () => {
    await expect(leadingEigenvectors(digits, { ...options, count: 0 })).rejects.toThrow('count is 0');
    await expect(leadingEigenvectors(digits, { ...options, count: 1, tolerance: 0 })).rejects.toThrow(
      'tolerance',
    );
    const initial = matrix(3, 1);
    await expect(leadingEigenvectors(digits, { ...options, count: 1, initial })).rejects.toThrow('3 rows');
  });
});
