// The head that learns the kinds from an encoder's vectors: one hidden layer, since the encoder has done the looking.
//
//   dense → GELU → dense, one score a kind
//
// GELU is x·σ(1.702 x), the approximation of Hendrycks & Gimpel 2016 ("Gaussian error linear units", section 2). Weights
// start uniform with the variance of He et al. 2015 before it and of 1 / fan in after it; biases start at zero.
import { matmul, multiply, scale, sigmoid } from '../engine/operations.js';
import {
  type Declare,
  type Initial,
  parametersAsConstants,
  parametersAsInputs,
  ZERO,
} from '../engine/parameters.js';
import { ANY, input, type Value } from '../engine/program.js';

export interface HeadShape {
  /** Numbers of a vector. */
  readonly columns: number;
  /** Units of the hidden layer. */
  readonly hidden: number;
  /** Kinds. */
  readonly k: number;
}

/** Uniform with the variance `gain` / `fanIn`. */
function ofVariance(gain: number, fanIn: number): Initial {
  return { kind: 'uniform', bound: Math.sqrt((3 * gain) / fanIn) };
}

const GELU_SLOPE = 1.702;

/** Scores (n, k) before the softmax of vectors (n, columns). */
export function headScores(vectors: Value, { columns, hidden, k }: HeadShape, declare: Declare): Value {
  const weights = declare('hidden/weights', [columns, hidden], ofVariance(2, columns));
  const x = matmul(vectors, weights, declare('hidden/biases', [hidden], ZERO));
  const active = multiply(x, sigmoid(scale(x, GELU_SLOPE)));
  const toScores = declare('scores/weights', [hidden, k], ofVariance(1, hidden));
  return matmul(active, toScores, declare('scores/biases', [k], ZERO));
}

/** The same of a trained head, its parameters fixed in the program. */
export function trainedHeadScores(vectors: Value, shape: HeadShape, parameters: Float32Array): Value {
  return headScores(vectors, shape, parametersAsConstants(parameters).declare);
}

/** What a head declares, whatever the batch. */
export function headParameters(shape: HeadShape) {
  const { declare, specs } = parametersAsInputs();
  headScores(input('vectors', [ANY, shape.columns]), shape, declare);
  return specs;
}
