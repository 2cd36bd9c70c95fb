// The map of MNIST's 60,000 images, as the studio makes it, beside umap-learn's, both from the same codes (kin's two views, 128
// numbers) with 15 neighbours: seconds from codes to points, and how far neighbours in the map are neighbours by the codes
// (scikit-learn's trustworthiness with k = 15, mean over five fixed samples of 10,000).
//
// npm run bench -- layout [--threads 2] [--rounds 3] [--record], with umap-learn from PyPI: PEER_PYTHON=… names its Python.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { mapOf } from '../dist/review/map.js';
import { alternate, median, spread, table, timed } from './measure.mjs';
import { hasPeer, openPython } from './peer.mjs';
import { recordTable } from './results.mjs';
import { codesOf, openMnist, wholeNumber } from './training.mjs';

const K = 15;

export async function run(words) {
  const options = {
    record: { type: 'boolean', default: false },
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
  };
  const { values } = parseArgs({ args: words, options });
  const [threads, rounds] = ['threads', 'rounds'].map((name) => wholeNumber(name, values[name]));
  if (!hasPeer(['umap', 'sklearn'], { name: 'umap-learn', packages: 'umap-learn', isFromPyPI: true })) return;
  const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'));
  try {
    const { train } = await openMnist();
    const codes = await codesOf(train, threads);
    const file = join(folder, 'codes.f32');
    writeFileSync(file, codes.data);
    const peer = openPython(
      threads,
      [join(import.meta.dirname, 'layout_peer.py'), file, String(codes.columns)],
      {
        NUMBA_NUM_THREADS: String(threads),
      },
    );
    const { umap } = await peer.read();
    const map = join(folder, 'map.f32');
    const results = await alternate(rounds, {
      kindred: async () => {
        const { seconds, result } = await timed(() => mapOf(codes, { seed: 1, threads }));
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
    const middle = (name) => Object.values(results).map((runs) => median(runs.map((one) => one[name])));
    const [ours, theirs] = middle('seconds');
    const [ourTrust, theirTrust] = middle('trustworthiness');
    const head = ['threads', 'who', 'seconds: median (least–most)', 'trustworthiness'];
    console.log(`${table(head, rows)}\n`);
    console.log(`trustworthiness: ${(ourTrust - theirTrust).toFixed(4)} more than umap-learn's`);
    console.log(`ratio umap ${(theirs / ours).toFixed(2)}`);
    if (values.record) await recordTable('layout', { head, rows });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
