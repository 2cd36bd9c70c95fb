// The k nearest rows of every row, exactly (Euclidean).
import { InterruptedError } from '../../core/errors.js';
import { type Matrix, requireFinite } from '../../core/matrix.js';
import type { Work } from '../../core/progress.js';
import type { Neighbours } from '../neighbour-graph.js';
import { search } from './search.js';

export interface NearestOptions extends Work {
  /** Neighbours wanted of each row, 1 or more. */
  readonly k: number;
}

/**
 * The `k` nearest other rows of each row of `x` (n, d), nearest first; n − 1 of them when k ≥ n. Equal
 * distances (as float32) go to the lower row; the answer is the same for every number of threads. Data in a
 * SharedArrayBuffer is used without a copy.
 *
 * Throws a RangeError for options that make no sense and for a value that is not finite, an InterruptedError
 * when `signal` aborts.
 */
export async function nearestNeighbours(x: Matrix, options: NearestOptions): Promise<Neighbours> {
  validate(options);
  requireFinite('x', x);
  return answer([x], x.rows - 1, options);
}

/**
 * The `k` nearest rows of `references` (n, d) for each row of `queries` (m, d), nearest first; n of them when
 * k > n. Otherwise as `nearestNeighbours`.
 */
export async function nearestAmong(
  queries: Matrix,
  references: Matrix,
  options: NearestOptions,
): Promise<Neighbours> {
  validate(options);
  requireFinite('queries', queries);
  requireFinite('references', references);
  if (queries.columns !== references.columns) {
    throw new RangeError(
      `queries have ${queries.columns} columns but references have ${references.columns}: they must be equal`,
    );
  }
  return answer([queries, references], references.rows, options);
}

async function answer(
  matrices: readonly Matrix[],
  choices: number,
  options: NearestOptions,
): Promise<Neighbours> {
  if (options.signal?.aborted) throw new InterruptedError('Stopped before the end');
  const [{ rows: count }] = matrices;
  const k = Math.max(0, Math.min(options.k, choices));
  if (count * k > 0) return search(matrices, { ...options, k });
  return { count, k, indices: new Int32Array(0), distances: new Float32Array(0) };
}

function validate({ k, threads }: NearestOptions): void {
  for (const [name, value] of Object.entries({ k, threads })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new RangeError(`${name} is ${value}: it must be a whole number, 1 or more`);
  }
}
