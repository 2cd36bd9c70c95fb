// The networks that tests train, small enough to be quick, and images for them that both this side and the
// recording in Python can compute: whole numbers only, so that not a bit differs.
import {
  type Declare,
  type ParameterSpec,
  parametersAsInputs,
  totalLength,
} from '#kindred/engine/parameters.js';
import { byteInput, type Value } from '#kindred/engine/program.js';
import type { LossOf } from '#kindred/engine/training/train-step.js';
import {
  type Autoencoder,
  type AutoencoderShape,
  autoencoder,
  reconstructionLoss,
} from '#kindred/models/autoencoder.js';

const IMAGE = { height: 28, width: 28, channels: 1, convolution: false, hidden: [], tied: false };

/** Every kind of auto-encoder of the house. `recorded-losses.py` holds the same table. */
export const NETWORKS = {
  dense: { ...IMAGE, encodingSize: 64 },
  tied: { ...IMAGE, encodingSize: 64, tied: true },
  deep: { ...IMAGE, hidden: [500, 500, 2000], encodingSize: 10 },
  convolutional: { ...IMAGE, convolution: true, encodingSize: 32 },
  colour: { ...IMAGE, height: 19, width: 14, channels: 3, convolution: true, encodingSize: 8 },
} as const satisfies Record<string, AutoencoderShape>;

export type NetworkName = keyof typeof NETWORKS;

export const pixelsOf = ({ height, width, channels }: AutoencoderShape) => height * width * channels;

/** The loss of training, a sum over the images. */
export function lossOf(shape: AutoencoderShape): LossOf {
  return (batch, declare) => reconstructionLoss(autoencoder(batch, shape, declare));
}

export interface BuiltNetwork {
  readonly network: Autoencoder;
  readonly loss: Value;
  readonly specs: readonly ParameterSpec[];
  readonly parameters: readonly Value[];
}

/** The network on a batch of `images` called `batch`, its parameters inputs of their own names. */
export function buildNetwork(shape: AutoencoderShape, images: number): BuiltNetwork {
  const { declare, specs } = parametersAsInputs();
  const parameters: Value[] = [];
  const kept: Declare = (...parameter) => parameters[parameters.push(declare(...parameter)) - 1];
  const network = autoencoder(byteInput('batch', [images, pixelsOf(shape)]), shape, kept);
  return { network, loss: reconstructionLoss(network), specs, parameters };
}

/** Parameters by a formula: uniform in the bound of each, and small biases instead of zeros. */
export function formulaParameters(specs: readonly ParameterSpec[]): Float32Array {
  const flat = new Float32Array(totalLength(specs));
  for (const { offset, length, initial } of specs) {
    const bound = initial.kind === 'uniform' ? initial.bound : 0.05;
    for (let index = offset; index < offset + length; index++) {
      flat[index] = ((scramble(index) / 2 ** 32) * 2 - 1) * bound;
    }
  }
  return flat;
}

/** A disc of its own in each image and channel: (count, height·width·channels). */
export function discs(count: number, { height, width, channels }: AutoencoderShape): Uint8Array {
  const images = new Uint8Array(count * height * width * channels);
  let position = 0;
  for (let image = 0; image < count; image++) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        for (let channel = 0; channel < channels; channel++) {
          const number = image * channels + channel;
          const down = row - (scramble(3 * number) % height);
          const right = column - (scramble(3 * number + 1) % width);
          const slope = 1 + (scramble(3 * number + 2) % 9);
          images[position++] = Math.max(0, 255 - slope * (down * down + right * right));
        }
      }
    }
  }
  return images;
}

/** A fixed shuffling of the 32-bit integers (the finalizer of MurmurHash3). */
function scramble(index: number): number {
  let bits = (index + 0x9e3779b9) >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
