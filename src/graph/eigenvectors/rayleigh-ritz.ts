// The best approximate eigenvectors within a subspace (Rayleigh–Ritz), from two small matrices.
//
// The basis X is first made orthonormal by the eigenvectors of its Gram matrix, scaled to a unit diagonal
// (SVQB: Stathopoulos & Wu, A block orthogonalization procedure with constant synchronization requirements,
// 2002). Directions that float32 cannot tell from 0 are left out.
import { symmetricEigen } from '../../core/symmetric-eigen.js';

export interface RitzPairs {
  /** Ritz values, descending: (r), r ≤ w. */
  readonly values: Float64Array;
  /** (w, r): the Ritz vectors are X times this. */
  readonly coefficients: Float64Array;
}

/** Share of a direction's length, squared, below which it is rounding. */
const NOISE = 1e-6;

/**
 * gram XᵀX and projected XᵀSX, both (w, w) and read on and above the diagonal → the Ritz pairs of S in the span
 * of X, whose columns may be 0.
 */
export function rayleighRitz(gram: Float64Array, projected: Float64Array, w: number): RitzPairs {
  const scales = Float64Array.from({ length: w }, (_, i) => {
    const square = gram[i * w + i];
    return square > 0 ? 1 / Math.sqrt(square) : 0;
  });
  const correlation = gram.map((value, at) => value * scales[Math.floor(at / w)] * scales[at % w]);
  const lengths = symmetricEigen(correlation, w);
  const kept = Array.from(lengths.values.keys()).filter((index) => lengths.values[index] > NOISE);
  const r = kept.length;

  // basis (r, w): its rows combine the columns of X to orthonormal ones.
  const basis = new Float64Array(r * w);
  kept.forEach((from, row) => {
    const scale = 1 / Math.sqrt(lengths.values[from]);
    for (let i = 0; i < w; i++) basis[row * w + i] = lengths.vectors[from * w + i] * scales[i] * scale;
  });
  const symmetric = projected.map((value, at) => {
    const [row, column] = [Math.floor(at / w), at % w];
    return row <= column ? value : projected[column * w + row];
  });
  const half = multiply(basis, symmetric, r, w, w);
  const inner = multiply(half, transpose(basis, r, w), r, w, r);
  const ritz = symmetricEigen(inner, r);
  const rows = multiply(ritz.vectors, basis, r, r, w);

  const coefficients = new Float64Array(w * r);
  for (let place = 0; place < r; place++) {
    for (let i = 0; i < w; i++) coefficients[i * r + place] = rows[(r - 1 - place) * w + i];
  }
  return { values: ritz.values.slice().reverse(), coefficients };
}

/** a (p, q) b (q, r) → (p, r). */
function multiply(a: Float64Array, b: Float64Array, p: number, q: number, r: number): Float64Array {
  const product = new Float64Array(p * r);
  for (let i = 0; i < p; i++) {
    for (let k = 0; k < q; k++) {
      const value = a[i * q + k];
      for (let j = 0; j < r; j++) product[i * r + j] += value * b[k * r + j];
    }
  }
  return product;
}

/** a (p, q) → (q, p). */
function transpose(a: Float64Array, p: number, q: number): Float64Array {
  return Float64Array.from({ length: p * q }, (_, at) => a[(at % p) * q + Math.floor(at / p)]);
}
