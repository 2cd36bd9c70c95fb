// A trained network as part of an exported model: images in, the probability of each kind out. Each image is
// looked at as it is (twice as much) and under a fixed set of mild warps, and the answers are averaged.
//
// The warps are the same for all images, so each is a sparse matrix of four pixels a pixel. With the images as
// columns it is four gathers of whole rows: 3.4 µs an image against 12 for GridSample.
import { createRandom } from '../../core/random.js';
import { writeInto } from '../../engine/lowering.js';
import type { OnnxGraph } from '../../engine/onnx/onnx.js';
import { softmax } from '../../engine/operations.js';
import { ANY, input } from '../../engine/program.js';
import {
  type ClassifierShape,
  type TrainedClassifier,
  trainedScores,
} from '../../models/classifier-network.js';
import { drawWarps, MILD_WARP, WARP_NUMBERS, warpPoints } from './augmentation.js';

/** A network and what it is made for. */
export interface TrainedNetwork extends TrainedClassifier {
  readonly shape: ClassifierShape;
}

/** They steady an answer that a pixel's shift could tip; each costs as much as a look at the image as it is. */
const WARPS = 8;
/** The image itself counts as two of them. */
const WEIGHT_OF_ITSELF = 2;

/** `view`: float32 (n, 1, height, width), 0 … 1, looked at under `warps` → the tensor (n, k) of probabilities. */
export function addNetworkProbabilities(
  graph: OnnxGraph,
  view: string,
  { shape, ...trained }: TrainedNetwork,
  { warps = WARPS } = {},
): string {
  const { height, width, k } = shape;
  const looks = addLooks(graph, view, shape, warps);
  const images = input('images', [ANY, height, width, 1]);
  const program = softmax(trainedScores(images, shape, trained));
  const [probabilities] = writeInto(graph, [program], { images: looks });
  const weights = new Float32Array(warps + 1).fill(1 / (warps + WEIGHT_OF_ITSELF));
  weights[0] = WEIGHT_OF_ITSELF / (warps + WEIGHT_OF_ITSELF);
  const byLook = graph.reshape(probabilities, [warps + 1, -1, k]);
  const weighed = graph.node('Mul', [byLook, graph.constant(weights, [warps + 1, 1, 1])]);
  return graph.node('ReduceSum', [weighed, graph.integers([0])], { attributes: { keepdims: 0 } });
}

/** The images as they are, then under each warp: (looks·n, height, width, 1). */
function addLooks(graph: OnnxGraph, view: string, { height, width }: ClassifierShape, warps: number): string {
  const pixels = height * width;
  const rows = graph.reshape(view, [-1, pixels]);
  const columns = graph.transpose(rows, [1, 0]);
  const padded = graph.node('Pad', [columns, graph.integers([0, 0, 1, 0])]);
  const corners = cornersOf(sampledPoints(warps, height, width), height, width).map(
    ({ indices, weights }) => {
      const gathered = graph.gather(padded, graph.integers(indices, [warps + 1, pixels]), 0);
      return graph.node('Mul', [gathered, graph.constant(weights, [warps + 1, pixels, 1])]);
    },
  );
  const byPixel = graph.node('Sum', corners);
  const byImage = graph.transpose(byPixel, [0, 2, 1]);
  return graph.reshape(byImage, [-1, height, width, 1]);
}

/** Sampling points of the identity and of fixed warps: (warps + 1, height, width, 2). */
function sampledPoints(warps: number, height: number, width: number): Float32Array {
  const numbers = new Float32Array((warps + 1) * WARP_NUMBERS);
  drawWarps(createRandom(0, 'looks'), MILD_WARP, numbers.subarray(WARP_NUMBERS));
  // x' = x and y' = y.
  numbers[0] = 1;
  numbers[WARP_NUMBERS / 2 + 1] = 1;
  return warpPoints(numbers, height, width);
}

interface Corner {
  /** Pixel numbers; height·width where there is none. */
  readonly indices: Int32Array;
  readonly weights: Float32Array;
}

/** Bilinear interpolation at `points` (…, 2) as a weighted sum of the four pixels around each. */
function cornersOf(points: Float32Array, height: number, width: number): Corner[] {
  const count = points.length / 2;
  return [0, 1, 2, 3].map((corner) => {
    const [down, right] = [corner >> 1, corner & 1];
    const indices = new Int32Array(count);
    const weights = new Float32Array(count);
    for (let point = 0; point < count; point++) {
      const x = ((points[2 * point] + 1) * (width - 1)) / 2;
      const y = ((points[2 * point + 1] + 1) * (height - 1)) / 2;
      const [column, row] = [Math.floor(x) + right, Math.floor(y) + down];
      const isInside = row >= 0 && row < height && column >= 0 && column < width;
      indices[point] = isInside ? row * width + column : height * width;
      weights[point] = (1 - Math.abs(x - column)) * (1 - Math.abs(y - row));
    }
    return { indices, weights };
  });
}
