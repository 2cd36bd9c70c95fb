// The vote of the nearest stored rows (engine/onnx/nearest-rows.ts) as a part of an exported model, so that new images are
// compared with old ones wherever ONNX runs.
import { addColumn } from '../../engine/onnx/nearest-rows.js';
import type { OnnxGraph } from '../../engine/onnx/onnx.js';

/** Weights (1, count, 1) under which the nearer vote counts a trifle more, which settles ties. */
export function addEqualWeights(graph: OnnxGraph, count: number): string {
  const weights = Float32Array.from({ length: count }, (_, rank) => 1 + 1e-3 * (count - rank));
  return graph.constant(weights, [1, count, 1]);
}

/** Distances below this are none. */
export const LEAST_DISTANCE = 1e-12;

/**
 * distances (n, count), ascending → weights (n, count, 1): exp(−sharpness · (d / nearest − 1)). What lies no farther than
 * the nearest has a full vote.
 */
export function addWeightsByDistance(graph: OnnxGraph, distances: string, sharpness: number): string {
  const axis = graph.integers([1]);
  const nearest = graph.node('Max', [
    graph.node('Unsqueeze', [addColumn(graph, distances, 0), axis]),
    graph.scalar(LEAST_DISTANCE),
  ]);
  const beyond = graph.node('Sub', [graph.node('Div', [distances, nearest]), graph.scalar(1)]);
  const weights = graph.node('Exp', [graph.node('Mul', [beyond, graph.scalar(-sharpness)])]);
  return graph.node('Unsqueeze', [weights, graph.integers([2])]);
}

/**
 * places (n, count) of references → (n, classCount): the weight of each row's neighbours that are in each class;
 * `classOfReference` int64 (m), from 0 on.
 */
export function addVotes(
  graph: OnnxGraph,
  places: string,
  classOfReference: string,
  { classCount, weights }: { readonly classCount: number; readonly weights: string },
): string {
  const found = graph.gather(classOfReference, places, 0);
  const values = graph.constant(Float32Array.of(0, 1), [2]);
  const oneHot = graph.node('OneHot', [found, graph.integers([classCount]), values], {
    attributes: { axis: -1 },
  });
  const weighed = graph.node('Mul', [oneHot, weights]);
  return graph.node('ReduceSum', [weighed, graph.integers([1])], { attributes: { keepdims: 0 } });
}

/** votes (n, classes) → the share of each. */
export function addShares(graph: OnnxGraph, votes: string): string {
  const total = graph.node('ReduceSum', [votes, graph.integers([1])], { attributes: { keepdims: 1 } });
  return graph.node('Div', [votes, total]);
}
