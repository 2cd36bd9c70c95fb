// Leading eigenvectors against SciPy's eigsh, on the graph that kin makes of the 60,000 bundled MNIST images.
//
// Both get the same graph, counts and tolerance, SciPy called as in the prototype (float64, ncv = 2 m + 1).
// What comes back is measured by SciPy for both: the largest ‖S v − λ v‖.
//
// npm run bench -- eigen [--threads 2] [--record]: --record puts the table into bench/results.json.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { imageFeatures } from '../dist/features/features.js';
import { leadingEigenvectors } from '../dist/graph/eigenvectors/eigenvectors.js';
import { fuzzyGraph } from '../dist/graph/fuzzy-weights.js';
import { nearestNeighbours } from '../dist/graph/neighbours/nearest-neighbours.js';
import { addGraphs } from '../dist/graph/sparse.js';
import { alternate, median, spread, table, timed } from './measure.mjs';
import { hasPeer, openPython } from './peer.mjs';
import { recordTable } from './results.mjs';
import { CONTEXT, openMnist } from './training.mjs';

const NEIGHBOURS = 10;
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
  if (!hasPeer(['scipy', 'threadpoolctl'], { name: 'SciPy', packages: 'python3-sklearn' })) return;
  const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'));
  try {
    const graph = await mnistGraph(threads);
    for (const part of ['offsets', 'neighbours', 'weights']) writeFileSync(join(folder, part), graph[part]);
    const script = join(import.meta.dirname, 'eigen_peer.py');
    const python = openPython(threads, [script, folder, String(threads)]);
    const peer = { ...python, ...(await python.read()) };
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
    console.log(
      `${graph.count.toLocaleString('en')} nodes, ${edges} stored weights\n\n${table(head, rows)}\n`,
    );
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
  const { train } = await openMnist();
  const { views } = await imageFeatures(train, { ...CONTEXT, threads });
  const graphs = [];
  for (const { features } of views) {
    graphs.push(fuzzyGraph(await nearestNeighbours(features, { k: NEIGHBOURS, threads })));
  }
  return graphs.reduce(addGraphs);
}
