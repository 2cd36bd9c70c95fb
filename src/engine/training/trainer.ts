// Data-parallel training: a worker a share of every batch, gradients summed through the Collective.
//
// ONNX Runtime blocks the thread it runs on, so training always lives in workers, and this thread stays free
// to show progress and to hear Ctrl-C. Two workers with half a batch each were faster than one session with
// two threads wherever convolutions are trained (conv: 9.7 against 16.7 ms a step).
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { createLocalMemory, shardOffsets } from '../../core/collective.js';
import { InputError, option, words } from '../../core/errors.js';
import type { OptimizerName } from './optimizers.js';
import type { LearningRate } from './schedule.js';
import { type LossOf, writeGradientStep, writeUpdateStep, writeWholeSteps } from './train-step.js';
import {
  CURRENT_STEP,
  type FromWorker,
  STOP_REQUESTED,
  type TrainerWorkerData,
  type WorkerMark,
} from './trainer-messages.js';

/** Everything that training changes: what a checkpoint holds. */
export interface TrainingState {
  /** Steps done so far. */
  readonly step: number;
  /** All parameters in one vector, in the order they were declared. */
  readonly parameters: Float32Array;
  /** The optimizer's states, each as long as `parameters`. */
  readonly states: readonly Float32Array[];
}

/** A state on the way, with the loss of every step since the one before. */
export interface TrainingMark extends TrainingState {
  readonly losses: Float32Array;
}

export interface TrainingJob extends LearningRate {
  readonly lossOf: LossOf;
  /** Raw pixels, (count, pixels), in shared memory. */
  readonly images: { readonly data: Uint8Array; readonly count: number; readonly pixels: number };
  readonly start: TrainingState;
  /** Train until this many steps have been done in all. */
  readonly steps: number;
  /** Images a step, over all workers. */
  readonly batchSize: number;
  readonly optimizer: OptimizerName;
  readonly seed: number;
  readonly workers: number;
  /** Cores that one worker's session uses. */
  readonly coresPerWorker: number;
  /** A mark after every so many steps, and after the last. */
  readonly markEvery: number;
}

export interface TrainingObserver {
  readonly signal: AbortSignal;
  /** Called about ten times a second. */
  onStep(stepsDone: number): void;
  /** Called in order, one at a time; training goes on meanwhile. */
  onMark(mark: TrainingMark): Promise<void> | void;
}

/**
 * Trains until `job.steps`, or until the signal aborts (then the returned state's `step` is smaller).
 * Throws an InputError if the loss stops being finite.
 */
export async function train(job: TrainingJob, observer: TrainingObserver): Promise<TrainingState> {
  const control = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  Atomics.store(control, CURRENT_STEP, job.start.step);
  const requestStop = () => Atomics.store(control, STOP_REQUESTED, 1);
  if (observer.signal.aborted) requestStop();
  observer.signal.addEventListener('abort', requestStop);
  const ticker = setInterval(() => observer.onStep(Atomics.load(control, CURRENT_STEP)), 100);

  const workers = plans(job, control).map(
    // Without Node's own arguments, as in core/workers.ts.
    (workerData) => new Worker(new URL('./trainer-worker.js', import.meta.url), { workerData, execArgv: [] }),
  );
  const ended = workers.map(endOf);
  try {
    return await collectMarks(job, workers, observer);
  } finally {
    clearInterval(ticker);
    observer.signal.removeEventListener('abort', requestStop);
    requestStop();
    await Promise.race([Promise.all(ended), setTimeout(LONGEST_STEP_MILLISECONDS, null, { ref: false })]);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/**
 * Ending a thread while ONNX Runtime works in it aborts the whole process, so a worker is let out of its step
 * first; only one that waits for a rank that died is ended where it is.
 */
const LONGEST_STEP_MILLISECONDS = 5000;

function endOf(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    worker.on('exit', () => resolve());
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'diverged' || message.isLast) resolve();
    });
  });
}

/** What each worker needs to know: its share of the batch and of the parameters, and the graphs for them. */
function plans(job: TrainingJob, control: Int32Array): TrainerWorkerData[] {
  const { workers: size, batchSize, start, lossOf, optimizer } = job;
  const { pixels } = job.images;
  const images = shardOffsets(batchSize, size);
  const shards = shardOffsets(start.parameters.length, size);
  const memory = createLocalMemory(size, start.parameters.length);
  return Array.from({ length: size }, (_, rank) => {
    const shape = { images: images[rank + 1] - images[rank], imagesInStep: batchSize, pixels };
    const [from, to] = [shards[rank], shards[rank + 1]];
    const step = size === 1 ? writeWholeSteps(lossOf, shape, optimizer) : writeGradientStep(lossOf, shape);
    return {
      rank,
      memory,
      control,
      shards,
      images: job.images,
      firstImage: images[rank],
      imagesOfRank: shape.images,
      stepModel: step.model,
      updateModel: size === 1 ? null : writeUpdateStep(to - from, optimizer),
      specs: step.parameters,
      parameters: start.parameters,
      states: start.states.map((state) => state.slice(from, to)),
      startStep: start.step,
      steps: job.steps,
      batchSize,
      optimizer,
      learningRate: job.learningRate,
      warmUpSteps: job.warmUpSteps,
      seed: job.seed,
      cores: job.coresPerWorker,
      markEvery: job.markEvery,
    };
  });
}

/** Joins the workers' marks step by step and hands them on in order, until the last. */
function collectMarks(
  job: TrainingJob,
  workers: readonly Worker[],
  observer: TrainingObserver,
): Promise<TrainingState> {
  return new Promise((resolve, reject) => {
    const queues: WorkerMark[][] = workers.map(() => []);
    let handedOn: Promise<void> = Promise.resolve();

    function onMark(rank: number, mark: WorkerMark): void {
      queues[rank].push(mark);
      if (queues.some((queue) => queue.length === 0)) return;
      const parts = queues.map((queue) => queue.shift()!);
      const joined = join(parts);
      handedOn = handedOn.then(() => observer.onMark(joined));
      handedOn.then(() => parts[0].isLast && resolve(joined)).catch(reject);
    }

    workers.forEach((worker, rank) => {
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'mark') onMark(rank, message);
        else reject(diverged(message.step, job.learningRate));
      });
      worker.on('error', reject);
      worker.on('exit', (code) => reject(new Error(`training worker ${rank} ended early with code ${code}`)));
    });
  });
}

function join(parts: readonly WorkerMark[]): TrainingMark {
  const [{ step, losses, parameters }] = parts;
  const states = parts[0].states.map((_, index) => concatenate(parts.map((part) => part.states[index])));
  return { step, losses, parameters: parameters!, states };
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0];
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

function diverged(step: number, learningRate: number): InputError {
  return new InputError(
    words`Training diverged: the loss was not finite at step ${step} with ${option('learningRate')} ${learningRate}. Choose a smaller one.`,
  );
}
