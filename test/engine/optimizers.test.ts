// The optimizers against their papers' formulas, written plainly in double precision, over several steps.
import { describe, expect, it } from 'vitest';
import { input, type Value } from '#kindred/engine/program.js';
import {
  adam,
  averaged,
  initialStates,
  type Optimizer,
  type OptimizerName,
  optimizerNamed,
} from '#kindred/engine/training/optimizers.js';
import { normals } from '../support/numbers.js';
import { runProgram } from '../support/program.js';

const LENGTH = 11;
const STEPS = 6;
const RATE = 0.05;

/** One coordinate's way: the parameter after each step, given its gradients. */
type PlainOptimizer = (start: number, gradients: readonly number[]) => number[];

const PLAIN: Readonly<Record<OptimizerName, PlainOptimizer>> = {
  sgd(w, gradients) {
    return gradients.map((g) => {
      w -= RATE * g;
      return w;
    });
  },
  adagrad(w, gradients) {
    let sum = 1e-7;
    return gradients.map((g) => {
      sum += g * g;
      w -= (RATE * g) / Math.sqrt(sum);
      return w;
    });
  },
  adam: plainAdam(0.9, 0.999, 0),
};

function plainAdam(beta1: number, beta2: number, decay: number, decoupled = 0): PlainOptimizer {
  return (w, gradients) => {
    let [m, v] = [0, 0];
    return gradients.map((slope, index) => {
      const t = index + 1;
      const g = slope + decay * w;
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      const [first, second] = [m / (1 - beta1 ** t), v / (1 - beta2 ** t)];
      w -= RATE * decoupled * w;
      w -= (RATE * first) / (Math.sqrt(second) + 1e-8);
      return w;
    });
  };
}

/** Gradients of very different sizes, one of them always zero, one below Adam's ε. */
function gradientAt(step: number): Float32Array {
  return normals(LENGTH, `gradient ${step}`).map((value, index) => {
    if (index === 0) return 0;
    return index === 1 ? 1e-9 * value : value * 10 ** ((index % 5) - 3);
  });
}

async function run(optimizer: Optimizer): Promise<Float32Array[]> {
  const states = optimizer.states.map((state) => input(state.name, [LENGTH]));
  const scalars = optimizer.scalarNames.map((scalar) => input(scalar, []));
  const updated = optimizer.update(input('w', [LENGTH]), input('g', [LENGTH]), states, scalars);
  const outputs: Record<string, Value> = { 'updated w': updated.parameter };
  updated.states.forEach((state, index) => {
    outputs[`updated ${optimizer.states[index].name}`] = state;
  });

  let w: Float32Array = normals(LENGTH, 'start');
  let held: Float32Array[] = initialStates(optimizer, w);
  const way: Float32Array[] = [];
  for (let step = 1; step <= STEPS; step++) {
    const values = optimizer.scalars(step, RATE);
    const feed: Record<string, Float32Array> = { w, g: gradientAt(step) };
    optimizer.scalarNames.forEach((scalar, index) => {
      feed[scalar] = Float32Array.of(values[index]);
    });
    optimizer.states.forEach((state, index) => {
      feed[state.name] = held[index];
    });
    const results = await runProgram(outputs, feed);
    w = results['updated w'];
    held = optimizer.states.map((state) => results[`updated ${state.name}`]);
    way.push(w);
  }
  return way;
}

describe.each([
  ['sgd', optimizerNamed('sgd'), PLAIN.sgd],
  ['adagrad', optimizerNamed('adagrad'), PLAIN.adagrad],
  ['adam', optimizerNamed('adam'), PLAIN.adam],
  [
    'adam with decays of its own',
    adam({ firstDecay: 0.8, secondDecay: 0.99, weightDecay: 0.3 }),
    plainAdam(0.8, 0.99, 0.3),
  ],
  ['AdamW', adam({ decoupledDecay: 0.3 }), plainAdam(0.9, 0.999, 0, 0.3)],
  ['AdamW around an average', averaged(adam({ decoupledDecay: 0.3 })), plainAdam(0.9, 0.999, 0, 0.3)],
] as const)('%s', (_, optimizer, plain) => {
  it('follows the formula', async () => {
    const way = await run(optimizer);
    const start = normals(LENGTH, 'start');
    for (let index = 0; index < LENGTH; index++) {
      const gradients = Array.from({ length: STEPS }, (_, step) => gradientAt(step + 1)[index]);
      const expected = plain(start[index], gradients);
      // Parameters of size 1 after six float32 steps; each of Adam's own steps is about 0.05.
      way.forEach((w, step) => {
        expect(Math.abs(w[index] - expected[step]), `element ${index}, step ${step + 1}`).toBeLessThan(2e-6);
      });
    }
  });
});
