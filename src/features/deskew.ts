// Slanted writing stood upright: the centre of the ink moves to the centre of the frame, and the picture is sheared
// until its second moments no longer mix. A digit and the same digit written aslant become neighbours.
//
// From the moments cx, cy, v_xy, v_yy of a picture: a = v_xy / v_yy, and pixel (X, Y) of the result is the
// picture at x = cx + (X − c) + a (Y − c), y = cy + (Y − c), c the centre; bilinear, black outside.
import type { OnnxGraph } from '../engine/onnx/onnx.js';
import { FRAME_PIXELS, FRAME_SIDE } from './frame.js';

const CENTRE = (FRAME_SIDE - 1) / 2;
/** Keeps blank pictures and single rows from dividing by zero. */
const LEAST = 1e-6;

/** frame float32 (n, 1, 28, 28) → the same deskewed. */
export function addDeskew(graph: OnnxGraph, frame: string): string {
  const grid = addSamplingGrid(graph, addPose(graph, frame));
  return graph.node('GridSample', [frame, grid], {
    attributes: { mode: 'linear', padding_mode: 'zeros', align_corners: 1 },
  });
}

/** frame (n, 1, 28, 28) → (n, 3): cx and cy, in pixels from the centre, and a. */
function addPose(graph: OnnxGraph, frame: string): string {
  const flat = graph.reshape(frame, [-1, FRAME_PIXELS]);
  const basis = perPixel((x, y) => [1, x, y, x * y, y * y]);
  const moments = graph.node('MatMul', [flat, graph.constant(basis, [FRAME_PIXELS, 5])]);
  const attributes = { axis: 1, num_outputs: 5 };
  const [mass, ...sums] = graph.nodes('Split', [moments], 5, { attributes });
  const ink = graph.node('Max', [mass, graph.scalar(LEAST)]);
  const [x, y, xy, yy] = sums.map((sum) => graph.node('Div', [sum, ink]));
  const covariance = graph.node('Sub', [xy, graph.node('Mul', [x, y])]);
  const variance = graph.node('Sub', [yy, graph.node('Mul', [y, y])]);
  const shear = graph.node('Div', [covariance, graph.node('Max', [variance, graph.scalar(LEAST)])]);
  return graph.node('Concat', [x, y, shear], { attributes: { axis: 1 } });
}

/** pose (n, 3) → (n, 28, 28, 2): where to look for each pixel; the frame reaches from −1 to 1. */
function addSamplingGrid(graph: OnnxGraph, pose: string): string {
  const still = perPixel((x, y) => [x / CENTRE, y / CENTRE]);
  const byX = perPixel(() => [1 / CENTRE, 0]);
  const byY = perPixel(() => [0, 1 / CENTRE]);
  const byShear = perPixel((_, y) => [y / CENTRE, 0]);
  const moves = Float32Array.of(...byX, ...byY, ...byShear);
  const grid = graph.node('Gemm', [
    pose,
    graph.constant(moves, [3, 2 * FRAME_PIXELS]),
    graph.constant(still, [2 * FRAME_PIXELS]),
  ]);
  return graph.reshape(grid, [-1, FRAME_SIDE, FRAME_SIDE, 2]);
}

/** Values for each pixel in turn, from its place relative to the centre. */
function perPixel(values: (x: number, y: number) => readonly number[]): Float32Array {
  const places = Array.from({ length: FRAME_PIXELS }, (_, pixel) =>
    values((pixel % FRAME_SIDE) - CENTRE, Math.floor(pixel / FRAME_SIDE) - CENTRE),
  );
  return Float32Array.from(places.flat());
}
