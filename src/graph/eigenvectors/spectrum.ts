// A first look at the eigenvalues of the normalised adjacency: where they end below, and about how many lie
// high.
//
// A few Lanczos steps from one random vector (C. Lanczos 1950). The smallest Ritz value less the residual bounds the
// spectrum from below (Zhou & Li, Bounding the spectrum of large Hermitian matrices, 2011); the Ritz values
// with their weights are a coarse density of all eigenvalues (Lin, Saad & Yang, Approximating spectral
// densities of large matrices, 2016).
import { createRandom } from '../../core/random.js';
import { symmetricEigen } from '../../core/symmetric-eigen.js';
import type { SparseMatrix } from './block-memory.js';

export interface Spectrum {
  /** No eigenvalue is smaller. */
  readonly least: number;
  /** Ritz values, descending. */
  readonly values: Float64Array;
  /** About this share of the eigenvalues lies around each; they sum to 1. */
  readonly shares: Float64Array;
}

const STEPS = 12;

/** Estimates for a symmetric matrix with eigenvalues from −1 to 1. */
export function estimateSpectrum(matrix: SparseMatrix, seed: number): Spectrum {
  const n = matrix.starts.length - 1;
  const random = createRandom(seed, 'spectrum');
  let current = normalised(Float64Array.from({ length: n }, () => random.uniform() - 0.5));
  let previous = new Float64Array(n);
  let next = new Float64Array(n);
  const diagonal: number[] = [];
  const offDiagonal: number[] = [];
  let beta = 0;
  for (let step = 0; step < STEPS; step++) {
    multiply(matrix, current, next);
    const alpha = dot(current, next);
    for (let node = 0; node < n; node++) next[node] -= alpha * current[node] + beta * previous[node];
    beta = Math.sqrt(dot(next, next));
    diagonal.push(alpha);
    offDiagonal.push(beta);
    if (beta < 1e-10) break;
    [previous, current, next] = [current, next.map((value) => value / beta), previous];
  }

  const size = diagonal.length;
  const tridiagonal = new Float64Array(size * size);
  for (let index = 0; index < size; index++) {
    tridiagonal[index * size + index] = diagonal[index];
    if (index + 1 < size) tridiagonal[index * size + index + 1] = offDiagonal[index];
  }
  const { values, vectors } = symmetricEigen(tridiagonal, size);
  return {
    least: Math.max(-1, values[0] - beta * Math.abs(vectors[size - 1])),
    values: values.slice().reverse(),
    shares: Float64Array.from(values, (_, index) => vectors[(size - 1 - index) * size] ** 2),
  };
}

/** About the `rank`-th largest of `count` eigenvalues. */
export function eigenvalueAtRank({ values, shares, least }: Spectrum, rank: number, count: number): number {
  // Half of a Ritz value's share lies above it; between them the count is taken to grow evenly.
  const wanted = rank / count;
  let [above, upper] = [0, 1];
  let passed = 0;
  for (const [index, value] of values.entries()) {
    const middle = passed + shares[index] / 2;
    if (middle >= wanted) return upper + ((value - upper) * (wanted - above)) / (middle - above);
    [above, upper] = [middle, value];
    passed += shares[index];
  }
  return least;
}

/** product = S x. */
function multiply({ starts, columns, values }: SparseMatrix, x: Float64Array, product: Float64Array): void {
  for (let row = 0; row < x.length; row++) {
    let sum = 0;
    for (let at = starts[row]; at < starts[row + 1]; at++) sum += values[at] * x[columns[at]];
    product[row] = sum;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index] * b[index];
  return sum;
}

function normalised(x: Float64Array): Float64Array<ArrayBuffer> {
  const length = Math.sqrt(dot(x, x));
  return x.map((value) => value / length) as Float64Array<ArrayBuffer>;
}
