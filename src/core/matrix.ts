// The noun of the house: a dense, row-major float32 matrix; and arithmetic on its rows, summed in float64.

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
export function squaredNorm(values: Float32Array, columns: number, row: number): number {
  let sum = 0;
  for (let at = row * columns, end = at + columns; at < end; at++) sum += values[at] * values[at];
  return sum;
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

/** values (n, d) → their rows `chosen`, in that order: (chosen.length, d). */
export function takeRows({ data, columns }: Matrix, chosen: ArrayLike<number>): Matrix {
  const taken = matrix(chosen.length, columns);
  for (let place = 0; place < chosen.length; place++) {
    const row = chosen[place];
    taken.data.set(data.subarray(row * columns, (row + 1) * columns), place * columns);
  }
  return taken;
}
