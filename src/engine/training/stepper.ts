// Does steps of a training and keeps its vectors between them: alone, or as one of several workers.
import { type Collective, shardOffsets } from '../../core/collective.js';
import { sizeOf } from '../program.js';
import {
  createSession,
  createStaggeredCopier,
  floatValues,
  hostTensor,
  type TensorInfo,
  type TensorMap,
} from '../runtime/session.js';
import {
  cut,
  isOfParameters,
  join,
  PARAMETERS,
  STATISTICS,
  stateName,
  stretch,
  type Vectors,
} from './flat.js';
import { type Feeds, LOSS, runLoop, updatedName } from './loop.js';
import { AVERAGED, initialStates, type Optimizer, scalarsOfSteps } from './optimizers.js';
import {
  gradientName,
  type SharedModels,
  STATISTICS_RULE,
  type StepModel,
  type TrainingModels,
} from './train-step.js';

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

/** What a trained network is: its averages over the last steps where there are any; no statistics where none are remembered. */
export function trainedOf(vectors: Vectors) {
  const [parameters, statistics] = [PARAMETERS, STATISTICS].map(
    (name) => vectors[stateName(AVERAGED, name)] ?? vectors[name] ?? new Float32Array(0),
  );
  return { parameters, statistics };
}

/** Starts with `vectors`; the models are this worker's. */
export async function openStepper(
  models: TrainingModels,
  vectors: Vectors,
  optimizer: Optimizer,
  { collective = null, step: stepsBefore = 0, threads = 1 }: StepperOptions = {},
): Promise<Stepper> {
  let way: Way;
  if (models.whole !== null) way = await openAlone(models.whole, vectors, threads);
  else if (collective !== null) way = await openTogether(models, vectors, collective, threads);
  else throw new Error('openStepper: one of several workers needs a collective');
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
  { gradient: { stages, stretches }, update }: SharedModels,
  start: Vectors,
  collective: Collective,
  threads: number,
): Promise<Way> {
  const open = ({ model }: { readonly model: Uint8Array }) => createSession(model, { threads });
  const sessions = await Promise.all(stages.map(open));
  const updateSession = await open(update);
  const copy = createStaggeredCopier();
  const parameters = copy(start[PARAMETERS]);
  const summed = copy(new Float32Array(parameters.length));
  const shards = shardOffsets(parameters.length, collective.size);
  const [from, to] = [shards[collective.rank], shards[collective.rank + 1]];
  const own = stretch(PARAMETERS, from, [to - from]);

  /** What goes into the stages and what they find, by the tensors' names. */
  const tensors: TensorMap = {};
  for (const { tensor, vector, offset, length, shape } of stretches) {
    if (vector !== PARAMETERS) continue;
    const view = (values: Float32Array) => hostTensor(values.subarray(offset, offset + length), shape);
    tensors[tensor] = view(parameters);
    tensors[gradientName(tensor)] = view(summed);
  }
  for (const { name, shape } of sessions.flatMap(({ outputs }) => outputs)) {
    const extents = shape.map(Number);
    tensors[name] ??= hostTensor(new Float32Array(sizeOf(extents)), extents);
  }
  const ownGradient = { [gradientName(own.tensor)]: hostTensor(summed.subarray(from, to), own.shape) };
  const loss = floatValues(tensors[LOSS]);

  const inputs = [...sessions, updateSession].flatMap((session) => session.inputs);
  // Written in turn: an update reads one set and writes the other.
  const sets = [0, 1].map(() => cut(start, update.stretches, copy));
  let current = 0;

  async function step(feeds: TensorMap): Promise<number> {
    for (const [stage, session] of sessions.entries()) {
      const given = { ...tensors, ...feeds };
      await session.run(chosen(session.inputs, given), chosen(session.outputs, tensors));
      for (const name of stages[stage].sums) collective.allReduceSum(floatValues(tensors[name]));
    }
    collective.allReduceSum(loss);
    collective.reduceScatterSum(summed, shards);
    const given = { ...tensors, ...ownGradient, ...sets[current], ...feeds };
    current = 1 - current;
    const updated = Object.entries(sets[current]).map(([name, tensor]) => [updatedName(name), tensor]);
    await updateSession.run(chosen(updateSession.inputs, given), Object.fromEntries(updated));
    parameters.set(floatValues(sets[current][own.tensor]), from);
    collective.allGather(parameters, shards);
    return loss[0];
  }

  return {
    async run(count, feeds) {
      const losses = new Float32Array(count);
      for (let index = 0; index < count; index++) {
        losses[index] = await step(feedsOf(inputs, feeds, index, count));
      }
      return losses;
    },
    vectors() {
      const vectors = join(sets[current], update.stretches);
      for (const { vector, offset } of update.stretches) {
        if (!isOfParameters(vector)) continue;
        const whole = new Float32Array(parameters.length);
        whole.set(vectors[vector], offset);
        collective.allGather(whole, shards);
        vectors[vector] = whole;
      }
      return vectors;
    },
  };
}

function chosen(infos: readonly TensorInfo[], tensors: TensorMap): TensorMap {
  return Object.fromEntries(infos.map(({ name }) => [name, tensors[name]]));
}

/** The inputs of step `index` among `count` steps. */
function feedsOf(inputs: readonly TensorInfo[], feeds: Feeds, index: number, count: number): TensorMap {
  const given: TensorMap = {};
  for (const { name, shape } of inputs) {
    if (!(name in feeds)) continue;
    const length = feeds[name].length / count;
    given[name] = hostTensor(feeds[name].subarray(index * length, (index + 1) * length), shape.map(Number));
  }
  return given;
}
