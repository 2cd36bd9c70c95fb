import { describe, expect, it } from 'vitest';
import { symmetricEigen } from '#kindred/core/symmetric-eigen.js';
import { recorded, unpacked } from '../features/recorded.js';
import { normals } from '../support/numbers.js';

function symmetric(n: number, value: (row: number, column: number) => number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, index) => {
    const [row, column] = [Math.floor(index / n), index % n];
    return value(Math.min(row, column), Math.max(row, column));
  });
}

/** The largest entry of A V − V Λ and of Vᵀ V − I. */
function errors(a: Float64Array, n: number): { residual: number; orthogonality: number } {
  const { values, vectors } = symmetricEigen(a, n);
  let [residual, orthogonality] = [0, 0];
  for (let vector = 0; vector < n; vector++) {
    for (let row = 0; row < n; row++) {
      let [image, product] = [0, 0];
      for (let column = 0; column < n; column++) {
        image += a[row * n + column] * vectors[vector * n + column];
        product += vectors[row * n + column] * vectors[vector * n + column];
      }
      residual = Math.max(residual, Math.abs(image - values[vector] * vectors[vector * n + row]));
      orthogonality = Math.max(orthogonality, Math.abs(product - (row === vector ? 1 : 0)));
    }
  }
  return { residual, orthogonality };
}

describe('symmetricEigen', () => {
  it('agrees with LAPACK', () => {
    const { size } = recorded.eigen;
    const a = symmetric(size, (i, j) => ((i * j * 7 + (i + j) * 31 + (j - i) * 17) % 101) - 50);
    const { values, vectors } = symmetricEigen(a, size);
    for (const [index, value] of recorded.eigen.values.entries()) expect(values[index]).toBeCloseTo(value, 9);
    const expected = unpacked(recorded.eigen.vectors);
    for (let row = 0; row < size; row++) {
      let product = 0;
      for (let at = row * size; at < (row + 1) * size; at++) product += vectors[at] * expected[at];
      expect(Math.abs(product)).toBeCloseTo(1, 6);
    }
  });

  it('solves the path graph as its formula does', () => {
    const n = 50;
    const { values } = symmetricEigen(
      symmetric(n, (i, j) => (i === j ? 2 : j === i + 1 ? -1 : 0)),
      n,
    );
    values.forEach((value, k) => {
      expect(value).toBeCloseTo(2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)), 12);
    });
  });

  const noise = normals(160 * 160, 'eigen');
  const cases: [string, number, (i: number, j: number) => number][] = [
    ['noise', 160, (i, j) => noise[i * 160 + j]],
    ['one by one', 1, () => -3],
    ['two by two', 2, (i, j) => (i === j ? 0 : 1)],
    ['zeros', 7, () => 0],
    ['one eigenvalue many times', 60, (i, j) => (i === j ? 4 : 0)],
    ['rank one', 60, () => 1],
    ['rank one, rounded', 100, (i, j) => noise[i] * noise[j]],
    ['rank two, rounded', 100, (i, j) => noise[i] * noise[j] + noise[i + 200] * noise[j + 200]],
    ['two blocks', 30, (i, j) => (i % 2 === j % 2 ? 1 : 0)],
    ['a zero column', 20, (i, j) => (i === 3 || j === 3 ? 0 : noise[i * 160 + j])],
    ['graded over 30 magnitudes', 16, (i, j) => noise[i * 160 + j] * 10 ** -(i + j)],
  ];
  it.each(cases)('gives orthogonal eigenvectors with small residuals: %s', (_, n, value) => {
    const a = symmetric(n, value);
    const { residual, orthogonality } = errors(a, n);
    const largest = a.reduce((most, entry) => Math.max(most, Math.abs(entry)), 0);
    expect(residual).toBeLessThanOrEqual(1e-14 * n * largest);
    expect(orthogonality).toBeLessThan(1e-13);
  });

  it('is sorted, leaves its input alone and repeats itself', () => {
    const a = symmetric(40, (i, j) => noise[i * 160 + j]);
    const before = Float64Array.from(a);
    const first = symmetricEigen(a, 40);
    expect(a).toEqual(before);
    expect(first.values).toEqual(Float64Array.from(first.values).sort());
    expect(symmetricEigen(a, 40)).toEqual(first);
  });

  it.each([1e-200, 1e200])('does not mind values about %s', (scale) => {
    const a = symmetric(12, (i, j) => noise[i * 160 + j]);
    const plain = symmetricEigen(a, 12).values;
    const scaled = symmetricEigen(
      a.map((value) => value * scale),
      12,
    ).values;
    scaled.forEach((value, index) => {
      expect(value / scale).toBeCloseTo(plain[index], 12);
    });
  });

  it('refuses what is not finite or not square', () => {
    expect(() => symmetricEigen(Float64Array.of(1, Number.NaN, Number.NaN, 1), 2)).toThrow('NaN in row 0');
    expect(() => symmetricEigen(new Float64Array(5), 2)).toThrow(RangeError);
  });
});
