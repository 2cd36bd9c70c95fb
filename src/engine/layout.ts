// How a value lies in memory while a training step runs. Where convolutions work, a batch of images is
// split into chunks, so that patches, products and everything between stay in a core's L2 cache.
import type { OnnxGraph } from './onnx.js';
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
}

export function placeWhole(graph: OnnxGraph, value: Value, tensor: string): Placed {
  let chunks: readonly string[] | undefined;
  return {
    isChunked: false,
    whole: () => tensor,
    chunks() {
      chunks ??= splitImages(graph, tensor, value.shape);
      return chunks;
    },
  };
}

export function placeChunks(graph: OnnxGraph, value: Value, tensors: readonly string[]): Placed {
  let whole: string | undefined;
  return {
    isChunked: true,
    whole() {
      whole ??= joinImages(graph, tensors, value.shape);
      return whole;
    },
    chunks: () => tensors,
  };
}

/** How many images each chunk of a batch of `images` holds. */
export function chunkSizes(images: number): number[] {
  const sizes: number[] = [];
  for (let first = 0; first < images; first += CHUNK_IMAGES)
    sizes.push(Math.min(CHUNK_IMAGES, images - first));
  return sizes;
}

function splitImages(graph: OnnxGraph, tensor: string, shape: Shape): readonly string[] {
  const [images, height, width, channels] = shape;
  const sizes = chunkSizes(images).map((size) => size * height * width);
  const rows = graph.node('Reshape', [tensor, graph.integers([images * height * width, channels])]);
  if (sizes.length === 1) return [rows];
  return graph.nodes('Split', [rows, graph.integers(sizes)], sizes.length, { attributes: { axis: 0 } });
}

function joinImages(graph: OnnxGraph, tensors: readonly string[], shape: Shape): string {
  const rows = tensors.length === 1 ? tensors[0] : graph.node('Concat', tensors, { attributes: { axis: 0 } });
  return graph.node('Reshape', [rows, graph.integers(shape)]);
}
