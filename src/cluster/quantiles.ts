/** The values below which these shares of `values` lie, each one of the values; 0 where there are none. */
export function quantiles(values: ArrayLike<number>, shares: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  return shares.map((share) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
}
