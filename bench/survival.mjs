// No training may die: the convolutional auto-encoder over 20 seeds, its reconstructions of held-out images
// against the simplest prediction there is, the mean training image.
//
// npm run bench -- survival [--seeds 20] [--fresh] [--steps N] [--results FILE]
//
// A ReLU network whose units all fall silent answers with a constant, which is as bad as the mean image.
// Exits 1 if a seed is not better. Seeds recorded before are kept as in bench/classic.mjs.
import { parseArgs } from 'node:util';
import { pixelsPerImage } from '../dist/data/source.js';
import {
  keptRuns,
  machine,
  provenance,
  RESULTS_FILE,
  readResults,
  rounded,
  updateResults,
} from './results.mjs';
import { openMnist, optionsOf, trainOnce, wholeNumber } from './training.mjs';

const FLAGS = '--convolution';

export async function run(words) {
  const { seeds, fresh, steps, file } = readWords(words);
  const data = await openMnist();
  const { seed: _, ...defaults } = optionsOf(FLAGS);
  const options = steps === null ? defaults : { ...defaults, training: { ...defaults.training, steps } };
  const what = { flags: FLAGS, options, machine: await machine() };
  const made = provenance();
  const meanImageError = rounded(errorOfMeanImage(data));
  let runs = fresh ? [] : keptRuns(file && readResults(file).survival, what);
  for (let seed = 0; seed < seeds; seed++) {
    if (!runs.some((run) => run.seed === seed)) {
      const measured = { seed, ...made, error: await errorOfTraining({ ...options, seed }, data) };
      runs = [...runs, measured].sort((a, b) => a.seed - b.seed);
      if (file) updateResults('survival', () => ({ ...what, meanImageError, runs }), file);
    }
    const error = errorOf(runs.find((run) => run.seed === seed));
    console.error(`seed ${seed}: ${error.toFixed(5)} (mean image ${meanImageError.toFixed(5)})`);
  }
  conclude(runs, meanImageError, file);
}

function readWords(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      seeds: { type: 'string', default: '20' },
      fresh: { type: 'boolean', default: false },
      steps: { type: 'string' },
      results: { type: 'string' },
    },
  });
  return {
    seeds: wholeNumber('seeds', values.seeds),
    fresh: values.fresh,
    steps: values.steps === undefined ? null : wholeNumber('steps', values.steps),
    file: values.results ?? (values.steps === undefined ? RESULTS_FILE : null),
  };
}

function conclude(runs, meanImageError, file) {
  const byError = runs.toSorted((a, b) => errorOf(a) - errorOf(b));
  const [best, worst] = [byError[0], byError[byError.length - 1]];
  const alive = runs.filter((run) => errorOf(run) < meanImageError).length;
  const show = (run) => `${errorOf(run).toFixed(5)} (seed ${run.seed})`;
  console.log(
    `Mean squared error a pixel on the held-out images; the mean image: ${meanImageError.toFixed(5)}`,
  );
  console.log(`best  ${show(best)}\nworst ${show(worst)}`);
  console.log(`${alive} of ${runs.length} seeds are better than the mean image.`);
  console.log(file ? `Recorded in ${file}.` : 'A rehearsal: nothing is recorded.');
  if (alive < runs.length) process.exitCode = 1;
}

/** The error on the held-out images; null for a training that diverged (JSON has no infinity). */
async function errorOfTraining(options, data) {
  try {
    const { heldOutLoss } = await trainOnce(options, data);
    return Number.isFinite(heldOutLoss) ? rounded(heldOutLoss) : null;
  } catch (error) {
    if (error.name === 'InputError') return null;
    throw error;
  }
}

function errorOf({ error }) {
  return error ?? Number.POSITIVE_INFINITY;
}

/** Mean squared error a pixel of the held-out images, each predicted as the mean of the training images. */
function errorOfMeanImage({ train, test }) {
  const pixels = pixelsPerImage(train);
  const mean = new Float64Array(pixels);
  train.data.forEach((value, index) => {
    mean[index % pixels] += value / 255 / train.count;
  });
  let sum = 0;
  test.data.forEach((value, index) => {
    sum += (value / 255 - mean[index % pixels]) ** 2;
  });
  return sum / test.data.length;
}
