// What a kin run exports. At the graph: the features and a vote of stored neighbours. After the networks: the
// networks themselves, behind the same deskewing. Both take raw images and answer alike.
import type { ImageShape } from '../data/source.js';
import { createOnnxGraph, type OnnxGraph } from '../engine/onnx.js';
import { addDeskew } from '../features/deskew.js';
import { addFeatures, type ImageFeatures, type ViewFeatures } from '../features/features.js';
import { addFrame } from '../features/frame.js';
import { LEAST_PROBABILITY } from './calibration.js';
import { describeInput, IMAGES } from './classifier.js';
import { addNetworkProbabilities, type TrainedNetwork } from './network-probabilities.js';

/** Where new images are compared with old ones. */
export interface References {
  /** Rows of the features that are kept: (m), of the images that belong to a kind. */
  readonly images: Int32Array;
  /** An image is known if its nearest reference lies at most so far away, on average over the views. */
  readonly reach: number;
}

/** encoder.onnx: images → `code` float32 (n, d): both views' features side by side. */
export function writeFeatureEncoder(shape: ImageShape, { views }: ImageFeatures): Uint8Array<ArrayBuffer> {
  const graph = createOnnxGraph('encoder');
  const parts = addViews(graph, shape).map((view, index) =>
    addFeatures(graph, view, views[index].projection),
  );
  const columns = views.reduce((sum, { features }) => sum + features.columns, 0);
  const code = graph.node('Concat', parts, { attributes: { axis: 1 } });
  graph.output('code', code, 'float32', ['n', columns]);
  return graph.encode({ 'kindred.input': describeInput(shape) });
}

export interface NeighbourVote {
  readonly features: ImageFeatures;
  readonly references: References;
  /** (n): the kind of every image that was clustered. */
  readonly assignment: Int32Array;
  readonly k: number;
  /** Voices in each view. */
  readonly neighbours: number;
  readonly temperature: number;
}

/** classifier.onnx of a run that stops at the graph: the nearest stored images of each view vote. */
export function writeVoteClassifier(shape: ImageShape, vote: NeighbourVote): Uint8Array<ArrayBuffer> {
  const { features, references, assignment, k, temperature } = vote;
  const graph = createOnnxGraph('classifier');
  const kinds = BigInt64Array.from(references.images, (image) => BigInt(assignment[image]));
  const kindOfReference = graph.constant(kinds, [kinds.length]);
  const voices = Math.min(vote.neighbours, references.images.length);
  const asked = addViews(graph, shape).map((view, index) => {
    const rows = addFeatures(graph, view, features.views[index].projection);
    const { distances, indices } = addNearest(graph, rows, features.views[index], references.images, voices);
    const kind = graph.node('Gather', [kindOfReference, indices], { attributes: { axis: 0 } });
    const values = graph.constant(Float32Array.of(0, 1), [2]);
    const ballots = graph.node('OneHot', [kind, graph.integers([k]), values], { attributes: { axis: -1 } });
    // The nearer voice counts a trifle more, which settles ties.
    const weights = Float32Array.from({ length: voices }, (_, rank) => 1 + 1e-3 * (voices - rank));
    const weighed = graph.node('Mul', [ballots, graph.constant(weights, [1, voices, 1])]);
    const votes = graph.node('ReduceSum', [weighed, graph.integers([1])], { attributes: { keepdims: 0 } });
    const nearest = graph.node('Gather', [distances, graph.integers([0], [])], { attributes: { axis: 1 } });
    return { votes, nearest };
  });
  const sum = graph.node('Add', [asked[0].votes, asked[1].votes]);
  const total = graph.node('ReduceSum', [sum, graph.integers([1])], { attributes: { keepdims: 1 } });
  addAnswer(graph, graph.node('Div', [sum, total]), temperature);
  addKnown(
    graph,
    asked.map(({ nearest }) => nearest),
    references.reach,
  );
  return graph.encode(metadataOf(shape));
}

export interface NetworkVote {
  readonly features: ImageFeatures;
  readonly references: References;
  /** One a view. */
  readonly networks: readonly TrainedNetwork[];
  readonly temperature: number;
}

/** classifier.onnx of a run with networks: each looks at its own view, their probabilities are averaged. */
export function writeNetworkClassifier(shape: ImageShape, vote: NetworkVote): Uint8Array<ArrayBuffer> {
  const { features, references, networks, temperature } = vote;
  const graph = createOnnxGraph('classifier');
  const views = addViews(graph, shape);
  const votes = networks.map((network, index) => addNetworkProbabilities(graph, views[index], network));
  const mean = graph.node('Mul', [graph.node('Sum', votes), graph.scalar(1 / votes.length)]);
  addAnswer(graph, mean, temperature);
  const nearest = views.map((view, index) => {
    const rows = addFeatures(graph, view, features.views[index].projection);
    const { distances } = addNearest(graph, rows, features.views[index], references.images, 1);
    return graph.node('Gather', [distances, graph.integers([0], [])], { attributes: { axis: 1 } });
  });
  addKnown(graph, nearest, references.reach);
  return graph.encode(metadataOf(shape));
}

/** The images as they are and deskewed: float32 (n, 1, 28, 28) each. */
function addViews(graph: OnnxGraph, shape: ImageShape): [raw: string, deskewed: string] {
  const { height, width, channels } = shape;
  const images = graph.input(IMAGES, 'uint8', ['n', height, width, channels]);
  const frame = addFrame(graph, images, shape);
  return [frame, addDeskew(graph, frame)];
}

/** rows (n, d) → the nearest stored rows: distances (n, count) ascending and their places (n, count). */
function addNearest(
  graph: OnnxGraph,
  rows: string,
  { features }: ViewFeatures,
  images: Int32Array,
  count: number,
): { distances: string; indices: string } {
  const { columns, data } = features;
  const minusTwice = new Float32Array(images.length * columns);
  const norms = new Float32Array(images.length);
  images.forEach((image, place) => {
    let square = 0;
    for (let column = 0; column < columns; column++) {
      const value = data[image * columns + column];
      minusTwice[place * columns + column] = -2 * value;
      square += value * value;
    }
    norms[place] = square;
  });
  const table = graph.constant(minusTwice, [images.length, columns]);
  const partial = graph.node('Gemm', [rows, table, graph.constant(norms, [images.length])], {
    attributes: { transB: 1 },
  });
  const [values, indices] = graph.nodes('TopK', [partial, graph.integers([count])], 2, {
    attributes: { axis: 1, largest: 0, sorted: 1 },
  });
  const squares = graph.node('ReduceSumSquare', [rows, graph.integers([1])], { attributes: { keepdims: 1 } });
  const squared = graph.node('Max', [graph.node('Add', [values, squares]), graph.scalar(0)]);
  return { distances: graph.node('Sqrt', [squared]), indices };
}

/** probabilities (n, k) → `cluster` and `confidence`, calibrated. */
function addAnswer(graph: OnnxGraph, probabilities: string, temperature: number): void {
  const logarithm = graph.node('Log', [graph.node('Add', [probabilities, graph.scalar(LEAST_PROBABILITY)])]);
  const logits = graph.node('Mul', [logarithm, graph.scalar(1 / temperature)]);
  const calibrated = graph.node('Softmax', [logits], { attributes: { axis: 1 } });
  const confidence = graph.node('ReduceMax', [calibrated, graph.integers([1])], {
    attributes: { keepdims: 0 },
  });
  const cluster = graph.node('ArgMax', [probabilities], { attributes: { axis: 1, keepdims: 0 } });
  graph.output('cluster', cluster, 'int64', ['n']);
  graph.output('confidence', confidence, 'float32', ['n']);
}

/** `known`: is the nearest reference, on average over the views, within reach? */
function addKnown(graph: OnnxGraph, nearest: readonly string[], reach: number): void {
  const distance = graph.node('Sum', nearest);
  graph.output('known', graph.node('LessOrEqual', [distance, graph.scalar(reach * nearest.length)]), 'bool', [
    'n',
  ]);
}

function metadataOf(shape: ImageShape): Record<string, string> {
  return {
    'kindred.input': describeInput(shape),
    'kindred.output':
      'cluster: number of the kind; confidence: 0 to 1, calibrated against neighbourhoods; known: resembles an image that was clustered',
  };
}
