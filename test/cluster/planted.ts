// Graphs with known kinds: blobs in the plane and beyond, joined to their nearest neighbours.
import { type Matrix, matrix } from '#kindred/core/matrix.js';
import { createRandom } from '#kindred/core/random.js';
import { fuzzyGraph } from '#kindred/graph/fuzzy-weights.js';
import type { NeighbourGraph } from '#kindred/graph/neighbour-graph.js';
import { plainNearestNeighbours } from '../graph/plain-neighbours.js';

export interface Planted {
  readonly graph: NeighbourGraph;
  /** The blob of each node. */
  readonly planted: Int32Array;
}

/** A round blob: so many points around `centre`. */
export interface Blob {
  readonly size: number;
  readonly centre: readonly number[];
  readonly spread?: number;
}

export function blobRows(blobs: readonly Blob[], seed: number): { x: Matrix; planted: Int32Array } {
  const random = createRandom(seed, 'planted');
  const planted = Int32Array.from(blobs.flatMap(({ size }, blob) => new Array<number>(size).fill(blob)));
  const rows = Array.from(planted, (blob) => {
    const { centre, spread = 1 } = blobs[blob];
    return centre.map((value) => value + spread * random.normal());
  });
  return { x: matrix(rows.length, blobs[0].centre.length, Float32Array.from(rows.flat())), planted };
}

/** Points of `blobs`, each joined to its 10 nearest. */
export function plantGraph(blobs: readonly Blob[], seed: number): Planted {
  const { x, planted } = blobRows(blobs, seed);
  return { graph: fuzzyGraph(plainNearestNeighbours(x, 10)), planted };
}

/** In few dimensions a blob is a patch of a map, whose halves are nearly as far apart as two blobs. */
const LEAST_DIMENSIONS = 10;

/** Blobs of these sizes at the corners of a simplex, `apart` from each other. */
export function simplexBlobs(sizes: readonly number[], apart: number): Blob[] {
  return sizes.map((size, blob) => ({
    size,
    centre: Array.from({ length: Math.max(sizes.length, LEAST_DIMENSIONS) }, (_, column) =>
      column === blob ? apart / Math.SQRT2 : 0,
    ),
  }));
}

/** Share of nodes that lie in the kind most of their blob lies in, each kind counted for one blob only. */
export function agreementWith(planted: Int32Array, assignment: Int32Array): number {
  const counts = new Map<string, number>();
  planted.forEach((blob, node) => {
    if (assignment[node] < 0) return;
    const key = `${blob} ${assignment[node]}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  });
  const taken = new Set<string>();
  let right = 0;
  for (const [key, count] of [...counts].sort((a, b) => b[1] - a[1])) {
    const [blob, kind] = key.split(' ');
    if (taken.has(`blob ${blob}`) || taken.has(`kind ${kind}`)) continue;
    taken.add(`blob ${blob}`).add(`kind ${kind}`);
    right += count;
  }
  return right / planted.length;
}
