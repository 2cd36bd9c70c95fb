// Looks at a network while it trains: loss, every layer's activations and some reconstructions, on a few
// fixed images of the dataset and on a few held out.
import { type ImageShape, type Images, pixelsPerImage } from '../../data/source.js';
import { writeModel } from '../../engine/lowering.js';
import { parametersAsInputs } from '../../engine/parameters.js';
import { ANY, byteInput } from '../../engine/program.js';
import { createSession, floatValues, hostTensor, type TensorMap } from '../../engine/runtime/session.js';
import { type AutoencoderShape, autoencoder, reconstructionLoss } from '../../models/autoencoder.js';

/** What the network does with one set of images. */
export interface Probe {
  /** Mean squared error a pixel, pixels from 0 to 1. */
  readonly loss: number;
  /** Each layer's outputs for all images, by the layer's name. */
  readonly activations: Readonly<Record<string, Float32Array>>;
  /** The first images and what the decoder makes of them. */
  readonly pictures: ReconstructedImages;
}

export interface ReconstructedImages extends ImageShape {
  readonly count: number;
  readonly inputs: Uint8Array;
  /** Intensities, 1 is white; values outside 0 … 1 happen. */
  readonly reconstructions: Float32Array;
}

/** Looks through the network with the given parameters (flat, in the order declared). */
export type LookThrough = (parameters: Float32Array, images: Images) => Promise<Probe>;

/** Enough images for a histogram, few enough to take a few hundredths of a second. */
const WATCHED = 500;
const PICTURES = 12;

export async function createProbe(shape: AutoencoderShape): Promise<LookThrough> {
  const pixels = pixelsPerImage(shape);
  const { declare, specs } = parametersAsInputs();
  const network = autoencoder(byteInput('batch', [ANY, pixels]), shape, declare);
  const layers = Object.keys(network.activations);
  const values = { ...network.activations, 'probe/loss': reconstructionLoss(network) };
  const session = await createSession(writeModel(values, 'probe'));
  return async (parameters, { height, width, channels, data, count: images }) => {
    // A copy: the images may lie in shared memory, which the runtime does not take.
    const inputs: TensorMap = { batch: hostTensor(data.slice(), [images, pixels]) };
    for (const { name, shape: extents, offset, length } of specs) {
      inputs[name] = hostTensor(parameters.subarray(offset, offset + length), extents);
    }
    const outputs = await session.run(inputs);
    const activations = Object.fromEntries(layers.map((layer) => [layer, floatValues(outputs[layer])]));
    const count = Math.min(PICTURES, images);
    return {
      loss: floatValues(outputs['probe/loss'])[0] / images,
      activations,
      pictures: {
        height,
        width,
        channels,
        count,
        inputs: data.slice(0, count * pixels),
        reconstructions: activations[layers[layers.length - 1]].slice(0, count * pixels),
      },
    };
  };
}

/** The images that a probe looks at: the first of a stack, as views. */
export function watchedOf(images: Images): Images {
  const count = Math.min(WATCHED, images.count);
  const data = images.data.subarray(0, count * pixelsPerImage(images));
  return { ...images, data, count, ids: images.ids.slice(0, count) };
}
