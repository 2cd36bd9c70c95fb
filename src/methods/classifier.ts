// What a run exports: images → code (encoder.onnx), and images → kind (classifier.onnx), with everything
// between raw pixels and the answer inside the graph. `predict` runs the same files, so nothing can drift.
import type { Matrix } from '../core/matrix.js';
import type { ImageShape } from '../data/source.js';
import { writeInto } from '../engine/lowering.js';
import { addColumn, addNearest, addSquares } from '../engine/onnx/nearest-rows.js';
import { createOnnxGraph, metadataPiece, type OnnxGraph } from '../engine/onnx/onnx.js';
import { reshape } from '../engine/operations.js';
import { ANY, byteInput, input, type Value } from '../engine/program.js';
import type { DistanceName } from './options.js';

/** The input of every exported image model: uint8 (n, height, width, channels). */
export const IMAGES = 'images';
/** The input of the model that judges codes: float32 (n, code length). */
export const CODES = 'codes';

/** From raw images (n, pixels) uint8 to codes (n, d). */
export type EncoderProgram = (batch: Value) => Value;

/** How codes become kinds: the nearest centre, within the kind's novelty threshold. */
export interface KindModel {
  /** (k, d), of unit length for the cosine distance. */
  readonly centres: Matrix;
  readonly distance: DistanceName;
  /** (k): an image farther from its centre than this is not known. */
  readonly thresholds: Float32Array;
}

/** encoder.onnx: images → `code` float32 (n, codeLength). */
export function writeEncoder(
  shape: ImageShape,
  encode: EncoderProgram,
): { readonly model: Uint8Array<ArrayBuffer>; readonly codeLength: number } {
  const graph = createOnnxGraph('encoder');
  const code = encode(imageBatch(shape));
  const [tensor] = writeInto(graph, [code]);
  graph.output('code', tensor, 'float32', ['n', code.shape[1]]);
  return { model: graph.encode({ 'kindred.input': describeInput(shape) }), codeLength: code.shape[1] };
}

/**
 * classifier.onnx: images → `cluster` int64 (n), `confidence` float32 (n) and `known` bool (n).
 * Confidence is the simplified silhouette 1 − a / b, a and b the distances to the nearest and the second
 * nearest centre (Hruschka, de Castro & Campello 2006): 0 between two kinds, 1 on a centre.
 */
export function writeClassifier(
  shape: ImageShape,
  encode: EncoderProgram,
  kinds: KindModel,
): Uint8Array<ArrayBuffer> {
  const graph = createOnnxGraph('classifier');
  const [code] = writeInto(graph, [encode(imageBatch(shape))]);
  addJudgement(graph, code, kinds);
  return graph.encode({
    'kindred.input': describeInput(shape),
    'kindred.output': 'cluster: number of the kind; confidence: 0 to 1; known: within the reach of its kind',
  });
}

/** The last part of the classifier alone: `codes` (n, d) → the same outputs, and `distance` float32 (n). */
export function writeJudge(kinds: KindModel): Uint8Array<ArrayBuffer> {
  const graph = createOnnxGraph('judge');
  const [code] = writeInto(graph, [input(CODES, [ANY, kinds.centres.columns])]);
  const { nearest } = addJudgement(graph, code, kinds);
  graph.output('distance', nearest, 'float32', ['n']);
  return graph.encode();
}

function imageBatch({ height, width, channels }: ImageShape): Value {
  return reshape(byteInput(IMAGES, [ANY, height, width, channels]), [ANY, height * width * channels]);
}

export function describeInput({ height, width, channels }: ImageShape): string {
  const ink = channels === 1 ? 'grey' : channels === 3 ? 'RGB' : `${channels} channels`;
  return `images: uint8, n × ${height} × ${width} × ${channels} (${ink}, 0–255), resized and framed as the training images were`;
}

/** The nearest centre, how clearly it is nearer than the second, and whether the code lies within its kind's threshold. */
function addJudgement(graph: OnnxGraph, code: string, kinds: KindModel): { nearest: string } {
  const { centres, thresholds } = kinds;
  const rows = kinds.distance === 'cosine' ? addUnitRows(graph, code) : code;
  const { distances, indices } = addNearest(graph, rows, centres, 2, addSquares(graph, rows));
  const nearest = addColumn(graph, distances, 0);
  const second = graph.node('Max', [addColumn(graph, distances, 1), graph.scalar(1e-30)]);
  const confidence = graph.node('Sub', [graph.scalar(1), graph.node('Div', [nearest, second])]);
  const cluster = addColumn(graph, indices, 0);
  const threshold = graph.gather(graph.constant(thresholds, [thresholds.length]), cluster, 0);
  graph.output('known', graph.node('LessOrEqual', [nearest, threshold]), 'bool', ['n']);
  graph.output('confidence', confidence, 'float32', ['n']);
  graph.output('cluster', cluster, 'int64', ['n']);
  return { nearest };
}

/** code (n, d) → each row of unit length; a row of zeros stays. */
export function addUnitRows(graph: OnnxGraph, code: string): string {
  const length = graph.node('ReduceL2', [code, graph.integers([1])], { attributes: { keepdims: 1 } });
  return graph.node('Div', [code, graph.node('Max', [length, graph.scalar(1e-30)])]);
}

// A run's model with the names that its kinds have by now, for programs that know nothing of the run.

/** What is written behind a model's bytes to give it `kindred.kinds`, a JSON list of a name a kind, among its metadata_props. */
export function namesPiece(kinds: readonly string[], version: string): Uint8Array {
  return metadataPiece(version, { 'kindred.kinds': JSON.stringify(kinds) });
}
