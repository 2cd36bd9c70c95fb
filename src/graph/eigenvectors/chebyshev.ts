// A polynomial in S that keeps the eigenvectors above a cut and shrinks all others.
//
// The Chebyshev polynomial of an interval stays between −1 and 1 inside and grows as fast as any beyond it;
// its three-term recurrence needs one product with S a degree. Scaled so that its value at 1, the largest
// eigenvalue, is 1. Source: Zhou, Saad, Tiago & Chelikowsky, Self-consistent-field calculations using
// Chebyshev-filtered subspace iteration (2006).

/** Where the unwanted eigenvalues lie. */
export interface Interval {
  readonly least: number;
  readonly cut: number;
}

/** next = α S current + β current + γ previous. */
export interface ChebyshevStep {
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
}

/** The recurrence, `degree` steps of it; the first has no previous vector. */
export function chebyshevSteps({ least, cut }: Interval, degree: number): ChebyshevStep[] {
  const half = (cut - least) / 2;
  const centre = (cut + least) / 2;
  const first = half / (1 - centre);
  const steps: ChebyshevStep[] = [{ alpha: first / half, beta: (-centre * first) / half, gamma: 0 }];
  let scale = first;
  while (steps.length < degree) {
    const next = 1 / (2 / first - scale);
    steps.push({
      alpha: (2 * next) / half,
      beta: (-2 * centre * next) / half,
      gamma: -scale * next,
    });
    scale = next;
  }
  return steps;
}

/** What an eigenvector of `value` gains on those inside the interval: the logarithm of a factor a degree. */
export function gainPerDegree({ least, cut }: Interval, value: number): number {
  const place = (2 * value - cut - least) / (cut - least);
  return Math.acosh(Math.max(1, place));
}
