// The plain operations on neighbour graphs: build, add, cut out, sum.
//
// One trick does the sorting: a symmetric matrix is its own transpose, and transposing compressed rows (a
// counting sort, linear in the edges) leaves every row in ascending order.
import type { NeighbourGraph } from './neighbour-graph.js';

/**
 * The graph whose row i holds `neighbours[starts[i] … starts[i + 1])`, in any order. The caller gives a symmetric
 * matrix: every edge twice, no edge to itself, each pair once, weights positive.
 */
export function graphFromRows(
  starts: Int32Array,
  neighbours: Int32Array,
  weights: Float32Array,
): NeighbourGraph {
  const count = starts.length - 1;
  const edges = starts[count];
  const graph = {
    count,
    offsets: new Int32Array(new SharedArrayBuffer((count + 1) * 4)),
    neighbours: new Int32Array(new SharedArrayBuffer(edges * 4)),
    weights: new Float32Array(new SharedArrayBuffer(edges * 4)),
  };
  graph.offsets.set(starts);
  const next = starts.slice();
  for (let row = 0; row < count; row++) {
    for (let at = starts[row]; at < starts[row + 1]; at++) {
      const to = next[neighbours[at]]++;
      graph.neighbours[to] = row;
      graph.weights[to] = weights[at];
    }
  }
  return graph;
}

/** a + b, of the same nodes. */
export function addGraphs(a: NeighbourGraph, b: NeighbourGraph): NeighbourGraph {
  if (a.count !== b.count) throw new RangeError(`addGraphs: ${a.count} nodes and ${b.count} nodes`);
  const most = a.neighbours.length + b.neighbours.length;
  const starts = new Int32Array(a.count + 1);
  const neighbours = new Int32Array(most);
  const weights = new Float32Array(most);
  let end = 0;
  for (let node = 0; node < a.count; node++) {
    let [atA, atB] = [a.offsets[node], b.offsets[node]];
    const [endA, endB] = [a.offsets[node + 1], b.offsets[node + 1]];
    while (atA < endA || atB < endB) {
      const inA = atA < endA ? a.neighbours[atA] : a.count;
      const inB = atB < endB ? b.neighbours[atB] : b.count;
      neighbours[end] = Math.min(inA, inB);
      weights[end++] = (inA <= inB ? a.weights[atA++] : 0) + (inB <= inA ? b.weights[atB++] : 0);
    }
    starts[node + 1] = end;
  }
  return graphFromRows(starts, neighbours, weights);
}

/** The graph among `nodes` (distinct): node i of it is `nodes[i]`; edges that lead out are gone. */
export function subgraph(graph: NeighbourGraph, nodes: Int32Array): NeighbourGraph {
  const place = new Int32Array(graph.count).fill(-1);
  nodes.forEach((node, index) => {
    if (place[node] !== -1) throw new RangeError(`subgraph: node ${node} is named twice`);
    place[node] = index;
  });
  const starts = new Int32Array(nodes.length + 1);
  nodes.forEach((node, index) => {
    let inside = 0;
    for (let at = graph.offsets[node]; at < graph.offsets[node + 1]; at++) {
      if (place[graph.neighbours[at]] >= 0) inside++;
    }
    starts[index + 1] = starts[index] + inside;
  });
  const neighbours = new Int32Array(starts[nodes.length]);
  const weights = new Float32Array(starts[nodes.length]);
  let end = 0;
  for (const node of nodes) {
    for (let at = graph.offsets[node]; at < graph.offsets[node + 1]; at++) {
      const to = place[graph.neighbours[at]];
      if (to < 0) continue;
      neighbours[end] = to;
      weights[end++] = graph.weights[at];
    }
  }
  return graphFromRows(starts, neighbours, weights);
}

/** (n): the sum of each node's weights; 0 for an isolated node. */
export function degrees(graph: NeighbourGraph): Float64Array {
  const { count, offsets, weights } = graph;
  const sums = new Float64Array(count);
  for (let node = 0; node < count; node++) {
    let sum = 0;
    for (let at = offsets[node]; at < offsets[node + 1]; at++) sum += weights[at];
    sums[node] = sum;
  }
  return sums;
}

/**
 * assignment (n) of nodes to pieces 0 … k − 1, or −1 for none → (k, k): the weight of all edges from piece to
 * piece, each counted in both directions (so the diagonal holds twice the weight inside).
 */
export function pieceMass(graph: NeighbourGraph, assignment: Int32Array, k: number): Float64Array {
  const { count, offsets, neighbours, weights } = graph;
  const mass = new Float64Array(k * k);
  for (let node = 0; node < count; node++) {
    const piece = assignment[node];
    if (piece < 0) continue;
    const row = piece * k;
    for (let at = offsets[node]; at < offsets[node + 1]; at++) {
      const other = assignment[neighbours[at]];
      if (other >= 0) mass[row + other] += weights[at];
    }
  }
  return mass;
}
