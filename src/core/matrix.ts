// The noun of the house: a dense, row-major float32 matrix.

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
