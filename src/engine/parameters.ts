// Parameters of a network: declared by the model as it is built, kept in one flat vector, so that they can
// be exchanged, saved and compared as one array.
import { createRandom } from '../core/random.js';
import { constant, input, type Shape, sizeOf, type Value } from './program.js';

/** How a parameter starts: uniform in ±`bound`, or all equal to `bound` when `kind` is 'constant'. */
export interface Initial {
  readonly kind: 'uniform' | 'constant';
  readonly bound: number;
}

export const ZERO: Initial = { kind: 'constant', bound: 0 };

/** Uniform in ±1/√`fanIn`. */
export function scaled(fanIn: number): Initial {
  return { kind: 'uniform', bound: 1 / Math.sqrt(fanIn) };
}

/** Asked by a model for each of its parameters, in a fixed order. */
export type Declare = (name: string, shape: Shape, initial: Initial) => Value;

/** A parameter and its place in the flat vector. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: Shape;
  readonly offset: number;
  readonly length: number;
  readonly initial: Initial;
}

export interface DeclaredParameters {
  readonly declare: Declare;
  /** Filled as the model asks. */
  readonly specs: readonly ParameterSpec[];
}

/** Parameters as inputs of the program, named as declared: for training. */
export function parametersAsInputs(): DeclaredParameters {
  return collect((spec) => input(spec.name, spec.shape));
}

/** Parameters fixed to a trained flat vector: for models that only run. */
export function parametersAsConstants(trained: Float32Array): DeclaredParameters {
  return collect(({ offset, length, shape }) => constant(trained.slice(offset, offset + length), shape));
}

/** Length of the flat vector. */
export function totalLength(specs: readonly ParameterSpec[]): number {
  return specs.reduce((sum, spec) => sum + spec.length, 0);
}

function collect(make: (spec: ParameterSpec) => Value): DeclaredParameters {
  const specs: ParameterSpec[] = [];
  const declare: Declare = (name, shape, initial) => {
    if (specs.some((spec) => spec.name === name)) throw new Error(`parameter ${name} is declared twice`);
    const spec = { name, shape, initial, offset: totalLength(specs), length: sizeOf(shape) };
    specs.push(spec);
    return make(spec);
  };
  return { declare, specs };
}

/** The flat vector at the start of training: each parameter from a random stream of its own name. */
export function initialParameters(specs: readonly ParameterSpec[], seed: number): Float32Array {
  const flat = new Float32Array(totalLength(specs));
  for (const { name, offset, length, initial } of specs) {
    const target = flat.subarray(offset, offset + length);
    if (initial.kind === 'constant') {
      target.fill(initial.bound);
    } else {
      const random = createRandom(seed, `parameter ${name}`);
      for (let index = 0; index < length; index++) target[index] = (2 * random.uniform() - 1) * initial.bound;
    }
  }
  return flat;
}
