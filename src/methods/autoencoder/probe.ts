// Looks at a network while it trains: loss, every layer's activations and some reconstructions, on a few
// fixed images of the dataset and on a few held out.
import { type ImageShape, type Images, pixelsPerImage } from '../../data/source.js';
import { writeModel } from '../../engine/lowering.js';
import { type ParameterSpec, parametersAsInputs } from '../../engine/parameters.js';
import { ANY, byteInput } from '../../engine/program.js';
import {
  createSession,
  floatValues,
  hostTensor,
  type Session,
  type TensorMap,
} from '../../engine/runtime/session.js';
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

/** Images that a probe looks at: enough for a histogram, few enough to take a few hundredths of a second. */
export const PROBE_IMAGES = 500;
const PICTURES = 12;

export async function createProbe(shape: AutoencoderShape): Promise<LookThrough> {
  const { model, specs, layers } = writeProbe(shape);
  const session = await createSession(model);
  return (parameters, images) => look(session, specs, layers, parameters, images);
}

/** The first `count` images of a stack, as views. */
export function firstImages(images: Images, count: number): Images {
  const kept = Math.min(count, images.count);
  const data = images.data.subarray(0, kept * pixelsPerImage(images));
  return { ...images, data, count: kept, ids: images.ids.slice(0, kept) };
}

function writeProbe(shape: AutoencoderShape) {
  const { declare, specs } = parametersAsInputs();
  const batch = byteInput('batch', [ANY, pixelsPerImage(shape)]);
  const network = autoencoder(batch, shape, declare);
  const outputs = { ...network.activations, 'probe/loss': reconstructionLoss(network) };
  return { model: writeModel(outputs, { name: 'probe' }), specs, layers: Object.keys(network.activations) };
}

async function look(
  session: Session,
  specs: readonly ParameterSpec[],
  layers: readonly string[],
  parameters: Float32Array,
  images: Images,
): Promise<Probe> {
  const pixels = pixelsPerImage(images);
  const inputs: TensorMap = {
    // A copy: the images may lie in shared memory, which the runtime does not take.
    batch: hostTensor(images.data.slice(), [images.count, pixels]),
  };
  for (const { name, shape, offset, length } of specs) {
    inputs[name] = hostTensor(parameters.subarray(offset, offset + length), shape);
  }
  const outputs = await session.run(inputs);
  const activations = Object.fromEntries(layers.map((layer) => [layer, floatValues(outputs[layer])]));
  const count = Math.min(PICTURES, images.count);
  return {
    loss: floatValues(outputs['probe/loss'])[0] / images.count,
    activations,
    pictures: {
      height: images.height,
      width: images.width,
      channels: images.channels,
      count,
      inputs: images.data.slice(0, count * pixels),
      reconstructions: activations[layers[layers.length - 1]].slice(0, count * pixels),
    },
  };
}
