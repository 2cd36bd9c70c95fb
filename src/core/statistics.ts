// Order statistics.

/** The values below which these shares of `values` lie, each one of the values; 0 where there are none. */
export function quantiles(values: ArrayLike<number>, shares: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  return shares.map((share) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
}

/** The place, from `from` to before `end`, of the largest value; of equal ones the first. */
export function indexOfLargest(values: ArrayLike<number>, from = 0, end = values.length): number {
  let largest = from;
  for (let at = from + 1; at < end; at++) if (values[at] > values[largest]) largest = at;
  return largest;
}

/** The places of `values` from the least value to the largest, equal ones in the order they stand in. */
export function ascendingOrder(values: ArrayLike<number>): Int32Array {
  return Int32Array.from({ length: values.length }, (_, place) => place).sort(
    (a, b) => values[a] - values[b] || a - b,
  );
}
