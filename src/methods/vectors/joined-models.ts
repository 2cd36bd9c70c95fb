// An encoder and the classifier of its vectors as one model, for programs that know nothing of kindred: pixels in, kind out.
// Between the two stands what image-encoder.ts does with the encoder's output, as nodes.
import { firstLine, InputError } from '../../core/errors.js';
import { type Matrix, matrixRow } from '../../core/matrix.js';
import type { EncoderInput, EncoderOutput, Pixels } from '../../core/pictures/encoding.js';
import { createRandom } from '../../core/random.js';
import type { Images } from '../../data/source.js';
import { addColumn } from '../../engine/onnx/nearest-rows.js';
import { createOnnxGraph, type OnnxGraph } from '../../engine/onnx/onnx.js';
import { opsetFor } from '../../engine/onnx/raising.js';
import { createSession, floatValues, hostTensor } from '../../engine/runtime/session.js';
import { ANSWER, VECTORS } from '../kin/kin-classifier.js';
import { type ImageEncoder, SAME_VECTOR } from './image-encoder.js';

/** The input of a joined model. */
export const PIXELS = 'pixel_values';

/** An encoder's file, and what is read from it. */
export interface EncoderModel {
  readonly model: Uint8Array;
  readonly input: EncoderInput;
  readonly output: EncoderOutput;
  /** Numbers of a vector. */
  readonly columns: number;
  /** The file in messages. */
  readonly called: string;
}

/**
 * `pixel_values`, as the encoder takes them but of any number n of images → `features` float32 (n, d), of unit length. Throws
 * an InputError where the encoder has a part that cannot be joined.
 */
export function writePixelEncoder(encoder: EncoderModel): Uint8Array<ArrayBuffer> {
  const graph = createOnnxGraph('encoder', '', opsetFor([encoder.model], encoder.called));
  const vectors = addPixelVectors(graph, encoder);
  graph.output(VECTORS, vectors, 'float32', ['n', encoder.columns]);
  return graph.encode({ 'kindred.input': describePixels(encoder.input) });
}

/**
 * The same pixels → `cluster` int64 (n), `confidence` float32 (n) and `known` bool (n), by a classifier of the encoder's
 * vectors.
 */
export function writePixelClassifier(encoder: EncoderModel, classifier: Uint8Array): Uint8Array<ArrayBuffer> {
  const graph = createOnnxGraph('classifier', '', opsetFor([encoder.model, classifier], encoder.called));
  const vectors = addPixelVectors(graph, encoder);
  const { cluster, confidence, known } = graph.embed(classifier, 'classifier_', { [VECTORS]: vectors });
  graph.output('cluster', cluster, 'int64', ['n']);
  graph.output('confidence', confidence, 'float32', ['n']);
  graph.output('known', known, 'bool', ['n']);
  return graph.encode({
    'kindred.input': describePixels(encoder.input),
    'kindred.output': ANSWER,
  });
}

function describePixels(input: EncoderInput): string {
  const values = input.normalisation === null ? '0–255' : 'normalised as the model was trained';
  return `${PIXELS}: ${input.type}, n × ${sidesOf(input).join(' × ')} (RGB, ${values})`;
}

/** The axes of one image. */
export function sidesOf({ channelsFirst, height, width }: EncoderInput): [number, number, number] {
  return channelsFirst ? [3, height, width] : [height, width, 3];
}

/** The graph's input, and the vectors of its images (n, d), of unit length. */
function addPixelVectors(graph: OnnxGraph, encoder: EncoderModel): string {
  const { input } = encoder;
  const pixels = graph.input(PIXELS, input.type, ['n', ...sidesOf(input)]);
  const rows = input.rows === null ? addVectors(graph, encoder, pixels) : addInChunks(graph, encoder, pixels);
  return addUnitLength(graph, rows);
}

/** The encoder, and its vectors as they come: of tokens the first one, of maps the mean over the area. */
function addVectors(
  graph: OnnxGraph,
  { model, input, output, called }: EncoderModel,
  pixels: string,
): string {
  const options = { called, wanted: [output.name] };
  const found = graph.embed(model, 'encoder_', { [input.name]: pixels }, options)[output.name];
  if (output.rank === 2) return found;
  if (output.rank === 3) return addColumn(graph, found, 0);
  return graph.node('ReduceMean', [found, graph.integers([2, 3])], { attributes: { keepdims: 0 } });
}

/** For an encoder of `rows` images at once: that many after the other, the last ones filled up with zeros and left out again. */
function addInChunks(graph: OnnxGraph, encoder: EncoderModel, pixels: string): string {
  const { input, columns, called } = encoder;
  const rows = input.rows!;
  const sides = sidesOf(input);
  const body = createOnnxGraph('chunk', 'chunk/', opsetFor([encoder.model], called));
  const chunk = body.input('chunk/pixels', input.type, [rows, ...sides]);
  body.output('chunk/vectors', addVectors(body, encoder, chunk), 'float32', [rows, columns]);

  const count = graph.node('Shape', [pixels], { attributes: { start: 0, end: 1 } });
  const size = graph.integers([rows]);
  const chunks = graph.node('Div', [graph.node('Add', [count, graph.integers([rows - 1])]), size]);
  const missing = graph.node('Sub', [graph.node('Mul', [chunks, size]), count]);
  const parts = [graph.integers([0, 0, 0, 0]), missing, graph.integers([0, 0, 0])];
  const padding = graph.node('Concat', parts, { attributes: { axis: 0 } });
  const filled = graph.node('Pad', [pixels, padding]);
  const found = graph.node('Scan', [graph.reshape(filled, [-1, rows, ...sides])], {
    attributes: { body: { graph: body }, num_scan_inputs: 1 },
  });
  return graph.node('Slice', [graph.reshape(found, [-1, columns]), graph.integers([0]), count]);
}

/** Rows of unit length; one of zeros stays. The largest value is taken out first, so that no square is too large or too small. */
function addUnitLength(graph: OnnxGraph, rows: string): string {
  const axis = graph.integers([1]);
  const least = graph.scalar(1e-30);
  const attributes = { keepdims: 1 };
  const largest = graph.node('ReduceMax', [graph.node('Abs', [rows]), axis], { attributes });
  const scaled = graph.node('Div', [rows, graph.node('Max', [largest, least])]);
  const length = graph.node('ReduceL2', [scaled, axis], { attributes });
  return graph.node('Div', [scaled, graph.node('Max', [length, least])]);
}

/** What an encoder says of a few images of noise, for `requireSame`. */
export interface EncoderTrial {
  readonly pixels: Pixels;
  readonly vectors: Matrix;
}

/** One image more than the encoder takes at once, so that the last ones have to be filled up. */
export async function tryEncoder(encoder: ImageEncoder): Promise<EncoderTrial> {
  const { preparation, input } = encoder;
  const { height, width } = preparation;
  const count = (input.rows ?? 1) + 1;
  const random = createRandom(0, 'trial');
  const data = Uint8Array.from({ length: count * height * width * 3 }, () => random.integer(256));
  const images: Images = {
    height,
    width,
    channels: 3,
    data,
    count,
    ids: Array.from({ length: count }, String),
  };
  return { pixels: encoder.pixels(images), vectors: await encoder.encode(images) };
}

/**
 * Runs joined models as `writePixelEncoder` and `writePixelClassifier` write them. Throws an InputError where one does not run, or
 * the encoder in it does not say what it says alone.
 */
export async function requireSame(
  joined: Uint8Array,
  { pixels, vectors }: EncoderTrial,
  { called }: EncoderModel,
  threads: number,
): Promise<void> {
  const session = await runnable(called, () => createSession(joined, { threads, isQuiet: true }));
  try {
    const outputs = await runnable(called, () =>
      session.run({ [PIXELS]: hostTensor(pixels.values, pixels.shape) }),
    );
    if (!(VECTORS in outputs)) return;
    const found = floatValues(outputs[VECTORS]);
    const distance = farthest(found, vectors);
    if (distance <= SAME_VECTOR) return;
    throw new InputError(
      `${called} gives other vectors within a joined model than alone, up to ${distance.toFixed(3)} apart: ${AGAIN}`,
    );
  } finally {
    await session.release();
  }
}

const AGAIN = 'export it again with operator set 21.';

async function runnable<T>(called: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    throw new InputError(`${called} does not run within a joined model (${firstLine(cause)}): ${AGAIN}`, {
      cause,
    });
  }
}

/** The largest distance of two rows; infinite where the shapes differ or a value is no number. */
function farthest(found: Float32Array, wanted: Matrix): number {
  if (found.length !== wanted.data.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let row = 0; row < wanted.rows; row++) {
    const alone = matrixRow(wanted, row);
    const distance = Math.hypot(...alone.map((value, at) => value - found[row * wanted.columns + at]));
    if (!(distance <= most)) most = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance;
  }
  return most;
}
