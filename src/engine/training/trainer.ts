// Data-parallel training: a worker a share of every batch, gradients summed through the Collective.
//
// ONNX Runtime blocks the thread it runs on, so training always lives in workers, and this thread stays free
// to show progress and to hear Ctrl-C. Two workers with half a batch each were faster than one session with
// two threads wherever convolutions are trained (conv: 9.7 against 16.7 ms a step).
import { abandon, createLocalMemory, shardOffsets } from '../../core/collective.js';
import { InputError, option, words } from '../../core/errors.js';
import { openWorkerTeam, type WorkerTeam } from '../../core/workers.js';
import { PARAMETERS, stateName } from './flat.js';
import { type Optimizer, optimizerNamed } from './optimizers.js';
import { type LossOf, stepOfLoss, writeTraining } from './train-step.js';
import type { SharedJob, TrainerAnswer, TrainerRequest, TrainerShare } from './trainer-worker.js';

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
export interface TrainingSnapshot extends TrainingState {
  readonly losses: Float32Array;
}

export interface TrainingJob extends SharedJob {
  readonly lossOf: LossOf;
  readonly start: TrainingState;
  /** Train until this many steps have been done in all. */
  readonly steps: number;
  readonly workers: number;
  /** Cores that one worker's session uses. */
  readonly coresPerWorker: number;
  /** A snapshot after every so many steps, and after the last. */
  readonly snapshotEvery: number;
}

export interface TrainingObserver {
  readonly signal: AbortSignal;
  /** Called about ten times a second. */
  onStep(stepsDone: number): void;
  /** Called in order, one at a time; training goes on meanwhile, until the next snapshot. */
  onSnapshot(snapshot: TrainingSnapshot): Promise<void> | void;
}

/**
 * Trains until `job.steps`, or until the signal aborts (then the returned state's `step` is smaller).
 * Throws an InputError if the loss stops being finite.
 */
export async function train(job: TrainingJob, observer: TrainingObserver): Promise<TrainingState> {
  const sharedInteger = () => new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const [stop, stepsDone] = [sharedInteger(), sharedInteger().fill(job.start.step)];
  const memory = createLocalMemory(job.workers, job.start.parameters.length);
  const shares = sharesOf(job, { memory, stop, stepsDone });
  const entry = new URL('./trainer-worker.js', import.meta.url);
  // Without the signal: who stops a training wants the state that it has reached.
  const team: TrainerTeam = openWorkerTeam(entry, shares, { runsSessions: true });
  const requestStop = () => Atomics.store(stop, 0, 1);
  if (observer.signal.aborted) requestStop();
  observer.signal.addEventListener('abort', requestStop);
  const ticker = setInterval(() => observer.onStep(Atomics.load(stepsDone, 0)), 100);
  try {
    return await trainOn(team, job, observer);
  } finally {
    clearInterval(ticker);
    observer.signal.removeEventListener('abort', requestStop);
    requestStop();
    abandon(memory);
    await team.close();
  }
}

type TrainerTeam = WorkerTeam<TrainerRequest, TrainerAnswer>;

/** From snapshot to snapshot. */
async function trainOn(
  team: TrainerTeam,
  { start, steps, snapshotEvery, learningRate, optimizer }: TrainingJob,
  { onSnapshot }: TrainingObserver,
): Promise<TrainingState> {
  const states = statesOf(optimizerNamed(optimizer));
  let handedOn = Promise.resolve();
  for (let { step } = start; ; ) {
    const until = Math.min(steps, step - (step % snapshotEvery) + snapshotEvery);
    const [[{ losses, vectors, ...reached }]] = await Promise.all([team.askAll({ until }), handedOn]);
    const failed = losses.findIndex((loss) => !Number.isFinite(loss));
    if (failed >= 0) throw diverged(step + failed + 1, learningRate);
    step = reached.step;
    const snapshot = {
      step,
      losses,
      parameters: vectors[PARAMETERS],
      states: states.map((name) => vectors[name]),
    };
    handedOn = Promise.resolve(onSnapshot(snapshot));
    if (step < until || step >= steps) {
      await handedOn;
      return snapshot;
    }
  }
}

/** What each worker needs to know: its share of the batch and of the parameters, and the graphs for them. */
function sharesOf(
  job: TrainingJob,
  shared: Pick<TrainerShare, 'memory' | 'stop' | 'stepsDone'>,
): TrainerShare[] {
  const { workers: size, batchSize, start } = job;
  const optimizer = optimizerNamed(job.optimizer);
  const images = shardOffsets(batchSize, size);
  const vectors: Record<string, Float32Array> = { [PARAMETERS]: start.parameters };
  statesOf(optimizer).forEach((name, index) => {
    vectors[name] = start.states[index];
  });
  return Array.from({ length: size }, (_, rank) => {
    const imagesOfRank = images[rank + 1] - images[rank];
    const shape = { images: imagesOfRank, imagesInStep: batchSize, pixels: job.images.pixels };
    return {
      rank,
      ...shared,
      images: job.images,
      firstImage: images[rank],
      imagesOfRank,
      models: writeTraining(stepOfLoss(job.lossOf, shape), optimizer, { rank, size }),
      vectors,
      startStep: start.step,
      batchSize,
      optimizer: job.optimizer,
      learningRate: job.learningRate,
      warmUpSteps: job.warmUpSteps,
      seed: job.seed,
      cores: job.coresPerWorker,
    };
  });
}

function statesOf({ states }: Optimizer): string[] {
  return states.map(({ name }) => stateName(name, PARAMETERS));
}

function diverged(step: number, learningRate: number): InputError {
  return new InputError(
    words`Training diverged: the loss was not finite at step ${step} with ${option('learningRate')} ${learningRate}. Choose a smaller one.`,
  );
}
