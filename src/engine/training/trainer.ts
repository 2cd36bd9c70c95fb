// Data-parallel training: a worker a share of every batch, gradients summed through the Collective.
//
// ONNX Runtime blocks the thread it runs on, so training always lives in workers, and this thread stays free
// to show progress and to hear Ctrl-C. Two workers with half a batch each were faster than one session with
// two threads wherever convolutions are trained (conv: 9.7 against 16.7 ms a step).
import { createLocalMemory, shardOffsets } from '../../core/collective.js';
import { InputError, option, words } from '../../core/errors.js';
import { openWorkerTeam, type WorkerTeam } from '../../core/workers.js';
import type { OptimizerName } from './optimizers.js';
import type { LearningRate } from './schedule.js';
import { type LossOf, writeGradientStep, writeUpdateStep, writeWholeSteps } from './train-step.js';
import type { TrainerAnswer, TrainerRequest, TrainerShare } from './trainer-worker.js';

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
  /** Called in order, one at a time; training goes on meanwhile, until the next mark. */
  onMark(mark: TrainingMark): Promise<void> | void;
}

/**
 * Trains until `job.steps`, or until the signal aborts (then the returned state's `step` is smaller).
 * Throws an InputError if the loss stops being finite.
 */
export async function train(job: TrainingJob, observer: TrainingObserver): Promise<TrainingState> {
  const sharedInteger = () => new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const [stop, stepsDone] = [sharedInteger(), sharedInteger().fill(job.start.step)];
  const requestStop = () => Atomics.store(stop, 0, 1);
  if (observer.signal.aborted) requestStop();
  observer.signal.addEventListener('abort', requestStop);
  const ticker = setInterval(() => observer.onStep(Atomics.load(stepsDone, 0)), 100);
  // Without the signal: who stops a training wants the state that it has reached.
  const team: TrainerTeam = openWorkerTeam(
    new URL('./trainer-worker.js', import.meta.url),
    sharesOf(job, stop, stepsDone),
    { runsSessions: true },
  );
  try {
    return await trainOn(team, job, observer);
  } finally {
    clearInterval(ticker);
    observer.signal.removeEventListener('abort', requestStop);
    requestStop();
    await team.close();
  }
}

type TrainerTeam = WorkerTeam<TrainerRequest, TrainerAnswer>;

/** From mark to mark. */
async function trainOn(
  team: TrainerTeam,
  { start, steps, markEvery, learningRate }: TrainingJob,
  { onMark }: TrainingObserver,
): Promise<TrainingState> {
  let handedOn = Promise.resolve();
  for (let { step } = start; ; ) {
    const until = Math.min(steps, step - (step % markEvery) + markEvery);
    const [parts] = await Promise.all([team.askAll({ until }), handedOn]);
    const mark = join(parts);
    const failed = mark.losses.findIndex((loss) => !Number.isFinite(loss));
    if (failed >= 0) throw diverged(step + failed + 1, learningRate);
    handedOn = Promise.resolve(onMark(mark));
    step = mark.step;
    if (step < until || step >= steps) {
      await handedOn;
      return mark;
    }
  }
}

/** What each worker needs to know: its share of the batch and of the parameters, and the graphs for them. */
function sharesOf(job: TrainingJob, stop: Int32Array, stepsDone: Int32Array): TrainerShare[] {
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
      stop,
      stepsDone,
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
    };
  });
}

function join(parts: readonly TrainerAnswer[]): TrainingMark {
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
