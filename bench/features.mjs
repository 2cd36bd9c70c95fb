// Features against PyTorch: both views of the 60,000 bundled MNIST images, deskewed, as Hellinger HOG, and projected
// onto 64 principal components. The same images, values and cores; bench/features_peer.py is the other side.
//
// npm run bench -- features [--count N] [--record]: --record puts the table into bench/results.json, for README.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { imageFeatures } from '../dist/features/features.js';
import { alternate, median, spread, table, timed } from './measure.mjs';
import { hasPeer, openPython } from './peer.mjs';
import { recordTable } from './results.mjs';
import { CONTEXT, openMnist } from './training.mjs';

const PIXELS = 784;
const ROUNDS = 3;

export async function run(words) {
  const { values } = parseArgs({
    args: words,
    options: { count: { type: 'string', default: '60000' }, record: { type: 'boolean', default: false } },
  });
  if (!hasPeer(['torch', 'numpy'], { name: 'PyTorch', packages: 'python3-torch' })) return;
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
  const { pile, train } = await openMnist();
  const images = { ...train, count, data: train.data.subarray(0, count * PIXELS) };
  const script = join(import.meta.dirname, 'features_peer.py');
  const peer = openPython(threads, [script, pile.train.origin.path, String(threads)]);
  const { version } = await peer.read();
  const results = await alternate(ROUNDS, {
    kindred: async () => {
      const { seconds, result } = await timed(() => imageFeatures(images, { ...CONTEXT, threads }));
      return { seconds, variance: result.views.map(({ features }) => meanSquare(features)) };
    },
    [`PyTorch ${version}`]: () => peer.ask({ count }),
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
