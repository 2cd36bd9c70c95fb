// The methods, a row each: how it finds kinds, and what that takes. `run/` asks here and knows no method by name.
import type { StageCost } from '../core/progress.js';
import { type ImageShape, type Images, pixelsPerImage } from '../data/source.js';
import { runtimeVersion } from '../engine/runtime/session.js';
import type { TrainingState } from '../engine/training/trainer.js';
import { type AutoencoderContext, clusterCodes, trainAutoencoder } from './autoencoder/autoencoder.js';
import { clusterPixels } from './autoencoder/code-kinds.js';
import type { DatasetSize, FoundKinds, RoomForImage } from './found-kinds.js';
import { kinRoom, kinStages } from './kin/costs.js';
import { findKin, type KinContext } from './kin/kin.js';
import { isKin, type MethodName, type MethodOptions } from './options.js';

export interface MethodRun extends KinContext, AutoencoderContext {
  readonly options: MethodOptions;
  /** The dataset, in shared memory. */
  readonly images: Images;
  /** Images that are only looked at: never trained on, never clustered. */
  readonly heldOut: Images | null;
  /** Where an interrupted training goes on; null at the beginning. */
  readonly start: TrainingState | null;
  /** Called when training ends, finished or not. */
  readonly onTrained: (state: TrainingState) => void;
}

export interface Method {
  /** The kinds in the images; null if the signal aborted during a training (`onTrained` has the state then). */
  find(run: MethodRun): Promise<FoundKinds | null>;
  /** What its stages take on a known machine, in their order; none where the time is mostly one stage. */
  stages(options: MethodOptions, size: DatasetSize): StageCost[];
  /** The memory that an image surely takes, so that a dataset that cannot fit is refused before it is read. */
  room(options: MethodOptions, shape: ImageShape): RoomForImage;
}

const METHODS: Readonly<Record<MethodName, Method>> = {
  kin: {
    async find(run) {
      const { images, options } = run;
      if (!isKin(options)) throw new TypeError('options of another method than kin');
      return findKin(images, options, run);
    },
    stages: kinStages,
    room: kinRoom,
  },
  autoencoder: {
    async find(run) {
      const { images, heldOut, options, start } = run;
      const state = await trainAutoencoder(images, heldOut, options, start, run);
      run.onTrained(state);
      if (state.step < options.training.steps) return null;
      return clusterCodes(images, options, state, run);
    },
    stages: () => [],
    room: ({ network }, shape) => roomWithCode(pixelsPerImage(shape), network.encodingSize),
  },
  kmeans: {
    find: (run) => clusterPixels(run.images, run.options, run),
    stages: () => [],
    room: (_, shape) => roomWithCode(pixelsPerImage(shape), pixelsPerImage(shape)),
  },
};

export function methodNamed(name: MethodName): Method {
  return METHODS[name];
}

/** Beside its pixels an image has `columns` float32 numbers. */
function roomWithCode(pixels: number, columns: number): RoomForImage {
  const code = columns * Float32Array.BYTES_PER_ELEMENT;
  return { largestRow: Math.max(pixels, code), whole: pixels + code };
}

/** The version of the runtime under all methods, for the record. */
export const engineVersion = runtimeVersion;
