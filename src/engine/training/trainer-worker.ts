// One training worker: gather the images of a batch, run the step, exchange, tell.
import { parentPort, workerData } from 'node:worker_threads';
import { type Collective, createLocalCollective } from '../../core/collective.js';
import {
  createSession,
  createStaggeredCopier,
  floatValues,
  hostTensor,
  type TensorMap,
} from '../runtime/session.js';
import { LOSS, runLoop, updatedName } from './loop.js';
import { type Optimizer, optimizerNamed, scalarsOfSteps } from './optimizers.js';
import { createBatchOrder, rateOfStep } from './schedule.js';
import { BATCH, FLAT, gradientName, stateName } from './train-step.js';
import {
  CURRENT_STEP,
  type FromWorker,
  STOP_REQUESTED,
  type TrainerWorkerData,
  type WorkerMark,
} from './trainer-messages.js';

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

async function main(data: TrainerWorkerData): Promise<void> {
  const { rank, control, startStep, steps, markEvery } = data;
  const collective = createLocalCollective(data.memory, rank);
  const optimizer = optimizerNamed(data.optimizer);
  const fillBatch = createBatchFiller(data);
  const stepper = await (data.updateModel === null
    ? createWholeStepper(data, optimizer, fillBatch)
    : createSharedStepper(data, optimizer, fillBatch, collective));
  const stopVote = new Float32Array(1);
  let losses: number[] = [];

  for (let step = startStep; ; ) {
    stopVote[0] = Atomics.load(control, STOP_REQUESTED);
    collective.allReduceSum(stopVote);
    const isLast = step >= steps || stopVote[0] > 0;
    if (isLast || (step > startStep && step % markEvery === 0)) {
      post(markOf(stepper, { rank, step, isLast, losses }));
      losses = [];
    }
    if (isLast) return;
    const untilMark = markEvery - (step % markEvery);
    const count = Math.min(stepper.mostSteps, untilMark, steps - step);
    const newLosses = await stepper.run(step, count);
    const failed = newLosses.findIndex((loss) => !Number.isFinite(loss));
    if (failed >= 0) return post({ kind: 'diverged', step: step + failed + 1 });
    losses.push(...newLosses);
    step += count;
    if (rank === 0) Atomics.store(control, CURRENT_STEP, step);
  }
}

function createBatchFiller({
  images,
  batchSize,
  seed,
  firstImage,
  imagesOfRank,
}: TrainerWorkerData): FillBatch {
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
  data: TrainerWorkerData,
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
  data: TrainerWorkerData,
  optimizer: Optimizer,
  fillBatch: FillBatch,
  collective: Collective,
): Promise<Stepper> {
  const [gradientSession, updateSession] = await Promise.all(
    [data.stepModel, data.updateModel!].map((model) => createSession(model, { threads: data.cores })),
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

function markOf(
  stepper: Stepper,
  { rank, step, isLast, losses }: { rank: number; step: number; isLast: boolean; losses: number[] },
): WorkerMark {
  const { parameters, states } = stepper.snapshot();
  return {
    kind: 'mark',
    step,
    isLast,
    losses: Float32Array.from(losses),
    parameters: rank === 0 ? parameters : null,
    states,
  };
}

/** Arrays of a mark are made for it, so they are handed over instead of copied. */
function post(message: FromWorker): void {
  const arrays = message.kind === 'mark' ? [message.parameters, ...message.states] : [];
  const buffers = arrays.flatMap((array) => (array === null ? [] : [array.buffer as ArrayBuffer]));
  parentPort!.postMessage(message, buffers);
}

await main(workerData as TrainerWorkerData);
// Stay until the other thread ends this one: it treats an earlier exit as a failure.
setInterval(() => {}, 1 << 30);
