// Convolutions of a training step as gathers and matrix products over chunks of images. ONNX Runtime's own
// Conv reaches 19–31 GF/s a core and its weight gradient 8–16; a GEMM over patches that stay in L2 reaches
// 50 and more. The few cases where the runtime's operator is faster (one output channel) use it.
import {
  CHUNK_IMAGES,
  chunkSizes,
  type Placed,
  placeChunks,
  placeQuarters,
  placeWhole,
  quarterPixels,
  quarterPositions,
  quartersAndZero,
  splitImages,
} from '../layout.js';
import type { OnnxGraph } from '../onnx/onnx.js';
import type { ConvolutionGeometry, Value } from '../program.js';
import { transposedAttributes } from './operators.js';
import { chooseRows, findRuns, patchIndices, subPixelPlan } from './plans.js';

/** What the lowering of a convolution works with: the graph, and where each input was placed. */
export interface ConvolutionContext {
  readonly graph: OnnxGraph;
  readonly placed: (value: Value) => Placed;
  /** Patches of one-channel images, kept from the forward pass for the kernel's gradient. */
  readonly keptPatches: Map<Value, { geometry: ConvolutionGeometry; patches: readonly string[] }>;
  /** Convolutions that go into a max pooling and nowhere else. */
  readonly onlyPooled: ReadonlySet<Value>;
}

/**
 * Before a max pooling the four pixels of every 2 × 2 window as four products: the pooling then takes the largest of whole
 * tensors, and the patches of each are a quarter as large (0.7 MB instead of 2.7: they stay in L2).
 */
export function lowerConvolution(
  y: Value,
  geometry: ConvolutionGeometry,
  context: ConvolutionContext,
): Placed {
  const { graph, placed, onlyPooled } = context;
  const [x, kernel, bias] = y.inputs;
  const weights = flatKernel(kernel, context);
  const biasTensor = bias === undefined ? null : placed(bias).whole();
  const weighed = (patch: string) => product(graph, patch, weights, biasTensor);
  if (!onlyPooled.has(y)) return placeChunks(graph, y, patchesOf(x, geometry, context).map(weighed));
  const chunks = gatherQuarters(x, geometry, context);
  return placeQuarters(
    graph,
    y,
    chunks.map((quarters) => quarters.map(weighed)),
  );
}

/** The patches under the pixels of each quarter of the output: [chunk][quarter]. */
function gatherQuarters(x: Value, geometry: ConvolutionGeometry, context: ConvolutionContext): string[][] {
  return gatherRows(x, tableOf(geometry), quarterPixels(geometry.outHeight, geometry.outWidth), context);
}

/** Σ over chunks of patchesᵀ · dy. */
export function lowerKernelGradient(
  y: Value,
  geometry: ConvolutionGeometry,
  context: ConvolutionContext,
): Placed {
  const { graph, placed } = context;
  const [x, dy] = y.inputs;
  const byQuarters = placed(dy).isQuartered && x.shape[3] > 1;
  const patches = byQuarters ? gatherQuarters(x, geometry, context).flat() : patchesOf(x, geometry, context);
  const dyChunks = byQuarters ? placed(dy).quarters().flat() : placed(dy).chunks();
  const parts = patches.map((patch, chunkIndex) =>
    graph.node('Gemm', [patch, dyChunks[chunkIndex]], { attributes: { transA: 1 } }),
  );
  const total = parts.length === 1 ? parts[0] : graph.node('Sum', parts);
  return placeWhole(graph, y, graph.reshape(total, y.shape));
}

export function lowerTransposedConvolution(
  y: Value,
  geometry: ConvolutionGeometry,
  context: ConvolutionContext,
): Placed {
  return y.shape[3] === 1 ? toOneChannel(y, geometry, context) : bySubPixels(y, geometry, context);
}

/** Patches chunk by chunk: (images·outHeight·outWidth, k·k·channels) each. */
function patchesOf(x: Value, geometry: ConvolutionGeometry, context: ConvolutionContext): readonly string[] {
  if (x.shape[3] === 1) return keptPatches(x, geometry, context);
  // A fresh index for every use: with a shared one the runtime would merge the gathers of forward and
  // backward pass, and keep all patches in memory between them.
  return gatherRows(x, tableOf(geometry), null, context).flat();
}

/** Neighbouring patches share a kernel's row where kernels overlap by all but one column. */
function tableOf(geometry: ConvolutionGeometry): PixelTable {
  const { kernel, stride } = geometry;
  return { indices: patchIndices(geometry), taps: kernel * kernel, run: stride === 1 ? kernel : 1 };
}

interface PixelTable {
  /** Pixel numbers: (rows, taps). */
  readonly indices: Int32Array;
  readonly taps: number;
  /** So many taps after another come again in other rows: they are gathered once, then as a whole. 1: none. */
  readonly run: number;
}

/**
 * For each image rows of `taps` pixels: [chunk][subset], (images·rows, taps·channels) each. `subsets` are the rows
 * of the table that each tensor is to hold; null: all of them in one.
 */
function gatherRows(
  x: Value,
  { indices, taps, run }: PixelTable,
  subsets: readonly Int32Array[] | null,
  { graph, placed }: ConvolutionContext,
): string[][] {
  const [images, height, width, channels] = x.shape;
  const place = placed(x);
  const positions = place.isQuartered ? quarterPositions(height, width) : null;
  const pixels = positions === null ? indices : indices.map((pixel) => positions[pixel]);
  const { runs, table } = findRuns(pixels, run);
  const blocks = taps / run;
  const runIndex = run === 1 ? null : graph.freshIntegers(runs, [runs.length / run, run]);
  const parts = (subsets ?? [null]).map((rows) => {
    const chosen = rows === null ? table : chooseRows(table, rows, blocks);
    return {
      index: graph.freshIntegers(chosen, [chosen.length / blocks, blocks]),
      rows: chosen.length / blocks,
    };
  });
  // Where the kernel never leaves the image no zero is needed.
  const isInside = !indices.includes(height * width);
  const withZero = (chunk: string, size: number): string => {
    const pixelRows = graph.reshape(chunk, [size, height * width, channels]);
    return isInside ? pixelRows : graph.node('Pad', [pixelRows, graph.integers([0, 0, 0, 0, 1, 0])]);
  };
  const gather = (source: string, index: string, shape: readonly number[]) =>
    graph.reshape(graph.gather(source, index, 1), shape);
  const quarters = positions === null ? null : quartersAndZero(graph, place.quarters(), x.shape);
  return chunkSizes(images).map((size, chunkIndex) => {
    const source = quarters?.[chunkIndex] ?? withZero(place.chunks()[chunkIndex], size);
    const joined =
      runIndex === null ? source : gather(source, runIndex, [size, runs.length / run, run * channels]);
    return parts.map(({ index, rows }) => gather(joined, index, [size * rows, taps * channels]));
  });
}

/**
 * Patches of one-channel images: gathering whole rows of (pixel, image) instead of single floats takes
 * 0.8 ms instead of 4.9 for a batch of 128.
 */
function keptPatches(
  x: Value,
  geometry: ConvolutionGeometry,
  context: ConvolutionContext,
): readonly string[] {
  const { graph, placed, keptPatches: kept } = context;
  const known = kept.get(x);
  if (known?.geometry === geometry) return known.patches;
  const [images, height, width] = x.shape;
  const { outHeight, outWidth, kernel } = geometry;
  const taps = kernel * kernel;
  const transpose = { attributes: { perm: [1, 0] } };
  const pixels = graph.reshape(placed(x).whole(), [images, height * width]);
  const byPixel = graph.node('Transpose', [pixels], transpose);
  const padded = graph.node('Pad', [byPixel, graph.integers([0, 0, 1, 0])]);
  const index = graph.integers(patchIndices(geometry));
  const gathered = graph.gather(padded, index, 0);
  const byImage = graph.node('Transpose', [gathered], transpose);
  const patches = splitImages(graph, byImage, [images, outHeight, outWidth, taps]);
  kept.set(x, { geometry, patches });
  return patches;
}

/** One product a phase of output rows; the phases are interleaved row by row and cut to the image. */
function bySubPixels(y: Value, geometry: ConvolutionGeometry, context: ConvolutionContext): Placed {
  const { graph, placed } = context;
  const [x, kernel, bias] = y.inputs;
  const { height, width, stride, kernel: side } = geometry;
  const [, , channels, outChannels] = kernel.shape;
  const { phases, blockRows, blockColumns } = subPixelPlan(geometry);
  const rowFloats = blockColumns * stride * channels;

  const taps = graph.reshape(placed(kernel).whole(), [side * side, channels * outChannels]);
  const tapsAndZero = graph.node('Pad', [taps, graph.integers([0, 0, 1, 0])]);
  const biasRow =
    bias === undefined ? null : graph.node('Tile', [placed(bias).whole(), graph.integers([stride])]);

  const phaseChunks = phases.map((phase) => {
    // (taps, stride, c, o) → (taps · o, stride · c)
    const chosen = graph.gather(tapsAndZero, graph.integers(phase.weights), 0);
    const split = graph.reshape(chosen, [phase.taps, stride * channels, outChannels]);
    const turned = graph.transpose(split, [0, 2, 1]);
    const weights = graph.reshape(turned, [phase.taps * outChannels, stride * channels]);
    const table = { indices: phase.neighbours, taps: phase.taps, run: stride === 1 ? side : 1 };
    const subsets = stride === 1 ? consecutiveRows(blockRows * blockColumns, phase.taps * outChannels) : null;
    return gatherRows(x, table, subsets, context).map((patches, chunkIndex) => {
      const parts = patches.map((patch) => product(graph, patch, weights, biasRow));
      if (subsets === null || parts.length === 1) return parts[0];
      const size = chunkSizes(y.shape[0])[chunkIndex];
      const images = parts.map((part, index) => graph.reshape(part, [size, subsets[index].length, channels]));
      return graph.node('Concat', images, { attributes: { axis: 1 } });
    });
  });

  const sizes = chunkSizes(y.shape[0]);
  const chunks = sizes.map((size, chunkIndex) => {
    const rows = phaseChunks.map((chunk) =>
      graph.reshape(chunk[chunkIndex], [size * blockRows, 1, rowFloats]),
    );
    const joined = rows.length === 1 ? rows[0] : graph.node('Concat', rows, { attributes: { axis: 1 } });
    const fits = blockRows * stride === height && blockColumns * stride === width;
    const cut = fits
      ? joined
      : crop(graph, joined, [size, blockRows * stride, blockColumns * stride, channels], y);
    return graph.reshape(cut, [size * height * width, channels]);
  });
  return placeChunks(graph, y, chunks);
}

/** Floats of patches that a chunk may have at once, so that they stay in L2 (1 MB on the machine measured). */
const PATCH_FLOATS = 256 * 1024;

/** The numbers below `rows` in equal parts, each of a chunk's patches with `columns` floats a row. */
function consecutiveRows(rows: number, columns: number): Int32Array[] {
  const parts = Math.min(rows, Math.ceil((CHUNK_IMAGES * rows * columns) / PATCH_FLOATS));
  const bounds = Array.from({ length: parts + 1 }, (_, part) => Math.floor((rows * part) / parts));
  return bounds.slice(1).map((end, part) => {
    return Int32Array.from({ length: end - bounds[part] }, (_, index) => bounds[part] + index);
  });
}

function crop(
  graph: OnnxGraph,
  tensor: string,
  shape: readonly number[],
  { shape: [, height, width] }: Value,
): string {
  const images = graph.reshape(tensor, shape);
  const bounds = [graph.integers([0, 0]), graph.integers([height, width]), graph.integers([1, 2])];
  return graph.node('Slice', [images, ...bounds]);
}

/** To one channel the runtime's ConvTranspose is faster than gathering single floats. */
function toOneChannel(y: Value, geometry: ConvolutionGeometry, context: ConvolutionContext): Placed {
  const { graph, placed } = context;
  const [x, kernel, bias] = y.inputs;
  const { outHeight, outWidth, kernel: side } = geometry;
  const outChannels = kernel.shape[3];
  const turned = graph.transpose(flatKernel(kernel, context), [1, 0]);
  const weights = graph.reshape(turned, [outChannels, 1, side, side]);
  const sizes = chunkSizes(y.shape[0]);
  const chunks = placed(x)
    .chunks()
    .map((chunk, chunkIndex) => {
      const size = sizes[chunkIndex];
      const pixelRows = graph.reshape(chunk, [size, outHeight * outWidth, outChannels]);
      const planes = graph.transpose(pixelRows, [0, 2, 1]);
      const images = graph.reshape(planes, [size, outChannels, outHeight, outWidth]);
      const inputs = bias === undefined ? [images, weights] : [images, weights, placed(bias).whole()];
      const up = graph.node('ConvTranspose', inputs, { attributes: transposedAttributes(geometry) });
      return graph.reshape(up, [size * geometry.height * geometry.width, 1]);
    });
  return placeChunks(graph, y, chunks);
}

/** Kernel (k, k, c, o) as the matrix (k·k·c, o). */
function flatKernel(kernel: Value, { graph, placed }: ConvolutionContext): string {
  const [side, , channels, outChannels] = kernel.shape;
  return graph.reshape(placed(kernel).whole(), [side * side * channels, outChannels]);
}

function product(graph: OnnxGraph, patches: string, weights: string, bias: string | null): string {
  return bias === null
    ? graph.node('MatMul', [patches, weights])
    : graph.node('Gemm', [patches, weights, bias]);
}
