// What a kin run exports. At the graph: the features and a vote of stored neighbours. After the networks: the
// networks themselves, behind the same deskewing. Both take raw images and answer alike.
import { type Matrix, takeRows } from '../../core/matrix.js';
import type { ImageShape } from '../../data/source.js';
import { addColumn, addNearest } from '../../engine/onnx/nearest-rows.js';
import { createOnnxGraph, type OnnxGraph } from '../../engine/onnx/onnx.js';
import { addDeskew } from '../../features/deskew.js';
import type { SeenTensors } from '../../features/encoder-view.js';
import { addFeatures, type ImageFeatures, type ViewFeatures } from '../../features/features.js';
import { addFrame } from '../../features/frame.js';
import { describeInput, IMAGES } from '../classifier.js';
import { addConfidence } from './calibration.js';
import { addHeadProbabilities, type TrainedHead } from './heads.js';
import { addEqualWeights, addShares, addVotes } from './nearest-references.js';
import { addNetworkProbabilities, type TrainedNetwork } from './network-probabilities.js';

/** Where new images are compared with old ones. */
export interface References {
  /** Rows of the features that are kept: (m), of the images that belong to a kind. */
  readonly images: Int32Array;
  /** An image is known if its nearest reference lies at most so far away, on average over the views. */
  readonly noveltyThreshold: number;
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
  /** That vote in each view. */
  readonly neighbours: number;
  readonly temperature: number;
}

/** classifier.onnx of a run that stops at the graph: the nearest stored images of each view vote. */
export function writeVoteClassifier(shape: ImageShape, vote: NeighbourVote): Uint8Array<ArrayBuffer> {
  const { features, references, assignment, k, temperature } = vote;
  const graph = createOnnxGraph('classifier');
  const kinds = Int32Array.from(references.images, (image) => assignment[image]);
  const kindOfReference = graph.integers(kinds);
  const count = Math.min(vote.neighbours, references.images.length);
  const weights = addEqualWeights(graph, count);
  const asked = addViews(graph, shape).map((view, index) => {
    const rows = addFeatures(graph, view, features.views[index].projection);
    const { distances, indices } = addNearest(graph, rows, stored(features.views[index], references), count);
    const votes = addVotes(graph, indices, kindOfReference, { classCount: k, weights });
    return { votes, nearest: addColumn(graph, distances, 0) };
  });
  const sum = graph.node('Add', [asked[0].votes, asked[1].votes]);
  addAnswer(graph, addShares(graph, sum), temperature);
  const nearest = asked.map((view) => view.nearest);
  addKnown(graph, nearest, references.noveltyThreshold);
  return graph.encode(metadataOf(shape));
}

/** The input of a classifier of vectors that were made elsewhere: float32 (n, d). */
export const VECTORS = 'features';

export interface GivenInput {
  /** Numbers of a vector as it was given. */
  readonly columns: number;
  /** float32 (n, columns) → what is compared, a view each, and the reach; null where both are the vector itself. */
  readonly addViews: ((graph: OnnxGraph, vectors: string) => SeenTensors) | null;
}

/** The same for vectors that were made elsewhere: `features` float32 (n, columns) → the nearest stored ones vote. */
export function writeVectorClassifier(
  { columns, addViews }: GivenInput,
  vote: Omit<NeighbourVote, 'features'> & { readonly views: readonly Matrix[]; readonly known: KnownRows },
): Uint8Array<ArrayBuffer> {
  const { views, references, assignment, k, temperature, known } = vote;
  const graph = createOnnxGraph('classifier');
  const given = graph.input(VECTORS, 'float32', ['n', columns]);
  const { views: rows, reach } = addViews?.(graph, given) ?? { views: [given], reach: given };
  const count = Math.min(vote.neighbours, references.images.length);
  const kinds = graph.integers(Int32Array.from(references.images, (image) => assignment[image]));
  const weights = addEqualWeights(graph, count);
  const votes = rows.map((view, index) => {
    const near = addNearest(graph, view, takeRows(views[index], references.images), count);
    return addVotes(graph, near.indices, kinds, { classCount: k, weights });
  });
  addAnswer(graph, addShares(graph, votes.length === 1 ? votes[0] : graph.node('Sum', votes)), temperature);
  addKnownRows(graph, reach, known);
  addCode(graph, rows, views);
  return graph.encode(metadataOfVectors(columns));
}

/** How an encoder's vectors become what is compared, and what heads look at. */
export interface HeadInput {
  /** Numbers of a vector as it was given. */
  readonly columns: number;
  /** float32 (n, columns) → what is compared, a view each, the reach, and what heads look at (n, d). */
  readonly addAll: (graph: OnnxGraph, vectors: string) => SeenTensors & { readonly inputs: string };
}

export interface HeadVote {
  /** What all images are compared by. */
  readonly views: readonly Matrix[];
  readonly known: KnownRows;
  readonly heads: readonly TrainedHead[];
  readonly temperature: number;
}

/** classifier.onnx of a run with heads: `features` float32 (n, columns) → the mean of what the heads say. */
export function writeHeadClassifier(
  { columns, addAll }: HeadInput,
  { views, known, heads, temperature }: HeadVote,
): Uint8Array<ArrayBuffer> {
  const graph = createOnnxGraph('classifier');
  const seen = addAll(graph, graph.input(VECTORS, 'float32', ['n', columns]));
  addAnswer(graph, addHeadProbabilities(graph, seen.inputs, heads), temperature);
  addKnownRows(graph, seen.reach, known);
  addCode(graph, seen.views, views);
  return graph.encode(metadataOfVectors(columns));
}

/** By what vectors are known: those that others are held against, and how near to one of them is near enough. */
export interface KnownRows {
  /** (m, c): of the reach, or of vectors that are compared as they are. */
  readonly rows: Matrix;
  readonly noveltyThreshold: number;
}

function addKnownRows(graph: OnnxGraph, reach: string, { rows, noveltyThreshold }: KnownRows): void {
  const { distances } = addNearest(graph, reach, rows, 1);
  addKnown(graph, [addColumn(graph, distances, 0)], noveltyThreshold);
}

/** `code`: what images are compared by, the views side by side, so that others can be compared with them. */
function addCode(graph: OnnxGraph, rows: readonly string[], views: readonly Matrix[]): void {
  const code = rows.length === 1 ? rows[0] : graph.node('Concat', rows, { attributes: { axis: 1 } });
  const columns = views.reduce((sum, view) => sum + view.columns, 0);
  graph.output('code', code, 'float32', ['n', columns]);
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
    const { distances } = addNearest(graph, rows, stored(features.views[index], references), 1);
    return addColumn(graph, distances, 0);
  });
  addKnown(graph, nearest, references.noveltyThreshold);
  return graph.encode(metadataOf(shape));
}

/** (m, d): the rows of a view that new images are compared with. */
function stored({ features }: ViewFeatures, { images }: References): Matrix {
  return takeRows(features, images);
}

/** The images as they are and deskewed: float32 (n, 1, 28, 28) each. */
function addViews(graph: OnnxGraph, shape: ImageShape): [raw: string, deskewed: string] {
  const { height, width, channels } = shape;
  const images = graph.input(IMAGES, 'uint8', ['n', height, width, channels]);
  const frame = addFrame(graph, images, shape);
  return [frame, addDeskew(graph, frame)];
}

/** probabilities (n, k) → `cluster` and `confidence`, calibrated. */
function addAnswer(graph: OnnxGraph, probabilities: string, temperature: number): void {
  const confidence = addConfidence(graph, probabilities, temperature);
  const cluster = graph.node('ArgMax', [probabilities], { attributes: { axis: 1, keepdims: 0 } });
  graph.output('cluster', cluster, 'int64', ['n']);
  graph.output('confidence', confidence, 'float32', ['n']);
}

/** `known`: is the nearest reference, on average over the views, within the threshold? */
function addKnown(graph: OnnxGraph, nearest: readonly string[], threshold: number): void {
  const distance = graph.node('Sum', nearest);
  const isNear = graph.node('LessOrEqual', [distance, graph.scalar(threshold * nearest.length)]);
  graph.output('known', isNear, 'bool', ['n']);
}

/** What the outputs of every classifier of kin mean, for its metadata. */
export const ANSWER =
  'cluster: number of the kind; confidence: 0 to 1, calibrated against neighbourhoods; known: resembles an image that was clustered';

function metadataOf(shape: ImageShape): Record<string, string> {
  return {
    'kindred.input': describeInput(shape),
    'kindred.output': ANSWER,
  };
}

function metadataOfVectors(columns: number): Record<string, string> {
  return {
    'kindred.input': describeVectors(columns),
    'kindred.output': `${ANSWER}; code: what images are compared by`,
  };
}

export function describeVectors(columns: number): string {
  return `${VECTORS}: float32, n × ${columns}, as the images' vectors were made`;
}
