// Which kind is a new image? The nearest centre, with the next nearest to tell how sure that is.
import type { Matrix } from '../core/matrix.js';
import { measureInertia, requireFinite } from './kmeans.js';
import { type Distance, openTeam } from './kmeans-team.js';

export interface AssignOptions {
  readonly distance: Distance;
  readonly threads: number;
  readonly signal?: AbortSignal;
}

/** Euclidean distances, or 1 − cos (a row of zeros is 1 from every centre). */
export interface NearestCentres {
  /** (n): the nearest centre of each row; the lower index where two are equally near. */
  readonly assignment: Int32Array;
  /** (n): how far it is. */
  readonly distances: Float32Array;
  /** (n): how far the second nearest centre is; never less than `distances`. */
  readonly secondDistances: Float32Array;
}

/** Assigns the rows of `x` (n, d) to `centres` (k, d), k ≥ 2. Throws a RangeError if they do not fit. */
export async function assignToCentres(
  x: Matrix,
  centres: Matrix,
  options: AssignOptions,
): Promise<NearestCentres> {
  if (x.columns !== centres.columns) {
    throw new RangeError(`x has ${x.columns} columns but the centres have ${centres.columns}`);
  }
  if (centres.rows < 2) throw new RangeError(`there must be 2 or more centres, got ${centres.rows}`);
  requireFinite(x);
  const team = openTeam(x, { ...options, k: centres.rows });
  try {
    team.writeCentres(centres.data);
    await measureInertia(team);
    const { assignment, cost, secondCost } = team.shared;
    const toDistance = options.distance === 'cosine' ? (value: number) => value : Math.sqrt;
    return {
      assignment: Int32Array.from(assignment),
      distances: Float32Array.from(cost, toDistance),
      secondDistances: Float32Array.from(secondCost, toDistance),
    };
  } finally {
    await team.close();
  }
}
