// How many kinds are there? Evidence for each number, the likeliest first.
import type { ReportProgress } from '../core/progress.js';
import type { NeighbourGraph } from '../graph/neighbour-graph.js';
import { mergeAll } from './merging.js';
import { pieceGraph } from './partition.js';
import { type Spectrum, spectralPieces } from './spectral-pieces.js';

export interface CandidateNumber {
  readonly k: number;
  /** Of the best partition into k kinds that merging found. */
  readonly modularity: number;
  /** Modularity gained over k − 1 kinds. */
  readonly gain: number;
  /** (1 − λ_{k+1}) / (1 − λ_k): how much more the next part costs to cut off. */
  readonly eigengap: number;
  readonly stability: number | null;
}

/** The most kinds that are looked for. */
export const MOST_KINDS = 30;
const LEAST_GAIN = 0.002;

export async function numberOfKinds(
  graph: NeighbourGraph,
  { values, vectors }: Spectrum,
  { seed }: { readonly seed: number; readonly report?: ReportProgress },
): Promise<CandidateNumber[]> {
  const most = Math.min(MOST_KINDS + 1, values.length);
  const quality = new Float64Array(most + 1).fill(Number.NEGATIVE_INFINITY);
  quality[1] = 0;
  for (const m of [8, 12, 18, 27, 40, 60, 75].filter((count) => count <= values.length)) {
    const weights = pieceGraph(graph, spectralPieces(vectors, m, m, seed));
    for (const rule of ['density', 'size'] as const) {
      const tree = mergeAll(weights, rule);
      for (let k = 2; k <= Math.min(most, tree.k); k++) quality[k] = Math.max(quality[k], tree.modularity[k]);
    }
  }
  const loss = (index: number) => Math.max(1 - values[index], 1e-9);
  const evidence: (CandidateNumber & { score: number })[] = [];
  for (let k = 2; k < most; k++) {
    const gain = quality[k] - quality[k - 1];
    const score = gain / Math.max(quality[k + 1] - quality[k], LEAST_GAIN);
    evidence.push({
      k,
      modularity: quality[k],
      gain,
      eigengap: loss(k) / loss(k - 1),
      stability: null,
      score,
    });
  }
  return evidence.sort((a, b) => b.score - a.score).map(({ score: _, ...rest }) => rest);
}
