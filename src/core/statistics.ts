// Order statistics, and how far two rows of values are apart by their correlation, whatever their means and contrasts.

/** Sums over the places that two rows share. */
export interface PairSums {
  readonly count: number;
  readonly a: number;
  readonly b: number;
  readonly squaresA: number;
  readonly squaresB: number;
  readonly products: number;
}

/** A product of spreads under this is rounding: one of the rows is flat. */
const FLAT = 1e-6;

/** Pearson's r; 0 where a row is flat. */
export function correlationOf({ count, a, b, squaresA, squaresB, products }: PairSums): number {
  const spread = (squaresA - (a * a) / count) * (squaresB - (b * b) / count);
  return spread <= FLAT ? 0 : (products - (a * b) / count) / Math.sqrt(spread);
}

/** √(2 − 2 r): the distance of the two rows brought to mean 0 and length 1. */
export function correlationDistance(correlation: number): number {
  return Math.sqrt(Math.max(0, 2 - 2 * correlation));
}

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
