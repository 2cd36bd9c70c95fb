// What K-means asks of whoever has the rows (fitting.ts), and what the main thread and the workers of a team say to each
// other. Arrays marked shared lie in SharedArrayBuffers that all of them see; a worker writes only its own rows and
// its own sums.

/** What worker i is given when it starts. */
export interface Share {
  /** Shared (n, d): the rows as the caller gave them. */
  readonly x: Float32Array;
  readonly columns: number;
  readonly k: number;
  /** This worker's rows: `from` ≤ row < `to`. */
  readonly from: number;
  readonly to: number;
  /** Cosine: rows are scaled to length 1. */
  readonly normalise: boolean;
  /** (d), subtracted from every row so that float32 products keep their digits far from the origin. */
  readonly shift: Float32Array;
  readonly shared: SharedState;
  /** Shared (k, d) and (k): sum and number of this worker's rows in each cluster. */
  readonly sums: Float64Array;
  readonly counts: Int32Array;
}

export interface SharedState {
  /** (k, d), in shifted (or normalised) coordinates. Written by the main thread, seeds by a worker. */
  readonly centres: Float32Array;
  /** (k): how far each centre moved since the rows were last assigned. Written by the main thread. */
  readonly drift: Float32Array;
  /** (n) */
  readonly assignment: Int32Array;
  /** (n): squared distance to the nearest seed, while seeding; cost at the own centre, after `measure`. */
  readonly cost: Float32Array;
}

export type Question =
  /** Seeding: what would Σ min(distance to a seed)² be if each candidate row were the next seed? */
  | { readonly kind: 'tryCandidates'; readonly candidates: readonly number[] }
  /** Seeding: the candidate at `place` of the last `tryCandidates` becomes the centre of `cluster`. */
  | { readonly kind: 'adoptCandidate'; readonly place: number; readonly cluster: number }
  /** Lloyd: assign each row to its nearest centre. */
  | { readonly kind: 'assign' }
  /** Lloyd: each centre becomes the mean of its rows. */
  | { readonly kind: 'moveCentres' };

/** What a worker is asked; on `assign` it keeps `sums` and `counts` up to date. */
export type Request =
  | Exclude<Question, { readonly kind: 'moveCentres' }>
  /** Forget every assignment and distance: a new restart. */
  | { readonly kind: 'reset' }
  /** The `count` rows farthest from their own centre. */
  | { readonly kind: 'farthest'; readonly count: number }
  /** Put each of these rows, alone, into an empty cluster. */
  | { readonly kind: 'relocate'; readonly rows: readonly number[]; readonly clusters: readonly number[] }
  /** Mini-batch: `sums` and `counts` become those of these rows alone. */
  | { readonly kind: 'sumBatch'; readonly rows: Int32Array }
  /** Assign every row afresh; its cost is the squared distance or, for cosine, 1 − cos. */
  | { readonly kind: 'measure' };

/** Every answer is one record; a request fills the fields that it asks for. Those of several workers add up. */
export interface Answer {
  /** `tryCandidates`: the sum for each candidate. */
  readonly potentials: readonly number[];
  /** `assign`: rows that changed their cluster, and clusters that are empty or were. */
  readonly changed: number;
  /** `assign`: empty clusters that were given a row. */
  readonly refilled: number;
  /** `assign` (not a worker's), `measure`: Σ cost. */
  readonly inertia: number;
  /** `reset`, `sumBatch`: Σ ‖x‖² over the rows concerned. */
  readonly squaredNorms: number;
  /** `farthest`: rows with their squared distances. */
  readonly farthest: readonly FarRow[];
}

export const NOTHING: Answer = {
  potentials: [],
  changed: 0,
  refilled: 0,
  inertia: 0,
  squaredNorms: 0,
  farthest: [],
};

export interface FarRow {
  readonly row: number;
  readonly squaredDistance: number;
}
