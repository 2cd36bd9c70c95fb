// Image encoders of a few nodes, and images for them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom } from '#kindred/core/random.js';
import type { Images } from '#kindred/data/source.js';
import type { OnnxGraph } from '#kindred/engine/onnx/onnx.js';
import { temporaryFolder } from './folders.js';

/** The path of a file that holds the encoder. */
export function encoderFileOf(graph: OnnxGraph): string {
  const path = join(temporaryFolder(), 'encoder.onnx');
  writeFileSync(path, graph.encode());
  return path;
}

/** `count` images of `side` × `side` random bytes. */
export function randomImages(count: number, side: number): Images {
  const random = createRandom(count, 'pixels');
  const data = Uint8Array.from({ length: count * side * side * 3 }, () => random.integer(256));
  return { data, count, height: side, width: side, channels: 3, ids: Array.from({ length: count }, String) };
}
