// The vectors of somebody's encoder, as kin compares them: the signed square root of every number, unit length, 64
// principal components brought to equal variance, unit length again.
//
// The root keeps a few loud numbers from deciding (Perronnin, Sánchez & Mensink, ECCV 2010); equal variance takes away
// what all images share (Jégou & Chum, ECCV 2012). Both are customary in image retrieval. A variance has to be
// estimated from several images, so that a small dataset gets fewer components.
import { type Matrix, matrixRow } from '../core/matrix.js';
import type { OnnxGraph } from '../engine/onnx/onnx.js';
import type { RunModelOptions } from '../engine/runtime/model-runner.js';
import { addProjection, fitPrincipalComponents, type Projection, throughGraph } from './pca.js';

export interface EncoderView {
  /** (n, d'), each row of unit length. */
  readonly features: Matrix;
  /** The same in a larger graph: vectors float32 (n, d) → (n, d'). */
  addTo(graph: OnnxGraph, vectors: string): string;
}

const MOST_COLUMNS = 64;
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
  const dimensions = Math.min(MOST_COLUMNS, columns, Math.max(2, Math.floor(rows / IMAGES_A_COMPONENT)));
  const rooted = await throughGraph(addRoot, vectors, columns, options);
  const projection = whitened(await fitPrincipalComponents(rooted, dimensions, quiet), rooted);
  const addWhitened = (graph: OnnxGraph, of: string) =>
    addUnitLength(graph, addProjection(graph, of, projection));
  return {
    features: await throughGraph(addWhitened, rooted, dimensions, quiet),
    addTo: (graph, given) => addWhitened(graph, addRoot(graph, given)),
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

/** The projection with every component divided by the deviation of x (n, columns) along it. */
function whitened({ mean, components }: Projection, x: Matrix): Projection {
  const data = components.data.slice();
  for (let component = 0; component < components.rows; component++) {
    const direction = data.subarray(component * x.columns, (component + 1) * x.columns);
    const scale = inverseDeviation(direction, mean, x);
    for (let column = 0; column < direction.length; column++) direction[column] *= scale;
  }
  return { mean, components: { ...components, data } };
}

/** 0 where nothing varies. */
function inverseDeviation(direction: Float32Array, mean: Float32Array, x: Matrix): number {
  let sum = 0;
  for (let row = 0; row < x.rows; row++) {
    const values = matrixRow(x, row);
    let along = 0;
    for (let column = 0; column < x.columns; column++) {
      along += (values[column] - mean[column]) * direction[column];
    }
    sum += along * along;
  }
  return sum === 0 ? 0 : Math.sqrt(x.rows / sum);
}
