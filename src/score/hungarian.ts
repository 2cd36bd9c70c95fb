// The assignment problem: give rows columns, one each, so that the sum of their weights is largest.
// Shortest augmenting paths with dual prices, O(rows² · columns) for rows ≤ columns.
// Source: Jonker & Volgenant, "A shortest augmenting path algorithm for dense and sparse linear assignment
// problems", 1987, in the rectangular form of Crouse, "On implementing 2D rectangular assignment algorithms",
// IEEE Transactions on Aerospace and Electronic Systems, 2016 (the one in scipy.optimize).

/** weights (rows, columns), row-major, finite → the column of each row; −1 for rows left over. */
export function assignmentOfMaximumWeight(weights: Float64Array, rows: number, columns: number): Int32Array {
  if (weights.length !== rows * columns) {
    throw new RangeError(`a ${rows}×${columns} table needs ${rows * columns} weights, got ${weights.length}`);
  }
  if (rows <= columns) {
    const rowOfColumn = cheapestRows((row, column) => -weights[row * columns + column], rows, columns);
    return inverse(rowOfColumn, rows);
  }
  return cheapestRows((column, row) => -weights[row * columns + column], columns, rows);
}

/** cost (rows, columns), rows ≤ columns → the row of each column, −1 for columns left over. */
function cheapestRows(
  cost: (row: number, column: number) => number,
  rows: number,
  columns: number,
): Int32Array {
  const rowPrice = new Float64Array(rows);
  const columnPrice = new Float64Array(columns);
  const rowOfColumn = new Int32Array(columns).fill(-1);
  const columnOfRow = new Int32Array(rows).fill(-1);
  const previousRow = new Int32Array(columns);
  const distance = new Float64Array(columns);
  const columnDone = new Uint8Array(columns);

  for (let freeRow = 0; freeRow < rows; freeRow++) {
    // Dijkstra over reduced costs (never negative) from freeRow to the nearest column without a row.
    distance.fill(Number.POSITIVE_INFINITY);
    columnDone.fill(0);
    const rowsReached = [freeRow];
    let row = freeRow;
    let reached = 0;
    let freeColumn = -1;
    while (freeColumn === -1) {
      let nearest = -1;
      for (let column = 0; column < columns; column++) {
        if (columnDone[column]) continue;
        const throughRow = reached + cost(row, column) - rowPrice[row] - columnPrice[column];
        if (throughRow < distance[column]) {
          distance[column] = throughRow;
          previousRow[column] = row;
        }
        const gain = nearest === -1 ? -1 : distance[column] - distance[nearest];
        // Among equally near columns a free one ends the search.
        if (gain < 0 || (gain === 0 && rowOfColumn[column] === -1 && rowOfColumn[nearest] !== -1)) {
          nearest = column;
        }
      }
      reached = distance[nearest];
      columnDone[nearest] = 1;
      if (rowOfColumn[nearest] === -1) freeColumn = nearest;
      else {
        row = rowOfColumn[nearest];
        rowsReached.push(row);
      }
    }

    // New prices keep every reduced cost at zero or above, and at zero on the assignment.
    rowPrice[freeRow] += reached;
    for (const other of rowsReached.slice(1)) rowPrice[other] += reached - distance[columnOfRow[other]];
    for (let column = 0; column < columns; column++) {
      if (columnDone[column]) columnPrice[column] -= reached - distance[column];
    }

    // Swap along the path: each row on it takes the column that led to the next.
    let column = freeColumn;
    while (column !== -1) {
      const rowOnPath = previousRow[column];
      rowOfColumn[column] = rowOnPath;
      const given = columnOfRow[rowOnPath];
      columnOfRow[rowOnPath] = column;
      column = given;
    }
  }
  return rowOfColumn;
}

function inverse(rowOfColumn: Int32Array, rows: number): Int32Array {
  const columnOfRow = new Int32Array(rows).fill(-1);
  rowOfColumn.forEach((row, column) => {
    if (row !== -1) columnOfRow[row] = column;
  });
  return columnOfRow;
}
