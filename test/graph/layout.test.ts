// The map of a graph: the kernel beside the same loop in plain JavaScript, and what a map must keep.
import { describe, expect, it } from 'vitest';
import { InterruptedError } from '#kindred/core/errors.js';
import { compileKernel, openKernelMemory, startKernel } from '#kindred/core/kernels.js';
import { matrix } from '#kindred/core/matrix.js';
import { createRandom } from '#kindred/core/random.js';
import { fuzzyGraph } from '#kindred/graph/fuzzy-weights.js';
import { layoutGraph } from '#kindred/graph/layout.js';
import type { NeighbourGraph } from '#kindred/graph/neighbour-graph.js';
import { nearestNeighbours } from '#kindred/graph/neighbours/nearest-neighbours.js';

/** `kinds` normal clouds in 8 dimensions, row i of kind i % kinds. */
function clouds(rows: number, kinds: number) {
  const random = createRandom(3, 'clouds');
  const centres = Array.from({ length: kinds * 8 }, () => 5 * random.normal());
  const data = Float32Array.from(
    { length: rows * 8 },
    (_, at) => centres[(Math.floor(at / 8) % kinds) * 8 + (at % 8)] + random.normal(),
  );
  return matrix(rows, 8, data);
}

async function graphOf(rows: number, kinds: number): Promise<NeighbourGraph> {
  return fuzzyGraph(await nearestNeighbours(clouds(rows, kinds), { k: 10, threads: 2 }));
}

function emptyGraph(count: number): NeighbourGraph {
  return {
    count,
    offsets: new Int32Array(count + 1),
    neighbours: new Int32Array(0),
    weights: new Float32Array(0),
  };
}

/** Moves nodes from … to, as the kernel says it does, in float32. */
function plainPass(
  { count, offsets, neighbours, weights }: NeighbourGraph,
  before: Float32Array,
  after: Float32Array,
  [from, to]: readonly [number, number],
  [rate, repulsion]: readonly [number, number],
  seed: number,
): void {
  const f = Math.fround;
  const next = (state: number) => {
    let x = state ^ (state << 13);
    x ^= x >>> 17;
    return (x ^ (x << 5)) >>> 0;
  };
  let state = seed;
  const lanes = [0, 1, 2, 3].map((lane) => Math.imul(seed + Math.imul(lane, 0x9e3779b9), 0x85ebca6b) | 1);
  const clamp = (force: number) => Math.max(-2, Math.min(2, force));
  after.set(before.subarray(2 * from, 2 * to), 2 * from);
  for (let node = from; node < to; node++) {
    let [x, y] = [after[2 * node], after[2 * node + 1]];
    for (let edge = offsets[node]; edge < offsets[node + 1]; edge++) {
      state = next(state);
      if (f(state >>> 8) / 2 ** 24 >= weights[edge]) continue;
      const other = neighbours[edge];
      const places = other >= from && other < to ? after : before;
      const [dx, dy] = [f(x - places[2 * other]), f(y - places[2 * other + 1])];
      const pull = f(2 / f(f(1 + f(dx * dx)) + f(dy * dy)));
      x = f(x - f(rate * clamp(f(pull * dx))));
      y = f(y - f(rate * clamp(f(pull * dy))));
      const pushes = lanes.map((lane, at) => {
        lanes[at] = next(lane);
        const negative = Math.floor((lanes[at] * count) / 2 ** 32);
        if (negative === node) return [0, 0];
        const [fx, fy] = [f(x - before[2 * negative]), f(y - before[2 * negative + 1])];
        const squared = f(f(fx * fx) + f(fy * fy));
        const push = f(repulsion / f(f(f(0.001) + squared) * f(1 + squared)));
        return [clamp(f(push * fx)), clamp(f(push * fy))];
      });
      const sum = (axis: number) =>
        f(f(pushes[0][axis] + pushes[1][axis]) + f(pushes[2][axis] + pushes[3][axis]));
      x = f(x + f(rate * sum(0)));
      y = f(y + f(rate * sum(1)));
    }
    after[2 * node] = x;
    after[2 * node + 1] = y;
  }
}

describe('the kernel', () => {
  it('moves the nodes of a part as the plain loop does', async () => {
    const graph = await graphOf(300, 3);
    const { offsets, neighbours, weights } = graph;
    const random = createRandom(1, 'places');
    const before = Float32Array.from({ length: 600 }, () => 3 * random.normal());
    const module = await compileKernel(new URL('../../dist/graph/layout.wasm', import.meta.url));
    const memory = openKernelMemory('a test', 1 << 20);
    const { buffer } = memory;
    new Int32Array(buffer, 0, 301).set(offsets);
    new Int32Array(buffer, 4096, neighbours.length).set(neighbours);
    new Float32Array(buffer, 1 << 18, weights.length).set(weights);
    new Float32Array(buffer, 1 << 19, 600).set(before);
    const after = new Float32Array(buffer, (1 << 19) + 8192, 600);
    const { pass } = await startKernel<{ pass(...words: number[]): void }>(module, memory);
    const expected = new Float32Array(600);
    for (const part of [
      [0, 120],
      [120, 300],
    ] as const) {
      const seed = 77 + part[0];
      pass(0, 4096, 1 << 18, 1 << 19, (1 << 19) + 8192, ...part, 300, 0.5, 6, seed);
      plainPass(graph, before, expected, part, [0.5, 6], seed);
    }
    expect([...after]).toEqual([...expected]);
  });
});

describe('a map', () => {
  it('keeps kinds together and apart from each other', async () => {
    const points = await layoutGraph(await graphOf(1500, 5), { seed: 1, threads: 2 });
    expect([points.rows, points.columns]).toEqual([1500, 2]);
    const near = await nearestNeighbours(points, { k: 10, threads: 2 });
    const alike = near.indices.filter((other, at) => other % 5 === Math.floor(at / 10) % 5).length;
    expect(alike / near.indices.length).toBeGreaterThan(0.98);
  });

  it('keeps the neighbours that rows have within their kind better than chance', async () => {
    const x = clouds(1200, 2);
    const near = await nearestNeighbours(x, { k: 15, threads: 2 });
    const points = await layoutGraph(fuzzyGraph(near), { seed: 1, threads: 2 });
    const found = await nearestNeighbours(points, { k: 15, threads: 2 });
    let kept = 0;
    for (let row = 0; row < 1200; row++) {
      const own = new Set(near.indices.subarray(row * 15, row * 15 + 15));
      for (const other of found.indices.subarray(row * 15, row * 15 + 15)) if (own.has(other)) kept++;
    }
    // By chance 15 of the 599 others of the kind: 2.5 %.
    expect(kept / (1200 * 15)).toBeGreaterThan(0.2);
  });

  it('is the same for every number of threads, and another for another seed', async () => {
    const graph = await graphOf(1600, 4);
    const one = await layoutGraph(graph, { seed: 1, threads: 1 });
    const three = await layoutGraph(graph, { seed: 1, threads: 3 });
    const other = await layoutGraph(graph, { seed: 2, threads: 2 });
    expect(three.data).toEqual(one.data);
    expect(other.data).not.toEqual(one.data);
  });

  it('has a finite place for every node, joined to others or not', async () => {
    const lonely = await graphOf(40, 2);
    const graphs = [
      emptyGraph(0),
      emptyGraph(1),
      emptyGraph(7),
      {
        ...lonely,
        count: 50,
        offsets: Int32Array.from({ length: 51 }, (_, node) => lonely.offsets[Math.min(node, 40)]),
      },
      {
        count: 2,
        offsets: Int32Array.of(0, 1, 2),
        neighbours: Int32Array.of(1, 0),
        weights: Float32Array.of(1, 1),
      },
    ];
    for (const graph of graphs) {
      const { rows, columns, data } = await layoutGraph(graph, { seed: 1, threads: 2 });
      expect([rows, columns, data.length]).toEqual([graph.count, 2, graph.count * 2]);
      expect(data.every(Number.isFinite)).toBe(true);
    }
  });

  it('reports its passes and stops when asked to', async () => {
    const graph = await graphOf(300, 2);
    const control = new AbortController();
    const seen: number[] = [];
    const making = layoutGraph(graph, {
      seed: 1,
      threads: 2,
      signal: control.signal,
      report: ({ stage, done, total }) => {
        expect([stage, total]).toEqual(['layout', 500]);
        seen.push(done);
        if (done === 20) control.abort();
      },
    });
    await expect(making).rejects.toThrow(InterruptedError);
    expect(seen.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(seen.length).toBeLessThan(500);
  });
});
