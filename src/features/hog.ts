// Histograms of oriented gradients under the Hellinger kernel: how much edge of which direction lies in which
// part of a picture. Strokes may move a little or change their weight and the vector stays.
//
// Blur (Gaussian, σ 0.7, radius 2, black outside) → central differences (the rim repeated) → 8 signed directions, each
// gradient shared between the nearest two in proportion to its angle → mean over cells of 7 × 7, 4 apart
// → √(v / (‖v‖ + 10⁻³)).
// Sources: Dalal & Triggs, Histograms of oriented gradients (CVPR 2005); Arandjelović & Zisserman, Three things
// everyone should know to improve object retrieval (CVPR 2012) for the root.
//
// Everything that is linear and separable is a small matrix a direction, so that the work is matrix products;
// a convolution and a pooling operator take three times as long. Directions are told apart without atan2 and
// without a pass a direction over the angle: see addDirections.
import { float, type OnnxGraph } from '../engine/onnx/onnx.js';
import { FRAME_SIDE, transposed } from './frame.js';

const DIRECTIONS = 8;
/** Cells along each side, their width and distance in pixels; the outer ones reach two pixels past the rim. */
const CELLS = 7;
const CELL_WIDTH = 7;
const CELL_STEP = 4;
const CELL_OVERHANG = 2;
/** Numbers in a histogram vector. */
export const HOG_COLUMNS = DIRECTIONS * CELLS * CELLS;

const BLUR_SIGMA = 0.7;
const BLUR_RADIUS = 2;
/** Added to the norm: pictures with hardly an edge keep small vectors. */
const NORM_OFFSET = 1e-3;

/** view float32 (n, 1, 28, 28), 0 … 1 → (n, 392), in the order direction, cell row, cell column. */
export function addHog(graph: OnnxGraph, view: string): string {
  const { along, down } = addGradients(graph, view);
  const cells = addCells(graph, addDirections(graph, along, down));
  const norm = graph.node('ReduceL2', [cells, graph.integers([1])], { attributes: { keepdims: 1 } });
  const offset = graph.node('Add', [norm, graph.scalar(NORM_OFFSET)]);
  return graph.node('Sqrt', [graph.node('Div', [cells, offset])]);
}

/** view (n, 1, 28, 28) → the blurred picture's derivatives along the rows and down the columns, (n, 28, 28). */
function addGradients(graph: OnnxGraph, view: string): { along: string; down: string } {
  const blur = blurMatrix();
  const slope = slopeMatrix(blur);
  const matrix = (values: Float32Array) => graph.constant(values, [FRAME_SIDE, FRAME_SIDE]);
  const rows = graph.node('Reshape', [view, graph.integers([-1, FRAME_SIDE])]);
  const product = (horizontal: Float32Array, vertical: Float32Array) => {
    const across = graph.node('MatMul', [rows, matrix(transposed(horizontal, FRAME_SIDE, FRAME_SIDE))]);
    const pictures = graph.node('Reshape', [across, graph.integers([-1, FRAME_SIDE, FRAME_SIDE])]);
    return graph.node('MatMul', [matrix(vertical), pictures]);
  };
  return { along: product(slope, blur), down: product(blur, slope) };
}

/**
 * Gradients (n, 28, 28) → one map for each direction, 45° apart from +x on: the gradients' lengths, each
 * shared between two neighbouring directions.
 *
 * With g = (x, y) and m = ‖g‖, the half angle to the x axis is atan(|y| / (m + |x|)), from 0 to 45°: nothing is
 * cancelled and nothing divided by zero. It tells how much goes to the axis x, to the axis y and to the
 * diagonal between; the signs of x and y tell to which end.
 */
function addDirections(graph: OnnxGraph, x: string, y: string): string[] {
  const squares = graph.node('Add', [graph.node('Mul', [x, x]), graph.node('Mul', [y, y])]);
  const length = graph.node('Sqrt', [squares]);
  const base = graph.node('Add', [graph.node('Add', [length, graph.scalar(1e-30)]), graph.node('Abs', [x])]);
  const half = graph.node('Atan', [graph.node('Div', [graph.node('Abs', [y]), base])]);
  // 2 · half is 0, 45 and 90° at +x, the diagonal and +y: 0, 1 and 2 steps of a direction.
  const steps = DIRECTIONS / Math.PI;
  const ramp = (slope: number, start: number) =>
    graph.node('HardSigmoid', [half], { attributes: { alpha: float(slope), beta: float(start) } });
  const onX = graph.node('Mul', [length, ramp(-steps, 1)]);
  const onY = graph.node('Mul', [length, ramp(steps, -1)]);
  const onDiagonal = graph.node('Sub', [length, graph.node('Add', [onX, onY])]);
  const isPositive = (value: string) =>
    graph.node('HardSigmoid', [value], { attributes: { alpha: float(1e30), beta: float(0) } });
  const right = isPositive(x);
  const below = isPositive(y);
  /** [the part where `side` is 1, the rest]. */
  const divide = (map: string, side: string) => {
    const part = graph.node('Mul', [map, side]);
    return [part, graph.node('Sub', [map, part])];
  };
  const [plusX, minusX] = divide(onX, right);
  const [plusY, minusY] = divide(onY, below);
  const [diagonalRight, diagonalLeft] = divide(onDiagonal, right);
  const [rightBelow, rightAbove] = divide(diagonalRight, below);
  const [leftBelow, leftAbove] = divide(diagonalLeft, below);
  return [plusX, rightBelow, plusY, leftBelow, minusX, leftAbove, minusY, rightAbove];
}

/** 8 maps (n, 28, 28) → (n, 392): means over the cells. */
function addCells(graph: OnnxGraph, maps: readonly string[]): string {
  const cells = cellMatrix();
  const sideBySide = graph.node('Concat', maps, { attributes: { axis: 2 } });
  const rows = graph.node('MatMul', [graph.constant(cells, [CELLS, FRAME_SIDE]), sideBySide]);
  const lines = graph.node('Reshape', [rows, graph.integers([-1, FRAME_SIDE])]);
  const means = graph.node('MatMul', [
    lines,
    graph.constant(transposed(cells, CELLS, FRAME_SIDE), [FRAME_SIDE, CELLS]),
  ]);
  const split = graph.node('Reshape', [means, graph.integers([-1, CELLS, DIRECTIONS, CELLS])]);
  const ordered = graph.node('Transpose', [split], { attributes: { perm: [0, 2, 1, 3] } });
  return graph.node('Reshape', [ordered, graph.integers([-1, HOG_COLUMNS])]);
}

/** (28, 28): the Gaussian along a line, black outside. */
function blurMatrix(): Float32Array {
  const kernel = Array.from({ length: 2 * BLUR_RADIUS + 1 }, (_, place) =>
    Math.exp(-((place - BLUR_RADIUS) ** 2) / (2 * BLUR_SIGMA ** 2)),
  );
  const total = kernel.reduce((sum, weight) => sum + weight, 0);
  return lineMatrix(FRAME_SIDE, (target, place) => (kernel[place - target + BLUR_RADIUS] ?? 0) / total);
}

/** (28, 28): central differences of what `blur` gives, its first and last value repeated. */
function slopeMatrix(blur: Float32Array): Float32Array {
  return lineMatrix(FRAME_SIDE, (target, place) => {
    const after = Math.min(target + 1, FRAME_SIDE - 1);
    const before = Math.max(target - 1, 0);
    return (blur[after * FRAME_SIDE + place] - blur[before * FRAME_SIDE + place]) / 2;
  });
}

/** (7, 28): the mean over each cell; what lies past the rim counts as 0. */
function cellMatrix(): Float32Array {
  return lineMatrix(CELLS, (cell, place) => {
    const offset = place - (cell * CELL_STEP - CELL_OVERHANG);
    return offset >= 0 && offset < CELL_WIDTH ? 1 / CELL_WIDTH : 0;
  });
}

/** (rows, 28). */
function lineMatrix(rows: number, weight: (row: number, place: number) => number): Float32Array {
  return Float32Array.from({ length: rows * FRAME_SIDE }, (_, index) =>
    weight(Math.floor(index / FRAME_SIDE), index % FRAME_SIDE),
  );
}
