// The same program for a batch of known size (gathers and products over chunks) and for any batch (the
// runtime's own Conv and ConvTranspose): two ways to one result.
import { describe, expect, it } from 'vitest';
import {
  add,
  centredGeometry,
  convolution,
  matmul,
  maxPool,
  multiply,
  relu,
  reshape,
  sigmoid,
  softmax,
  transposedConvolution,
} from '#kindred/engine/operations.js';
import { ANY, input, sizeOf, type Value } from '#kindred/engine/program.js';
import { normals, relativeError } from '../support/numbers.js';
import { runProgram } from '../support/program.js';
import { CONVOLUTION_EXAMPLES } from './operation-cases.js';

/** Two orders of summation in float32. */
const TOLERANCE = 2e-6;

const EXAMPLES = CONVOLUTION_EXAMPLES.map((example) => {
  const { geometry: g, images, channels, outChannels } = example;
  const name = `${images} × ${g.height}×${g.width}, ${channels} → ${outChannels}, ${g.kernel}×${g.kernel}s${g.stride}`;
  return [name, example] as const;
});

async function expectEqual(
  build: (images: number) => Value,
  feed: Record<string, Float32Array>,
  images: number,
) {
  const [fixed, any] = await Promise.all([images, ANY].map((batch) => runProgram({ y: build(batch) }, feed)));
  expect(relativeError(any.y, fixed.y)).toBeLessThan(TOLERANCE);
}

describe('any batch', () => {
  it.each(EXAMPLES)('convolution of %s', async (name, { images, channels, outChannels, geometry }) => {
    const { height, width, kernel: side } = geometry;
    const build = (batch: number) =>
      convolution(
        input('x', [batch, height, width, channels]),
        input('kernel', [side, side, channels, outChannels]),
        input('bias', [outChannels]),
        geometry,
      );
    const feed = {
      x: normals(images * height * width * channels, `${name} x`),
      kernel: normals(side * side * channels * outChannels, `${name} kernel`),
      bias: normals(outChannels, `${name} bias`),
    };
    await expectEqual(build, feed, images);
  });

  it.each(EXAMPLES)(
    'transposed convolution of %s',
    async (name, { images, channels, outChannels, geometry }) => {
      const { outHeight, outWidth, kernel: side } = geometry;
      const build = (batch: number) =>
        transposedConvolution(
          input('x', [batch, outHeight, outWidth, outChannels]),
          input('kernel', [side, side, channels, outChannels]),
          input('bias', [channels]),
          geometry,
        );
      const feed = {
        x: normals(images * outHeight * outWidth * outChannels, `${name} y`),
        kernel: normals(side * side * channels * outChannels, `${name} kernel`),
        bias: normals(channels, `${name} bias`),
      };
      await expectEqual(build, feed, images);
    },
  );

  it('convolution, pooling and rows', async () => {
    const geometry = centredGeometry(8, 6, 3, 1);
    const build = (batch: number) => {
      const y = convolution(input('x', [batch, 8, 6, 2]), input('kernel', [3, 3, 2, 5]), null, geometry);
      const rows = add(multiply(maxPool(y), input('row', [5])), input('other', [5]));
      return softmax(reshape(maxPool(rows), [batch, 10]));
    };
    const feed = {
      x: normals(40 * 96, 'pooling x'),
      kernel: normals(90, 'pooling kernel'),
      row: normals(5, 'pooling row'),
      other: normals(5, 'pooling other'),
    };
    await expectEqual(build, feed, 40);
  });

  it('convolution, product and back again', async () => {
    const { geometry, channels, outChannels } = CONVOLUTION_EXAMPLES[4];
    const small = [geometry.outHeight, geometry.outWidth, outChannels];
    const features = sizeOf(small);
    const build = (batch: number) => {
      const x = input('x', [batch, geometry.height, geometry.width, channels]);
      const kernel = input('kernel', [geometry.kernel, geometry.kernel, channels, outChannels]);
      const folded = relu(convolution(x, kernel, null, geometry));
      const mixed = matmul(reshape(folded, [batch, features]), input('weights', [features, features]));
      return sigmoid(transposedConvolution(reshape(mixed, [batch, ...small]), kernel, null, geometry));
    };
    const feed = {
      x: normals(70 * geometry.height * geometry.width * channels, 'there and back x'),
      kernel: normals(geometry.kernel ** 2 * channels * outChannels, 'there and back kernel'),
      weights: normals(features * features, 'there and back weights').map((weight) => weight / features),
    };
    await expectEqual(build, feed, 70);
  });
});
