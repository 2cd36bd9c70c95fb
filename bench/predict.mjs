// Memory of `kindred predict` over the number of images: the peak of the whole process, which must not grow with it.
//
// npm run bench -- predict [--record]: 10,000, 100,000 and 1,000,000 images (MNIST's test images over and over, each copy
// dimmed a little, so that no two thousands are alike), with the auto-encoder's classifier and with kin's vote.
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { table } from './measure.mjs';
import { recordTable } from './results.mjs';
import { openMnist } from './training.mjs';

const LAUNCHER = join(import.meta.dirname, '..', 'bin', 'kindred.js');
const PIXELS = 784;
const COUNTS = [10_000, 100_000, 1_000_000];
/** How often the operating system is asked for the peak so far. */
const POLL_MILLISECONDS = 50;
/** The vote of 60,000 stored neighbours takes minutes for a million images, and its memory is seen with fewer. */
const RUNS = {
  'auto-encoder': { flags: ['--method', 'autoencoder', '--steps', '200'], counts: COUNTS },
  'kin, fast': { flags: ['--quality', 'fast'], counts: COUNTS.slice(0, 2) },
};

export async function run(words) {
  const { values } = parseArgs({ args: words, options: { record: { type: 'boolean', default: false } } });
  const folder = mkdtempSync(join(tmpdir(), 'kindred-predict-'));
  try {
    const { test } = await openMnist();
    for (const count of COUNTS) writeImages(join(folder, String(count)), test, count);
    const rows = [];
    for (const [name, { flags, counts }] of Object.entries(RUNS)) {
      await kindred(folder, ['train', ...flags, '--tag', 'run', '--overwrite']);
      for (const count of counts) {
        const { seconds, peak } = await kindred(folder, [
          'predict',
          'runs/run',
          String(count),
          '--out',
          'kinds.csv',
        ]);
        const megabytes = statSync(join(folder, 'kinds.csv')).size / 2 ** 20;
        rows.push([name, count, Math.round(count / seconds), Math.round(peak), megabytes.toFixed(0)]);
      }
    }
    const head = ['classifier', 'images', 'images/s', 'peak memory, MB', 'CSV, MB'];
    console.log(table(head, rows));
    if (values.record) await recordTable('predict', { head, rows });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** An IDX file of `count` images. */
function writeImages(path, { data, count: available }, count) {
  const file = openSync(path, 'w');
  const header = Buffer.alloc(16);
  for (const [place, value] of [0x803, count, 28, 28].entries()) header.writeUInt32BE(value, 4 * place);
  writeSync(file, header);
  for (let start = 0; start < count; start += 1000) {
    const first = (start % available) * PIXELS;
    const dim = 1 - (start / count) * 0.1;
    writeSync(
      file,
      data.slice(first, first + 1000 * PIXELS).map((value) => Math.round(value * dim)),
    );
  }
  closeSync(file);
}

/** Runs the command as a process: seconds, and megabytes at its peak. */
function kindred(cwd, words) {
  const start = performance.now();
  const child = spawn(process.execPath, [LAUNCHER, ...words], { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let peak = 0;
  let complaint = '';
  child.stderr.on('data', (text) => {
    complaint = String(text);
  });
  const poll = setInterval(() => {
    peak = Math.max(peak, peakOf(child.pid));
  }, POLL_MILLISECONDS);
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      clearInterval(poll);
      if (code === 0) resolve({ seconds: (performance.now() - start) / 1000, peak });
      else reject(new Error(`kindred ${words.join(' ')} ended with ${code}: ${complaint}`));
    });
  });
}

/** Largest resident memory so far, in megabytes; Linux counts it for every process. */
function peakOf(pid) {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
