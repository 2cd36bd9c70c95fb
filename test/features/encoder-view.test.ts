// The view of an encoder's vectors, beside the same steps written down one after the other in float64.
import { describe, expect, it } from 'vitest';
import { matrix } from '#kindred/core/matrix.js';
import { createRandom } from '#kindred/core/random.js';
import { createOnnxGraph } from '#kindred/engine/onnx/onnx.js';
import { runModel } from '#kindred/engine/runtime/model-runner.js';
import { encoderView } from '#kindred/features/encoder-view.js';

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
  it('has unit length, equal variance before that, and one component for eight images at most 64', async () => {
    for (const [rows, columns, wanted] of [
      [40, 30, 5],
      [240, 12, 12],
      [700, 80, 64],
    ]) {
      const { features } = await encoderView(vectors(rows, columns), context);
      expect([features.rows, features.columns]).toEqual([rows, wanted]);
      for (let row = 0; row < rows; row++) {
        const values = [...features.data.subarray(row * wanted, (row + 1) * wanted)];
        expect(Math.hypot(...values)).toBeCloseTo(1, 4);
      }
    }
  });

  it('of all components has the inner products of Mahalanobis whitening', async () => {
    // With every component kept, whitening is known without eigenvectors: x C⁻¹ y, C the covariance.
    const x = vectors(240, 12);
    const { features } = await encoderView(x, context);
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
    const inverse = inverted(covariance);
    const whitened = (a: number, b: number) =>
      dot(
        centred[a],
        inverse.map((line) => dot(line, centred[b])),
      );
    for (let pair = 0; pair < 200; pair++) {
      const [a, b] = [(pair * 7) % 240, (pair * 31 + 1) % 240];
      const cosine = whitened(a, b) / Math.sqrt(whitened(a, a) * whitened(b, b));
      const found = dot(
        [...features.data.subarray(a * 12, a * 12 + 12)],
        [...features.data.subarray(b * 12, b * 12 + 12)],
      );
      expect(found).toBeCloseTo(cosine, 2);
    }
  });

  it('in a larger graph is the same for the same vectors', async () => {
    const x = vectors(240, 30);
    const view = await encoderView(x, context);
    const graph = createOnnxGraph('again');
    const given = graph.input('vectors', 'float32', ['n', 30]);
    graph.output('view', view.addTo(graph, given), 'float32', ['n', view.features.columns]);
    const again = await runModel(
      graph.encode(),
      { inputName: 'vectors', shape: [30], data: x.data, count: x.rows },
      [{ name: 'view', columns: view.features.columns }],
      { ...context, stage: 'features', unit: 'vectors' },
    );
    expect(again.view.length).toBe(view.features.data.length);
    again.view.forEach((value, at) => {
      expect(Math.abs(value - view.features.data[at])).toBeLessThanOrEqual(1e-5);
    });
  });
});

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
