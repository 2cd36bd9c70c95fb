// What the classic's recipe finds in the bundled MNIST: accuracies over seeds, recorded for README.
//
// npm run bench -- classic [--seeds 5] [--only NAME]… [--fresh] [--steps N] [--results FILE]
//
// Every seed trains once and clusters its codes for each K. What a seed gave is written at once, so that a
// benchmark that was stopped goes on where it was; seeds that are there already, of the same options and
// machine, are not run again unless --fresh. --steps rehearses with fewer steps and records only into
// --results FILE.
import { parseArgs } from 'node:util';
import { InputError } from '../dist/core/errors.js';
import { clusterCodes } from '../dist/methods/autoencoder/autoencoder.js';
import { clusterPixels } from '../dist/methods/autoencoder/code-kinds.js';
import { classify } from '../dist/methods/classify.js';
import { scoreSource } from '../dist/score/labelled-source.js';
import { table, timed } from './measure.mjs';
import {
  keptRuns,
  machine,
  meanAndDeviation,
  provenance,
  RESULTS_FILE,
  readResults,
  rounded,
  updateResults,
} from './results.mjs';
import { CONTEXT, openMnist, optionsOf, trainOnce, wholeNumber } from './training.mjs';

/** The rows of README's tables: the flags of `kindred train`, and the K to cluster for. */
const CONFIGURATIONS = [
  { name: 'dense', flags: '--method autoencoder', numClusters: [10, 20, 64] },
  {
    name: 'deep',
    flags: '--hidden 500,500,2000 --encoding-size 10 --optimizer adam --steps 4000',
    numClusters: [10, 20, 64],
  },
  { name: 'convolution', flags: '--convolution --encoding-size 32', numClusters: [10, 20, 64] },
  { name: 'pixels', flags: '--method kmeans', numClusters: [10, 20, 64] },
  // TensorFlow's k-means example, which the classic cites: mini-batches, cosine, 25 clusters of raw pixels.
  { name: 'example', flags: '--method kmeans --distance cosine --mini-batch 1024', numClusters: [25] },
];

const NAMES = CONFIGURATIONS.map(({ name }) => name);

export async function run(words) {
  const { seeds, chosen, fresh, steps, file } = readWords(words);
  const data = await openMnist();
  const computer = await machine();
  const made = provenance();
  const shown = [];
  for (const { name, flags, numClusters } of chosen) {
    const { seed: _, ...options } = withSteps(optionsOf(flags), steps);
    const what = { flags, options, numClusters, machine: computer };
    const recorded = file && readResults(file).classic?.find((entry) => entry.name === name);
    let runs = fresh ? [] : keptRuns(recorded, what);
    for (let seed = 0; seed < seeds; seed++) {
      const kept = runs.find((run) => run.seed === seed);
      if (kept === undefined) {
        const measured = { seed, ...made, ...(await measure({ ...options, seed }, numClusters, data)) };
        runs = [...runs, measured].sort((a, b) => a.seed - b.seed);
        if (file) record({ name, ...what, runs, summary: summary(runs, numClusters) }, file);
      }
      console.error(progressLine(name, kept ?? runs.find((run) => run.seed === seed), kept !== undefined));
    }
    shown.push(...lines(name, runs.length, summary(runs, numClusters)));
  }
  const head = ['configuration', 'K', 'seeds', 'majority, test', 'one-to-one, test', 'majority, train'];
  console.log(table([...head, 'held-out error', 'training seconds'], shown));
  console.log(file ? `\nRecorded in ${file}.` : '\nA rehearsal: nothing is recorded.');
}

function readWords(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      seeds: { type: 'string', default: '5' },
      only: { type: 'string', multiple: true },
      fresh: { type: 'boolean', default: false },
      steps: { type: 'string' },
      results: { type: 'string' },
    },
  });
  const unknown = values.only?.find((name) => !NAMES.includes(name));
  if (unknown !== undefined) {
    throw new InputError(`--only is ${unknown}, which is no configuration. Choose from ${NAMES.join(', ')}.`);
  }
  return {
    seeds: wholeNumber('seeds', values.seeds),
    chosen: CONFIGURATIONS.filter(({ name }) => values.only?.includes(name) ?? true),
    fresh: values.fresh,
    steps: values.steps === undefined ? null : wholeNumber('steps', values.steps),
    file: values.results ?? (values.steps === undefined ? RESULTS_FILE : null),
  };
}

function withSteps(options, steps) {
  return steps === null ? options : { ...options, training: { ...options.training, steps } };
}

/** One seed: one training, then each K. */
async function measure(options, numClusters, data) {
  const trained = options.method === 'kmeans' ? null : await trainOnce(options, data);
  const clusters = {};
  for (const k of numClusters) clusters[k] = await cluster(options, k, trained?.state, data);
  return {
    trainingSeconds: trained && rounded(trained.seconds),
    heldOutLoss: trained && rounded(trained.heldOutLoss),
    clusters,
  };
}

async function cluster(options, k, state, { pile, train, test }) {
  const chosen = { ...options, clustering: { ...options.clustering, numClusters: k } };
  const { seconds, result: found } = await timed(() =>
    state ? clusterCodes(train, chosen, state, CONTEXT) : clusterPixels(train, chosen, CONTEXT),
  );
  const onTrain = await scoreSource({
    images: { origin: pile.train.origin, ids: train.ids },
    assignment: found.assignment,
    k,
  });
  const held = await classify(found.classifier, test, options.threads, CONTEXT);
  const onTest = await scoreSource(
    { images: { origin: pile.test.origin, ids: test.ids }, assignment: held.assignment, k },
    onTrain,
  );
  return { seconds: rounded(seconds), train: figures(onTrain), test: figures(onTest) };
}

function figures({ metrics }) {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, rounded(value)]));
}

/** Means and deviations over the seeds, of everything that a run has. */
function summary(runs, numClusters) {
  const over = (pick) => (pick(runs[0]) === null ? null : meanAndDeviation(runs.map(pick)));
  const split = (k, images) =>
    Object.fromEntries(
      Object.keys(runs[0].clusters[k][images]).map((metric) => [
        metric,
        over(({ clusters }) => clusters[k][images][metric]),
      ]),
    );
  return {
    trainingSeconds: over(({ trainingSeconds }) => trainingSeconds),
    heldOutLoss: over(({ heldOutLoss }) => heldOutLoss),
    clusters: Object.fromEntries(
      numClusters.map((k) => [
        k,
        {
          seconds: over(({ clusters }) => clusters[k].seconds),
          train: split(k, 'train'),
          test: split(k, 'test'),
        },
      ]),
    ),
  };
}

/** Puts a configuration where the table has it; one that the table no longer has goes. */
function record(entry, file) {
  updateResults(
    'classic',
    (before = []) =>
      NAMES.flatMap((name) =>
        name === entry.name ? [entry] : before.filter((other) => other.name === name),
      ),
    file,
  );
}

function progressLine(name, { seed, commit, trainingSeconds, clusters }, kept) {
  const accuracies = Object.entries(clusters).map(
    ([k, { test }]) => `K ${k}: ${percent(test.majorityAccuracy)}`,
  );
  const trained = trainingSeconds === null ? '' : `, trained in ${trainingSeconds.toFixed(1)} s`;
  const source = kept ? ` (recorded at ${commit})` : '';
  return `${name}, seed ${seed}: ${accuracies.join(', ')}${trained}${source}`;
}

function lines(name, seeds, { clusters, heldOutLoss, trainingSeconds }) {
  return Object.entries(clusters).map(([k, { test, train }]) => [
    name,
    k,
    seeds,
    plusMinus(test.majorityAccuracy, percent),
    plusMinus(test.oneToOneAccuracy, percent),
    plusMinus(train.majorityAccuracy, percent),
    heldOutLoss ? plusMinus(heldOutLoss, (value) => value.toFixed(5)) : '',
    trainingSeconds ? plusMinus(trainingSeconds, (value) => value.toFixed(1)) : '',
  ]);
}

function plusMinus({ mean, standardDeviation }, show) {
  return standardDeviation === null ? show(mean) : `${show(mean)} ± ${show(standardDeviation)}`;
}

function percent(fraction) {
  return (100 * fraction).toFixed(1);
}
