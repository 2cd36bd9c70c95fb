// A training of the auto-encoder while it goes on: what TensorBoard and whoever watches see of it, and its checkpoints.
import type { TrainingSnapshot } from '../../methods/autoencoder/autoencoder.js';
import type { ReconstructedImages } from '../../methods/autoencoder/probe.js';
import type { MethodRun } from '../../methods/methods.js';
import { type Curves, writeCheckpoint } from '../files/checkpoint.js';
import { createTrainingLog, type TrainingLog } from '../tensorboard/training-log.js';
import type { RunPlan, TrainingWatch } from './plan.js';

export interface TrainingOutcome {
  readonly stepsDone: number;
  readonly curves: Curves;
  readonly heldOutLoss: number | null;
  readonly pictures: ReconstructedImages | null;
}

export interface FollowedTraining extends Pick<MethodRun, 'onSnapshot' | 'onTrained'> {
  /** What has come of it so far; null while, or where, nothing is trained. */
  outcome(): TrainingOutcome | null;
  close(outcome?: 'success'): void;
}

/** Seconds between checkpoints while training goes on; the last is always written. */
const CHECKPOINT_SECONDS = 20;

/** Writes into `plan.folder` once there is something to write. */
export function followTraining(
  { folder, options, checkpoint, resumed }: RunPlan,
  hasHeldOut: boolean,
  { onLoss, onPictures }: TrainingWatch,
): FollowedTraining {
  const earlier = resumed && (checkpoint ?? { step: 0, curves: { train: [], heldOut: [] } });
  let log: TrainingLog | null = null;
  let last: TrainingSnapshot | null = null;
  let stepsDone = 0;
  let savedAt = performance.now();

  function opened(): TrainingLog {
    log ??= createTrainingLog(folder, options, hasHeldOut, earlier);
    return log;
  }

  function save(state: TrainingSnapshot['state']): void {
    writeCheckpoint(folder, { ...state, curves: opened().curves });
    savedAt = performance.now();
  }

  return {
    async onSnapshot(snapshot) {
      const { add, curves } = opened();
      await add(snapshot);
      last = snapshot;
      onPictures?.(picturesOf(snapshot));
      for (const [name, curve] of [
        ['training', curves.train] as const,
        ['held out', curves.heldOut] as const,
      ]) {
        const point = curve.at(-1);
        if (point !== undefined) onLoss?.(name, ...point);
      }
      if (performance.now() - savedAt >= CHECKPOINT_SECONDS * 1000) save(snapshot.state);
    },
    onTrained(state) {
      save(state);
      stepsDone = state.step;
    },
    outcome() {
      if (log === null) return null;
      const heldOutLoss = last?.heldOut?.loss ?? null;
      return { stepsDone, curves: log.curves, heldOutLoss, pictures: last && picturesOf(last) };
    },
    close: (outcome) => log?.close(outcome),
  };
}

/** Of images that were held out, where there are some. */
function picturesOf({ train, heldOut }: TrainingSnapshot): ReconstructedImages {
  return (heldOut ?? train).pictures;
}
