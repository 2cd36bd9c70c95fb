// Runs the steps that averaged-steps.ts writes, a few a call, and keeps the vectors between the calls.

import { createSession, floatValues, hostTensor, type TensorMap } from '../runtime/session.js';
import {
  AVERAGED_PARAMETERS,
  AVERAGED_STATISTICS,
  KEPT,
  PARAMETERS,
  STATISTICS,
  TAKEN,
} from './averaged-steps.js';
import { type Feeds, runLoop } from './loop.js';
import { type Optimizer, scalarsOfSteps } from './optimizers.js';

/** Parameters and remembered statistics, averaged over the last steps: what a trained network is. */
export interface AveragedNetwork {
  readonly parameters: Float32Array;
  readonly statistics: Float32Array;
}

export interface AveragedStepper {
  /** Steps done so far. */
  readonly step: number;
  /**
   * One step a learning rate; `feeds` are the step inputs, step after step.
   * Returns their losses, each before its update.
   */
  run(learningRates: readonly number[], feeds: Feeds): Promise<Float32Array>;
  averaged(): AveragedNetwork;
}

/** The averages hold the last 1 / (1 − LONGEST_MEMORY) steps, and fewer at the start. */
const LONGEST_MEMORY = 0.995;

/** Starts at `start`; the statistics of a network that has seen nothing are PyTorch's, mean 0 and variance 1. */
export async function createAveragedStepper(
  model: Uint8Array,
  start: AveragedNetwork,
  optimizer: Optimizer,
): Promise<AveragedStepper> {
  const session = await createSession(model);
  const vector = (values: Float32Array) => hostTensor(values.slice(), [values.length]);
  const carried: TensorMap = {
    [PARAMETERS]: vector(start.parameters),
    [AVERAGED_PARAMETERS]: vector(start.parameters),
    [STATISTICS]: vector(start.statistics),
    [AVERAGED_STATISTICS]: vector(start.statistics),
  };
  for (const { name, initial } of optimizer.states) {
    carried[name] = vector(new Float32Array(start.parameters.length).fill(initial));
  }
  let step = 0;
  return {
    get step() {
      return step;
    },
    async run(learningRates, feeds) {
      const count = learningRates.length;
      const kept = learningRates.map((_, index) => {
        const number = step + index + 1;
        return Math.min(LONGEST_MEMORY, number / (number + 10));
      });
      const scalars = {
        ...scalarsOfSteps(optimizer, step + 1, learningRates),
        [KEPT]: Float32Array.from(kept),
        [TAKEN]: Float32Array.from(kept, (share) => 1 - share),
      };
      const losses = await runLoop(session, carried, { ...feeds, ...scalars }, count);
      step += count;
      return losses;
    },
    averaged: () => ({
      parameters: floatValues(carried[AVERAGED_PARAMETERS]),
      statistics: floatValues(carried[AVERAGED_STATISTICS]),
    }),
  };
}
