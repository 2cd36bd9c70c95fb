// Where everything meets: a loss, its gradients and an optimizer, written as ONNX.
//
// One worker runs the whole step as one graph, and several steps a call (loop.ts). Several workers must add their
// gradients in between, so the step is cut there: one graph from images to gradients, and one that updates the
// share of the parameters that a worker looks after (Rajbhandari et al. 2020, "ZeRO", stage 1).
import { gradients } from '../gradients.js';
import { writeModel } from '../lowering.js';
import { scale } from '../operations.js';
import { type Declare, type ParameterSpec, parametersAsInputs } from '../parameters.js';
import { byteInput, input, type Value } from '../program.js';
import { LOSS, type StepInput, updatedName, writeLoop } from './loop.js';
import { type Optimizer, type OptimizerName, optimizerNamed } from './optimizers.js';

/** What is trained: from a batch of raw pixels (images, pixels) to a scalar, summed over the images. */
export type LossOf = (batch: Value, declare: Declare) => Value;

/** Names of a step's tensors; parameters and gradients go by the parameter's own name. */
export const BATCH = 'batch';
export const gradientName = (parameter: string) => `gradient:${parameter}`;
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
    Object.assign(updates, updatesOf(rule, scalars, spec.name, values[index], slopes[index]));
  });
  const perStep: Record<string, StepInput> = {
    [BATCH]: { type: 'uint8', shape: [shape.images, shape.pixels] },
  };
  for (const name of rule.scalarNames) perStep[name] = { type: 'float32', shape: [] };
  return { model: writeLoop('train-steps', { perStep, carried: updates, loss }), parameters: specs };
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
  const updates = updatesOf(rule, scalarInputs(rule), FLAT, parameter, gradient);
  const outputs = Object.entries(updates).map(([name, value]) => [updatedName(name), value]);
  return writeModel(Object.fromEntries(outputs), { name: 'update-step' });
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

/** A parameter and its states after the step, by the names they have before it. */
function updatesOf(
  optimizer: Optimizer,
  scalars: readonly Value[],
  name: string,
  parameter: Value,
  gradient: Value,
): Record<string, Value> {
  const names = optimizer.states.map((state) => stateName(state.name, name));
  const states = names.map((state) => input(state, parameter.shape));
  const updated = optimizer.update(parameter, gradient, states, scalars);
  return {
    [name]: updated.parameter,
    ...Object.fromEntries(names.map((state, index) => [state, updated.states[index]])),
  };
}
