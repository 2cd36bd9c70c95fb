// The classifier that learns the kinds: three convolutions and two dense layers with batch normalisation,
// small enough that two of them learn 60,000 images in a minute or two.
//
//   5×5, stride 2 → norm → ReLU · 3×3 inside → max-pool → norm → ReLU · 3×3 → max-pool → norm → ReLU ·
//   dense → norm → ReLU · dense → one score a kind
//
// Pooling before normalising leaves a quarter of the pixels to normalise. Weights start uniform in ±1/√(fan in),
// PyTorch's default.
import { batchNormalization, NORMALIZATION_EPSILON } from '../engine/normalization.js';
import {
  add,
  centredGeometry,
  convolution,
  insideGeometry,
  matmul,
  maxPool,
  multiply,
  relu,
  reshape,
} from '../engine/operations.js';
import {
  type Declare,
  type Initial,
  parametersAsConstants,
  parametersAsInputs,
  scaled,
  ZERO,
} from '../engine/parameters.js';
import { ANY, type ConvolutionGeometry, constant, input, type Value } from '../engine/program.js';

/** Channels after the three convolutions, and the width of the dense layer. */
export type Widths = readonly [number, number, number, number];

export interface ClassifierShape {
  readonly height: number;
  readonly width: number;
  readonly widths: Widths;
  /** Kinds. */
  readonly k: number;
}

/** Images smaller than this have no pixel left after the last pooling. */
export const SMALLEST_SIDE = 12;

/** Normalises x (…, c); called once a normalisation, in a fixed order. */
export type Normalize = (x: Value, scale: Value, shift: Value) => Value;

/** The network's parameters and the mean and variance of every normalised channel. */
export interface TrainedClassifier {
  readonly parameters: Float32Array;
  readonly statistics: Float32Array;
}

/** Scores (n, k) before the softmax of images (n, height, width, 1), 0 … 1. */
export function classifierScores(
  images: Value,
  { height, width, widths, k }: ClassifierShape,
  declare: Declare,
  normalize: Normalize,
): Value {
  const normalized = (name: string, x: Value, channels: number): Value =>
    normalize(x, declare(`${name}/scale`, [channels], ONE), declare(`${name}/shift`, [channels], ZERO));
  const convolved = (name: string, x: Value, channels: number, geometry: ConvolutionGeometry): Value => {
    const from = x.shape[3];
    const { kernel: side } = geometry;
    const weights = declare(`${name}/weights`, [side, side, from, channels], scaled(side ** 2 * from));
    return convolution(x, weights, null, geometry);
  };

  const [first, second, third, dense] = widths;
  let x = convolved('convolution1', images, first, centredGeometry(height, width, 5, 2));
  x = relu(normalized('convolution1', x, first));
  x = maxPool(convolved('convolution2', x, second, insideGeometry(x.shape[1], x.shape[2], 3)));
  x = relu(normalized('convolution2', x, second));
  x = maxPool(convolved('convolution3', x, third, centredGeometry(x.shape[1], x.shape[2], 3, 1)));
  x = relu(normalized('convolution3', x, third));

  const features = x.shape[1] * x.shape[2] * third;
  x = reshape(x, [x.shape[0], features]);
  x = matmul(x, declare('dense/weights', [features, dense], scaled(features)));
  x = relu(normalized('dense', x, dense));
  const weights = declare('scores/weights', [dense, k], scaled(dense));
  return matmul(x, weights, declare('scores/biases', [k], scaled(dense)));
}

/**
 * Normalises by the batch, of `batchSize` images where a worker has a share of them, and collects what is remembered of
 * it: mean, variance, mean, variance, …
 */
export function normalizingByBatch(batchSize?: number): {
  readonly normalize: Normalize;
  readonly statistics: readonly Value[];
} {
  const statistics: Value[] = [];
  const normalize: Normalize = (x, scale, shift) => {
    const { y, mean, unbiasedVariance } = batchNormalization(x, scale, shift, batchSize);
    statistics.push(mean, unbiasedVariance);
    return y;
  };
  return { normalize, statistics };
}

/** Scores (n, k) of a trained network, its parameters and statistics fixed in the program. */
export function trainedScores(images: Value, shape: ClassifierShape, trained: TrainedClassifier): Value {
  const { declare } = parametersAsConstants(trained.parameters);
  let offset = 0;
  const normalize: Normalize = (x, scale, shift) => {
    const channels = scale.shape[0];
    const [mean, variance] = [0, 1].map((part) =>
      trained.statistics.subarray(offset + part * channels, offset + (part + 1) * channels),
    );
    offset += 2 * channels;
    const [a, b] = folded(valuesOf(scale), valuesOf(shift), mean, variance);
    return add(multiply(x, constant(a, [channels])), constant(b, [channels]));
  };
  return classifierScores(images, shape, declare, normalize);
}

/** A new network's statistics: mean 0 and variance 1 for every channel. */
export function initialStatistics({ widths }: ClassifierShape): Float32Array {
  return Float32Array.from(
    widths.flatMap((channels) => [...new Array(channels).fill(0), ...new Array(channels).fill(1)]),
  );
}

/** What the network declares, whatever the batch. */
export function classifierParameters(shape: ClassifierShape) {
  const { declare, specs } = parametersAsInputs();
  const images = input('images', [ANY, shape.height, shape.width, 1]);
  classifierScores(images, shape, declare, (x) => x);
  return specs;
}

/** x·a + b instead of (x − mean) / √(variance + ε) · scale + shift. */
function folded(
  scale: Float32Array,
  shift: Float32Array,
  mean: Float32Array,
  variance: Float32Array,
): [Float32Array, Float32Array] {
  const a = scale.map((value, channel) => value / Math.sqrt(variance[channel] + NORMALIZATION_EPSILON));
  return [a, shift.map((value, channel) => value - mean[channel] * a[channel])];
}

function valuesOf({ operation }: Value): Float32Array {
  if (operation.kind !== 'constant') throw new Error('trainedScores: parameters are constants');
  return operation.values;
}

const ONE: Initial = { kind: 'constant', bound: 1 };
