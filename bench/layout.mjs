// The map of MNIST's 60,000 images beside umap-learn's, both from the same 64 features with 15 neighbours: seconds from
// features to points, and how far neighbours in the map are neighbours in the features (scikit-learn's trustworthiness with
// k = 15, mean over five fixed samples of 10,000).
//
// npm run bench -- layout [--threads 2] [--record], with umap-learn from PyPI: PEER_PYTHON=… names its Python.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { imageFeatures } from '../dist/features/features.js';
import { fuzzyGraph } from '../dist/graph/fuzzy-weights.js';
import { layoutGraph } from '../dist/graph/layout.js';
import { nearestNeighbours } from '../dist/graph/nearest-neighbours.js';
import { alternate, median, spread, table, timed } from './measure.mjs';
import { hasPeer, openPython } from './peer.mjs';
import { recordTable } from './results.mjs';
import { CONTEXT, openMnist } from './training.mjs';

const K = 15;
const ROUNDS = 3;

export async function run(words) {
  const options = {
    record: { type: 'boolean', default: false },
    threads: { type: 'string', default: '2' },
  };
  const { values } = parseArgs({ args: words, options });
  const threads = Number(values.threads);
  if (!hasPeer(['umap', 'sklearn'], { name: 'umap-learn', packages: 'python3-umap-learn' })) return;
  const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'));
  try {
    const { train } = await openMnist();
    const { views } = await imageFeatures(train, { ...CONTEXT, threads });
    const x = views[0].features;
    const file = join(folder, 'features.f32');
    writeFileSync(file, x.data);
    const peer = openPython(threads, [join(import.meta.dirname, 'layout_peer.py'), file, String(x.columns)], {
      NUMBA_NUM_THREADS: String(threads),
    });
    const { umap } = await peer.read();
    const map = join(folder, 'map.f32');
    const results = await alternate(ROUNDS, {
      kindred: async () => {
        const { seconds, result } = await timed(() => layout(x, threads));
        writeFileSync(map, result.data);
        const { trustworthiness } = await peer.ask({ who: 'kindred', map });
        return { seconds, trustworthiness };
      },
      [`umap-learn ${umap}`]: () => peer.ask({ who: 'umap', k: K }),
    });
    peer.close();
    const rows = Object.entries(results).map(([who, runs]) => [
      threads,
      who,
      spread(
        runs.map(({ seconds }) => seconds),
        1,
      ),
      spread(
        runs.map(({ trustworthiness }) => trustworthiness),
        4,
      ),
    ]);
    const [ours, theirs] = Object.values(results).map((runs) => median(runs.map(({ seconds }) => seconds)));
    const head = ['threads', 'who', 'seconds: median (least–most)', 'trustworthiness'];
    console.log(`${table(head, rows)}\n\nratio umap ${(theirs / ours).toFixed(2)}`);
    if (values.record) await recordTable('layout', { head, rows });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function layout(x, threads) {
  const graph = fuzzyGraph(await nearestNeighbours(x, { k: K, threads }));
  return layoutGraph(graph, { seed: 1, threads });
}
