// The noun of the house: a dense, row-major float32 matrix; and arithmetic on its rows, summed in float64.
import { sharedFloats } from './shared-memory.js';

/** A row-major matrix: element (row, column) is `data[row * columns + column]`. */
export interface Matrix {
  readonly data: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

/** A (rows, columns) matrix over `data`, or of zeros. Throws a RangeError if the length does not fit. */
export function matrix(
  rows: number,
  columns: number,
  data: Float32Array = new Float32Array(rows * columns),
): Matrix {
  if (data.length !== rows * columns) {
    throw new RangeError(`a ${rows}×${columns} matrix needs ${rows * columns} values, got ${data.length}`);
  }
  return { data, rows, columns };
}

/** Row `rowIndex` as a view, not a copy: shape (columns). */
export function matrixRow(m: Matrix, rowIndex: number): Float32Array {
  return m.data.subarray(rowIndex * m.columns, (rowIndex + 1) * m.columns);
}

/** ‖row‖² of row `row` of `values` (rows, columns). */
export function squaredNorm(values: Float32Array | Float64Array, columns: number, row: number): number {
  let sum = 0;
  for (let at = row * columns, end = at + columns; at < end; at++) sum += values[at] * values[at];
  return sum;
}

/** values (n, d) → the squared norm of each row: (n). */
export function squaredNorms({ data, rows, columns }: Matrix): Float32Array {
  const norms = new Float32Array(rows);
  for (let row = 0; row < rows; row++) norms[row] = squaredNorm(data, columns, row);
  return norms;
}

/** values (n, d) → the sum of squares in each column: (d). */
export function squaresOfColumns({ data, columns }: Matrix): Float64Array {
  const squares = new Float64Array(columns);
  for (let at = 0; at < data.length; at++) squares[at % columns] += data[at] * data[at];
  return squares;
}

/** ‖a_i − b_j‖² of rows i and j of two arrays with `columns` columns. */
export function squaredDistance(
  a: Float32Array,
  i: number,
  b: Float32Array,
  j: number,
  columns: number,
): number {
  let sum = 0;
  for (let from = i * columns, to = j * columns, end = from + columns; from < end; from++, to++) {
    const difference = a[from] - b[to];
    sum += difference * difference;
  }
  return sum;
}

/** Scales row `row` to length 1, in place; a row of zeros stays. Returns the length it had. */
export function normaliseRow(values: Float32Array, columns: number, row: number): number {
  const length = Math.sqrt(squaredNorm(values, columns, row));
  if (length > 0) {
    for (let at = row * columns, end = at + columns; at < end; at++) values[at] /= length;
  }
  return length;
}

/** Scales every row to length 1, in place; rows of zeros stay. */
export function normaliseRows({ data, rows, columns }: Matrix): void {
  for (let row = 0; row < rows; row++) normaliseRow(data, columns, row);
}

/** values (n, d) → their rows `chosen`, in that order: (chosen.length, d). */
export function takeRows({ data, columns }: Matrix, chosen: ArrayLike<number>): Matrix {
  const taken = matrix(chosen.length, columns);
  for (let place = 0; place < chosen.length; place++) {
    const row = chosen[place];
    taken.data.set(data.subarray(row * columns, (row + 1) * columns), place * columns);
  }
  return taken;
}

/** values (n, d) → columns `first` … `first + count − 1`: (n, count). */
export function takeColumns({ data, rows, columns }: Matrix, first: number, count: number): Matrix {
  const taken = matrix(rows, count);
  for (let row = 0; row < rows; row++) {
    const start = row * columns + first;
    taken.data.set(data.subarray(start, start + count), row * count);
  }
  return taken;
}

/** The rows of `above` (n, d) and below them those of `below` (m, d): (n + m, d), in shared memory. */
export function stackRows(above: Matrix, below: Matrix): Matrix {
  const data = sharedFloats(above.data.length + below.data.length);
  data.set(above.data);
  data.set(below.data, above.data.length);
  return { data, rows: above.rows + below.rows, columns: above.columns };
}

/** The values of all parts, one part after the other. */
export function concatenated(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
}

/** The place of the first value that is not finite; −1 where all are. */
export function indexOfNotFinite(values: Float32Array): number {
  let at = 0;
  // Infinity − Infinity and NaN − NaN are NaN; findIndex takes ten times as long.
  while (at < values.length && values[at] - values[at] === 0) at++;
  return at === values.length ? -1 : at;
}

/** Throws a RangeError that names the first value that is not finite, if there is one. */
export function requireFinite(name: string, { data, columns }: Matrix): void {
  const at = indexOfNotFinite(data);
  if (at < 0) return;
  const [row, column] = [Math.floor(at / columns), at % columns];
  throw new RangeError(
    `${name} holds ${data[at]} in row ${row}, column ${column}: every value must be finite`,
  );
}
