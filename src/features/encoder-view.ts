// The vectors of somebody's encoder, as kin compares them: the signed square root of every number, unit length, 128
// principal components, each divided by the square root of its deviation, unit length again. What heads learn from
// (methods/kin/heads.ts) are twice as many of these components, all brought to one scale in place of unit length.
//
// The root keeps a few loud numbers from deciding (Perronnin, Sánchez & Mensink, ECCV 2010). To divide by the deviation
// itself takes away what all images share (Jégou & Chum, ECCV 2012), and makes as much of the last component as of the first:
// of 17 views that were measured half of that was the only one that gained on photographs and lost nothing on icons
// (docs/log.md). A variance has to be estimated from several images, so that a small dataset gets fewer components.
import { type Matrix, matrix, matrixRow, normaliseRow, squaredNorm } from '../core/matrix.js';
import { sharedFloats } from '../core/shared-memory.js';
import type { OnnxGraph } from '../engine/onnx/onnx.js';
import type { RunModelOptions } from '../engine/runtime/model-runner.js';
import { addProjection, fitPrincipalComponents, type Projection, project, throughGraph } from './pca.js';

export interface EncoderView {
  /** (n, d'), each row of unit length: what nearness is measured in. */
  readonly features: Matrix;
  /** (n, d''), in shared memory: what heads learn from. The mean squared norm of a row is d''. */
  readonly inputs: Matrix;
  /** Both in a larger graph: vectors float32 (n, d) → (n, d') and (n, d''). */
  addBoth(graph: OnnxGraph, vectors: string): { readonly features: string; readonly inputs: string };
  /** The features alone. */
  addTo(graph: OnnxGraph, vectors: string): string;
}

const MOST_COLUMNS = 128;
const MOST_INPUTS = 256;
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
  const [width, inputWidth] = [Math.min(MOST_COLUMNS, most), Math.min(MOST_INPUTS, most)];
  const rooted = await throughGraph(addRoot, vectors, columns, options);
  const fitted = await fitPrincipalComponents(rooted, inputWidth, quiet);
  const inputs = await project(rooted, fitted, quiet);
  const projection = halfWhitened(fitted, inputs);
  const features = leadingDirections(inputs, width);
  const factor = toOneScale(inputs);
  const addComponents = (graph: OnnxGraph, of: string) => addProjection(graph, of, projection);
  const addFeatures = (graph: OnnxGraph, components: string) => {
    if (width === inputWidth) return addUnitLength(graph, components);
    const bounds = [0, width, 1].map((bound) => graph.integers([bound]));
    return addUnitLength(graph, graph.node('Slice', [components, ...bounds]));
  };
  return {
    features,
    inputs,
    addBoth(graph, given) {
      const components = addComponents(graph, addRoot(graph, given));
      const scaled = graph.node('Mul', [components, graph.scalar(factor)]);
      return { features: addFeatures(graph, components), inputs: scaled };
    },
    addTo: (graph, given) => addFeatures(graph, addComponents(graph, addRoot(graph, given))),
  };
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
 * place; nothing where nothing varies → the projection that does so itself.
 */
function halfWhitened({ mean, components }: Projection, rows: Matrix): Projection {
  const squares = new Float64Array(rows.columns);
  for (let row = 0; row < rows.rows; row++) {
    matrixRow(rows, row).forEach((value, column) => {
      squares[column] += value * value;
    });
  }
  const scales = squares.map((sum) => (sum === 0 ? 0 : (rows.rows / sum) ** 0.25));
  for (let at = 0; at < rows.data.length; at++) rows.data[at] *= scales[at % rows.columns];
  const data = components.data.map((value, at) => value * scales[Math.floor(at / components.columns)]);
  return { mean, components: { ...components, data } };
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
