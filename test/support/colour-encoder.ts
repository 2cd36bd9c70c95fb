// An image encoder that fits into a few nodes, and pictures that it tells apart by their colour.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import sharp from 'sharp';
import { createRandom } from '#kindred/core/random.js';
import { createOnnxGraph } from '#kindred/engine/onnx/onnx.js';

/** float32 (n, 3, 8, 8) → `colour` (n, 3): the mean of each channel. */
export function colourEncoder(): Uint8Array {
  const graph = createOnnxGraph('encoder');
  const images = graph.input('pixel_values', 'float32', ['n', 3, 8, 8]);
  const mean = graph.node('ReduceMean', [images, graph.integers([2, 3])], { attributes: { keepdims: 0 } });
  graph.output('colour', mean, 'float32', ['n', 3]);
  return graph.encode();
}

/** Writes the encoder and how it wants its pictures into `folder`, which is made; gives the model's path. */
export function writeColourEncoder(folder: string): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'tiny.onnx'), colourEncoder());
  const middle = [0.5, 0.5, 0.5];
  const config = { size: { height: 8, width: 8 }, image_mean: middle, image_std: middle };
  writeFileSync(join(folder, 'preprocessor_config.json'), JSON.stringify(config));
  return join(folder, 'tiny.onnx');
}

export type Colour = readonly [red: number, green: number, blue: number];
export const PICTURE_SIDE = 12;

/** Pictures (count, side, side, 3) of a colour, each a little off it and full of noise; equal names give equal ones. */
export function colouredPixels(colour: Colour, count: number, name: string): Uint8Array {
  const random = createRandom(11, name);
  const pixels = PICTURE_SIDE ** 2;
  const data = new Uint8Array(count * pixels * 3);
  for (let picture = 0; picture < count; picture++) {
    const own = colour.map((channel) => channel + random.integer(41) - 20);
    for (let at = 0; at < pixels * 3; at++) {
      const value = own[at % 3] + random.integer(61) - 30;
      data[picture * pixels * 3 + at] = Math.min(255, Math.max(0, value));
    }
  }
  return data;
}

/** The same as `count` PNG files in `folder`, which is made; the last two parts of its path are their name. */
export async function writeColoured(folder: string, colour: Colour, count: number): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const size = PICTURE_SIDE ** 2 * 3;
  const pixels = colouredPixels(colour, count, folder.split(sep).slice(-2).join('/'));
  const raw = { width: PICTURE_SIDE, height: PICTURE_SIDE, channels: 3 } as const;
  for (let picture = 0; picture < count; picture++) {
    const data = pixels.subarray(picture * size, (picture + 1) * size);
    const file = join(folder, `${String(picture).padStart(3, '0')}.png`);
    await sharp(data, { raw }).png().toFile(file);
  }
}
