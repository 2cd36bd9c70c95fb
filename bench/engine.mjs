// Training against PyTorch: the same three auto-encoders, and the classifier of kin (cnn), batches of 128 of the
// bundled MNIST, 1 and 2 threads. With 2 threads two classifiers are trained at once, as the product does; a step
// of either counts.
//
//   npm run bench -- engine [NETWORK…] [--record]: --record puts the table into bench/results.json.
//
// Both gather a batch of raw pixels, convert it and make whole steps; both run in a process pinned to as many
// cores as threads, take turns, start each turn from fresh weights and are timed after a warm-up only.
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { InputError } from '../dist/core/errors.js';
import { openDataset } from '../dist/data/formats/open.js';
import { framedSource } from '../dist/data/framing/framed-source.js';
import { collectImages, pixelsPerImage } from '../dist/data/source.js';
import { initialParameters, parametersAsInputs } from '../dist/engine/parameters.js';
import { byteInput } from '../dist/engine/program.js';
import { initialStates, optimizerNamed } from '../dist/engine/training/optimizers.js';
import { train } from '../dist/engine/training/trainer.js';
import { workerLayout } from '../dist/methods/defaults.js';
import { autoencoder, reconstructionLoss } from '../dist/models/autoencoder.js';
import { classifierTurn } from './classifier-steps.mjs';
import { alternate, median, spread, table } from './measure.mjs';
import { hasPeer, openPinned, PEER_PYTHON } from './peer.mjs';
import { recordTable } from './results.mjs';

const BATCH = 128;
const ROUNDS = 3;
const SECONDS = 1.5;
const FLAT = { convolution: false, hidden: [], tied: false };

/** `marked`: steps between two looks at the clock, and of the warm-up; engine_peer.py has the networks too. */
const NETWORKS = {
  dense: {
    shape: { ...FLAT, encodingSize: 64 },
    training: { optimizer: 'adagrad', learningRate: 0.05 },
    marked: 100,
  },
  deep: {
    shape: { ...FLAT, hidden: [500, 500, 2000], encodingSize: 10 },
    training: { optimizer: 'adam', learningRate: 0.001 },
    marked: 32,
  },
  conv: {
    shape: { ...FLAT, convolution: true, encodingSize: 32 },
    training: { optimizer: 'adagrad', learningRate: 0.05 },
    marked: 40,
  },
  cnn: {
    // So that PyTorch is tried in both memory formats.
    shape: { convolution: true },
    classifier: [16, 32, 64, 128],
    training: { optimizer: 'adam', learningRate: 0.002 },
    marked: 40,
  },
};

export async function run(words = []) {
  const { values, positionals } = parseArgs({
    args: words,
    options: { record: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const names = positionals.length === 0 ? Object.keys(NETWORKS) : positionals;
  const unknown = names.find((name) => !(name in NETWORKS));
  if (unknown !== undefined) {
    throw new InputError(
      `Benchmark engine: no network ${unknown}. Choose from ${Object.keys(NETWORKS).join(', ')}.`,
    );
  }
  if (!hasPeer(['torch', 'numpy'], { name: 'PyTorch', packages: 'python3-torch' })) return;
  const rows = [];
  const ratios = [];
  for (const threads of [1, 2]) {
    const ours = openPinned(threads, process.execPath, [fileURLToPath(import.meta.url), 'answer']);
    const peers = await openPeers(threads);
    for (const name of names) {
      const compared = await compare(name, threads, ours, peers);
      rows.push(...compared.rows);
      // As it goes: all of it takes minutes.
      console.error(compared.rows.map((row) => row.join('  ')).join('\n'));
      ratios.push(`ratio ${name}-${threads} ${compared.ratio.toFixed(2)}`);
    }
    for (const { close } of [ours, ...Object.values(peers)]) close();
  }
  const head = ['network', 'threads', 'who', 'images/s', 'ms a step: median (least–most)', 'loss', 'ratio'];
  console.log(`${table(head, rows)}\n\n${ratios.toSorted().join('\n')}`);
  if (values.record) await recordTable('engine', { head, rows });
}

/** PyTorch with both ways to wait for its threads: spinning is faster on an idle machine, sleeping on a busy one. */
async function openPeers(threads) {
  const { path: imagesFile } = (await openDataset()).train.origin;
  const script = fileURLToPath(new URL('./engine_peer.py', import.meta.url));
  const peers = {};
  for (const OMP_WAIT_POLICY of threads === 1 ? ['ACTIVE'] : ['ACTIVE', 'PASSIVE']) {
    const peer = openPinned(threads, PEER_PYTHON, [script, String(threads), imagesFile], { OMP_WAIT_POLICY });
    const { version } = await peer.read();
    peers[`PyTorch ${version}${threads === 1 ? '' : `, ${OMP_WAIT_POLICY.toLowerCase()}`}`] = peer;
  }
  return peers;
}

async function compare(name, threads, ours, peers) {
  const { shape, marked, classifier } = NETWORKS[name];
  const chosen = classifier ? networksName(threads) : layoutName(workerLayout(shape, threads));
  const contestants = {};
  if (classifier) {
    contestants[chosen] = () => ours.ask({ name, seconds: SECONDS, networks: threads });
  } else {
    for (const layout of layouts(shape, threads)) {
      contestants[layoutName(layout)] = () => ours.ask({ name, seconds: SECONDS, ...layout });
    }
  }
  const theirs = [];
  for (const [peerName, peer] of Object.entries(peers)) {
    for (const format of shape.convolution ? ['contiguous', 'channels_last'] : ['contiguous']) {
      const who = shape.convolution ? `${peerName}, ${format}` : peerName;
      theirs.push(who);
      contestants[who] = () =>
        peer.ask({
          name,
          batch: BATCH,
          warmUp: marked,
          seconds: SECONDS,
          format,
          ...NETWORKS[name].training,
        });
    }
  }
  const results = await alternate(ROUNDS, contestants);
  const step = (who) => median(results[who].map(({ milliseconds }) => milliseconds));
  const best = Math.min(...theirs.map(step));
  const rows = Object.entries(results).map(([who, turns]) => [
    name,
    threads,
    who === chosen ? `${who}, the product's` : who,
    Math.round((BATCH / step(who)) * 1000),
    spread(
      turns.map(({ milliseconds }) => milliseconds),
      2,
    ),
    // The mean of the warm-up's last ten steps: both learn, and learn the same.
    median(turns.map(({ loss }) => loss)).toFixed(4),
    theirs.includes(who) ? '' : (best / step(who)).toFixed(2),
  ]);
  return { rows, ratio: best / step(chosen) };
}

/** The product's own choice first; where it might go either way, the other one too. */
function layouts(shape, threads) {
  const choices = [workerLayout(shape, threads)];
  if (threads > 1 && !shape.convolution) {
    choices.push({ workers: threads, coresPerWorker: 1 }, { workers: 1, coresPerWorker: threads });
  }
  return choices.filter(
    (choice, index) => choices.findIndex((other) => layoutName(other) === layoutName(choice)) === index,
  );
}

function layoutName({ workers, coresPerWorker }) {
  return `kindred ${workers} × ${coresPerWorker}`;
}

function networksName(networks) {
  return `kindred ${networks} network${networks === 1 ? '' : 's'} × 1`;
}

/** Our side: one training a line of standard input, timed from mark to mark. */
async function answer() {
  const { train: pictures } = await openDataset();
  const asTheyAre = { ...pictures.shape, polarity: 'keep', crop: 'whole' };
  const images = await collectImages(framedSource(pictures, asTheyAre));
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await turn(images, JSON.parse(line)))}\n`);
  }
}

async function turn(images, { name, seconds, networks, workers, coresPerWorker }) {
  const { shape, training, marked, classifier } = NETWORKS[name];
  if (classifier) {
    return classifierTurn(images.data, { networks, seconds, batch: BATCH, widths: classifier, marked });
  }
  const pixels = pixelsPerImage(images);
  const network = { ...shape, height: images.height, width: images.width, channels: images.channels };
  const lossOf = (batch, declare) => reconstructionLoss(autoencoder(batch, network, declare));
  const { declare, specs } = parametersAsInputs();
  lossOf(byteInput('batch', [1, pixels]), declare);
  const parameters = initialParameters(specs, 0);
  const states = initialStates(optimizerNamed(training.optimizer), parameters);

  const controller = new AbortController();
  let start;
  let measured;
  const job = {
    lossOf,
    images: { data: images.data, count: images.count, pixels },
    start: { step: 0, parameters, states },
    steps: Number.MAX_SAFE_INTEGER,
    batchSize: BATCH,
    ...training,
    warmUpSteps: 0,
    seed: 0,
    workers,
    coresPerWorker,
    snapshotEvery: marked,
  };
  const observer = {
    signal: controller.signal,
    onStep() {},
    onSnapshot({ step, losses }) {
      const now = performance.now();
      start ??= { now, step, loss: mean(losses.slice(-10)) };
      if (measured === undefined && now - start.now >= seconds * 1000) {
        measured = { milliseconds: (now - start.now) / (step - start.step), loss: start.loss };
        controller.abort();
      }
    },
  };
  await train(job, observer);
  return measured;
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.argv[2] === 'answer') await answer();
