// Exact nearest neighbours against faiss (IndexFlatL2) and scikit-learn (brute force): k = 10 on what kin searches,
// the 60,000 × 64 features of the bundled MNIST images. Their columns are principal components and their rows
// lie in clusters, which ours makes use of and the others do not: noise would take longer.
//
// npm run bench -- knn [--threads 2] [--record]: --record puts the table into bench/results.json.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { imageFeatures } from '../dist/features/features.js';
import { nearestNeighbours } from '../dist/graph/neighbours/nearest-neighbours.js';
import { alternate, median, spread, table, timed } from './measure.mjs';
import { hasPeer, openPython } from './peer.mjs';
import { recordTable } from './results.mjs';
import { CONTEXT, openMnist } from './training.mjs';

const ROWS = 60_000;
const K = 10;
const ROUNDS = 3;

export async function run(words) {
  const options = {
    record: { type: 'boolean', default: false },
    threads: { type: 'string', default: '2' },
  };
  const { values } = parseArgs({ args: words, options });
  const threads = Number(values.threads);
  const packages = 'python3-faiss python3-sklearn';
  if (!hasPeer(['faiss', 'sklearn', 'threadpoolctl'], { name: 'faiss or scikit-learn', packages })) return;
  const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'));
  try {
    const x = await makeFeatures(threads);
    const file = join(folder, 'features.f32');
    writeFileSync(file, x.data);
    const script = join(import.meta.dirname, 'knn_peer.py');
    const peer = openPython(threads, [script, file, String(x.columns), String(threads)]);
    const versions = await peer.read();
    const results = await alternate(ROUNDS, {
      kindred: () => search(x, threads),
      [`faiss ${versions.faiss}`]: () => peer.ask({ who: 'faiss', k: K }),
      [`scikit-learn ${versions.sklearn}`]: () => peer.ask({ who: 'sklearn', k: K }),
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
  const { train } = await openMnist();
  const { views } = await imageFeatures(train, { ...CONTEXT, threads });
  return views[0].features;
}
