// The two nouns of this room: who is near whom (directed), and the weighted graph made of it (undirected).

/**
 * Neighbours of an image, where nobody says how many. A neighbourhood of ten holds together the smallest kinds of the datasets in
 * bench/datasets; the fuzzy weights make the graph insensitive to it.
 */
export const NEIGHBOURS = 10;

/** The k nearest rows of each row, nearest first. */
export interface Neighbours {
  /** Rows that have neighbours: n. */
  readonly count: number;
  /** Neighbours of each row. */
  readonly k: number;
  /** (n, k): row numbers. */
  readonly indices: Int32Array;
  /** (n, k): Euclidean distances, ascending. */
  readonly distances: Float32Array;
}

/**
 * An undirected weighted graph in compressed rows: the neighbours of node i are
 * `neighbours[offsets[i] … offsets[i + 1])`, ascending, with their `weights` beside them. Every edge is stored
 * in both directions, no node is its own neighbour, every weight is positive. Arrays lie in shared memory.
 */
export interface NeighbourGraph {
  /** Nodes: n. */
  readonly count: number;
  /** (n + 1). */
  readonly offsets: Int32Array;
  readonly neighbours: Int32Array;
  readonly weights: Float32Array;
}

/** neighbours: one a view, of the same nodes → every two of which one is near the other, once; the smaller number first. */
export function* pairsOf(neighbours: readonly Neighbours[]): Generator<readonly [number, number]> {
  const isNear = (a: number, b: number) =>
    neighbours.some(({ k, indices }) => indices.subarray(a * k, (a + 1) * k).includes(b));
  const seen = new Set<number>();
  for (let a = 0; a < neighbours[0].count; a++) {
    seen.clear();
    for (const { k, indices } of neighbours) {
      for (const b of indices.subarray(a * k, (a + 1) * k)) {
        if (seen.has(b)) continue;
        seen.add(b);
        if (a < b) yield [a, b];
        else if (!isNear(b, a)) yield [b, a];
      }
    }
  }
}
