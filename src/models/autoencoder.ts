// The auto-encoders: the classic's single dense layer, a deep dense one, and the one with convolutions.
// Each is a function on engine values: images in, code and reconstruction out.
//
// Weights start uniform in ±1/√(fan in) (the heuristic of Glorot & Bengio 2010, eq. 1), a decoder's kernel as
// the encoder's that it mirrors; biases start at zero. Held-out error chose: 0.0071 for the convolutional
// network against 0.0099 with the wider starts of He et al. (2015), and no seed's ReLUs die.
import {
  centredGeometry,
  convolution,
  matmul,
  pixels,
  relu,
  reshape,
  scale,
  subtract,
  sumOfSquares,
  transposedConvolution,
} from '../engine/operations.js';
import { type Declare, scaled, ZERO } from '../engine/parameters.js';
import type { ConvolutionGeometry, Value } from '../engine/program.js';

/** What fixes the shape of an auto-encoder. */
export interface AutoencoderShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly convolution: boolean;
  /** Widths of the dense layers between image and code. */
  readonly hidden: readonly number[];
  readonly encodingSize: number;
  /** The decoder uses the encoder's weights, transposed (dense networks only). */
  readonly tied: boolean;
}

export interface Autoencoder {
  /** (n, encodingSize). */
  readonly code: Value;
  /** (n, pixels), on the scale of `target`. */
  readonly reconstruction: Value;
  /** The images as the network sees them: (n, pixels), 0 … 1. */
  readonly target: Value;
  /** Every layer's output by the layer's name, in order. */
  readonly activations: Readonly<Record<string, Value>>;
}

/** The auto-encoder of raw images `batch` (n, pixels) uint8; parameters come from `declare`. */
export function autoencoder(batch: Value, shape: AutoencoderShape, declare: Declare): Autoencoder {
  const target = pixels(batch);
  return shape.convolution ? convolutional(target, shape, declare) : dense(target, shape, declare);
}

/** Mean squared error a pixel, summed over the images: Σ (reconstruction − target)² / pixels. */
export function reconstructionLoss({ reconstruction, target }: Autoencoder): Value {
  return scale(sumOfSquares(subtract(reconstruction, target)), 1 / target.shape[1]);
}

function dense(target: Value, shape: AutoencoderShape, declare: Declare): Autoencoder {
  const widths = [target.shape[1], ...shape.hidden, shape.encodingSize];
  const layers = widths.length - 1;
  const activations: Record<string, Value> = {};
  const weightsOf: Value[] = [];

  let value = target;
  for (let layer = 0; layer < layers; layer++) {
    const [from, to] = [widths[layer], widths[layer + 1]];
    const isCode = layer === layers - 1;
    const name = isCode ? 'encoder/code' : `encoder/dense${layer + 1}`;
    const weights = declare(`${name}/weights`, [from, to], scaled(from));
    weightsOf.push(weights);
    value = matmul(value, weights, declare(`${name}/biases`, [to], ZERO));
    if (!isCode) value = relu(value);
    activations[name] = value;
  }
  const code = value;
  for (let layer = layers - 1; layer >= 0; layer--) {
    const [to, from] = [widths[layer], widths[layer + 1]];
    const isOutput = layer === 0;
    const name = isOutput ? 'decoder/reconstruction' : `decoder/dense${layer}`;
    const weights = shape.tied ? weightsOf[layer] : declare(`${name}/weights`, [from, to], scaled(from));
    value = matmul(value, weights, declare(`${name}/biases`, [to], ZERO), { transposeB: shape.tied });
    if (!isOutput) value = relu(value);
    activations[name] = value;
  }
  return { code, reconstruction: value, target, activations };
}

/** Channels after the first and second convolution, and the sides of their kernels. Both halve the image. */
const CHANNELS = [16, 32] as const;
const KERNELS = [5, 3] as const;
const STRIDE = 2;

function convolutional(target: Value, shape: AutoencoderShape, declare: Declare): Autoencoder {
  const { height, width, channels, encodingSize } = shape;
  const batch = target.shape[0];
  const outer = centredGeometry(height, width, KERNELS[0], STRIDE);
  const inner = centredGeometry(outer.outHeight, outer.outWidth, KERNELS[1], STRIDE);
  const features = inner.outHeight * inner.outWidth * CHANNELS[1];
  const activations: Record<string, Value> = {};
  const kernel = (name: string, { kernel: side }: ConvolutionGeometry, from: number, to: number) =>
    declare(`${name}/weights`, [side, side, from, to], scaled(side ** 2 * from));

  let value = reshape(target, [batch, height, width, channels]);
  let from: number = channels;
  for (const [index, geometry] of [outer, inner].entries()) {
    const name = `encoder/convolution${index + 1}`;
    const to = CHANNELS[index];
    const weights = kernel(name, geometry, from, to);
    value = relu(convolution(value, weights, declare(`${name}/biases`, [to], ZERO), geometry));
    activations[name] = value;
    from = to;
  }
  const code = matmul(
    reshape(value, [batch, features]),
    declare('encoder/code/weights', [features, encodingSize], scaled(features)),
    declare('encoder/code/biases', [encodingSize], ZERO),
  );
  activations['encoder/code'] = code;
  const unfolded = matmul(
    code,
    declare('decoder/dense/weights', [encodingSize, features], scaled(encodingSize)),
    declare('decoder/dense/biases', [features], ZERO),
  );
  value = relu(unfolded);
  activations['decoder/dense'] = value;

  value = reshape(value, [batch, inner.outHeight, inner.outWidth, CHANNELS[1]]);
  const innerWeights = kernel('decoder/convolution1', inner, CHANNELS[0], CHANNELS[1]);
  const innerBiases = declare('decoder/convolution1/biases', [CHANNELS[0]], ZERO);
  value = relu(transposedConvolution(value, innerWeights, innerBiases, inner));
  activations['decoder/convolution1'] = value;

  const outerWeights = kernel('decoder/reconstruction', outer, channels, CHANNELS[0]);
  const outerBiases = declare('decoder/reconstruction/biases', [channels], ZERO);
  const images = transposedConvolution(value, outerWeights, outerBiases, outer);
  const reconstruction = reshape(images, [batch, height * width * channels]);
  activations['decoder/reconstruction'] = reconstruction;
  return { code, reconstruction, target, activations };
}
