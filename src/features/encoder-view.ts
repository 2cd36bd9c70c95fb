// The vectors of somebody's encoder, as kin compares them, in two ways: the signed square root of every number, unit length,
// principal components; 256 of them as they come, and 128 each divided by the square root of its deviation; unit length
// again. What heads learn from (methods/kin/heads.ts) are 256 so divided, all brought to one scale in place of unit length.
//
// The root keeps a few loud numbers from deciding (Perronnin, Sánchez & Mensink, ECCV 2010). To divide by the deviation
// itself takes away what all images share (Jégou & Chum, ECCV 2012), and makes as much of the last component as of the first:
// half of that, and none of it over more components, each found more in photographs, and their graphs added more than
// either with four encoders (docs/log.md). A variance has to be estimated from several images, so that a small dataset
// gets fewer components.
import {
  type Matrix,
  matrix,
  matrixRow,
  normaliseRow,
  squaredNorm,
  squaresOfColumns,
} from '../core/matrix.js';
import { sharedFloats } from '../core/shared-memory.js';
import type { OnnxGraph } from '../engine/onnx/onnx.js';
import type { RunModelOptions } from '../engine/runtime/model-runner.js';
import {
  addProjection,
  fitPrincipalComponents,
  type Projection,
  project,
  scaledProjection,
  throughGraph,
} from './pca.js';

export interface EncoderView {
  /** What nearness is measured in: (n, d') each, rows of unit length. */
  readonly views: readonly Matrix[];
  /** (n, d''), in shared memory: what heads learn from. The mean squared norm of a row is d''. */
  readonly inputs: Matrix;
  /**
   * (n, components + 1): what strangeness is measured in, for the views tell nothing of what differs in length, or outside of the
   * components. The components as they come, and the length of what lies outside of them.
   */
  readonly reach: Matrix;
  /** All of it in a larger graph: vectors float32 (n, d) → the same as tensors. */
  addAll(graph: OnnxGraph, vectors: string): SeenTensors & { readonly inputs: string };
  /** Without what heads learn from. */
  addViews(graph: OnnxGraph, vectors: string): SeenTensors;
}

/** The views and the reach of vectors, as tensors of a graph. */
export interface SeenTensors {
  readonly views: readonly string[];
  readonly reach: string;
}

/** Components that are divided by the square root of their deviation, and in all. */
const DIVIDED = 128;
const MOST_COMPONENTS = 256;
/** Images that the variance of a component is estimated from, at the least. */
const IMAGES_A_COMPONENT = 8;
/** A vector shorter than this has no direction. */
const LEAST_NORM = 1e-12;

/** vectors (n, d) of an encoder → what nearness is measured in. Throws an InterruptedError when the signal aborts. */
export async function encoderView(
  vectors: Matrix,
  context: Pick<RunModelOptions, 'threads' | 'report' | 'signal'>,
): Promise<EncoderView> {
  const { rows, columns } = vectors;
  const options: RunModelOptions = { ...context, stage: 'features', unit: 'vectors' };
  const quiet = { ...options, report: () => {} };
  const most = Math.min(columns, Math.max(2, Math.floor(rows / IMAGES_A_COMPONENT)));
  const [divided, all] = [Math.min(DIVIDED, most), Math.min(MOST_COMPONENTS, most)];
  const rooted = await throughGraph(addRoot, vectors, columns, options);
  const fitted = await fitPrincipalComponents(rooted, all, quiet);
  const inputs = await project(rooted, fitted, quiet);
  const asTheyCome = leadingDirections(inputs, all);
  const { projection, divisors } = halfWhitened(fitted, inputs);
  const views = [leadingDirections(inputs, divided), asTheyCome];
  const factor = toOneScale(inputs);
  const wholeOf = (graph: OnnxGraph, components: string) =>
    graph.node('Mul', [components, graph.constant(divisors, [1, all])]);
  const reachOf = (graph: OnnxGraph, root: string, whole: string) => {
    const outside = addLengthOutside(graph, root, projection.mean, whole);
    return graph.node('Concat', [whole, outside], { attributes: { axis: 1 } });
  };
  const addReach = (graph: OnnxGraph, root: string) =>
    reachOf(graph, root, wholeOf(graph, addProjection(graph, root, projection)));
  const seenIn = (graph: OnnxGraph, root: string, components: string): SeenTensors => {
    // A constant that no node takes is one that ONNX Runtime warns of.
    const bounds = () => [0, divided, 1].map((bound) => graph.integers([bound]));
    const leading = divided === all ? components : graph.node('Slice', [components, ...bounds()]);
    const whole = wholeOf(graph, components);
    const unit = [addUnitLength(graph, leading), addUnitLength(graph, whole)];
    return { views: unit, reach: reachOf(graph, root, whole) };
  };
  return {
    views,
    inputs,
    reach: await throughGraph(addReach, rooted, all + 1, quiet),
    addAll(graph, given) {
      const root = addRoot(graph, given);
      const components = addProjection(graph, root, projection);
      const scaled = graph.node('Mul', [components, graph.scalar(factor)]);
      return { ...seenIn(graph, root, components), inputs: scaled };
    },
    addViews(graph, given) {
      const root = addRoot(graph, given);
      return seenIn(graph, root, addProjection(graph, root, projection));
    },
  };
}

/** rows (n, d), their components (n, c) → (n, 1): the length of what of a row, less the mean, no component has. */
function addLengthOutside(graph: OnnxGraph, rows: string, mean: Float32Array, components: string): string {
  const centred = graph.node('Sub', [rows, graph.constant(mean, [mean.length])]);
  const [all, inside] = [centred, components].map((each) =>
    graph.node('ReduceSumSquare', [each, graph.integers([1])], { attributes: { keepdims: 1 } }),
  );
  // Rounding may leave a little less than nothing.
  const outside = graph.node('Max', [graph.node('Sub', [all, inside]), graph.scalar(0)]);
  return graph.node('Sqrt', [outside]);
}

/** rows (n, d) → sign(x) · √|x|, of unit length. */
function addRoot(graph: OnnxGraph, rows: string): string {
  const root = graph.node('Sqrt', [graph.node('Abs', [rows])]);
  return addUnitLength(graph, graph.node('Mul', [graph.node('Sign', [rows]), root]));
}

function addUnitLength(graph: OnnxGraph, rows: string): string {
  const norm = graph.node('ReduceL2', [rows, graph.integers([1])], { attributes: { keepdims: 1 } });
  return graph.node('Div', [rows, graph.node('Max', [norm, graph.scalar(LEAST_NORM)])]);
}

/**
 * Divides every column of `rows` (n, dimensions), what the projection makes of the vectors, by the square root of its deviation, in
 * place; nothing where nothing varies → the projection that does so itself, and what each column was divided by.
 */
function halfWhitened(fitted: Projection, rows: Matrix): { projection: Projection; divisors: Float32Array } {
  const scales = squaresOfColumns(rows).map((sum) => (sum === 0 ? 0 : (rows.rows / sum) ** 0.25));
  for (let at = 0; at < rows.data.length; at++) rows.data[at] *= scales[at % rows.columns];
  const divisors = Float32Array.from(scales, (scale) => (scale === 0 ? 0 : 1 / scale));
  return { projection: scaledProjection(fitted, scales), divisors };
}

/** The first `columns` numbers of every row, of unit length. */
function leadingDirections(components: Matrix, columns: number): Matrix {
  const features = matrix(components.rows, columns, sharedFloats(components.rows * columns));
  for (let row = 0; row < components.rows; row++) {
    features.data.set(matrixRow(components, row).subarray(0, columns), row * columns);
    normaliseRow(features.data, columns, row);
  }
  return features;
}

/** Brings the mean squared norm of a row to the number of columns, in place → what all numbers were multiplied by. */
function toOneScale({ data, rows, columns }: Matrix): number {
  let sum = 0;
  for (let row = 0; row < rows; row++) sum += squaredNorm(data, columns, row);
  const factor = sum === 0 ? 1 : Math.fround(Math.sqrt((rows * columns) / sum));
  for (let at = 0; at < data.length; at++) data[at] *= factor;
  return factor;
}
