// The one form of everything that training changes: flat vectors. The parameters are one, each of an optimizer's states
// is one of the same length, and so on; they are saved, compared and shared out between workers as they are.
//
// A graph sees a vector as stretches, a tensor each. The small parameters that lie side by side are one stretch: a small
// network's optimizer is then some dozen operators, and not as many for each of its parameters. A large one is a
// stretch of its own, in its own shape: cutting it out and putting its gradient in are two passes over it in every step.
import { concatenated } from '../../core/matrix.js';
import { type Shape, sizeOf } from '../program.js';
import { floatValues, hostTensor, type TensorMap } from '../runtime/session.js';

/** Flat vectors by their names. */
export type Vectors = Readonly<Record<string, Float32Array>>;

export const PARAMETERS = 'parameters';
/** What is remembered of the batches, such as the mean of each channel. */
export const STATISTICS = 'statistics';
/** The vector of an optimizer's state for the elements of another vector. */
export const stateName = (state: string, vector: string) => `${state}:${vector}`;
/** The parameters themselves, and their states. */
export const isOfParameters = (vector: string) => vector.endsWith(PARAMETERS);

/** A stretch of a vector, and the tensor that it is in a graph. */
export interface Stretch {
  readonly tensor: string;
  readonly vector: string;
  readonly offset: number;
  readonly length: number;
  readonly shape: Shape;
}

export function stretch(vector: string, offset: number, shape: Shape): Stretch {
  return { tensor: `${vector}/${offset}`, vector, offset, length: sizeOf(shape), shape };
}

/** A tensor for each stretch, its values copied. */
export function cut(
  vectors: Vectors,
  stretches: readonly Stretch[],
  copy: (values: Float32Array) => Float32Array = (values) => values.slice(),
): TensorMap {
  return Object.fromEntries(
    stretches.map(({ tensor, vector, offset, length, shape }) => [
      tensor,
      hostTensor(copy(vectors[vector].subarray(offset, offset + length)), shape),
    ]),
  );
}

/** New vectors, put together of the tensors of their stretches. */
export function join(tensors: TensorMap, stretches: readonly Stretch[]): Record<string, Float32Array> {
  const parts = new Map<string, Float32Array[]>();
  for (const { tensor, vector } of stretches) {
    parts.set(vector, [...(parts.get(vector) ?? []), floatValues(tensors[tensor])]);
  }
  return Object.fromEntries([...parts].map(([vector, each]) => [vector, concatenated(each)]));
}
