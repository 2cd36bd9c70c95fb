// The common frame: every image, whatever its size, as a grey picture of 28 × 28. All lengths of the method (the
// blur, the cells of the gradient histograms, the kernels of the networks) are pixels of this frame: that
// is how they stay in proportion to the side of an image.
//
// Grey is the mean of the channels. A picture that is not square is centred on a black square. The square is
// brought to the frame by one fixed matrix a direction: the mean over the area where it shrinks, cubic
// interpolation (Keys 1981, a = −¾, the pixels at the rim repeated) where it grows.
import type { ImageShape } from '../data/source.js';
import type { OnnxGraph } from '../engine/onnx/onnx.js';

/** Pixels along each side of the frame. */
export const FRAME_SIDE = 28;
export const FRAME_PIXELS = FRAME_SIDE * FRAME_SIDE;

/** Do these images lie in the frame as they are? */
export function isFramed({ height, width, channels }: ImageShape): boolean {
  return height === FRAME_SIDE && width === FRAME_SIDE && channels === 1;
}

/** images uint8 (n, height, width, channels) → float32 (n, 1, 28, 28), 0 … 1. */
export function addFrame(graph: OnnxGraph, images: string, shape: ImageShape): string {
  const { height, width, channels } = shape;
  const values = graph.node('Cast', [images], { attributes: { to: 1 } });
  const bright = graph.node('Mul', [values, graph.scalar(1 / 255)]);
  if (isFramed(shape)) return asFrames(graph, bright);
  const grey =
    channels === 1
      ? graph.node('Reshape', [bright, graph.integers([-1, height, width])])
      : graph.node('ReduceMean', [bright, graph.integers([3])], { attributes: { keepdims: 0 } });
  if (height === FRAME_SIDE && width === FRAME_SIDE) return asFrames(graph, grey);
  const side = Math.max(height, width);
  const rows = resampling(height, side);
  const columns = transposed(resampling(width, side), FRAME_SIDE, width);
  const across = graph.node('MatMul', [grey, graph.constant(columns, [width, FRAME_SIDE])]);
  const both = graph.node('MatMul', [graph.constant(rows, [FRAME_SIDE, height]), across]);
  // Cubic interpolation swings past black and white beside an edge.
  return asFrames(graph, graph.node('Clip', [both, graph.scalar(0), graph.scalar(1)]));
}

/** The frame, or a view of it, as bytes: float32 (n, 1, 28, 28), 0 … 1 → uint8 (n, 784). */
export function addPixels(graph: OnnxGraph, view: string): string {
  const scaled = graph.node('Round', [graph.node('Mul', [view, graph.scalar(255)])]);
  const flat = graph.node('Reshape', [scaled, graph.integers([-1, FRAME_PIXELS])]);
  return graph.node('Cast', [flat], { attributes: { to: 2 } });
}

function asFrames(graph: OnnxGraph, pictures: string): string {
  return graph.node('Reshape', [pictures, graph.integers([-1, 1, FRAME_SIDE, FRAME_SIDE])]);
}

/** (28, length): what each of `length` pixels, centred on a black line of `side`, gives to each of the frame. */
function resampling(length: number, side: number): Float32Array {
  const weights = new Float32Array(FRAME_SIDE * length);
  const margin = Math.floor((side - length) / 2);
  const scale = side / FRAME_SIDE;
  const give = (target: number, place: number, weight: number) => {
    const pixel = Math.min(Math.max(place, 0), side - 1) - margin;
    if (pixel >= 0 && pixel < length) weights[target * length + pixel] += weight;
  };
  for (let target = 0; target < FRAME_SIDE; target++) {
    if (scale > 1) {
      const [start, end] = [target * scale, (target + 1) * scale];
      for (let place = Math.floor(start); place < end; place++) {
        give(target, place, (Math.min(end, place + 1) - Math.max(start, place)) / scale);
      }
    } else {
      const centre = (target + 0.5) * scale - 0.5;
      const left = Math.floor(centre);
      for (let place = left - 1; place <= left + 2; place++) give(target, place, cubic(place - centre));
    }
  }
  return weights;
}

/** Keys' cubic convolution kernel with a = −¾. */
function cubic(distance: number): number {
  const a = -0.75;
  const x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? a * (((x - 5) * x + 8) * x - 4) : 0;
}

/** (rows, columns) → (columns, rows). */
export function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(
    { length: rows * columns },
    (_, index) => values[(index % rows) * columns + Math.floor(index / rows)],
  );
}
