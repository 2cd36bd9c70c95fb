// The eigenvectors that need no computation: D^½ on each connected component, of eigenvalue 1.
import type { Matrix } from '../../core/matrix.js';
import type { Components } from '../connected-components.js';

/** A component with edges. */
export interface Component {
  readonly nodes: Int32Array;
  /** Sum of its nodes' degrees. */
  readonly degree: number;
}

/** The `most` largest components that have edges, largest first; equal ones in the order of their first nodes. */
export function largestComponents(
  { labels, sizes }: Components,
  degrees: Float64Array,
  most: number,
): Component[] {
  const chosen = Array.from(sizes.keys())
    .filter((label) => sizes[label] > 1)
    .sort((a, b) => sizes[b] - sizes[a] || a - b)
    .slice(0, most);
  const place = new Map(chosen.map((label, index) => [label, index]));
  const nodes = chosen.map((label) => new Int32Array(sizes[label]));
  const filled = new Int32Array(chosen.length);
  const sums = new Float64Array(chosen.length);
  labels.forEach((label, node) => {
    const index = place.get(label);
    if (index === undefined) return;
    nodes[index][filled[index]++] = node;
    sums[index] += degrees[node];
  });
  return chosen.map((_, index) => ({ nodes: nodes[index], degree: sums[index] }));
}

/** Writes the components' eigenvectors, of length 1, into the first columns of `vectors` (n, any). */
export function writeComponentVectors(
  components: readonly Component[],
  degrees: Float64Array,
  vectors: Matrix,
): void {
  components.forEach(({ nodes, degree }, column) => {
    for (const node of nodes) {
      vectors.data[node * vectors.columns + column] = Math.sqrt(degrees[node] / degree);
    }
  });
}
