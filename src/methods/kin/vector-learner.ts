// A head on vectors, as a learner: batches of vectors of which some numbers are left out, and targets that leave a doubt.
//
// Sources: dropout of inputs, Srivastava et al. 2014; label smoothing, Szegedy et al. 2016 ("Rethinking the Inception
// architecture", section 7): a target is (1 − ε) of the kind and ε of all kinds alike.
import { createRandom, type Random } from '../../core/random.js';
import { writeModel } from '../../engine/lowering.js';
import { crossEntropy, scale, softmax } from '../../engine/operations.js';
import { ANY, input } from '../../engine/program.js';
import { hostTensor } from '../../engine/runtime/session.js';
import { adam } from '../../engine/training/optimizers.js';
import type { StepProgram } from '../../engine/training/train-step.js';
import { headParameters, headScores, trainedHeadScores } from '../../models/head.js';
import type { Learner, LearnerShare, VectorPlan } from './learner.js';

const OPTIMIZER = adam({ decoupledDecay: 0.01 });
/** Of 256: a number is left out where a random byte is below this, three times in ten. */
const DROPPED_BYTES = 77;
const BYTES_DRAWN = 4;
const KEPT_SCALE = 256 / (256 - DROPPED_BYTES);
/** ε of the targets. */
const SMOOTHING = 0.05;

export function parametersOfVectors({ shape }: VectorPlan) {
  return headParameters(shape);
}

export function vectorLearner({ rows, shape }: VectorPlan, share: LearnerShare): Learner {
  const { batchSize, first, end, network, seed } = share;
  const { columns, k } = shape;
  const places = end - first;
  const random = createRandom(seed, `dropout of head ${network}`);

  const vectorsOf = (images: Uint32Array): Float32Array => {
    const vectors = new Float32Array(images.length * columns);
    images.forEach((image, row) => {
      vectors.set(rows.subarray(image * columns, (image + 1) * columns), row * columns);
    });
    return vectors;
  };

  const program: StepProgram = {
    inputs: {
      vectors: { type: 'float32', shape: [places, columns] },
      targets: { type: 'float32', shape: [places, k] },
    },
    build(inputs, declare) {
      const scores = headScores(inputs.vectors, shape, declare);
      return { loss: scale(crossEntropy(scores, inputs.targets), 1 / batchSize), statistics: [] };
    },
  };

  return {
    optimizer: OPTIMIZER,
    program,
    feeds(images, kinds) {
      const vectors = vectorsOf(images);
      // Masks are drawn for the whole batch: those of an image do not depend on the number of threads.
      for (let row = 0; row < images.length; row += places) {
        passOver(random, first, columns);
        dropOut(random, vectors.subarray(row * columns, (row + places) * columns), columns);
        passOver(random, batchSize - end, columns);
      }
      return { vectors, targets: smoothTargets(kinds, k) };
    },
    predictionModel({ parameters }) {
      const vectors = input('vectors', [ANY, columns]);
      return writeModel({ probabilities: softmax(trainedHeadScores(vectors, shape, parameters)) }, 'head');
    },
    rows: (images) => ({ vectors: hostTensor(vectorsOf(images), [images.length, columns]) }),
  };
}

/**
 * Sets every number of `vectors` (m, columns) to zero three times in ten, in place, and scales the others so that their mean
 * stays. A random number serves four of them; every row begins with a new one.
 */
export function dropOut(random: Random, vectors: Float32Array, columns: number): void {
  for (let row = 0; row < vectors.length; row += columns) {
    for (let at = row; at < row + columns; at += BYTES_DRAWN) {
      const drawn = random.integer(2 ** 32);
      const stop = Math.min(at + BYTES_DRAWN, row + columns);
      for (let place = at; place < stop; place++) {
        const byte = (drawn >>> (8 * (place - at))) & 0xff;
        vectors[place] = byte < DROPPED_BYTES ? 0 : vectors[place] * KEPT_SCALE;
      }
    }
  }
}

/** Draws what `dropOut` would for `rows` vectors. */
function passOver(random: Random, rows: number, columns: number): void {
  for (let left = rows * Math.ceil(columns / BYTES_DRAWN); left > 0; left--) random.integer(2 ** 32);
}

/** kinds (n) → targets (n, k) that sum to 1 a row. */
export function smoothTargets(kinds: Uint16Array, k: number): Float32Array {
  const targets = new Float32Array(kinds.length * k).fill(SMOOTHING / k);
  kinds.forEach((kind, row) => {
    targets[row * k + kind] += 1 - SMOOTHING;
  });
  return targets;
}
