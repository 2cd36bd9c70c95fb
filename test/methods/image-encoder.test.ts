// Encoders as people export them: for any number of images at once, for one, for a few, and for none that works.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../dist/core/errors.js';
import { createRandom } from '../../dist/core/random.js';
import { createOnnxGraph } from '../../dist/engine/onnx/onnx.js';
import { openImageEncoder } from '../../dist/methods/vectors/image-encoder.js';
import { temporaryFolder } from '../support/folders.js';

const SIDE = 4;
const PIXELS = SIDE * SIDE * 3;

/** Gives each image's pixels in one row, `columns` of them. */
function encoderFile(rows: number | 'n', columns = PIXELS): string {
  const graph = createOnnxGraph('encoder');
  const pixels = graph.input('pixels', 'float32', [rows, 3, SIDE, SIDE]);
  const shape = graph.integers([rows === 'n' ? -1 : rows, columns]);
  graph.output('vectors', graph.node('Reshape', [pixels, shape]), 'float32', [rows, columns]);
  const path = join(temporaryFolder(), 'encoder.onnx');
  writeFileSync(path, graph.encode());
  return path;
}

function someImages(count: number) {
  const random = createRandom(count, 'pixels');
  const data = Uint8Array.from({ length: count * PIXELS }, () => random.integer(256));
  return { data, count, height: SIDE, width: SIDE, channels: 3, ids: Array.from({ length: count }, String) };
}

describe('an encoder of a fixed batch size', () => {
  it.each([1, 4, 16])('of %d gives the vectors of one of any size', async (rows) => {
    const free = await openImageEncoder(encoderFile('n'), 1);
    const fixed = await openImageEncoder(encoderFile(rows), 1);
    for (const count of [1, 3, 4, 9, 16]) {
      const [wanted, found] = [await free.encode(someImages(count)), await fixed.encode(someImages(count))];
      expect([found.rows, found.columns]).toEqual([count, PIXELS]);
      found.data.forEach((value, at) => {
        expect(Math.abs(value - wanted.data[at])).toBeLessThan(1e-6);
      });
    }
    await Promise.all([free.close(), fixed.close()]);
  });
});

/** One whose images are said to be any number, and that works for one: it fails on more, or mixes them. */
function saidToBeOpen(shape: readonly number[]): string {
  const graph = createOnnxGraph('encoder');
  const pixels = graph.input('pixels', 'float32', ['n', 3, SIDE, SIDE]);
  const rows = graph.reshape(graph.reshape(pixels, shape), [-1, PIXELS]);
  // Of a batch that became one row, the mean of all.
  const mean = graph.node('ReduceMean', [rows, graph.integers([0])], { attributes: { keepdims: 1 } });
  const count = graph.node('Shape', [pixels], { attributes: { start: 0, end: 1 } });
  const size = graph.node('Concat', [count, graph.integers([PIXELS])], { attributes: { axis: 0 } });
  graph.output('vectors', graph.node('Expand', [mean, size]), 'float32', ['n', PIXELS]);
  const path = join(temporaryFolder(), 'encoder.onnx');
  writeFileSync(path, graph.encode());
  return path;
}

describe('an encoder that takes any number of images by its own word alone', () => {
  it.each([
    ['fails on more than one', [1, PIXELS]],
    ['mixes them', [1, -1]],
  ])('%s: is asked one by one', async (_, shape) => {
    const free = await openImageEncoder(encoderFile('n'), 1);
    const claimed = await openImageEncoder(saidToBeOpen(shape), 1);
    expect([free.input.rows, claimed.input.rows]).toEqual([null, 1]);
    const [wanted, found] = [await free.encode(someImages(5)), await claimed.encode(someImages(5))];
    expect([found.rows, found.columns]).toEqual([5, PIXELS]);
    found.data.forEach((value, at) => {
      expect(Math.abs(value - wanted.data[at])).toBeLessThan(1e-6);
    });
    await Promise.all([free.close(), claimed.close()]);
  });
});

it('one that fails is refused before it has seen a picture', async () => {
  const failing = openImageEncoder(encoderFile(1, PIXELS + 1), 1);
  await expect(failing).rejects.toThrow(InputError);
  await expect(failing).rejects.toThrow(/export it again/);
});
