// How a value lies in memory while a training step runs. Where convolutions work, a batch of images is
// split into chunks, so that patches, products and everything between stay in a core's L2 cache.
import type { OnnxGraph } from './onnx/onnx.js';
import type { Shape, Value } from './program.js';

/** Images in a chunk: 16–32 were fastest for 28 × 28 images; whole batches take a third longer. */
export const CHUNK_IMAGES = 32;

/** A value in the graph being written, whole or in chunks; the other form is made when first asked for. */
export interface Placed {
  readonly isChunked: boolean;
  /** One tensor of the value's own shape. */
  whole(): string;
  /** For images in a batch of known size: chunks of images in order, each (images·height·width, channels). */
  chunks(): readonly string[];
  /**
   * For images that are max-pooled: of each chunk four tensors, the first, second, third and fourth pixel of
   * every 2 × 2 window, each (images·⌊height/2⌋·⌊width/2⌋, channels).
   */
  quarters(): readonly (readonly string[])[];
  /** Whether the quarters are what was computed, and the other forms would be made of them. */
  readonly isQuartered: boolean;
}

/** What `make` makes, made when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

export function placeWhole(graph: OnnxGraph, { shape }: Value, tensor: string): Placed {
  const chunks = once(() => splitImages(graph, tensor, shape));
  const quarters = () => splitWindows(graph, chunks(), shape);
  return { isChunked: false, isQuartered: false, whole: () => tensor, chunks, quarters };
}

export function placeChunks(graph: OnnxGraph, { shape }: Value, tensors: readonly string[]): Placed {
  const whole = once(() => joinImages(graph, tensors, shape));
  const quarters = () => splitWindows(graph, tensors, shape);
  return { isChunked: true, isQuartered: false, whole, chunks: () => tensors, quarters };
}

/** Pixels outside of every window (an odd last row or column) are zero. */
export function placeQuarters(
  graph: OnnxGraph,
  { shape }: Value,
  quarters: readonly (readonly string[])[],
): Placed {
  const chunks = once(() => joinWindows(graph, quarters, shape));
  const whole = () => joinImages(graph, chunks(), shape);
  return { isChunked: true, isQuartered: true, whole, chunks, quarters: () => quarters };
}

/** How many images each chunk of a batch of `images` holds. */
export function chunkSizes(images: number): number[] {
  const sizes: number[] = [];
  for (let first = 0; first < images; first += CHUNK_IMAGES)
    sizes.push(Math.min(CHUNK_IMAGES, images - first));
  return sizes;
}

/** The pixel numbers of each quarter of an image, window by window. */
export function quarterPixels(height: number, width: number): Int32Array[] {
  const [rows, columns] = [Math.floor(height / 2), Math.floor(width / 2)];
  return [0, 1, 2, 3].map((quarter) =>
    Int32Array.from({ length: rows * columns }, (_, window) => {
      const row = 2 * Math.floor(window / columns) + (quarter >> 1);
      return row * width + 2 * (window % columns) + (quarter & 1);
    }),
  );
}

/**
 * Where each pixel of an image stands in its four quarters one after the other; pixels outside of every
 * window, and the pixel number height·width, stand in the row behind them.
 */
export function quarterPositions(height: number, width: number): Int32Array {
  const quarters = quarterPixels(height, width);
  const windows = quarters[0].length;
  const positions = new Int32Array(height * width + 1).fill(4 * windows);
  quarters.forEach((pixels, quarter) => {
    pixels.forEach((pixel, window) => {
      positions[pixel] = quarter * windows + window;
    });
  });
  return positions;
}

/** Of each chunk its quarters one after the other and a row of zeros: (images, 4·windows + 1, channels). */
export function quartersAndZero(
  graph: OnnxGraph,
  quarters: readonly (readonly string[])[],
  [images, height, width, channels]: Shape,
): string[] {
  const windows = Math.floor(height / 2) * Math.floor(width / 2);
  return chunkSizes(images).map((size, chunkIndex) => {
    const parts = quarters[chunkIndex].map((quarter) => graph.reshape(quarter, [size, windows, channels]));
    const zero = graph.constant(new Float32Array(size * channels), [size, 1, channels]);
    return graph.node('Concat', [...parts, zero], { attributes: { axis: 1 } });
  });
}

function splitWindows(graph: OnnxGraph, chunks: readonly string[], shape: Shape): string[][] {
  const [images, height, width, channels] = shape;
  const sizes = chunkSizes(images);
  const indices = quarterPixels(height, width).map((pixels) => graph.integers(pixels));
  const windows = Math.floor(height / 2) * Math.floor(width / 2);
  return chunks.map((chunk, chunkIndex) => {
    const size = sizes[chunkIndex];
    const rows = graph.reshape(chunk, [size, height * width, channels]);
    return indices.map((index) => {
      const quarter = graph.gather(rows, index, 1);
      return graph.reshape(quarter, [size * windows, channels]);
    });
  });
}

function joinWindows(
  graph: OnnxGraph,
  quarters: readonly (readonly string[])[],
  shape: Shape,
): readonly string[] {
  const [images, height, width, channels] = shape;
  const sizes = chunkSizes(images);
  const index = graph.integers(quarterPositions(height, width).subarray(0, height * width));
  return quartersAndZero(graph, quarters, shape).map((rows, chunkIndex) => {
    const pixels = graph.gather(rows, index, 1);
    return graph.reshape(pixels, [sizes[chunkIndex] * height * width, channels]);
  });
}

/** The chunks of a batch of images that lie in one tensor. */
export function splitImages(graph: OnnxGraph, tensor: string, shape: Shape): readonly string[] {
  const [images, height, width, channels] = shape;
  const sizes = chunkSizes(images).map((size) => size * height * width);
  const rows = graph.reshape(tensor, [images * height * width, channels]);
  if (sizes.length === 1) return [rows];
  return graph.nodes('Split', [rows, graph.integers(sizes)], sizes.length, { attributes: { axis: 0 } });
}

function joinImages(graph: OnnxGraph, tensors: readonly string[], shape: Shape): string {
  const rows = tensors.length === 1 ? tensors[0] : graph.node('Concat', tensors, { attributes: { axis: 0 } });
  return graph.reshape(rows, shape);
}
