// Several steps a call, in an ONNX Loop: the runtime's binding copies every output into a new buffer, 10 ms for
// 40 MB of parameters and moments, and so does it once in several steps.
import { writeInto } from '../lowering.js';
import { createOnnxGraph } from '../onnx/onnx.js';
import type { Shape, Value } from '../program.js';
import { floatValues, hostTensor, type Session, type TensorMap } from '../runtime/session.js';

/** Names of tensors. */
export const STEPS = 'steps';
export const LOSS = 'loss';
export const updatedName = (tensor: string) => `updated:${tensor}`;

/** What comes in anew with every step. */
export interface StepInput {
  readonly type: 'float32' | 'uint8';
  readonly shape: Shape;
}

/** A step as values of a program. */
export interface StepBody {
  readonly perStep: Readonly<Record<string, StepInput>>;
  /** What goes from step to step: after the step, by the name of the input that it was before. */
  readonly carried: Readonly<Record<string, Value>>;
  /** (). */
  readonly loss: Value;
}

/**
 * In: steps (), each of `perStep` once a step (steps, …), the carried. Out: the carried by their updated names, a
 * loss a step (steps).
 */
export function writeLoop(name: string, { perStep, carried, loss }: StepBody): Uint8Array<ArrayBuffer> {
  const names = Object.keys(carried);
  const values = Object.values(carried);
  const graph = createOnnxGraph(name);
  graph.input(STEPS, 'int64', []);
  for (const [each, { type, shape }] of Object.entries(perStep)) graph.input(each, type, ['k', ...shape]);
  for (const each of names) graph.input(each, 'float32', carried[each].shape);

  const body = createOnnxGraph('step', 'step/');
  const iteration = body.input('step/iteration', 'int64', []);
  const goOn = body.input('step/goOn', 'bool', []);
  const given: Record<string, string> = {};
  for (const each of Object.keys(perStep)) {
    given[each] = body.gather(each, iteration, 0);
  }
  for (const each of names) given[each] = body.input(`step/${each}`, 'float32', carried[each].shape);
  const tensors = writeInto(body, [...values, loss], given);
  body.output('step/goneOn', goOn, 'bool', []);
  names.forEach((each, index) => {
    body.output(`step/${updatedName(each)}`, tensors[index], 'float32', values[index].shape);
  });
  body.output('step/loss', tensors[names.length], 'float32', []);

  const results = graph.nodes('Loop', [STEPS, '', ...names], names.length + 1, {
    attributes: { body: { graph: body } },
  });
  names.forEach((each, index) => {
    graph.output(updatedName(each), results[index], 'float32', values[index].shape);
  });
  graph.output(LOSS, results[names.length], 'float32', ['k']);
  return graph.encode();
}

/** Values a step, one step after the other, by the input's name. */
export type Feeds = Readonly<Record<string, Float32Array | Uint8Array>>;

/** Does `count` steps of a model that writeLoop wrote; puts what they make of `carried` in its place → their losses. */
export async function runLoop(
  session: Session,
  carried: TensorMap,
  feeds: Feeds,
  count: number,
): Promise<Float32Array> {
  const inputs: TensorMap = { ...carried, [STEPS]: hostTensor(BigInt64Array.of(BigInt(count)), []) };
  for (const { name, shape } of session.inputs) {
    if (name in feeds) inputs[name] = hostTensor(feeds[name], [count, ...shape.slice(1).map(Number)]);
  }
  const outputs = await session.run(inputs);
  for (const name of Object.keys(carried)) carried[name] = outputs[updatedName(name)];
  return floatValues(outputs[LOSS]);
}
