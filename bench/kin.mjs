// Kin beside the classic, on MNIST and Fashion-MNIST, over seeds: the comparison of `kindred bench`, recorded for
// README.
//
// npm run bench -- kin [--seeds 5] [--only NAME]… [--fashion DIR] [--fresh] [--log-dir DIR]
//
// Every run is a process of its own; what it gave is written at once, so that a benchmark that was stopped goes on
// where it was. Seeds that are there already, of the same commit's sources, are not run again unless --fresh.
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { benchRun, benchTable } from '../dist/cli/commands/bench.js';
import { keptRuns, machine, provenance, readResults, updateResults } from './results.mjs';
import { wholeNumber } from './training.mjs';

const FASHION = '/usr/share/datasets/fashion-mnist';

const MNIST_ROWS = [
  { name: 'classic', flags: ['--method', 'autoencoder'] },
  { name: 'classic-convolution', flags: ['--convolution', '--encoding-size', '32'] },
  { name: 'kin-fast', flags: ['--quality', 'fast'] },
  { name: 'kin-default', flags: [] },
  { name: 'kin-best', flags: ['--quality', 'best'] },
].map((row) => ({ ...row, data: 'MNIST' }));

const FASHION_ROWS = [
  { name: 'fashion-classic', flags: ['--method', 'autoencoder'] },
  // The number of its kinds is given: told by nobody, kin takes another one (see the log).
  { name: 'fashion-kin', flags: ['--num-clusters', '10'] },
].map((row) => ({ ...row, data: 'Fashion-MNIST' }));

export async function run(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      seeds: { type: 'string', default: '5' },
      only: { type: 'string', multiple: true, default: [] },
      fashion: { type: 'string', default: FASHION },
      'log-dir': { type: 'string', default: 'runs' },
      fresh: { type: 'boolean', default: false },
    },
  });
  const seeds = wholeNumber('seeds', values.seeds);
  if (!existsSync(values.fashion)) {
    console.error(
      `${values.fashion} is not there: apt-get install dataset-fashion-mnist, or give --fashion DIR.`,
    );
    process.exitCode = 1;
    return;
  }
  const rows = [...MNIST_ROWS, ...FASHION_ROWS];
  const chosen = values.only.length === 0 ? rows : rows.filter(({ name }) => values.only.includes(name));
  const computer = await machine();
  const { signal } = new AbortController();
  for (const row of chosen) {
    const what = { flags: row.flags, data: row.data, machine: computer };
    const recorded = readResults().kin?.find(({ name }) => name === row.name);
    let runs = values.fresh ? [] : keptRuns(recorded, what);
    for (let seed = 0; seed < seeds; seed++) {
      if (runs.some((each) => each.seed === seed)) continue;
      const source = row.data === 'MNIST' ? undefined : values.fashion;
      const place = { source, logDir: values['log-dir'], threads: undefined };
      const { metrics, ...measured } = await benchRun(row, seed, place, signal);
      const run = { ...measured, metrics: withoutBins(metrics), ...provenance() };
      runs = [...runs, run].sort((a, b) => a.seed - b.seed);
      record({ name: row.name, ...what, runs });
      console.log(`${row.name}, seed ${seed}: ${JSON.stringify(run)}`);
    }
    console.log(benchTable([{ name: row.name, command: '', runs }]).split('\n\n')[0]);
  }
}

/** The reliability bins stay in the run cards. */
function withoutBins(metrics) {
  const short = ({ reliability, ...rest }) => ({
    ...rest,
    expectedCalibrationError: reliability?.expectedCalibrationError ?? null,
  });
  return metrics && { train: short(metrics.train), test: metrics.test && short(metrics.test) };
}

function record(entry) {
  const order = [...MNIST_ROWS, ...FASHION_ROWS].map(({ name }) => name);
  updateResults('kin', (entries = []) =>
    [...entries.filter(({ name }) => name !== entry.name), entry].sort(
      (a, b) => order.indexOf(a.name) - order.indexOf(b.name),
    ),
  );
}
