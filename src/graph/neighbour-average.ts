// What a node's neighbours say on average: one step of the random walk, the smoothing of votes.
import { type Matrix, matrix } from '../core/matrix.js';
import type { NeighbourGraph } from './neighbour-graph.js';

/**
 * values (n, c) → D⁻¹ W values (n, c), each row the weighted mean of its neighbours' rows. An isolated node
 * keeps its own row. `out` is filled if given; it must not be `values`.
 */
export function averageOverNeighbours(
  graph: NeighbourGraph,
  values: Matrix,
  out: Matrix = matrix(values.rows, values.columns),
): Matrix {
  const { count, offsets, neighbours, weights } = graph;
  const { data, columns } = values;
  if (values.rows !== count || out.rows !== count || out.columns !== columns || out.data === data) {
    throw new RangeError(
      `averageOverNeighbours: ${count} nodes, values ${values.rows}×${columns}, out ${out.rows}×${out.columns}`,
    );
  }
  const target = out.data;
  const whole = columns - (columns % 4);
  for (let node = 0; node < count; node++) {
    const [first, end] = [offsets[node], offsets[node + 1]];
    const base = node * columns;
    if (first === end) {
      for (let column = 0; column < columns; column++) target[base + column] = data[base + column];
      continue;
    }
    let degree = 0;
    for (let at = first; at < end; at++) degree += weights[at];
    const scale = 1 / degree;
    // Four columns at a time: their sums stay in registers while the neighbours pass.
    for (let column = 0; column < whole; column += 4) {
      let [a, b, c, d] = [0, 0, 0, 0];
      for (let at = first; at < end; at++) {
        const from = neighbours[at] * columns + column;
        const weight = weights[at];
        a += weight * data[from];
        b += weight * data[from + 1];
        c += weight * data[from + 2];
        d += weight * data[from + 3];
      }
      target[base + column] = a * scale;
      target[base + column + 1] = b * scale;
      target[base + column + 2] = c * scale;
      target[base + column + 3] = d * scale;
    }
    for (let column = whole; column < columns; column++) {
      let sum = 0;
      for (let at = first; at < end; at++) sum += weights[at] * data[neighbours[at] * columns + column];
      target[base + column] = sum * scale;
    }
  }
  return out;
}
