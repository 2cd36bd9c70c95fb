// One thread of trainer.ts: gathers the images of a batch, runs the step, exchanges, tells.
import { workerData } from 'node:worker_threads';
import {
  createLocalCollective,
  type LocalCollectiveMemory,
  type ShardOffsets,
} from '../../core/collective.js';
import { answerRequests } from '../../core/workers.js';
import type { ParameterSpec } from '../parameters.js';
import {
  createSession,
  createStaggeredCopier,
  floatValues,
  hostTensor,
  type TensorMap,
} from '../runtime/session.js';
import { LOSS, runLoop, updatedName } from './loop.js';
import { type Optimizer, type OptimizerName, optimizerNamed, scalarsOfSteps } from './optimizers.js';
import { createBatchOrder, type LearningRate, rateOfStep } from './schedule.js';
import { BATCH, FLAT, gradientName, stateName } from './train-step.js';

/** A way to do steps: alone, or as one of several. */
interface Stepper {
  /** Steps that one call may do. */
  readonly mostSteps: number;
  /** Does `count` steps from `step` on; returns their losses over all ranks, each before its update. */
  run(step: number, count: number): Promise<Float32Array>;
  /** The parameters and this rank's states, as they are now. */
  snapshot(): { parameters: Float32Array; states: Float32Array[] };
}

/** Writes this rank's images of a step. */
type FillBatch = (step: number, pixels: Uint8Array) => void;

const data = workerData as TrainerShare;
const collective = createLocalCollective(data.memory, data.rank);
const stopVote = new Float32Array(1);
let opening: Promise<Stepper> | undefined;
/** Steps done so far. */
let step = data.startStep;

answerRequests<TrainerRequest, TrainerAnswer>(
  async ({ until }) => {
    opening ??= openStepper();
    const stepper = await opening;
    const losses: number[] = [];
    let isSound = true;
    while (step < until && isSound && !isStopped()) {
      const count = Math.min(stepper.mostSteps, until - step);
      const newLosses = await stepper.run(step, count);
      isSound = newLosses.every(Number.isFinite);
      losses.push(...newLosses);
      step += count;
      if (data.rank === 0) Atomics.store(data.stepsDone, 0, step);
    }
    const { parameters, states } = stepper.snapshot();
    return {
      step,
      losses: Float32Array.from(losses),
      parameters: data.rank === 0 ? parameters : null,
      states,
    };
  },
  ({ parameters, states }) => (parameters === null ? states : [parameters, ...states]),
);

/** Whether this worker or another one has seen that it is to stop: all must stop at the same step. */
function isStopped(): boolean {
  stopVote[0] = Atomics.load(data.stop, 0);
  collective.allReduceSum(stopVote);
  return stopVote[0] > 0;
}

function openStepper(): Promise<Stepper> {
  const optimizer = optimizerNamed(data.optimizer);
  const fillBatch = createBatchFiller(data);
  return data.updateModel === null
    ? createWholeStepper(data, optimizer, fillBatch)
    : createSharedStepper(data, data.updateModel, optimizer, fillBatch);
}

function createBatchFiller({ images, batchSize, seed, firstImage, imagesOfRank }: TrainerShare): FillBatch {
  const order = createBatchOrder(images.count, batchSize, seed);
  const imageIndices = new Uint32Array(imagesOfRank);
  return (step, pixels) => {
    order.fill(step, firstImage, imageIndices);
    imageIndices.forEach((imageIndex, row) => {
      const start = imageIndex * images.pixels;
      pixels.set(images.data.subarray(start, start + images.pixels), row * images.pixels);
    });
  };
}

/** Whole steps, a few a call: the more, the rarer the copies of all outputs, and the slower an answer to Ctrl-C. */
const STEPS_A_CALL = 8;

async function createWholeStepper(
  data: TrainerShare,
  optimizer: Optimizer,
  fillBatch: FillBatch,
): Promise<Stepper> {
  const session = await createSession(data.stepModel, { threads: data.cores });
  const { specs } = data;
  const batchLength = data.imagesOfRank * data.images.pixels;
  const batches = new Uint8Array(STEPS_A_CALL * batchLength);

  /** The tensors of the flat vectors, by name. */
  const carried: TensorMap = {};
  for (const { name, shape, offset, length } of specs) {
    const part = (flat: Float32Array) => hostTensor(flat.slice(offset, offset + length), shape);
    carried[name] = part(data.parameters);
    optimizer.states.forEach((state, index) => {
      carried[stateName(state.name, name)] = part(data.states[index]);
    });
  }
  const flatten = (nameOf: (parameter: string) => string): Float32Array => {
    const flat = new Float32Array(data.parameters.length);
    for (const { name, offset } of specs) flat.set(floatValues(carried[nameOf(name)]), offset);
    return flat;
  };

  return {
    mostSteps: STEPS_A_CALL,
    async run(step, count) {
      const rates: number[] = [];
      for (let index = 0; index < count; index++) {
        fillBatch(step + index, batches.subarray(index * batchLength, (index + 1) * batchLength));
        rates.push(rateOfStep(step + index + 1, data));
      }
      const scalars = scalarsOfSteps(optimizer, step + 1, rates);
      const batch = batches.subarray(0, count * batchLength);
      return runLoop(session, carried, { [BATCH]: batch, ...scalars }, count);
    },
    snapshot: () => ({
      parameters: flatten((name) => name),
      states: optimizer.states.map((state) => flatten((name) => stateName(state.name, name))),
    }),
  };
}

/** Gradients of this rank's images, summed over the ranks share by share; each rank updates its share. */
async function createSharedStepper(
  data: TrainerShare,
  updateModel: Uint8Array,
  optimizer: Optimizer,
  fillBatch: FillBatch,
): Promise<Stepper> {
  const [gradientSession, updateSession] = await Promise.all(
    [data.stepModel, updateModel].map((model) => createSession(model, { threads: data.cores })),
  );
  const { shards, specs, rank, imagesOfRank } = data;
  const { pixels: pixelsPerImage } = data.images;
  const [from, to] = [shards[rank], shards[rank + 1]];
  const copy = createStaggeredCopier();
  const parameters = copy(data.parameters);
  const gradient = copy(new Float32Array(parameters.length));
  const loss = new Float32Array(1);
  const pixels = new Uint8Array(imagesOfRank * pixelsPerImage);
  const gradientInputs: TensorMap = { [BATCH]: hostTensor(pixels, [imagesOfRank, pixelsPerImage]) };
  const outputs: TensorMap = { [LOSS]: hostTensor(loss, []) };
  for (const { name, shape, offset, length } of specs) {
    gradientInputs[name] = hostTensor(parameters.subarray(offset, offset + length), shape);
    outputs[gradientName(name)] = hostTensor(gradient.subarray(offset, offset + length), shape);
  }

  const share = (values: Float32Array) => hostTensor(values, [to - from]);
  const updated = copy(new Float32Array(to - from));
  const stateSets = [0, 1].map(() => data.states.map(copy));
  const updateInputs = stateSets.map((states) => ({
    [FLAT]: share(parameters.subarray(from, to)),
    [gradientName(FLAT)]: share(gradient.subarray(from, to)),
    ...Object.fromEntries(
      optimizer.states.map((state, index) => [stateName(state.name, FLAT), share(states[index])]),
    ),
  }));
  const updateOutputs = stateSets.map((states) => ({
    [updatedName(FLAT)]: share(updated),
    ...Object.fromEntries(
      optimizer.states.map((state, index) => [
        updatedName(stateName(state.name, FLAT)),
        share(states[index]),
      ]),
    ),
  }));
  let current = 0;
  return {
    mostSteps: 1,
    async run(step) {
      fillBatch(step, pixels);
      await gradientSession.run(gradientInputs, outputs);
      collective.allReduceSum(loss);
      collective.reduceScatterSum(gradient, shards);
      const scalars = scalarsOfSteps(optimizer, step + 1, [rateOfStep(step + 1, data)]);
      const inputs = { ...updateInputs[current] };
      for (const name of optimizer.scalarNames) inputs[name] = hostTensor(scalars[name], []);
      await updateSession.run(inputs, updateOutputs[1 - current]);
      current = 1 - current;
      parameters.set(updated, from);
      collective.allGather(parameters, shards);
      return loss.slice();
    },
    snapshot: () => ({
      parameters: parameters.slice(),
      states: stateSets[current].map((state) => state.slice()),
    }),
  };
}

// What trainer.ts and its workers say to each other.

export interface TrainerShare extends LearningRate {
  readonly rank: number;
  readonly memory: LocalCollectiveMemory;
  /** Shared with the other thread: not 0 when the training is to stop; the steps done. */
  readonly stop: Int32Array;
  readonly stepsDone: Int32Array;
  /** Which parameters each rank updates. */
  readonly shards: ShardOffsets;
  readonly images: { readonly data: Uint8Array; readonly count: number; readonly pixels: number };
  /** This rank's images are [firstImage, firstImage + imagesOfRank) of every batch. */
  readonly firstImage: number;
  readonly imagesOfRank: number;
  /** The whole step for a single worker; from images to gradients for one of several. */
  readonly stepModel: Uint8Array;
  /** The update of this rank's share of the parameters; null for a single worker. */
  readonly updateModel: Uint8Array | null;
  readonly specs: readonly ParameterSpec[];
  readonly parameters: Float32Array;
  /** The optimizer's states of this rank's share. */
  readonly states: readonly Float32Array[];
  readonly startStep: number;
  readonly steps: number;
  readonly batchSize: number;
  readonly optimizer: OptimizerName;
  readonly seed: number;
  readonly cores: number;
}

/** Train until so many steps have been done in all. */
export interface TrainerRequest {
  readonly until: number;
}

/** Where training stands: at the step asked for, or before it if it was stopped or a loss was not finite. */
export interface TrainerAnswer {
  readonly step: number;
  /** Loss of every step since the last answer. */
  readonly losses: Float32Array;
  /** From rank 0 only; the ranks hold the same. */
  readonly parameters: Float32Array | null;
  readonly states: readonly Float32Array[];
}
