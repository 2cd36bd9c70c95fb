// Which nodes can reach each other? Breadth-first search, linear in the edges.
import type { NeighbourGraph } from './neighbour-graph.js';

export interface Components {
  /** (n): the component of each node, numbered in the order of their first nodes. */
  readonly labels: Int32Array;
  /** Nodes of each component; an isolated node is a component of 1. */
  readonly sizes: Int32Array;
}

export function connectedComponents(graph: NeighbourGraph): Components {
  const { count, offsets, neighbours } = graph;
  const labels = new Int32Array(count).fill(-1);
  const queue = new Int32Array(count);
  const sizes: number[] = [];
  for (let start = 0; start < count; start++) {
    if (labels[start] !== -1) continue;
    labels[start] = sizes.length;
    queue[0] = start;
    let reached = 1;
    for (let next = 0; next < reached; next++) {
      const node = queue[next];
      for (let at = offsets[node]; at < offsets[node + 1]; at++) {
        const other = neighbours[at];
        if (labels[other] !== -1) continue;
        labels[other] = sizes.length;
        queue[reached++] = other;
      }
    }
    sizes.push(reached);
  }
  return { labels, sizes: Int32Array.from(sizes) };
}
