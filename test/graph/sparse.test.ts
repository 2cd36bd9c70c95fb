import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrix } from '#kindred/core/matrix.js';
import { connectedComponents } from '#kindred/graph/connected-components.js';
import { averageOverNeighbours } from '#kindred/graph/neighbour-average.js';
import { addGraphs, degrees, pieceMass, subgraph } from '#kindred/graph/sparse.js';
import { cycle, dense, type Edge, graphOf, path } from './graphs.js';

/** Graphs of up to 12 nodes with weights that float32 adds without rounding. */
const graphs = fc.integer({ min: 1, max: 12 }).chain((count) => {
  const pairs = Array.from({ length: count }, (_, a) => a).flatMap((a) =>
    Array.from({ length: a }, (_, b): [number, number] => [a, b]),
  );
  const weights = fc.array(fc.integer({ min: 0, max: 8 }), {
    minLength: pairs.length,
    maxLength: pairs.length,
  });
  return weights.map((list) =>
    graphOf(
      count,
      pairs.map(([a, b], index): Edge => [a, b, list[index] / 4]).filter(([, , weight]) => weight > 0),
    ),
  );
});

describe('graph operations', () => {
  it('add like dense matrices', () => {
    fc.assert(
      fc.property(graphs, graphs, (a, b) => {
        fc.pre(a.count === b.count);
        const sum = addGraphs(a, b);
        const [denseA, denseB] = [dense(a), dense(b)];
        expect(dense(sum)).toEqual(denseA.map((value, at) => value + denseB[at]));
        expect(sum.weights.every((weight) => weight > 0)).toBe(true);
      }),
    );
    expect(() => addGraphs(graphOf(2, []), graphOf(3, []))).toThrow('2 nodes and 3 nodes');
  });

  it('sum and cut out like dense matrices', () => {
    fc.assert(
      fc.property(graphs, fc.integer(), (graph, seed) => {
        const { count: n } = graph;
        const all = dense(graph);
        expect(degrees(graph)).toEqual(
          Float64Array.from({ length: n }, (_, i) =>
            all.subarray(i * n, i * n + n).reduce((s, v) => s + v, 0),
          ),
        );
        const nodes = Int32Array.from(
          Array.from({ length: n }, (_, i) => i).filter((i) => (seed >> i) & 1),
        ).reverse();
        const part = dense(subgraph(graph, nodes));
        nodes.forEach((from, i) => {
          nodes.forEach((to, j) => {
            expect(part[i * nodes.length + j]).toBe(all[from * n + to]);
          });
        });
      }),
    );
    expect(() => subgraph(graphOf(3, []), Int32Array.of(1, 1))).toThrow('twice');
  });

  it('count edge mass between pieces, each direction, −1 left out', () => {
    const graph = graphOf(5, [
      [0, 1, 2],
      [1, 2, 3],
      [2, 3, 5],
      [3, 4, 7],
    ]);
    const mass = pieceMass(graph, Int32Array.of(0, 0, 1, 1, -1), 2);
    expect(Array.from(mass)).toEqual([4, 3, 3, 10]);
  });

  it('find components, their sizes and an order that keeps them together', () => {
    const graph = graphOf(9, [...cycle(4, 0), [5, 8, 1], [8, 6, 1]]);
    const { labels, sizes, order } = connectedComponents(graph);
    expect(Array.from(labels)).toEqual([0, 0, 0, 0, 1, 2, 2, 3, 2]);
    expect(Array.from(sizes)).toEqual([4, 1, 3, 1]);
    expect(Array.from(order)).toEqual([0, 1, 3, 2, 4, 5, 8, 6, 7]);
    expect(connectedComponents(graphOf(0, [])).sizes.length).toBe(0);
  });

  it('average over neighbours with any number of columns', () => {
    const weights: Edge[] = [...path(6).map(([a, b], i): Edge => [a, b, i + 1]), [0, 5, 0.5]];
    const graph = graphOf(7, weights);
    const all = dense(graph);
    const sums = degrees(graph);
    for (const columns of [1, 3, 4, 10]) {
      const values = matrix(
        7,
        columns,
        Float32Array.from({ length: 7 * columns }, (_, i) => Math.sin(i)),
      );
      const out = matrix(7, columns);
      expect(averageOverNeighbours(graph, values, out)).toBe(out);
      out.data.forEach((value, at) => {
        const [node, column] = [Math.floor(at / columns), at % columns];
        let expected = 0;
        for (let other = 0; other < 7; other++) {
          expected += (all[node * 7 + other] * values.data[other * columns + column]) / sums[node];
        }
        expect(value).toBeCloseTo(node === 6 ? values.data[at] : expected, 6);
      });
    }
    expect(() => averageOverNeighbours(graph, matrix(3, 2))).toThrow('7 nodes');
  });
});
