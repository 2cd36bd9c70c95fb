// Does steps of a training and keeps its vectors between them: alone, or as one of several workers.
import type { Collective, ShardOffsets } from '../../core/collective.js';
import {
  createSession,
  createStaggeredCopier,
  floatValues,
  hostTensor,
  type Session,
  type TensorMap,
} from '../runtime/session.js';
import { cut, join, PARAMETERS, STATISTICS, stateName, stretch, type Vectors } from './flat.js';
import { type Feeds, LOSS, runLoop, updatedName } from './loop.js';
import { AVERAGED, initialStates, type Optimizer, scalarsOfSteps } from './optimizers.js';
import { gradientName, STATISTICS_RULE, type StepModel, type TrainingModels } from './train-step.js';

export interface Stepper {
  /** Steps done so far. */
  readonly step: number;
  /**
   * One step a learning rate; `feeds` are this worker's part of the inputs, step after step. Returns the steps'
   * losses over all workers, each before its update. All workers must call it, and with the same rates.
   */
  run(learningRates: readonly number[], feeds: Feeds): Promise<Float32Array>;
  /** A copy of the vectors as they are now. All workers must call it. */
  vectors(): Record<string, Float32Array>;
}

export interface StepperOptions {
  /** Who trains together; null: one worker alone. */
  readonly collective?: Collective | null;
  /** Steps done before. */
  readonly step?: number;
  /** Cores that the worker's sessions use. */
  readonly threads?: number;
}

/** The vectors at the start of a training, with the states of its optimizer. */
export function initialVectors(
  start: { readonly parameters: Float32Array; readonly statistics?: Float32Array },
  optimizer: Optimizer,
): Vectors {
  const vectors: Record<string, Float32Array> = {};
  const begin = (vector: string, values: Float32Array, rule: Optimizer) => {
    vectors[vector] = values;
    initialStates(rule, values).forEach((state, index) => {
      vectors[stateName(rule.states[index].name, vector)] = state;
    });
  };
  begin(PARAMETERS, start.parameters, optimizer);
  if (start.statistics !== undefined) begin(STATISTICS, start.statistics, STATISTICS_RULE);
  return vectors;
}

/** Parameters and statistics, averaged over the last steps: what a trained network is. */
export interface AveragedNetwork {
  readonly parameters: Float32Array;
  readonly statistics: Float32Array;
}

export function averagesOf(vectors: Vectors): AveragedNetwork {
  const [parameters, statistics] = [PARAMETERS, STATISTICS].map((name) => vectors[stateName(AVERAGED, name)]);
  return { parameters, statistics };
}

/** Starts with `vectors`; the models are this worker's. */
export async function openStepper(
  { step: model, update, shards }: TrainingModels,
  vectors: Vectors,
  optimizer: Optimizer,
  { collective = null, step: stepsBefore = 0, threads = 1 }: StepperOptions = {},
): Promise<Stepper> {
  const way =
    collective === null || update === null
      ? await openAlone(model, vectors, threads)
      : await openTogether(model, update, vectors, { collective, shards, threads });
  let step = stepsBefore;
  return {
    get step() {
      return step;
    },
    async run(learningRates, feeds) {
      const scalars = {
        ...scalarsOfSteps(optimizer, step + 1, learningRates),
        ...scalarsOfSteps(STATISTICS_RULE, step + 1, learningRates),
      };
      const losses = await way.run(learningRates.length, { ...feeds, ...scalars });
      step += learningRates.length;
      return losses;
    },
    vectors: way.vectors,
  };
}

interface Way {
  run(count: number, feeds: Feeds): Promise<Float32Array>;
  vectors(): Record<string, Float32Array>;
}

async function openAlone({ model, stretches }: StepModel, start: Vectors, threads: number): Promise<Way> {
  const session = await createSession(model, { threads });
  const carried = cut(start, stretches);
  return {
    run: (count, feeds) => runLoop(session, carried, feeds, count),
    vectors: () => join(carried, stretches),
  };
}

/** Gradients of this rank's images, summed over the ranks share by share; each rank updates its share. */
async function openTogether(
  step: StepModel,
  update: StepModel,
  start: Vectors,
  { collective, shards, threads }: { collective: Collective; shards: ShardOffsets; threads: number },
): Promise<Way> {
  const [stepSession, updateSession] = await Promise.all(
    [step, update].map(({ model }) => createSession(model, { threads })),
  );
  const [from, to] = [shards[collective.rank], shards[collective.rank + 1]];
  const copy = createStaggeredCopier();
  const parameters = copy(start[PARAMETERS]);
  const gradient = copy(new Float32Array(parameters.length));
  const loss = new Float32Array(1);
  const inputs: TensorMap = {};
  const outputs: TensorMap = { [LOSS]: hostTensor(loss, []) };
  for (const { tensor, vector, offset, length } of step.stretches) {
    const view = (values: Float32Array) => hostTensor(values.subarray(offset, offset + length), [length]);
    if (vector === PARAMETERS) inputs[tensor] = view(parameters);
    outputs[gradientName(tensor)] = view(vector === PARAMETERS ? gradient : new Float32Array(length));
  }

  const own = stretch(PARAMETERS, from, to - from);
  const slopes = {
    ...outputs,
    [gradientName(own.tensor)]: hostTensor(gradient.subarray(from, to), [to - from]),
  };
  // Written in turn: an update reads one set and writes the other.
  const sets = [0, 1].map(() => cut(start, update.stretches, copy));
  const updated = sets.map((set) =>
    Object.fromEntries(Object.entries(set).map(([tensor, values]) => [updatedName(tensor), values])),
  );
  let current = 0;
  return {
    async run(count, feeds) {
      const losses = new Float32Array(count);
      for (let index = 0; index < count; index++) {
        const given = (session: Session) => feedsOf(session, feeds, index, count);
        await stepSession.run({ ...inputs, ...given(stepSession) }, outputs);
        collective.allReduceSum(loss);
        losses[index] = loss[0];
        collective.reduceScatterSum(gradient, shards);
        const before = { ...slopes, ...sets[current], ...given(updateSession) };
        current = 1 - current;
        await updateSession.run(before, updated[current]);
        parameters.set(floatValues(sets[current][own.tensor]), from);
        collective.allGather(parameters, shards);
      }
      return losses;
    },
    vectors() {
      const vectors = join(sets[current], update.stretches);
      for (const { vector, offset } of update.stretches) {
        if (vector === STATISTICS || vector.endsWith(`:${STATISTICS}`)) continue;
        const whole = new Float32Array(parameters.length);
        whole.set(vectors[vector], offset);
        collective.allGather(whole, shards);
        vectors[vector] = whole;
      }
      return vectors;
    },
  };
}

/** The inputs of step `index` among `count` steps. */
function feedsOf(session: Session, feeds: Feeds, index: number, count: number): TensorMap {
  const given: TensorMap = {};
  for (const { name, shape } of session.inputs) {
    if (!(name in feeds)) continue;
    const length = feeds[name].length / count;
    given[name] = hostTensor(feeds[name].subarray(index * length, (index + 1) * length), shape.map(Number));
  }
  return given;
}
