// The classic, in the order it happens: train an auto-encoder on the images, encode them all, cluster the
// codes with K-means. Names and accuracy come later and elsewhere: no label reaches this file.
import { type Images, pixelsPerImage } from '../../data/source.js';
import {
  initialParameters,
  type ParameterSpec,
  parametersAsConstants,
  parametersAsInputs,
} from '../../engine/parameters.js';
import { byteInput, type Value } from '../../engine/program.js';
import { initialStates, optimizerNamed } from '../../engine/training/optimizers.js';
import { rateOfStep } from '../../engine/training/schedule.js';
import type { LossOf } from '../../engine/training/train-step.js';
import { type TrainingState, train } from '../../engine/training/trainer.js';
import { type AutoencoderShape, autoencoder, reconstructionLoss } from '../../models/autoencoder.js';
import { workerLayout } from '../defaults.js';
import type { FoundKinds, MethodContext } from '../found-kinds.js';
import type { MethodOptions } from '../options.js';
import { findKinds } from './code-kinds.js';
import { createProbe, type Probe, watchedOf } from './probe.js';

/** What training looked like at a step: for a log, a checkpoint, a picture. */
export interface TrainingSnapshot {
  readonly state: TrainingState;
  /** Loss of every step since the snapshot before, up to `state.step`. */
  readonly losses: Float32Array;
  /** The learning rate of a step, counted from 1. */
  readonly learningRateOf: (step: number) => number;
  /** Every parameter by its name. */
  readonly parameters: Readonly<Record<string, Float32Array>>;
  readonly train: Probe;
  /** Null where no images were held out. */
  readonly heldOut: Probe | null;
}

export interface AutoencoderContext extends MethodContext {
  /** Called in order while training goes on; the last one has the state that is returned. */
  readonly onSnapshot: (snapshot: TrainingSnapshot) => Promise<void> | void;
}

/** Snapshots in a whole training. */
const SNAPSHOTS = 20;

/**
 * Trains from `start` (null: from the beginning) until `options.training.steps` have been done in all.
 * When the signal aborts, returns the state reached, which has fewer steps.
 */
export async function trainAutoencoder(
  images: Images,
  heldOut: Images | null,
  options: MethodOptions,
  start: TrainingState | null,
  context: AutoencoderContext,
): Promise<TrainingState> {
  const { training, network, seed, threads } = options;
  const shape = networkShape(images, options);
  const lossOf: LossOf = (batch, declare) => reconstructionLoss(autoencoder(batch, shape, declare));
  const specs = parametersOf(shape);
  const beginning = start ?? initialState(specs, options);
  const look = await createProbe(shape);
  const watched = { train: watchedOf(images), heldOut: heldOut && watchedOf(heldOut) };
  let detail = '';
  const progress = (done: number) =>
    context.report({ stage: 'train', done, total: training.steps, unit: 'steps', detail });
  const snapshot = async (state: TrainingState, losses: Float32Array) => {
    const trainProbe = await look(state.parameters, watched.train);
    detail = `loss ${trainProbe.loss.toFixed(5)}`;
    await context.onSnapshot({
      state,
      losses,
      learningRateOf: (step) => rateOfStep(step, training),
      parameters: byName(specs, state.parameters),
      train: trainProbe,
      heldOut: watched.heldOut && (await look(state.parameters, watched.heldOut)),
    });
  };

  // A snapshot may take longer than the steps between two: after Ctrl-C those that wait become one.
  const waiting: number[] = [];
  const state = await train(
    {
      lossOf,
      images: { data: images.data, count: images.count, pixels: pixelsPerImage(images) },
      start: beginning,
      ...training,
      seed,
      ...workerLayout(network, threads),
      snapshotEvery: Math.max(1, Math.ceil(training.steps / SNAPSHOTS)),
    },
    {
      signal: context.signal,
      // The last step counts as done when its snapshot is.
      onStep: (done) => done < training.steps && progress(done),
      async onSnapshot({ losses, ...reached }) {
        if (context.signal.aborted) waiting.push(...losses);
        else await snapshot(reached, losses);
      },
    },
  );
  if (waiting.length > 0) await snapshot(state, Float32Array.from(waiting));
  progress(state.step);
  return state;
}

/** Encodes the images with a trained network and clusters the codes. */
export function clusterCodes(
  images: Images,
  options: MethodOptions,
  { parameters }: TrainingState,
  context: MethodContext,
): Promise<FoundKinds> {
  const shape = networkShape(images, options);
  const encode = (batch: Value) => autoencoder(batch, shape, parametersAsConstants(parameters).declare).code;
  return findKinds(images, encode, options, context);
}

function networkShape({ height, width, channels }: Images, { network }: MethodOptions): AutoencoderShape {
  return { height, width, channels, ...network };
}

/** What the network declares, whatever the batch. */
function parametersOf(shape: AutoencoderShape): readonly ParameterSpec[] {
  const { declare, specs } = parametersAsInputs();
  autoencoder(byteInput('batch', [1, pixelsPerImage(shape)]), shape, declare);
  return specs;
}

function initialState(specs: readonly ParameterSpec[], { seed, training }: MethodOptions): TrainingState {
  const parameters = initialParameters(specs, seed);
  return { step: 0, parameters, states: initialStates(optimizerNamed(training.optimizer), parameters) };
}

function byName(specs: readonly ParameterSpec[], flat: Float32Array): Record<string, Float32Array> {
  return Object.fromEntries(
    specs.map(({ name, offset, length }) => [name, flat.subarray(offset, offset + length)]),
  );
}
