// Where everything meets: a loss, its gradients and an optimizer, written as ONNX.
//
// One worker runs the whole step as one graph, and several steps a call (loop.ts). Several workers must add their
// gradients in between, so the step is cut there: one graph from images to gradients, and one that updates the
// share of the parameters that a worker looks after (Rajbhandari et al. 2020, "ZeRO", stage 1).
import { shardOffsets } from '../../core/collective.js';
import { gradients } from '../gradients.js';
import { writeModel } from '../lowering.js';
import { concatenate, scale, slice } from '../operations.js';
import { type Declare, type ParameterSpec, parametersAsInputs, totalLength } from '../parameters.js';
import { byteInput, input, sizeOf, type Value } from '../program.js';
import { PARAMETERS, STATISTICS, type Stretch, stateName, stretch } from './flat.js';
import { LOSS, type StepInput, updatedName, writeLoop } from './loop.js';
import { averaged, type Optimizer, REMEMBERED } from './optimizers.js';
import { type Stage, writeStages } from './stages.js';

export const gradientName = (tensor: string) => `gradient:${tensor}`;

/** What one worker does in a step, for its share of the images. */
export interface StepProgram {
  /** What comes in anew with every step. */
  readonly inputs: Readonly<Record<string, StepInput>>;
  build(inputs: Readonly<Record<string, Value>>, declare: Declare): StepResult;
}

export interface StepResult {
  /** The worker's part of the step's loss: a sum over its images, divided by the images of the whole step. */
  readonly loss: Value;
  /** What the batch says about itself, remembered from step to step: vectors. */
  readonly statistics: readonly Value[];
}

/** A loss of raw pixels (images, pixels), summed over the images: (). */
export type LossOf = (batch: Value, declare: Declare) => Value;

export const BATCH = 'batch';

/** The images of one worker, and of the whole step that they are a part of. */
export interface StepShape {
  readonly images: number;
  readonly imagesInStep: number;
  readonly pixels: number;
}

/** A step from raw pixels alone, with the name BATCH, to their mean loss. */
export function stepOfLoss(lossOf: LossOf, { images, imagesInStep, pixels }: StepShape): StepProgram {
  return {
    inputs: { [BATCH]: { type: 'uint8', shape: [images, pixels] } },
    build: (inputs, declare) => ({
      loss: scale(lossOf(inputs[BATCH], declare), 1 / imagesInStep),
      statistics: [],
    }),
  };
}

/** Statistics go from step to step beside the parameters, and are averaged as those of a classifier are. */
export const STATISTICS_RULE = averaged(REMEMBERED);

/** A graph and the stretches of vectors that it takes. */
export interface StepModel {
  readonly model: Uint8Array<ArrayBuffer>;
  readonly stretches: readonly Stretch[];
}

/** From images to gradients, and the stretches that there are gradients of. */
export interface GradientModel {
  readonly stages: readonly Stage[];
  readonly stretches: readonly Stretch[];
}

/** What one of several workers runs: gradients, and the update of its share. */
export interface SharedModels {
  readonly whole: null;
  readonly gradient: GradientModel;
  readonly update: StepModel;
}

/** What a worker runs: whole steps where it is alone. */
export type TrainingModels = { readonly whole: StepModel } | SharedModels;

/** The models of the worker of `rank` among `size`. */
export function writeTraining(
  program: StepProgram,
  optimizer: Optimizer,
  { rank, size } = { rank: 0, size: 1 },
): TrainingModels {
  if (size === 1) return { whole: writeWholeSteps(program, optimizer) };
  const { specs, statistics } = declaredBy(program);
  const shards = shardOffsets(totalLength(specs), size);
  const share = stretch(PARAMETERS, shards[rank], [shards[rank + 1] - shards[rank]]);
  const update = writeUpdateStep(share, statistics, optimizer);
  return { whole: null, gradient: writeGradientStep(program), update };
}

/**
 * Whole steps, one after the other. In: steps (), the step's inputs and a scalar a step (steps, …), stretches of
 * parameters, states and statistics. Out: a loss a step (steps), the updated stretches.
 */
export function writeWholeSteps(program: StepProgram, optimizer: Optimizer): StepModel {
  const { loss, stretchGradients } = differentiate(program, LONGEST_JOINED);
  const updates = updatesOf(stretchGradients, optimizer);
  const perStep: Record<string, StepInput> = { ...program.inputs };
  for (const { rule } of updates) {
    for (const name of rule.scalarNames) perStep[name] = { type: 'float32', shape: [] };
  }
  const carried = Object.fromEntries(updates.map(({ at, after }) => [at.tensor, after]));
  const model = writeLoop('train-steps', { perStep, carried, loss });
  return { model, stretches: updates.map(({ at }) => at) };
}

/** From images to gradients. In: the step's inputs, each parameter. Out: loss, gradients, statistics of the batch. */
export function writeGradientStep(program: StepProgram): GradientModel {
  const { loss, stretchGradients } = differentiate(program, 0);
  const outputs = stretchGradients.map(({ at, gradient }) => [gradientName(at.tensor), gradient]);
  const stages = writeStages({ [LOSS]: loss, ...Object.fromEntries(outputs) }, 'gradient-step');
  return { stages, stretches: stretchGradients.map(({ at }) => at) };
}

/** The update of a share of the parameters and of all statistics. In: stretches, their gradients, scalars. */
export function writeUpdateStep(share: Stretch, statistics: number, optimizer: Optimizer): StepModel {
  const stretches = statistics === 0 ? [share] : [share, stretch(STATISTICS, 0, [statistics])];
  const stretchGradients = stretches.map((at) => ({
    at,
    gradient: input(gradientName(at.tensor), at.shape),
  }));
  const updates = updatesOf(stretchGradients, optimizer);
  const outputs = Object.fromEntries(updates.map(({ at, after }) => [updatedName(at.tensor), after]));
  return { model: writeModel(outputs, 'update-step'), stretches: updates.map(({ at }) => at) };
}

/** What changes a stretch: its gradient; of statistics, what the batch says. */
interface StretchGradient {
  readonly at: Stretch;
  readonly gradient: Value;
}

/** What a stretch is after the step, by which rule. */
interface Update {
  readonly at: Stretch;
  readonly after: Value;
  readonly rule: Optimizer;
}

/** The loss, and the gradients of all stretches; parameters are inputs, those of a stretch are parts of one. */
function differentiate(
  program: StepProgram,
  longestJoined: number,
): { loss: Value; stretchGradients: StretchGradient[] } {
  const groups = groupsToJoin(declaredBy(program).specs, longestJoined);
  const stretches = groups.map((specs) =>
    stretch(PARAMETERS, specs[0].offset, specs.length === 1 ? specs[0].shape : [totalLength(specs)]),
  );
  const values = groups.map((specs, index) => {
    const { tensor, offset, shape } = stretches[index];
    const value = input(tensor, shape);
    return specs.length === 1 ? [value] : specs.map((spec) => slice(value, spec.offset - offset, spec.shape));
  });
  const parameters = values.flat();
  let next = 0;
  const { loss, statistics } = program.build(inputsOf(program), () => parameters[next++]);
  const ofParameters = gradients(loss, parameters);
  const stretchGradients = stretches.map((at, index) => {
    const each = ofParameters.splice(0, values[index].length);
    return { at, gradient: each.length === 1 ? each[0] : concatenate(each) };
  });
  if (statistics.length > 0) {
    const gradient = concatenate(statistics);
    stretchGradients.push({ at: stretch(STATISTICS, 0, gradient.shape), gradient });
  }
  return { loss, stretchGradients };
}

/** Parameters side by side that have no more values than this together become one stretch. */
const LONGEST_JOINED = 2 ** 15;

/** Groups of parameters that lie side by side, each of `longest` values or of a single parameter. */
function groupsToJoin(specs: readonly ParameterSpec[], longest: number): ParameterSpec[][] {
  const groups: ParameterSpec[][] = [];
  let room = 0;
  for (const spec of specs) {
    if (spec.length <= room) {
      groups[groups.length - 1].push(spec);
    } else {
      groups.push([spec]);
      room = longest;
    }
    room -= spec.length;
  }
  return groups;
}

/** The parameters that a program declares, and what it says of a batch. */
export function declaredBy(program: StepProgram) {
  const { declare, specs } = parametersAsInputs();
  const { statistics } = program.build(inputsOf(program), declare);
  return { specs, statistics: statistics.reduce((sum, { shape }) => sum + sizeOf(shape), 0) };
}

function inputsOf({ inputs }: StepProgram): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { type, shape }]) => [
      name,
      type === 'uint8' ? byteInput(name, shape) : input(name, shape),
    ]),
  );
}

/** All stretches and their states after the step. */
function updatesOf(stretchGradients: readonly StretchGradient[], optimizer: Optimizer): Update[] {
  const names = [optimizer, STATISTICS_RULE].flatMap((rule) => rule.scalarNames);
  // One input a name, whoever asks for it.
  const scalars = Object.fromEntries(names.map((name) => [name, input(name, [])]));
  return stretchGradients.flatMap(({ at, gradient }) => {
    const rule = at.vector === STATISTICS ? STATISTICS_RULE : optimizer;
    const vectors = [at.vector, ...rule.states.map(({ name }) => stateName(name, at.vector))];
    const stretches = vectors.map((vector) => stretch(vector, at.offset, at.shape));
    const [before, ...states] = stretches.map(({ tensor }) => input(tensor, at.shape));
    const given = rule.scalarNames.map((name) => scalars[name]);
    const { parameter, states: statesAfter } = rule.update(before, gradient, states, given);
    return [parameter, ...statesAfter].map((after, index) => ({ at: stretches[index], after, rule }));
  });
}
