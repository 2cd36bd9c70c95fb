// The view of an encoder's vectors, beside the same steps written down one after the other in float64.
import { describe, expect, it } from 'vitest';
import { type Matrix, matrix, matrixRow } from '#kindred/core/matrix.js';
import { createRandom } from '#kindred/core/random.js';
import { createOnnxGraph } from '#kindred/engine/onnx/onnx.js';
import { runModel } from '#kindred/engine/runtime/model-runner.js';
import { encoderView } from '#kindred/features/encoder-view.js';
import { relativeError } from '../support/numbers.js';

const context = { threads: 1, report: () => {}, signal: new AbortController().signal };

/** Vectors (rows, columns) of a few directions and noise, with one loud column, as encoders give them. */
function vectors(rows: number, columns: number) {
  const random = createRandom(5, 'vectors');
  const uniform = () => random.uniform() - 0.5;
  const directions = Array.from({ length: 5 }, () => Array.from({ length: columns }, uniform));
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const direction = directions[row % 5];
    for (let column = 0; column < columns; column++) {
      data[row * columns + column] = direction[column] + 0.4 * uniform() + (column === 3 ? 20 : 0);
    }
  }
  return matrix(rows, columns, data);
}

function unit(rows: number[][]): number[][] {
  return rows.map((row) => {
    const norm = Math.hypot(...row);
    return row.map((value) => value / norm);
  });
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, at) => sum + value * b[at], 0);

describe('the view of an encoder', () => {
  it('has unit length, and one component for eight images, at most 128 and 256; heads get at most 256', async () => {
    for (const [rows, columns, wanted, forHeads] of [
      [40, 30, 5, 5],
      [240, 12, 12, 12],
      [1200, 160, 128, 150],
      [2100, 300, 128, 256],
    ]) {
      const { views, inputs } = await encoderView(vectors(rows, columns), context);
      expect(views.map((view) => [view.rows, view.columns])).toEqual([
        [rows, wanted],
        [rows, forHeads],
      ]);
      expect([inputs.rows, inputs.columns]).toEqual([rows, forHeads]);
      const squares = inputs.data.reduce((sum, value) => sum + value * value, 0);
      expect(squares / rows / forHeads).toBeCloseTo(1, 4);
      for (let row = 0; row < rows; row++) {
        for (const view of views) expect(Math.hypot(...matrixRow(view, row))).toBeCloseTo(1, 4);
      }
    }
  });

  it('of all components has the inner products of half of Mahalanobis whitening', async () => {
    // With every component kept, it is known without eigenvectors: x C^(−1/2) y, C the covariance.
    const x = vectors(240, 12);
    const { views, inputs, reach } = await encoderView(x, context);
    const rows = Array.from({ length: x.rows }, (_, row) =>
      Array.from(
        x.data.subarray(row * 12, row * 12 + 12),
        (value) => Math.sign(value) * Math.sqrt(Math.abs(value)),
      ),
    );
    const rooted = unit(rows);
    const mean = rooted[0].map(
      (_, column) => rooted.reduce((sum, row) => sum + row[column], 0) / rooted.length,
    );
    const centred = rooted.map((row) => row.map((value, column) => value - mean[column]));
    const covariance = mean.map((_, a) =>
      mean.map((__, b) => centred.reduce((sum, row) => sum + row[a] * row[b], 0) / centred.length),
    );
    const root = inverseRoot(covariance);
    const whitened = (a: number, b: number) =>
      dot(
        centred[a],
        root.map((line) => dot(line, centred[b])),
      );
    const total = centred.reduce((sum, _, at) => sum + whitened(at, at), 0);
    for (let pair = 0; pair < 200; pair++) {
      const [a, b] = [(pair * 7) % 240, (pair * 31 + 1) % 240];
      const cosine = whitened(a, b) / Math.sqrt(whitened(a, a) * whitened(b, b));
      const near = views.map((view) => dot([...matrixRow(view, a)], [...matrixRow(view, b)]));
      expect(near[0]).toBeCloseTo(cosine, 3);
      // All components as they come are the centred rows themselves, turned.
      const straight = dot(centred[a], centred[b]) / Math.hypot(...centred[a]) / Math.hypot(...centred[b]);
      expect(near[1]).toBeCloseTo(straight, 3);
      // Nothing lies outside of all components: the reach is the centred rows themselves.
      const [here, there] = [a, b].map((row) => [...matrixRow(reach, row)]);
      expect(dot(here, there)).toBeCloseTo(dot(centred[a], centred[b]), 5);
      // What heads get: the same before it has unit length, all of it times one number.
      const [one, other] = [a, b].map((row) => [...inputs.data.subarray(row * 12, row * 12 + 12)]);
      expect(dot(one, other)).toBeCloseTo((whitened(a, b) * 240 * 12) / total, 2);
    }
  });

  it('measures strangeness by all that a row has, in the components or outside of them', async () => {
    const x = vectors(240, 60);
    const { reach } = await encoderView(x, context);
    expect(reach.columns).toBe(31);
    const rows = Array.from({ length: x.rows }, (_, row) =>
      [...matrixRow(x, row)].map((value) => Math.sign(value) * Math.sqrt(Math.abs(value))),
    );
    const rooted = unit(rows);
    const mean = rooted[0].map((_, at) => rooted.reduce((sum, row) => sum + row[at], 0) / rooted.length);
    for (const row of [0, 17, 239]) {
      const whole = Math.hypot(...rooted[row].map((value, at) => value - mean[at]));
      expect(Math.hypot(...matrixRow(reach, row))).toBeCloseTo(whole, 5);
      expect(matrixRow(reach, row).at(-1)).toBeGreaterThan(0);
    }
  });

  it.each([
    [240, 30],
    [1200, 160],
  ])('in a larger graph is the same for the same %i vectors of %i', async (rows, columns) => {
    const x = vectors(rows, columns);
    const view = await encoderView(x, context);
    const graph = createOnnxGraph('again');
    const given = graph.input('vectors', 'float32', ['n', columns]);
    const { inputs, ...beside } = view.addAll(graph, given);
    const expected: Record<string, Matrix> = { inputs: view.inputs };
    graph.output('inputs', inputs, 'float32', ['n', view.inputs.columns]);
    for (const [name, { views, reach }] of Object.entries({ alone: view.addViews(graph, given), beside })) {
      graph.output(`${name}Reach`, reach, 'float32', ['n', view.reach.columns]);
      expected[`${name}Reach`] = view.reach;
      for (const [index, tensor] of views.entries()) {
        graph.output(`${name}${index}`, tensor, 'float32', ['n', view.views[index].columns]);
        expected[`${name}${index}`] = view.views[index];
      }
    }
    const again = await runModel(
      graph.encode(),
      { inputName: 'vectors', shape: [columns], data: x.data, count: x.rows },
      Object.entries(expected).map(([name, { columns: wide }]) => ({ name, columns: wide })),
      { ...context, stage: 'features', unit: 'vectors' },
    );
    expect(Object.keys(expected).length).toBe(7);
    for (const [name, { data }] of Object.entries(expected)) {
      const found = again[name];
      expect(found.length).toBe(data.length);
      expect(relativeError(found, data)).toBeLessThan(1e-5);
    }
  });
});

/** A^(−1/2) of a symmetric, positive matrix: Denman & Beavers 1976. */
function inverseRoot(square: number[][]): number[][] {
  const half = (a: number[][], b: number[][]) =>
    a.map((line, row) => line.map((value, column) => (value + b[row][column]) / 2));
  let root: number[][] = square;
  let inverse: number[][] = square.map((_, row) => square.map((__, column) => (row === column ? 1 : 0)));
  for (let step = 0; step < 30; step++) {
    [root, inverse] = [half(root, inverted(inverse)), half(inverse, inverted(root))];
  }
  return inverse;
}

/** Gauss–Jordan. */
function inverted(square: readonly (readonly number[])[]): number[][] {
  const size = square.length;
  const work = square.map((row, at) => [...row, ...row.map((_, column) => (column === at ? 1 : 0))]);
  for (let pivot = 0; pivot < size; pivot++) {
    const best = work
      .slice(pivot)
      .reduce(
        (most, row, at) => (Math.abs(row[pivot]) > Math.abs(work[most][pivot]) ? at + pivot : most),
        pivot,
      );
    [work[pivot], work[best]] = [work[best], work[pivot]];
    const scale = work[pivot][pivot];
    work[pivot] = work[pivot].map((value) => value / scale);
    for (let row = 0; row < size; row++) {
      if (row === pivot) continue;
      const factor = work[row][pivot];
      work[row] = work[row].map((value, column) => value - factor * work[pivot][column]);
    }
  }
  return work.map((row) => row.slice(size));
}
