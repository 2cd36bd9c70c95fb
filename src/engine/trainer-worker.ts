// One training worker: gather the images of a batch, run the step, exchange, tell.
import { parentPort, workerData } from 'node:worker_threads';
import { type Collective, createLocalCollective } from '../core/collective.js';
import { createBatchOrder } from './batches.js';
import { rateOfStep } from './learning-rate.js';
import { type Optimizer, optimizerNamed } from './optimizers.js';
import { createSession, floatValues, type HostTensor, hostTensor, type TensorMap } from './session.js';
import { BATCH, FLAT, gradientName, LOSS, stateName, updatedName } from './train-step.js';
import {
  CURRENT_STEP,
  type FromWorker,
  STOP_REQUESTED,
  type TrainerWorkerData,
  type WorkerMark,
} from './trainer-messages.js';

/** A way to do a step: alone, or as one of several. */
interface Stepper {
  /** Trains on `batch`; returns the mean loss over all ranks, before the update. */
  run(batch: HostTensor, scalars: TensorMap): Promise<number>;
  /** The parameters and this rank's states, as they are now. */
  snapshot(): { parameters: Float32Array; states: Float32Array[] };
}

async function main(data: TrainerWorkerData): Promise<void> {
  const { rank, control, imagesOfRank, images, startStep, steps, markEvery } = data;
  const collective = createLocalCollective(data.memory, rank);
  const optimizer = optimizerNamed(data.optimizer);
  const stepper = await (data.updateModel === null
    ? createWholeStepper(data, optimizer)
    : createSharedStepper(data, optimizer, collective));

  const order = createBatchOrder(images.count, data.batchSize, data.seed);
  const imageIndices = new Uint32Array(imagesOfRank);
  const pixels = new Uint8Array(imagesOfRank * images.pixels);
  const batch = hostTensor(pixels, [imagesOfRank, images.pixels]);
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
    order.fill(step, data.firstImage, imageIndices);
    imageIndices.forEach((imageIndex, row) => {
      const start = imageIndex * images.pixels;
      pixels.set(images.data.subarray(start, start + images.pixels), row * images.pixels);
    });
    const loss = await stepper.run(batch, scalarTensors(optimizer, step + 1, rateOfStep(step + 1, data)));
    step++;
    if (!Number.isFinite(loss)) return post({ kind: 'diverged', step });
    losses.push(loss);
    if (rank === 0) Atomics.store(control, CURRENT_STEP, step);
  }
}

/** The step as one graph; parameters and states go back and forth between two sets of buffers. */
async function createWholeStepper(data: TrainerWorkerData, optimizer: Optimizer): Promise<Stepper> {
  const session = await createSession(data.stepModel, { threads: data.cores });
  const sets = [0, 1].map(() => ({
    parameters: Float32Array.from(data.parameters),
    states: data.states.map((state) => Float32Array.from(state)),
  }));
  const bind = (set: (typeof sets)[number], rename: (name: string) => string): TensorMap => {
    const tensors: TensorMap = {};
    for (const { name, shape, offset, length } of data.specs) {
      const view = (flat: Float32Array) => hostTensor(flat.subarray(offset, offset + length), shape);
      tensors[rename(name)] = view(set.parameters);
      optimizer.states.forEach((state, index) => {
        tensors[rename(stateName(state.name, name))] = view(set.states[index]);
      });
    }
    return tensors;
  };
  const inputs = sets.map((set) => bind(set, (name) => name));
  const loss = hostTensor(new Float32Array(1), []);
  const outputs = sets.map((set) => ({ ...bind(set, updatedName), [LOSS]: loss }));
  let current = 0;
  return {
    async run(batch, scalars) {
      await session.run({ ...inputs[current], ...scalars, [BATCH]: batch }, outputs[1 - current]);
      current = 1 - current;
      return floatValues(loss)[0];
    },
    snapshot: () => ({
      parameters: sets[current].parameters.slice(),
      states: sets[current].states.map((state) => state.slice()),
    }),
  };
}

/** Gradients of this rank's images, summed over the ranks share by share; each rank updates its share. */
async function createSharedStepper(
  data: TrainerWorkerData,
  optimizer: Optimizer,
  collective: Collective,
): Promise<Stepper> {
  const [gradientSession, updateSession] = await Promise.all(
    [data.stepModel, data.updateModel!].map((model) => createSession(model, { threads: data.cores })),
  );
  const { shards, specs, rank } = data;
  const [from, to] = [shards[rank], shards[rank + 1]];
  const parameters = Float32Array.from(data.parameters);
  const gradient = new Float32Array(parameters.length);
  const loss = new Float32Array(1);
  const inputs: TensorMap = {};
  const outputs: TensorMap = { [LOSS]: hostTensor(loss, []) };
  for (const { name, shape, offset, length } of specs) {
    inputs[name] = hostTensor(parameters.subarray(offset, offset + length), shape);
    outputs[gradientName(name)] = hostTensor(gradient.subarray(offset, offset + length), shape);
  }

  const share = (values: Float32Array) => hostTensor(values, [to - from]);
  const updated = new Float32Array(to - from);
  const stateSets = [0, 1].map(() => data.states.map((state) => Float32Array.from(state)));
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
    async run(batch, scalars) {
      await gradientSession.run({ ...inputs, [BATCH]: batch }, outputs);
      collective.allReduceSum(loss);
      collective.reduceScatterSum(gradient, shards);
      await updateSession.run({ ...updateInputs[current], ...scalars }, updateOutputs[1 - current]);
      current = 1 - current;
      parameters.set(updated, from);
      collective.allGather(parameters, shards);
      return loss[0];
    },
    snapshot: () => ({
      parameters: parameters.slice(),
      states: stateSets[current].map((state) => state.slice()),
    }),
  };
}

function scalarTensors(optimizer: Optimizer, step: number, learningRate: number): TensorMap {
  const values = optimizer.scalars(step, learningRate);
  return Object.fromEntries(
    optimizer.scalarNames.map((name, index) => [name, hostTensor(Float32Array.of(values[index]), [])]),
  );
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

function post(message: FromWorker): void {
  parentPort!.postMessage(message);
}

await main(workerData as TrainerWorkerData);
// Stay until the other thread ends this one: it treats an earlier exit as a failure.
setInterval(() => {}, 1 << 30);
