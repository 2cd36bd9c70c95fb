// Where everything meets: a loss, its gradients and an optimizer, written as ONNX.
//
// One worker runs the whole step as one graph, and several steps a call, in an ONNX Loop: the runtime's
// binding copies every output into a new buffer, 10 ms for 40 MB of parameters and moments, and so does it
// once in several steps. Several workers must add their gradients in between, so the step is cut there:
// one graph from images to gradients, and one that updates the share of the parameters that a worker looks
// after (Rajbhandari et al. 2020, "ZeRO", stage 1).
import { gradients } from '../gradients.js';
import { writeInto, writeModel } from '../lowering.js';
import { createOnnxGraph } from '../onnx/onnx.js';
import { scale } from '../operations.js';
import { type Declare, type ParameterSpec, parametersAsInputs } from '../parameters.js';
import { byteInput, input, type Value } from '../program.js';
import { type Optimizer, type OptimizerName, optimizerNamed } from './optimizers.js';

/** What is trained: from a batch of raw pixels (images, pixels) to a scalar, summed over the images. */
export type LossOf = (batch: Value, declare: Declare) => Value;

/** Names of a step's tensors; parameters and gradients go by the parameter's own name. */
export const BATCH = 'batch';
export const STEPS = 'steps';
export const LOSS = 'loss';
export const gradientName = (parameter: string) => `gradient:${parameter}`;
export const updatedName = (tensor: string) => `updated:${tensor}`;
export const stateName = (state: string, parameter: string) => `${state}:${parameter}`;

/** The name of the flat vector in an update graph. */
export const FLAT = 'parameters';

/** The images of one worker's graph, and of the whole step that it is a part of. */
export interface StepShape {
  readonly images: number;
  readonly imagesInStep: number;
  readonly pixels: number;
}

export interface StepModel {
  readonly model: Uint8Array<ArrayBuffer>;
  readonly parameters: readonly ParameterSpec[];
}

/**
 * Whole steps, one after the other. In: steps (), a batch a step (steps, images, pixels), a scalar a step
 * (steps), parameters, states. Out: a loss a step (steps), updated parameters and states.
 */
export function writeWholeSteps(lossOf: LossOf, shape: StepShape, optimizer: OptimizerName): StepModel {
  const { loss, specs, values, slopes } = differentiate(lossOf, shape);
  const rule = optimizerNamed(optimizer);
  const scalars = scalarInputs(rule);
  const updates: Record<string, Value> = {};
  specs.forEach((spec, index) => {
    Object.assign(updates, updateOutputs(rule, scalars, spec.name, values[index], slopes[index]));
  });
  const carried = Object.entries(updates).map(([updated, { shape }]) => ({
    name: updated.slice(updatedName('').length),
    updated,
    shape,
  }));

  const graph = createOnnxGraph('train-steps');
  graph.input(STEPS, 'int64', []);
  graph.input(BATCH, 'uint8', ['k', shape.images, shape.pixels]);
  for (const name of rule.scalarNames) graph.input(name, 'float32', ['k']);
  for (const { name, shape } of carried) graph.input(name, 'float32', shape);

  const body = createOnnxGraph('train-step', 'step/');
  const iteration = body.input('step/iteration', 'int64', []);
  const goOn = body.input('step/goOn', 'bool', []);
  const given: Record<string, string> = {};
  for (const name of [BATCH, ...rule.scalarNames]) {
    given[name] = body.node('Gather', [name, iteration], { attributes: { axis: 0 } });
  }
  for (const { name, shape } of carried) given[name] = body.input(`step/${name}`, 'float32', shape);
  const tensors = writeInto(body, [...Object.values(updates), loss], given);
  body.output('step/goneOn', goOn, 'bool', []);
  carried.forEach(({ updated, shape }, index) => {
    body.output(`step/${updated}`, tensors[index], 'float32', shape);
  });
  body.output('step/loss', tensors[carried.length], 'float32', []);

  const initial = carried.map(({ name }) => name);
  const results = graph.nodes('Loop', [STEPS, '', ...initial], carried.length + 1, {
    attributes: { body: { graph: body } },
  });
  carried.forEach(({ updated, shape }, index) => {
    graph.output(updated, results[index], 'float32', shape);
  });
  graph.output(LOSS, results[carried.length], 'float32', ['k']);
  return { model: graph.encode(), parameters: specs };
}

/** From images to gradients. In: batch, parameters. Out: loss, one gradient a parameter. */
export function writeGradientStep(lossOf: LossOf, shape: StepShape): StepModel {
  const { loss, specs, slopes } = differentiate(lossOf, shape);
  const outputs: Record<string, Value> = { [LOSS]: loss };
  specs.forEach((spec, index) => {
    outputs[gradientName(spec.name)] = slopes[index];
  });
  return { model: writeModel(outputs, { name: 'gradient-step' }), parameters: specs };
}

/** The update of `length` parameters as one flat vector. In: parameters, gradient, states, scalars. */
export function writeUpdateStep(length: number, optimizer: OptimizerName): Uint8Array<ArrayBuffer> {
  const parameter = input(FLAT, [length]);
  const gradient = input(gradientName(FLAT), [length]);
  const rule = optimizerNamed(optimizer);
  const outputs = updateOutputs(rule, scalarInputs(rule), FLAT, parameter, gradient);
  return writeModel(outputs, { name: 'update-step' });
}

function differentiate(lossOf: LossOf, shape: StepShape) {
  const { declare, specs, values } = parametersAsInputs();
  const batch = byteInput(BATCH, [shape.images, shape.pixels]);
  // Divided by the images of the whole step, so that the workers' gradients add up to the mean's.
  const loss = scale(lossOf(batch, declare), 1 / shape.imagesInStep);
  return { loss, specs, values, slopes: gradients(loss, values) };
}

function scalarInputs(optimizer: Optimizer): Value[] {
  return optimizer.scalarNames.map((name) => input(name, []));
}

function updateOutputs(
  optimizer: Optimizer,
  scalars: readonly Value[],
  name: string,
  parameter: Value,
  gradient: Value,
): Record<string, Value> {
  const states = optimizer.states.map((state) => input(stateName(state.name, name), parameter.shape));
  const updated = optimizer.update(parameter, gradient, states, scalars);
  const outputs: Record<string, Value> = { [updatedName(name)]: updated.parameter };
  optimizer.states.forEach((state, index) => {
    outputs[updatedName(stateName(state.name, name))] = updated.states[index];
  });
  return outputs;
}
