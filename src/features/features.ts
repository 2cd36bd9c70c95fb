// What kin compares images by: each seen twice, as it is and deskewed, and each view as 64 numbers. No decision is
// needed whether a dataset wants deskewing: the neighbour graphs of both are added.
//
// Everything is an ONNX graph (frame → view → gradient histogram → principal components), so that training,
// `predict` and classifier.onnx compute the same.
import { type Matrix, matrix, takeRows } from '../core/matrix.js';
import type { Work } from '../core/progress.js';
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

export interface FeatureOptions extends Required<Work> {
  /** Which images the principal components are fitted to; all where left out. */
  readonly fittedTo?: Int32Array;
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
  const shared = { ...images, data: inSharedMemory(images.data) };
  const pixelsOf = async (view: View) =>
    isItsOwnView(shared, view) ? shared.data : (await look(shared, view, [PIXEL_OUTPUT], options)).pixels;
  return [await pixelsOf('raw'), await pixelsOf('deskewed')];
}

/** The features of one view in a larger graph: float32 (n, 1, 28, 28) → (n, 64). */
export function addFeatures(graph: OnnxGraph, view: string, projection: Projection): string {
  return addProjection(graph, addHog(graph, view), projection);
}

async function viewFeatures(images: Images, view: View, options: FeatureOptions): Promise<ViewFeatures> {
  const isOwn = isItsOwnView(images, view);
  const outputs = isOwn ? [HOG_OUTPUT] : [HOG_OUTPUT, PIXEL_OUTPUT];
  const { hog, pixels } = await look(images, view, outputs, options);
  const quiet: RunModelOptions = { ...options, stage: 'features', unit: 'images', report: () => {} };
  const histograms = matrix(images.count, HOG_COLUMNS, hog);
  const fittedTo = options.fittedTo === undefined ? histograms : takeRows(histograms, options.fittedTo);
  const projection = await fitPrincipalComponents(fittedTo, FEATURE_COLUMNS, quiet);
  const features = await project(histograms, projection, quiet);
  return { pixels: isOwn ? images.data : pixels, features, projection };
}

const IMAGES = 'images';
const HOG_OUTPUT = { name: 'hog', columns: HOG_COLUMNS } as const;
const PIXEL_OUTPUT = { name: 'pixels', columns: FRAME_PIXELS, type: 'uint8' } as const;

function isItsOwnView(shape: ImageShape, view: View): boolean {
  return view === 'raw' && isFramed(shape);
}

/** What is asked of one view of the images: `hog` (n, 392), `pixels` uint8 (n, 784). */
function look<Output extends typeof HOG_OUTPUT | typeof PIXEL_OUTPUT>(
  images: Images,
  view: View,
  outputs: readonly Output[],
  options: FeatureOptions,
) {
  const { height, width, channels, data, count } = images;
  const graph = createOnnxGraph(view);
  const seen = addView(graph, images, view);
  for (const { name } of outputs) {
    if (name === 'hog') graph.output(name, addHog(graph, seen), 'float32', ['n', HOG_COLUMNS]);
    else graph.output(name, addPixels(graph, seen), 'uint8', ['n', FRAME_PIXELS]);
  }
  const rows = { inputName: IMAGES, shape: [height, width, channels], data, count };
  const run: RunModelOptions = { ...options, stage: 'features', unit: 'images', blockRows: BLOCK_IMAGES };
  return runModel(graph.encode(), rows, outputs, run);
}

/** `images` uint8 (n, height, width, channels) → float32 (n, 1, 28, 28). */
function addView(graph: OnnxGraph, shape: ImageShape, view: View): string {
  const { height, width, channels } = shape;
  const images = graph.input(IMAGES, 'uint8', ['n', height, width, channels]);
  const frame = addFrame(graph, images, shape);
  return view === 'raw' ? frame : addDeskew(graph, frame);
}
