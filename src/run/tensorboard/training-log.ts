// What TensorBoard shows of a training: the tags of the classic's summaries example, for the images that are
// trained on in the run's folder and for those held out in heldout/.
import { join } from 'node:path';
import type { TrainingSnapshot } from '../../methods/autoencoder/autoencoder.js';
import type { Probe, ReconstructedImages } from '../../methods/autoencoder/probe.js';
import type { MethodOptions } from '../../methods/options.js';
import type { Curves } from '../files/checkpoint.js';
import { createEventWriter, type EventWriter } from './event-writer.js';
import { encodeImage, layOutRows, pixelsOf } from './images.js';
import { summarise } from './summaries.js';

export interface TrainingLog {
  add(snapshot: TrainingSnapshot): Promise<void>;
  /** The curves so far, the earlier part of a resumed run included. */
  readonly curves: Curves;
  close(outcome?: 'success' | 'failure'): void;
}

/** A point of the loss curve every so many steps, as in the classic's example. */
const STEPS_A_POINT = 10;

/** What was done before: the steps, and the curves up to there. */
export interface EarlierTraining {
  readonly step: number;
  readonly curves: Curves;
}

/** `earlier` is null for a new run; a resumed one has it, even if it was stopped before its first checkpoint. */
export function createTrainingLog(
  folder: string,
  options: MethodOptions,
  hasHeldOut: boolean,
  earlier: EarlierTraining | null,
): TrainingLog {
  const resume = earlier === null ? {} : { resumeAtStep: earlier.step + 1 };
  const train = createEventWriter(folder, resume);
  const heldOut = hasHeldOut ? createEventWriter(join(folder, 'heldout'), resume) : null;
  train.hyperparameters(flatten(options));
  const curves = { train: [...(earlier?.curves.train ?? [])], heldOut: [...(earlier?.curves.heldOut ?? [])] };

  return {
    curves,
    async add(snapshot) {
      const { state, losses, parameters } = snapshot;
      // Nothing was left to train: the run that was interrupted after its last step has logged it.
      if (losses.length === 0) return;
      const first = state.step - losses.length;
      losses.forEach((loss, index) => {
        const step = first + index + 1;
        if (step % STEPS_A_POINT !== 0 && step !== 1) return;
        train.scalar('loss', step, loss);
        train.scalar('learning_rate', step, snapshot.learningRateOf(step));
        curves.train.push([step, loss]);
      });
      for (const [name, values] of Object.entries(parameters)) summarise(train, name, state.step, values);
      await addProbe(train, snapshot.train, state.step);
      train.flush();
      if (heldOut === null || snapshot.heldOut === null) return;
      heldOut.scalar('loss', state.step, snapshot.heldOut.loss);
      curves.heldOut.push([state.step, snapshot.heldOut.loss]);
      await addProbe(heldOut, snapshot.heldOut, state.step);
      heldOut.flush();
    },
    close(outcome) {
      train.close(outcome);
      heldOut?.close();
    },
  };
}

async function addProbe(writer: EventWriter, probe: Probe, step: number): Promise<void> {
  for (const [layer, values] of Object.entries(probe.activations)) {
    summarise(writer, `${layer}/activations`, step, values);
  }
  writer.image('input_and_reconstruction', step, await encodeImage(pairs(probe.pictures)));
}

/** Inputs above their reconstructions. */
function pairs({ inputs, reconstructions, ...shape }: ReconstructedImages) {
  return layOutRows([
    { ...shape, data: inputs },
    { ...shape, data: pixelsOf(reconstructions) },
  ]);
}

function flatten({ method, seed, threads, network, training, clustering }: MethodOptions) {
  return { method, seed, threads, ...network, ...training, ...clustering };
}
