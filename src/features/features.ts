// What kin compares images by: each seen twice, as it is and deskewed, and each view as 64 numbers. No decision is
// needed whether a dataset wants deskewing: the neighbour graphs of both are added.
//
// Everything is an ONNX graph (frame → view → gradient histogram → principal components), so that training,
// `predict` and classifier.onnx compute the same.
import { type Matrix, matrix, takeRows } from '../core/matrix.js';
import type { ReportProgress } from '../core/progress.js';
import { inSharedMemory } from '../core/shared-memory.js';
import type { ImageShape, Images } from '../data/source.js';
import { createOnnxGraph, type OnnxGraph } from '../engine/onnx/onnx.js';
import { type RunModelOptions, runModel } from '../engine/runtime/model-runner.js';
import { addDeskew } from './deskew.js';
import { addFrame, addPixels, FRAME_PIXELS, isFramed } from './frame.js';
import { addHog, HOG_COLUMNS } from './hog.js';
import { addProjection, fitPrincipalComponents, type Projection, project } from './pca.js';

/** Numbers an image and view. */
export const FEATURE_COLUMNS = 64;

export interface ViewFeatures {
  /** (n, 784): the view, black 0 to white 255, in shared memory. */
  readonly pixels: Uint8Array;
  /** (n, 64), in shared memory. */
  readonly features: Matrix;
  readonly projection: Projection;
}

export interface ImageFeatures {
  /** The images as they are, and deskewed. */
  readonly views: readonly [raw: ViewFeatures, deskewed: ViewFeatures];
}

export interface FeatureOptions {
  /** Which images the principal components are fitted to; all where left out. */
  readonly fittedTo?: Int32Array;
  readonly threads: number;
  readonly report: ReportProgress;
  readonly signal: AbortSignal;
}

type View = 'raw' | 'deskewed';

/** Images whose maps stay in a core's own cache. */
const BLOCK_IMAGES = 64;

/** Both views of all images. Throws an InterruptedError when the signal aborts. */
export async function imageFeatures(images: Images, options: FeatureOptions): Promise<ImageFeatures> {
  const shared = { ...images, data: inSharedMemory(images.data) };
  const part = (place: number): FeatureOptions => ({
    ...options,
    // An image is done when both of its views are.
    report: ({ stage, done, unit }) =>
      options.report({
        stage,
        done: Math.floor((place * images.count + done) / 2),
        total: images.count,
        unit,
      }),
  });
  const raw = await viewFeatures(shared, 'raw', part(0));
  return { views: [raw, await viewFeatures(shared, 'deskewed', part(1))] };
}

/** The images as they are, and deskewed: the pixels of both views, (n, 784) each. */
export async function imageLooks(
  images: Images,
  options: FeatureOptions,
): Promise<readonly [raw: Uint8Array, deskewed: Uint8Array]> {
  const { height, width, channels, count } = images;
  const data = inSharedMemory(images.data);
  const rows = { inputName: IMAGES, shape: [height, width, channels], data, count };
  const run: RunModelOptions = { ...options, stage: 'features', unit: 'images', blockRows: BLOCK_IMAGES };
  const look = async (view: View) => {
    if (isItsOwnView(images, view)) return data;
    const graph = createOnnxGraph(view);
    graph.output(PIXEL_OUTPUT.name, addPixels(graph, addView(graph, images, view)), 'uint8', [
      'n',
      FRAME_PIXELS,
    ]);
    return (await runModel(graph.encode(), rows, [PIXEL_OUTPUT], run)).pixels;
  };
  return [await look('raw'), await look('deskewed')];
}

/** The features of one view in a larger graph: float32 (n, 1, 28, 28) → (n, 64). */
export function addFeatures(graph: OnnxGraph, view: string, projection: Projection): string {
  return addProjection(graph, addHog(graph, view), projection);
}

async function viewFeatures(images: Images, view: View, options: FeatureOptions): Promise<ViewFeatures> {
  const run: RunModelOptions = { ...options, stage: 'features', unit: 'images', blockRows: BLOCK_IMAGES };
  const { height, width, channels, data, count } = images;
  const rows = { inputName: IMAGES, shape: [height, width, channels], data, count };
  const { hog, pixels } = await runModel(writeView(images, view), rows, outputsOf(images, view), run);
  const quiet: RunModelOptions = { ...run, blockRows: undefined, report: () => {} };
  const histograms = matrix(count, HOG_COLUMNS, hog);
  const fittedTo = options.fittedTo === undefined ? histograms : takeRows(histograms, options.fittedTo);
  const projection = await fitPrincipalComponents(fittedTo, FEATURE_COLUMNS, quiet);
  const features = await project(histograms, projection, quiet);
  return { pixels: isItsOwnView(images, view) ? data : pixels, features, projection };
}

const IMAGES = 'images';
const HOG_OUTPUT = { name: 'hog', columns: HOG_COLUMNS } as const;
const PIXEL_OUTPUT = { name: 'pixels', columns: FRAME_PIXELS, type: 'uint8' } as const;

function isItsOwnView(shape: ImageShape, view: View): boolean {
  return view === 'raw' && isFramed(shape);
}

function outputsOf(shape: ImageShape, view: View): readonly (typeof HOG_OUTPUT | typeof PIXEL_OUTPUT)[] {
  return isItsOwnView(shape, view) ? [HOG_OUTPUT] : [HOG_OUTPUT, PIXEL_OUTPUT];
}

/** `images` uint8 (n, height, width, channels) → what outputsOf names: `hog` (n, 392), `pixels` uint8 (n, 784). */
function writeView(shape: ImageShape, view: View): Uint8Array {
  const graph = createOnnxGraph(view);
  const seen = addView(graph, shape, view);
  graph.output(HOG_OUTPUT.name, addHog(graph, seen), 'float32', ['n', HOG_COLUMNS]);
  if (!isItsOwnView(shape, view)) {
    graph.output(PIXEL_OUTPUT.name, addPixels(graph, seen), 'uint8', ['n', FRAME_PIXELS]);
  }
  return graph.encode();
}

/** `images` uint8 (n, height, width, channels) → float32 (n, 1, 28, 28). */
function addView(graph: OnnxGraph, shape: ImageShape, view: View): string {
  const { height, width, channels } = shape;
  const images = graph.input(IMAGES, 'uint8', ['n', height, width, channels]);
  const frame = addFrame(graph, images, shape);
  return view === 'raw' ? frame : addDeskew(graph, frame);
}
