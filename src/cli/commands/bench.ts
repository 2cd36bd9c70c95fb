// kindred bench [SOURCE]: the classic and kin on the same images over several seeds, beside what others have
// published. Every run is a process of its own, so that its memory and its start count as a user has them.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { InterruptedError } from '../../core/errors.js';
import { type RunCard, readRunCard } from '../../run/files/card.js';
import type { CommandContext } from '../flags/arguments.js';
import type { FlagValues } from '../flags/flags.js';
import { withProgress } from '../printing/progress.js';
import { left, percent, right, table } from '../printing/table.js';

/** A row of the comparison: what is run with every seed. */
export interface Contestant {
  readonly name: string;
  /** Flags of `kindred train`. */
  readonly flags: readonly string[];
}

/** What came out of one contestant. */
export interface BenchRow {
  readonly name: string;
  /** The command line without seed and folder. */
  readonly command: string;
  /** One a seed, in order. */
  readonly runs: readonly BenchRun[];
}

export interface BenchRun {
  readonly seed: number;
  readonly k: number;
  readonly metrics: RunCard['metrics'];
  /** Of the whole process, start and writing included. */
  readonly seconds: number;
  readonly peakBytes: number;
}

export async function bench(context: CommandContext): Promise<void> {
  const { flags, positionals, signal } = context;
  const [source] = positionals;
  const seeds = flags.seeds ?? 5;
  const place = { source, logDir: flags['log-dir'] ?? 'runs', threads: flags.threads };
  const rows = await withProgress(async ({ report }) => {
    const contestants = contestantsFor(flags);
    const total = contestants.length * seeds;
    const measured: BenchRow[] = [];
    for (const [turn, contestant] of contestants.entries()) {
      const runs: BenchRun[] = [];
      for (let seed = 0; seed < seeds; seed++) {
        const done = turn * seeds + seed;
        report({ stage: 'bench', done, total, unit: 'runs', detail: `${contestant.name}, seed ${seed}` });
        runs.push(await benchRun(contestant, seed, place, signal));
      }
      measured.push({ name: contestant.name, command: commandOf(contestant), runs });
    }
    report({ stage: 'bench', done: total, total, unit: 'runs' });
    return measured;
  });
  process.stdout.write(flags.json ? `${JSON.stringify(rows, null, 2)}\n` : `${benchTable(rows)}\n`);
}

/** The classic's two networks as the classic has them, and kin; --quality chooses how far kin goes. */
function contestantsFor({ quality = 'default', 'num-clusters': numClusters }: FlagValues): Contestant[] {
  const told =
    numClusters === undefined || numClusters === 'auto' ? [] : ['--num-clusters', `${numClusters}`];
  return [
    { name: 'classic', flags: ['--method', 'autoencoder', ...told] },
    { name: 'classic, convolution', flags: ['--convolution', '--encoding-size', '32', ...told] },
    { name: `kin, ${quality}`, flags: ['--method', 'kin', '--quality', quality, ...told] },
  ];
}

function commandOf({ flags }: Contestant): string {
  return ['kindred', 'train', ...flags].join(' ');
}

/** Where the runs of a comparison read and write. */
export interface BenchPlace {
  /** Undefined: the bundled MNIST. */
  readonly source: string | undefined;
  readonly logDir: string;
  readonly threads: number | undefined;
}

/** One run in a process of its own; a run of that name is replaced. */
export async function benchRun(
  { name, flags }: Contestant,
  seed: number,
  { source, logDir, threads }: BenchPlace,
  signal: AbortSignal,
): Promise<BenchRun> {
  const tag = `bench-${name.replaceAll(/\W+/g, '-')}-${seed}`;
  const words = ['train', ...(source === undefined ? [] : [source]), ...flags];
  words.push('--seed', `${seed}`, '--log-dir', logDir, '--tag', tag, '--overwrite', '--json');
  if (threads !== undefined) words.push('--threads', `${threads}`);
  const start = performance.now();
  await runKindred(words, signal);
  const seconds = (performance.now() - start) / 1000;
  const { k, metrics, peakBytes } = readRunCard(join(logDir, tag));
  return { seed, k, metrics, seconds, peakBytes };
}

/** Runs the command line in a process of its own; its own words go to our stderr only where it fails. */
function runKindred(words: readonly string[], signal: AbortSignal): Promise<void> {
  const launcher = join(import.meta.dirname, '..', '..', 'bin', 'kindred.js');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [launcher, ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
    let complaint = '';
    child.stderr.on('data', (text: Buffer) => {
      complaint = (complaint + text).slice(-4000);
    });
    const stop = () => child.kill('SIGINT');
    signal.addEventListener('abort', stop, { once: true });
    child.on('error', reject);
    child.on('close', (code) => {
      signal.removeEventListener('abort', stop);
      if (signal.aborted) reject(new InterruptedError('Stopped; the runs that were finished are kept.'));
      else if (code === 0) resolve();
      else reject(new Error(`kindred ${words.join(' ')} ended with ${code}:\n${complaint}`));
    });
  });
}

/** Mean ± standard deviation of each row, then the published figures. */
export function benchTable(rows: readonly BenchRow[]): string {
  const columns = [
    ...left('method'),
    ...right('seeds', 'kinds', 'train', 'test', 'NMI, test', 'seconds', 'memory'),
    ...left('picked by labels?'),
  ];
  const lines = rows.map(({ name, runs }) => {
    const over = (value: (run: BenchRun) => number | undefined, digits: number, factor = 1) =>
      plusMinus(runs.map(value), digits, factor);
    return [
      name,
      String(runs.length),
      [...new Set(runs.map(({ k }) => k))].join(', '),
      over(({ metrics }) => metrics?.train.oneToOneAccuracy, 2, 100),
      over(({ metrics }) => metrics?.test?.oneToOneAccuracy, 2, 100),
      over(({ metrics }) => metrics?.test?.nmi, 3),
      over(({ seconds }) => seconds, 1),
      over(({ peakBytes }) => peakBytes / 2 ** 20, 0),
      'no',
    ];
  });
  const published = PUBLISHED.map(({ method, source, mnist, fashion, pickedByLabels }) => [
    `${method} (${source})`,
    mnist === null ? '–' : percent(mnist),
    fashion === null ? '–' : percent(fashion),
    pickedByLabels ? 'yes' : 'no',
  ]);
  const publishedColumns = [...left('published'), ...right('MNIST', 'Fashion'), ...left('picked by labels?')];
  return [
    table(columns, lines),
    'Accuracy: one-to-one, in percent, mean ± standard deviation over the seeds; memory: MB at the most.',
    table(publishedColumns, published),
  ].join('\n\n');
}

/** `99.16 ± 0.02`; without the deviation where there is one value, a dash where there is none. */
function plusMinus(values: readonly (number | undefined)[], digits: number, factor: number): string {
  const known = values.filter((value) => value !== undefined).map((value) => value * factor);
  if (known.length === 0) return '–';
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  if (known.length === 1) return mean.toFixed(digits);
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return `${mean.toFixed(digits)} ± ${Math.sqrt(squares / (known.length - 1)).toFixed(digits)}`;
}

// Published accuracies of methods that are given no label: what kindred bench stands beside.

export interface PublishedResult {
  readonly method: string;
  readonly source: string;
  /** One-to-one accuracy as published, a fraction of 1; null where that dataset is not reported. */
  readonly mnist: number | null;
  readonly fashion: number | null;
  /** Were labels used to pick the epoch, the run or a hyper-parameter? */
  readonly pickedByLabels: boolean;
}

/** Oldest first. On all images of the dataset, training and test, which they all cluster together. */
export const PUBLISHED: readonly PublishedResult[] = [
  entry('DEC', 'Xie, Girshick & Farhadi 2016', 0.843, null, false),
  entry('VaDE', 'Jiang et al. 2017', 0.945, null, false),
  entry('IIC', 'Ji, Henriques & Vedaldi 2019', 0.992, null, true),
  entry('N2D', 'McConville et al. 2019', 0.979, 0.672, false),
  entry('DynAE', 'Mrabah et al. 2019', 0.987, null, false),
  entry('ASPC-DA', 'Guo et al. 2019', 0.988, null, false),
  entry('SPC', 'Mahon & Lukasiewicz 2021', 0.992, 0.679, true),
  entry('VMM', 'Stirn & Knowles 2023', null, 0.716, true),
];

function entry(
  method: string,
  source: string,
  mnist: number | null,
  fashion: number | null,
  pickedByLabels: boolean,
): PublishedResult {
  return { method, source, mnist, fashion, pickedByLabels };
}
