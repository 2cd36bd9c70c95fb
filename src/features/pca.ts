// Principal components: the few directions in which the rows of a matrix differ most.
//
// The second moments are summed in blocks of rows on all cores, in float32 about a point near the mean (so that
// nothing is lost to a large mean), and the blocks in float64; the blocks depend on the number of rows alone, and
// so does every bit of the result.
// Source: Pearson, On lines and planes of closest fit (Philosophical Magazine 2, 1901).
import { type Matrix, matrix, matrixRow } from '../core/matrix.js';
import { symmetricEigen } from '../core/symmetric-eigen.js';
import { createOnnxGraph, type OnnxGraph } from '../engine/onnx/onnx.js';
import { type RunModelOptions, runModel } from '../engine/runtime/model-runner.js';

/** x → (x − mean) · componentsᵀ. */
export interface Projection {
  /** (columns). */
  readonly mean: Float32Array;
  /** (dimensions, columns): unit vectors, the largest variance first; zeros where nothing varies any more. */
  readonly components: Matrix;
}

/** Blocks that are summed apart: enough to share out among cores, few enough to hold. */
const BLOCKS = 32;
/** Rows that the point near the mean is taken from. */
const PIVOT_ROWS = 256;
/** A direction with less than this part of the first one's variance is rounding. */
const NEGLIGIBLE = 1e-6;

/**
 * The leading `dimensions` principal components of x (n, columns), n ≥ 1. The largest entry of each is
 * positive. Directions beyond the rank of the data are zeros.
 */
export async function fitPrincipalComponents(
  x: Matrix,
  dimensions: number,
  options: RunModelOptions,
): Promise<Projection> {
  const { columns } = x;
  if (x.rows === 0 || dimensions > columns) {
    throw new RangeError(`no ${dimensions} components in a ${x.rows}×${columns} matrix`);
  }
  const { mean, values, vectors } = x.rows < columns ? spectrumOfFew(x) : await spectrumOfMany(x, options);
  const components = matrix(dimensions, columns);
  for (let component = 0; component < dimensions; component++) {
    const from = values.length - 1 - component;
    if (!(values[from] > NEGLIGIBLE * values[values.length - 1])) break;
    const vector = vectors.subarray(from * columns, (from + 1) * columns);
    const sign = largestEntry(vector) < 0 ? -1 : 1;
    matrixRow(components, component).set(vector.map((value) => sign * value));
  }
  return { mean, components };
}

interface Spectrum {
  /** (columns). */
  readonly mean: Float32Array;
  /** (m), ascending: variances; all others are zero. */
  readonly values: Float64Array;
  /** (m, columns): unit vectors, meaningless where the variance is zero. */
  readonly vectors: Float64Array;
}

/** Of the matrix of covariances, (columns, columns). */
async function spectrumOfMany(x: Matrix, options: RunModelOptions): Promise<Spectrum> {
  const { columns } = x;
  const pivot = meanOfRows(x, Math.min(x.rows, PIVOT_ROWS));
  const { sums, products } = await momentsAbout(pivot, x, options);
  const mean = Float32Array.from(pivot, (value, column) => value + sums[column] / x.rows);
  for (let row = 0; row < columns; row++) {
    for (let column = row; column < columns; column++) {
      const product = products[row * columns + column] / x.rows;
      products[row * columns + column] = product - (sums[row] / x.rows) * (sums[column] / x.rows);
    }
  }
  return { mean, ...symmetricEigen(products, columns) };
}

/**
 * Of the matrix of the rows' products, (rows, rows), which has the same variances: X Xᵀ u = λ u gives Xᵀ X (Xᵀ u) =
 * λ (Xᵀ u). Far less work where there are fewer rows than columns.
 */
function spectrumOfFew(x: Matrix): Spectrum {
  const { rows, columns } = x;
  const mean = meanOfRows(x, rows);
  const centred = Float64Array.from(x.data, (value, at) => value - mean[at % columns]);
  const products = new Float64Array(rows * rows);
  for (let a = 0; a < rows; a++) {
    for (let b = a; b < rows; b++) {
      let sum = 0;
      for (let at = a * columns, to = b * columns, end = at + columns; at < end; at++, to++) {
        sum += centred[at] * centred[to];
      }
      products[a * rows + b] = sum / rows;
    }
  }
  const { values, vectors: combinations } = symmetricEigen(products, rows);
  const vectors = new Float64Array(rows * columns);
  for (let vector = 0; vector < rows; vector++) {
    const own = vectors.subarray(vector * columns, (vector + 1) * columns);
    for (let row = 0; row < rows; row++) {
      const share = combinations[vector * rows + row];
      for (let column = 0; column < columns; column++) own[column] += share * centred[row * columns + column];
    }
    const length = Math.hypot(...own);
    if (length > 0) for (let column = 0; column < columns; column++) own[column] /= length;
  }
  return { mean, values, vectors };
}

/** The projection that multiplies each component by its scale. */
export function scaledProjection({ mean, components }: Projection, scales: ArrayLike<number>): Projection {
  const data = components.data.map((value, at) => value * scales[Math.floor(at / components.columns)]);
  return { mean, components: { ...components, data } };
}

/** rows float32 (n, columns) → (n, dimensions). */
export function addProjection(graph: OnnxGraph, rows: string, { mean, components }: Projection): string {
  const centred = graph.node('Sub', [rows, graph.constant(mean, [mean.length])]);
  const { data, rows: dimensions, columns } = components;
  const table = graph.constant(data, [dimensions, columns]);
  return graph.node('Gemm', [centred, table], { attributes: { transB: 1 } });
}

/** The rows of x through a projection: (n, dimensions), in shared memory. */
export async function project(x: Matrix, projection: Projection, options: RunModelOptions): Promise<Matrix> {
  const add = (graph: OnnxGraph, rows: string) => addProjection(graph, rows, projection);
  return throughGraph(add, x, projection.components.rows, options);
}

/** The rows of x (n, d) through what `add` puts into a graph: (n, columns), in shared memory. */
export async function throughGraph(
  add: (graph: OnnxGraph, rows: string) => string,
  x: Matrix,
  columns: number,
  options: RunModelOptions,
): Promise<Matrix> {
  const graph = createOnnxGraph('rows');
  const rows = graph.input('rows', 'float32', ['n', x.columns]);
  graph.output('seen', add(graph, rows), 'float32', ['n', columns]);
  const { seen } = await runModel(
    graph.encode(),
    { inputName: 'rows', shape: [x.columns], data: x.data, count: x.rows },
    [{ name: 'seen', columns }],
    options,
  );
  return matrix(x.rows, columns, seen);
}

interface Moments {
  /** (columns): Σ (x − pivot). */
  readonly sums: Float64Array;
  /** (columns, columns): Σ (x − pivot)(x − pivot)ᵀ, its upper triangle. */
  readonly products: Float64Array;
}

/** Sums over the rows of x (n, columns). */
async function momentsAbout(pivot: Float32Array, x: Matrix, options: RunModelOptions): Promise<Moments> {
  const { columns } = x;
  const sums = new Float64Array(columns);
  const products = new Float64Array(columns * columns);
  const blockRows = Math.floor(x.rows / BLOCKS);
  if (blockRows > 0) {
    const blocks = await runModel(
      writeMoments(pivot, blockRows),
      {
        inputName: 'rows',
        shape: [blockRows, columns],
        data: x.data.subarray(0, BLOCKS * blockRows * columns),
        count: BLOCKS,
      },
      [
        { name: 'sums', columns },
        { name: 'products', columns: columns * columns },
      ],
      { ...options, blockRows: 1 },
    );
    addUp(sums, blocks.sums);
    addUp(products, blocks.products);
  }
  for (let row = BLOCKS * blockRows; row < x.rows; row++) {
    addRow(sums, products, matrixRow(x, row), pivot);
  }
  return { sums, products };
}

/** One block: rows (1, blockRows, columns) → sums (1, columns) and products (1, columns, columns). */
function writeMoments(pivot: Float32Array, blockRows: number): Uint8Array {
  const columns = pivot.length;
  const graph = createOnnxGraph('moments');
  const block = graph.input('rows', 'float32', [1, blockRows, columns]);
  const rows = graph.reshape(block, [blockRows, columns]);
  const centred = graph.node('Sub', [rows, graph.constant(pivot, [columns])]);
  const products = graph.node('Gemm', [centred, centred], { attributes: { transA: 1 } });
  const sums = graph.node('ReduceSum', [centred, graph.integers([0])], { attributes: { keepdims: 1 } });
  graph.output('sums', sums, 'float32', [1, columns]);
  graph.output('products', products, 'float32', [columns, columns]);
  return graph.encode();
}

/** Adds each of the blocks (blocks, length) to total (length). */
function addUp(total: Float64Array, blocks: Float32Array): void {
  for (let start = 0; start < blocks.length; start += total.length) {
    for (let index = 0; index < total.length; index++) total[index] += blocks[start + index];
  }
}

function addRow(sums: Float64Array, products: Float64Array, row: Float32Array, pivot: Float32Array): void {
  const centred = Float64Array.from(row, (value, column) => value - pivot[column]);
  for (let upper = 0; upper < centred.length; upper++) {
    sums[upper] += centred[upper];
    if (centred[upper] === 0) continue;
    const base = upper * centred.length;
    for (let column = upper; column < centred.length; column++) {
      products[base + column] += centred[upper] * centred[column];
    }
  }
}

function meanOfRows(x: Matrix, rows: number): Float32Array {
  const sums = new Float64Array(x.columns);
  for (let row = 0; row < rows; row++) {
    const values = matrixRow(x, row);
    for (let column = 0; column < x.columns; column++) sums[column] += values[column];
  }
  return Float32Array.from(sums, (sum) => sum / rows);
}

function largestEntry(vector: Float64Array): number {
  return vector.reduce((largest, value) => (Math.abs(value) > Math.abs(largest) ? value : largest), 0);
}
