// Runs the graphs of src/features on images: every stage that a test may want to look at.
import type { ImageShape } from '#kindred/data/source.js';
import { createOnnxGraph } from '#kindred/engine/onnx/onnx.js';
import { createSession, floatValues, hostTensor } from '#kindred/engine/runtime/session.js';
import { addDeskew } from '#kindred/features/deskew.js';
import { addFrame } from '#kindred/features/frame.js';
import { addHog } from '#kindred/features/hog.js';

export const DIGIT: ImageShape = { height: 28, width: 28, channels: 1 };
const STAGES = ['frame', 'deskewed', 'hogRaw', 'hogDeskewed'] as const;

/** `images` uint8 (n, height, width, channels) → `frame` and `deskewed` (n, 1, 28, 28), both views' HOG (n, 392). */
export function writeStages({ height, width, channels }: ImageShape): Uint8Array {
  const graph = createOnnxGraph('stages');
  const images = graph.input('images', 'uint8', ['n', height, width, channels]);
  const frame = addFrame(graph, images, { height, width, channels });
  const deskewed = addDeskew(graph, frame);
  graph.output('hogRaw', addHog(graph, frame), 'float32', ['n', 392]);
  graph.output('hogDeskewed', addHog(graph, deskewed), 'float32', ['n', 392]);
  graph.output('frame', frame, 'float32', ['n', 1, 28, 28]);
  graph.output('deskewed', deskewed, 'float32', ['n', 1, 28, 28]);
  return graph.encode();
}

export async function runStages(pixels: Uint8Array, shape: ImageShape) {
  const { height, width, channels } = shape;
  const session = await createSession(writeStages(shape));
  const count = pixels.length / (height * width * channels);
  const outputs = await session.run({
    images: hostTensor(Uint8Array.from(pixels), [count, height, width, channels]),
  });
  const values = STAGES.map((name) => [name, Float32Array.from(floatValues(outputs[name]))] as const);
  await session.release();
  return Object.fromEntries(values) as Record<(typeof STAGES)[number], Float32Array>;
}

/** One image (height, width, channels) from a formula. */
export function picture(
  { height, width, channels }: ImageShape,
  ink: (row: number, column: number, channel: number) => number,
): Uint8Array {
  return Uint8Array.from({ length: height * width * channels }, (_, index) => {
    const pixel = Math.floor(index / channels);
    return ink(Math.floor(pixel / width), pixel % width, index % channels);
  });
}
