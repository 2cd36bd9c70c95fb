// The one way through a method, whichever it is: `run/` calls this and knows no method by name.
import type { Images } from '../data/source.js';
import { runtimeVersion } from '../engine/runtime/session.js';
import type { TrainingState } from '../engine/training/trainer.js';
import { clusterCodes, type TrainingSnapshot, trainAutoencoder } from './autoencoder/autoencoder.js';
import { clusterPixels } from './autoencoder/code-kinds.js';
import type { FoundKinds } from './found-kinds.js';
import { findKin, type KinContext } from './kin/kin.js';
import type { MethodOptions } from './options.js';

export interface MethodRun extends KinContext {
  readonly options: MethodOptions;
  /** The pile, in shared memory. */
  readonly images: Images;
  /** Images that are only looked at: never trained on, never clustered. */
  readonly heldOut: Images | null;
  /** Where an interrupted training goes on; null at the beginning. */
  readonly start: TrainingState | null;
  readonly onSnapshot: (snapshot: TrainingSnapshot) => Promise<void> | void;
  /** Called when training ends, finished or not. */
  readonly onTrained: (state: TrainingState) => void;
}

/** The kinds in `images`; null if the signal aborted during training (`onTrained` has the state then). */
export async function findKindsBy(run: MethodRun): Promise<FoundKinds | null> {
  const { images, heldOut, options, start } = run;
  if (options.kin !== null) return findKin(images, { ...options, kin: options.kin }, run);
  if (options.method === 'kmeans') return clusterPixels(images, options, run);
  const state = await trainAutoencoder(images, heldOut, options, start, run);
  run.onTrained(state);
  if (state.step < options.training.steps) return null;
  return clusterCodes(images, options, state, run);
}

/** The version of the runtime under all methods, for the record. */
export const engineVersion = runtimeVersion;
