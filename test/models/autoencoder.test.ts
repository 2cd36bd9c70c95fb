// The auto-encoders as models: what they declare, what they compute, and their gradients.
import { describe, expect, it } from 'vitest';
import { createRandom } from '#kindred/core/random.js';
import { gradients } from '#kindred/engine/gradients.js';
import { initialParameters, parametersAsConstants } from '#kindred/engine/parameters.js';
import { ANY, byteInput, type Value } from '#kindred/engine/program.js';
import { type AutoencoderShape, autoencoder } from '#kindred/models/autoencoder.js';
import { finiteDifferences, GRADIENT_TOLERANCE } from '../engine/differences.js';
import { plainValue } from '../engine/plain.js';
import { relativeError } from '../support/numbers.js';
import { runProgram } from '../support/program.js';
import { buildNetwork, discs, formulaParameters, NETWORKS, type NetworkName, pixelsOf } from './examples.js';

const NAMES = Object.keys(NETWORKS) as NetworkName[];
/** Images of a batch on the slow side, and how many elements of each parameter are looked at. */
const CHECKED = { images: 2, perParameter: 3 };

/** Smaller twins for the plain, slow side. */
const SMALL: Record<NetworkName, AutoencoderShape> = {
  ...NETWORKS,
  deep: { ...NETWORKS.deep, height: 9, width: 8, hidden: [30, 25, 40] },
  convolutional: { ...NETWORKS.convolutional, height: 13, width: 12 },
  colour: { ...NETWORKS.colour, height: 11, width: 7 },
};

function feedOf(name: NetworkName, images: number) {
  const shape = SMALL[name];
  const built = buildNetwork(shape, images);
  const flat = formulaParameters(built.specs);
  const feed: Record<string, Float32Array | Uint8Array> = { batch: discs(images, shape) };
  for (const { name: parameter, offset, length } of built.specs) {
    feed[parameter] = flat.slice(offset, offset + length);
  }
  return { ...built, shape, flat, feed };
}

describe.each(NAMES)('%s', (name) => {
  it('computes what plain loops compute', async () => {
    const { network, loss, feed } = feedOf(name, CHECKED.images);
    const { code, reconstruction } = network;
    const results = await runProgram({ code, reconstruction, loss }, feed);
    expect(relativeError(results.code, plainValue(code, feed))).toBeLessThan(2e-6);
    expect(relativeError(results.reconstruction, plainValue(reconstruction, feed))).toBeLessThan(2e-6);
    expect(relativeError(results.loss, plainValue(loss, feed))).toBeLessThan(2e-6);
  });

  it('has the gradients of finite differences', async () => {
    const { loss, parameters, specs, feed } = feedOf(name, CHECKED.images);
    const slopes = gradients(loss, parameters);
    const outputs: Record<string, Value> = {};
    specs.forEach((spec, index) => {
      outputs[`gradient:${spec.name}`] = slopes[index];
    });
    const results = await runProgram(outputs, feed);
    const random = createRandom(1, `elements of ${name}`);
    for (const { name: parameter, length } of specs) {
      const gradient = results[`gradient:${parameter}`];
      // Elements at random, and the steepest: where most is at stake.
      const indices = Array.from({ length: CHECKED.perParameter }, () => random.integer(length));
      indices.push(
        gradient.reduce(
          (best, slope, index) => (Math.abs(slope) > Math.abs(gradient[best]) ? index : best),
          0,
        ),
      );
      const expected = finiteDifferences(loss, feed, parameter, indices);
      const actual = indices.map((index) => gradient[index]);
      expect(relativeError(actual, expected), parameter).toBeLessThan(GRADIENT_TOLERANCE);
    }
  });

  it('gives the same codes for any batch', async () => {
    const { shape, network, flat, feed } = feedOf(name, 33);
    const trained = parametersAsConstants(flat);
    const any = autoencoder(byteInput('batch', [ANY, pixelsOf(shape)]), shape, trained.declare);
    const fixed = await runProgram({ code: network.code, images: network.reconstruction }, feed);
    const free = await runProgram({ code: any.code, images: any.reconstruction }, { batch: feed.batch });
    expect(relativeError(free.code, fixed.code)).toBeLessThan(2e-6);
    expect(relativeError(free.images, fixed.images)).toBeLessThan(2e-6);
  });

  it('starts within its bounds, with biases at zero', () => {
    const { specs } = feedOf(name, 1);
    const flat = initialParameters(specs, 3);
    for (const { name: parameter, offset, length, initial } of specs) {
      const values = flat.subarray(offset, offset + length);
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(largest, parameter).toBeLessThanOrEqual(Math.fround(initial.bound));
      if (parameter.endsWith('/biases')) expect(largest, parameter).toBe(0);
      // Of a hundred uniform values the largest is below nine tenths once in 40,000 times.
      else if (length >= 100) expect(largest, parameter).toBeGreaterThan(0.9 * initial.bound);
    }
  });
});

describe('parameters', () => {
  it('of the classic single layer', () => {
    const { specs } = buildNetwork(NETWORKS.dense, 1);
    expect(specs.map(({ name, shape }) => `${name} ${shape}`)).toEqual([
      'encoder/code/weights 784,64',
      'encoder/code/biases 64',
      'decoder/reconstruction/weights 64,784',
      'decoder/reconstruction/biases 784',
    ]);
    expect(specs[0].initial.bound).toBeCloseTo(1 / Math.sqrt(784), 12);
  });

  it('tied: the decoder has biases only', () => {
    const { specs } = buildNetwork(NETWORKS.tied, 1);
    expect(specs.map(({ name }) => name)).toEqual([
      'encoder/code/weights',
      'encoder/code/biases',
      'decoder/reconstruction/biases',
    ]);
  });

  it('of the convolutional network', () => {
    const { specs } = buildNetwork(NETWORKS.colour, 1);
    expect(specs.map(({ name, shape }) => `${name} ${shape}`)).toEqual([
      'encoder/convolution1/weights 5,5,3,16',
      'encoder/convolution1/biases 16',
      'encoder/convolution2/weights 3,3,16,32',
      'encoder/convolution2/biases 32',
      'encoder/code/weights 640,8',
      'encoder/code/biases 8',
      'decoder/dense/weights 8,640',
      'decoder/dense/biases 640',
      'decoder/convolution1/weights 3,3,16,32',
      'decoder/convolution1/biases 16',
      'decoder/reconstruction/weights 5,5,3,16',
      'decoder/reconstruction/biases 3',
    ]);
  });

  it('depend on the seed and on their own name alone', () => {
    const { specs } = buildNetwork(NETWORKS.colour, 1);
    const whole = initialParameters(specs, 3);
    expect(initialParameters(specs, 3)).toEqual(whole);
    expect(initialParameters(specs, 4)).not.toEqual(whole);
    const { offset, length, ...last } = specs[10];
    const alone = initialParameters([{ ...last, offset: 0, length }], 3);
    expect(alone).toEqual(whole.slice(offset, offset + length));
  });
});
