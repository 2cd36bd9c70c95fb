// Whole training steps on one flat vector of parameters, with two things beside them that a classifier wants:
// statistics that are remembered from step to step (of batch normalisation), and averages of parameters and
// statistics over the last steps (Polyak & Juditsky 1992), which are what is used afterwards.
//
// One vector instead of a tensor a parameter: a small network's optimizer is then 15 operators and not 15 for
// each of its parameters. Several steps a call, as in train-step.ts.
import { gradients } from '../gradients.js';
import { add, concatenate, multiply, part, scale } from '../operations.js';
import { type Declare, type ParameterSpec, parametersAsInputs, totalLength } from '../parameters.js';
import { byteInput, input, sizeOf, type Value } from '../program.js';
import { type StepInput, writeLoop } from './loop.js';
import type { Optimizer } from './optimizers.js';

/** Vectors that go from step to step; the optimizer's states go by their own names. */
export const PARAMETERS = 'parameters';
export const STATISTICS = 'statistics';
export const AVERAGED_PARAMETERS = 'averaged:parameters';
export const AVERAGED_STATISTICS = 'averaged:statistics';
/** Scalars of a step beside the optimizer's: what stays of the averages, and what comes in. */
export const KEPT = 'kept';
export const TAKEN = 'taken';

/** The loss of a step (), and what it tells of the batch: vectors that are remembered. */
export interface StepProgram {
  readonly loss: Value;
  readonly statistics: readonly Value[];
}

export type BuildStep = (inputs: Readonly<Record<string, Value>>, declare: Declare) => StepProgram;

export interface AveragedStepsModel {
  readonly model: Uint8Array<ArrayBuffer>;
  readonly parameters: readonly ParameterSpec[];
  /** Length of the vector of statistics. */
  readonly statistics: number;
}

/** How much of a statistic a new batch replaces, as in PyTorch. */
const MOMENTUM = 0.1;

/**
 * In: steps (), each of `stepInputs` and each scalar once a step (steps, …), the vectors. Out: the vectors by
 * their updated names and a loss a step (steps).
 */
export function writeAveragedSteps(
  build: BuildStep,
  stepInputs: Readonly<Record<string, StepInput>>,
  optimizer: Optimizer,
): AveragedStepsModel {
  const inputs = Object.fromEntries(
    Object.entries(stepInputs).map(([name, { type, shape }]) => [
      name,
      type === 'uint8' ? byteInput(name, shape) : input(name, shape),
    ]),
  );
  const dry = parametersAsInputs();
  build(inputs, dry.declare);
  const length = totalLength(dry.specs);
  const flat = input(PARAMETERS, [length]);
  const values = dry.specs.map(({ offset, shape }) => part(flat, offset, shape));
  let next = 0;
  const { loss, statistics } = build(inputs, () => values[next++]);

  const fresh = statistics.length === 0 ? null : concatenate(statistics);
  const updates = updatesOf(flat, concatenate(gradients(loss, values)), fresh, optimizer);
  const perStep: Record<string, StepInput> = { ...stepInputs };
  for (const name of [...optimizer.scalarNames, KEPT, TAKEN]) perStep[name] = { type: 'float32', shape: [] };
  const model = writeLoop('averaged-steps', { perStep, carried: updates, loss });
  return { model, parameters: dry.specs, statistics: fresh === null ? 0 : fresh.shape[0] };
}

/** Every carried vector's next value, by the vector's name. */
function updatesOf(
  parameters: Value,
  gradient: Value,
  freshStatistics: Value | null,
  optimizer: Optimizer,
): Record<string, Value> {
  const scalarInputs = optimizer.scalarNames.map((name) => input(name, []));
  const states = optimizer.states.map(({ name }) => input(name, parameters.shape));
  const updated = optimizer.update(parameters, gradient, states, scalarInputs);
  const [kept, taken] = [input(KEPT, []), input(TAKEN, [])];
  const averaged = (name: string, latest: Value) =>
    add(multiply(input(name, latest.shape), kept), multiply(latest, taken));

  const updates: Record<string, Value> = {
    [PARAMETERS]: updated.parameter,
    [AVERAGED_PARAMETERS]: averaged(AVERAGED_PARAMETERS, updated.parameter),
  };
  optimizer.states.forEach(({ name }, index) => {
    updates[name] = updated.states[index];
  });
  if (freshStatistics !== null) {
    const before = input(STATISTICS, [sizeOf(freshStatistics.shape)]);
    const after = add(scale(before, 1 - MOMENTUM), scale(freshStatistics, MOMENTUM));
    updates[STATISTICS] = after;
    updates[AVERAGED_STATISTICS] = averaged(AVERAGED_STATISTICS, after);
  }
  return updates;
}
