// Encoders as people export them: for any number of images at once, for one, for a few, and for none that works.
import { describe, expect, it } from 'vitest';
import { InputError } from '../../dist/core/errors.js';
import { createOnnxGraph } from '../../dist/engine/onnx/onnx.js';
import { openImageEncoder } from '../../dist/methods/vectors/image-encoder.js';
import { encoderFileOf, randomImages } from '../support/encoder-files.js';

const SIDE = 4;
const PIXELS = SIDE * SIDE * 3;

/** Gives each image's pixels in one row, `columns` of them. */
function encoderFile(rows: number | 'n', columns = PIXELS): string {
  const graph = createOnnxGraph('encoder');
  const pixels = graph.input('pixels', 'float32', [rows, 3, SIDE, SIDE]);
  const shape = graph.integers([rows === 'n' ? -1 : rows, columns]);
  graph.output('vectors', graph.node('Reshape', [pixels, shape]), 'float32', [rows, columns]);
  return encoderFileOf(graph);
}

describe('an encoder of a fixed batch size', () => {
  it.each([1, 4, 16])('of %d gives the vectors of one of any size', async (rows) => {
    const free = await openImageEncoder(encoderFile('n'), 1);
    const fixed = await openImageEncoder(encoderFile(rows), 1);
    for (const count of [1, 3, 4, 9, 16]) {
      const [wanted, found] = [
        await free.encode(randomImages(count, SIDE)),
        await fixed.encode(randomImages(count, SIDE)),
      ];
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
  return encoderFileOf(graph);
}

describe('an encoder that takes any number of images by its own word alone', () => {
  it.each([
    ['fails on more than one', [1, PIXELS]],
    ['mixes them', [1, -1]],
  ])('%s: is asked one by one', async (_, shape) => {
    const free = await openImageEncoder(encoderFile('n'), 1);
    const claimed = await openImageEncoder(saidToBeOpen(shape), 1);
    expect([free.input.rows, claimed.input.rows]).toEqual([null, 1]);
    const [wanted, found] = [
      await free.encode(randomImages(5, SIDE)),
      await claimed.encode(randomImages(5, SIDE)),
    ];
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
