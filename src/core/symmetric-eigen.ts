// All eigenvalues and eigenvectors of a dense symmetric matrix: Householder reflections to a tridiagonal
// matrix, then QL rotations with implicit shifts, in float64. It costs about 7 n³ multiplications, for the
// few hundred rows of a covariance or a Rayleigh–Ritz problem a fraction of a second, and finds eigenvectors that
// are orthogonal to rounding even where eigenvalues coincide.
//
// Everything runs along rows: the transformation is kept transposed, so that a rotation mixes two rows.
// Source: Golub & Van Loan, Matrix Computations (4th ed.), 8.3.1 and 8.3.3; the QL form of
// Dubrulle, Martin & Wilkinson, The implicit QL algorithm (Numerische Mathematik 12, 1968).
import { ascendingOrder } from './statistics.js';

export interface SymmetricEigen {
  /** (n), ascending. */
  readonly values: Float64Array;
  /** (n, n): row j is the eigenvector of `values[j]`, of length 1; its sign is arbitrary but repeatable. */
  readonly vectors: Float64Array;
}

const MOST_SWEEPS = 60;
/**
 * Beside a largest value of 1 such squares are nothing; near the smallest numbers they would lose their digits.
 * The matrix of low rank shrinks to them: each reflection leaves the rounding of the one before.
 */
const NEGLIGIBLE_SQUARE = 1e-200;

/**
 * Decomposes the symmetric matrix `a` (n, n), row-major; only its upper triangle is read and it is left
 * unchanged. Throws an Error if it holds a value that is not finite.
 */
export function symmetricEigen(a: Float64Array, n: number): SymmetricEigen {
  if (a.length !== n * n) throw new RangeError(`an ${n}×${n} matrix needs ${n * n} values, got ${a.length}`);
  const largest = largestMagnitude(a, n);
  // Scaled to a largest value of 1, no square overflows or vanishes.
  const reduced = largest === 0 ? new Float64Array(n * n) : a.map((value) => value / largest);
  const { diagonal, offDiagonal, scales } = tridiagonalise(reduced, n);
  const vectors = reflectionsAsRows(reduced, scales, n);
  rotateToDiagonal(diagonal, offDiagonal, vectors, n);
  for (let index = 0; index < n; index++) diagonal[index] *= largest;
  return ascending(diagonal, vectors, n);
}

function largestMagnitude(a: Float64Array, n: number): number {
  let largest = 0;
  for (let row = 0; row < n; row++) {
    for (let at = row * n + row; at < (row + 1) * n; at++) {
      if (!Number.isFinite(a[at])) throw new Error(`symmetricEigen: ${a[at]} in row ${row}`);
      largest = Math.max(largest, Math.abs(a[at]));
    }
  }
  return largest;
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** Element i stands between i and i + 1; the last is 0. */
  readonly offDiagonal: Float64Array;
  /** Reflection k is I − scales[k] v vᵀ with v in row k, right of the diagonal. */
  readonly scales: Float64Array;
}

/** a (n, n) → T = H a Hᵀ with H = H_{n−3} ⋯ H_0; the reflections' vectors replace the upper triangle. */
function tridiagonalise(a: Float64Array, n: number): Tridiagonal {
  const diagonal = new Float64Array(n);
  const offDiagonal = new Float64Array(n);
  const scales = new Float64Array(n);
  const product = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    diagonal[k] = a[k * n + k];
    if (k === n - 1) break;
    const v = a.subarray(k * n, (k + 1) * n);
    const scale = makeReflection(v, k + 1, offDiagonal, k);
    scales[k] = scale;
    if (scale !== 0) reflectBothSides(a, n, k + 1, v, scale, product);
  }
  return { diagonal, offDiagonal, scales };
}

/** Turns v[first …] into the reflection that sends it to (target[at], 0, …); returns its scale. */
function makeReflection(v: Float64Array, first: number, target: Float64Array, at: number): number {
  let tail = 0;
  for (let i = first + 1; i < v.length; i++) tail += v[i] * v[i];
  const head = v[first];
  if (tail < NEGLIGIBLE_SQUARE) {
    target[at] = head;
    return 0;
  }
  const length = Math.sqrt(head * head + tail);
  target[at] = head > 0 ? -length : length;
  v[first] = head - target[at];
  return 2 / (v[first] * v[first] + tail);
}

/** b ← P b P for P = I − s v vᵀ and b the block of `a` from `first`: b − v wᵀ − w vᵀ, w = s b v − ½ s² (vᵀ b v) v. */
function reflectBothSides(
  a: Float64Array,
  n: number,
  first: number,
  v: Float64Array,
  scale: number,
  w: Float64Array,
): void {
  w.fill(0, first);
  for (let row = first; row < n; row++) {
    // Above the diagonal only: each value serves its own row and its mirror image.
    const base = row * n;
    const own = v[row];
    let sum = a[base + row] * own;
    for (let column = row + 1; column < n; column++) {
      const value = a[base + column];
      sum += value * v[column];
      w[column] += value * own;
    }
    w[row] += sum;
  }
  let overlap = 0;
  for (let row = first; row < n; row++) {
    w[row] *= scale;
    overlap += w[row] * v[row];
  }
  const half = 0.5 * scale * overlap;
  for (let row = first; row < n; row++) w[row] -= half * v[row];
  for (let row = first; row < n; row++) {
    const base = row * n;
    const vRow = v[row];
    const wRow = w[row];
    for (let column = row; column < n; column++) a[base + column] -= vRow * w[column] + wRow * v[column];
  }
}

/** H (n, n) as a matrix: the product of the reflections, the last one leftmost. */
function reflectionsAsRows(a: Float64Array, scales: Float64Array, n: number): Float64Array {
  const h = new Float64Array(n * n);
  for (let index = 0; index < n; index++) h[index * n + index] = 1;
  for (let k = n - 3; k >= 0; k--) {
    const scale = scales[k];
    if (scale === 0) continue;
    const v = a.subarray(k * n, (k + 1) * n);
    for (let row = k + 1; row < n; row++) {
      const base = row * n;
      let sum = 0;
      for (let column = k + 1; column < n; column++) sum += h[base + column] * v[column];
      if (sum === 0) continue;
      const step = scale * sum;
      for (let column = k + 1; column < n; column++) h[base + column] -= step * v[column];
    }
  }
  return h;
}

/** QL with implicit shifts: d (n), e (n) become the eigenvalues and 0; the rows of v (n, n) turn along. */
function rotateToDiagonal(d: Float64Array, e: Float64Array, v: Float64Array, n: number): void {
  let norm = 0;
  for (let index = 0; index < n; index++) norm = Math.max(norm, Math.abs(d[index]) + Math.abs(e[index]));
  const negligible = Number.EPSILON * norm;
  for (let first = 0; first < n; first++) {
    for (let sweep = 0; ; sweep++) {
      let last = first;
      while (last < n - 1 && Math.abs(e[last]) > negligible) last++;
      if (last === first) break;
      if (sweep === MOST_SWEEPS) throw new Error('symmetricEigen: an eigenvalue did not converge');
      sweepBlock(d, e, v, n, first, last);
    }
  }
}

/** One sweep over the block first … last, from its end to its start, with Wilkinson's shift. */
function sweepBlock(
  d: Float64Array,
  e: Float64Array,
  v: Float64Array,
  n: number,
  first: number,
  last: number,
): void {
  const slope = (d[first + 1] - d[first]) / (2 * e[first]);
  const root = Math.sqrt(slope * slope + 1);
  let g = d[last] - d[first] + e[first] / (slope + (slope < 0 ? -root : root));
  let [sine, cosine, shift] = [1, 1, 0];
  for (let i = last - 1; i >= first; i--) {
    const f = sine * e[i];
    const b = cosine * e[i];
    const length = Math.sqrt(f * f + g * g);
    e[i + 1] = length;
    if (length === 0) {
      // The block falls apart here.
      d[i + 1] -= shift;
      e[last] = 0;
      return;
    }
    sine = f / length;
    cosine = g / length;
    const rest = d[i + 1] - shift;
    const turned = (d[i] - rest) * sine + 2 * cosine * b;
    shift = sine * turned;
    d[i + 1] = rest + shift;
    g = cosine * turned - b;
    rotateRows(v, n, i, sine, cosine);
  }
  d[first] -= shift;
  e[first] = g;
  e[last] = 0;
}

/** Mixes rows i and i + 1. */
function rotateRows(v: Float64Array, n: number, i: number, sine: number, cosine: number): void {
  const base = i * n;
  for (let upper = base, lower = base + n; upper < base + n; upper++, lower++) {
    const x = v[upper];
    const y = v[lower];
    v[lower] = sine * x + cosine * y;
    v[upper] = cosine * x - sine * y;
  }
}

function ascending(values: Float64Array, vectors: Float64Array, n: number): SymmetricEigen {
  const order = ascendingOrder(values);
  const sorted = new Float64Array(n * n);
  order.forEach((from, to) => {
    sorted.set(vectors.subarray(from * n, (from + 1) * n), to * n);
  });
  return { values: Float64Array.from(order, (index) => values[index]), vectors: sorted };
}
