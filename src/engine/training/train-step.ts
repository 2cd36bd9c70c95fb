// Where everything meets: a loss, its gradients and an optimizer, written as ONNX.
//
// One worker runs the whole step as one graph, and several steps a call (loop.ts). Several workers must add their
// gradients in between, so the step is cut there: one graph from images to gradients, and one that updates the
// share of the parameters that a worker looks after (Rajbhandari et al. 2020, "ZeRO", stage 1).
import { type ShardOffsets, shardOffsets } from '../../core/collective.js';
import { gradients } from '../gradients.js';
import { writeModel } from '../lowering.js';
import { concatenate, part, scale } from '../operations.js';
import { type Declare, parametersAsInputs, totalLength } from '../parameters.js';
import { byteInput, input, sizeOf, type Value } from '../program.js';
import {
  LONGEST_JOINED,
  PARAMETERS,
  STATISTICS,
  type Stretch,
  sideBySide,
  stateName,
  stretch,
} from './flat.js';
import { LOSS, type StepInput, updatedName, writeLoop } from './loop.js';
import { averaged, type Optimizer, REMEMBERED } from './optimizers.js';

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

/** What one worker runs. */
export interface TrainingModels {
  /** The whole step of a single worker; of one of several, all up to the gradients. */
  readonly step: StepModel;
  /** The update of its share of the parameters; null for a single worker. */
  readonly update: StepModel | null;
  readonly shards: ShardOffsets;
}

/** The models of the worker of `rank` among `size`. */
export function writeTraining(
  program: StepProgram,
  optimizer: Optimizer,
  { rank, size } = { rank: 0, size: 1 },
): TrainingModels {
  const { specs, statistics } = declaredBy(program);
  const shards = shardOffsets(totalLength(specs), size);
  if (size === 1) return { step: writeWholeSteps(program, optimizer), update: null, shards };
  const share = stretch(PARAMETERS, shards[rank], shards[rank + 1] - shards[rank]);
  return { step: writeGradientStep(program), update: writeUpdateStep(share, statistics, optimizer), shards };
}

/**
 * Whole steps, one after the other. In: steps (), the step's inputs and a scalar a step (steps, …), stretches of
 * parameters, states and statistics. Out: a loss a step (steps), the updated stretches.
 */
export function writeWholeSteps(program: StepProgram, optimizer: Optimizer): StepModel {
  const { loss, slopes } = differentiate(program, LONGEST_JOINED);
  const updates = slopes.flatMap((slope) => updatesOf(slope, optimizer));
  const perStep: Record<string, StepInput> = { ...program.inputs };
  for (const { rule } of updates) {
    for (const name of rule.scalarNames) perStep[name] = { type: 'float32', shape: [] };
  }
  const carried = Object.fromEntries(updates.map(({ at, after }) => [at.tensor, after]));
  const model = writeLoop('train-steps', { perStep, carried, loss });
  return { model, stretches: updates.map(({ at }) => at) };
}

/** From images to gradients. In: the step's inputs, each parameter. Out: loss, gradients, statistics of the batch. */
export function writeGradientStep(program: StepProgram): StepModel {
  const { loss, slopes } = differentiate(program, 0);
  const outputs = slopes.map(({ at, slope }) => [gradientName(at.tensor), slope]);
  const model = writeModel({ [LOSS]: loss, ...Object.fromEntries(outputs) }, { name: 'gradient-step' });
  return { model, stretches: slopes.map(({ at }) => at) };
}

/** The update of a share of the parameters and of all statistics. In: stretches, their gradients, scalars. */
export function writeUpdateStep(share: Stretch, statistics: number, optimizer: Optimizer): StepModel {
  const stretches = statistics === 0 ? [share] : [share, stretch(STATISTICS, 0, statistics)];
  const updates = stretches.flatMap((at) => {
    const slope = input(gradientName(at.tensor), [at.length]);
    return updatesOf({ at, slope }, optimizer);
  });
  const outputs = Object.fromEntries(updates.map(({ at, after }) => [updatedName(at.tensor), after]));
  return { model: writeModel(outputs, { name: 'update-step' }), stretches: updates.map(({ at }) => at) };
}

/** What changes a stretch: its gradient; of statistics, what the batch says. */
interface Slope {
  readonly at: Stretch;
  readonly slope: Value;
}

/** The loss, and the slopes of all stretches; parameters are inputs, those of a stretch are parts of one. */
function differentiate(program: StepProgram, longestJoined: number): { loss: Value; slopes: Slope[] } {
  const groups = sideBySide(declaredBy(program).specs, longestJoined);
  const stretches = groups.map((specs) => stretch(PARAMETERS, specs[0].offset, totalLength(specs)));
  const values = groups.map((specs, index) => {
    const { tensor, offset, length } = stretches[index];
    const flat = input(tensor, [length]);
    return specs.map((spec) => part(flat, spec.offset - offset, spec.shape));
  });
  const parameters = values.flat();
  let next = 0;
  const { loss, statistics } = program.build(inputsOf(program), () => parameters[next++]);
  const ofParameters = gradients(loss, parameters);
  const slopes = stretches.map((at, index) => ({
    at,
    slope: concatenate(ofParameters.splice(0, values[index].length)),
  }));
  if (statistics.length > 0) {
    const slope = concatenate(statistics);
    slopes.push({ at: stretch(STATISTICS, 0, sizeOf(slope.shape)), slope });
  }
  return { loss, slopes };
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

/** A stretch and its states after the step. */
function updatesOf({ at, slope }: Slope, optimizer: Optimizer) {
  const rule = at.vector === STATISTICS ? STATISTICS_RULE : optimizer;
  const vectors = [at.vector, ...rule.states.map(({ name }) => stateName(name, at.vector))];
  const stretches = vectors.map((vector) => stretch(vector, at.offset, at.length));
  const [before, ...states] = stretches.map(({ tensor }) => input(tensor, [at.length]));
  const scalars = rule.scalarNames.map((name) => input(name, []));
  const updated = rule.update(before, slope, states, scalars);
  return [updated.parameter, ...updated.states].map((after, index) => ({
    at: stretches[index],
    after,
    rule,
  }));
}
