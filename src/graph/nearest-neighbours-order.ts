// Rows in an order where neighbours in the list are neighbours in space, so that good limits are found early.
//
// A k-d tree (Bentley, "Multidimensional binary search trees used for associative searching", 1975): split the
// rows at the median of the column that varies most, again in both halves, down to one block. The order only
// makes the search faster: the answer does not depend on it.

/** keys (n, columns) → the row numbers 0 … n − 1, each leaf of the tree in one piece of at most `leafRows`. */
export function orderByPlace(keys: Float32Array, columns: number, leafRows: number): Int32Array {
  const order = Int32Array.from({ length: keys.length / columns }, (_, row) => row);
  const pending = [[0, order.length]];
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    const [from, to] = part;
    if (to - from <= leafRows) continue;
    // A whole number of leaves on the left, so that blocks and leaves agree.
    const middle = from + Math.ceil((to - from) / leafRows / 2) * leafRows;
    selectMiddle(order, from, to, middle, keys, columns, widestColumn(order, from, to, keys, columns));
    pending.push([middle, to], [from, middle]);
  }
  return order;
}

/** The column with the largest variance among the rows order[from … to). */
function widestColumn(
  order: Int32Array,
  from: number,
  to: number,
  keys: Float32Array,
  columns: number,
): number {
  const sums = new Float64Array(columns);
  const squares = new Float64Array(columns);
  const origin = order[from] * columns;
  for (let place = from; place < to; place++) {
    const first = order[place] * columns;
    for (let column = 0; column < columns; column++) {
      const value = keys[first + column] - keys[origin + column];
      sums[column] += value;
      squares[column] += value * value;
    }
  }
  const variances = squares.map((square, column) => square - sums[column] ** 2 / (to - from));
  return variances.indexOf(Math.max(...variances));
}

/** Hoare's selection: afterwards no row before `middle` has a larger key than any row from it on. */
function selectMiddle(
  order: Int32Array,
  from: number,
  to: number,
  middle: number,
  keys: Float32Array,
  columns: number,
  column: number,
): void {
  let [low, high] = [from, to - 1];
  while (low < high) {
    const pivot = keys[order[(low + high) >> 1] * columns + column];
    let [left, right] = [low, high];
    while (left <= right) {
      while (keys[order[left] * columns + column] < pivot) left++;
      while (keys[order[right] * columns + column] > pivot) right--;
      if (left > right) break;
      const held = order[left];
      order[left++] = order[right];
      order[right--] = held;
    }
    if (middle <= right) high = right;
    else if (middle >= left) low = left;
    else return;
  }
}
