// K-means as one would write it on a blackboard, in float64: what the fast one is tested against.

export interface PlainResult {
  readonly centres: number[][];
  readonly assignment: number[];
  readonly inertia: number;
}

export function plainLloyd(x: number[][], start: number[][], passes: number): PlainResult {
  let centres = start;
  for (let pass = 0; pass < passes; pass++) {
    const assignment = x.map((row) => nearestOf(row, centres));
    centres = centres.map((centre, cluster) => {
      const own = x.filter((_, row) => assignment[row] === cluster);
      return own.length === 0 ? centre : centre.map((_, column) => mean(own.map((row) => row[column])));
    });
  }
  const assignment = x.map((row) => nearestOf(row, centres));
  const inertia = x.reduce((sum, row, at) => sum + squared(row, centres[assignment[at]]), 0);
  return { centres, assignment, inertia };
}

export function squared(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, at) => sum + (value - b[at]) ** 2, 0);
}

function nearestOf(row: number[], centres: number[][]): number {
  const distances = centres.map((centre) => squared(row, centre));
  return distances.indexOf(Math.min(...distances));
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
