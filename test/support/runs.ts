// Whole runs of `kindred train` in processes of their own, stopped on the way if a test wants it.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readCheckpoint } from '#kindred/run/files/checkpoint.js';
import { type Ended, ended, runKindred, startKindred } from './command-line.js';

/** Runs `kindred train …` in `cwd`, with the run in `runs/tag`; throws with its complaint if it fails. */
export async function trained(cwd: string, tag: string, line: string): Promise<string> {
  const end = await runKindred(['train', ...line.split(' '), '--tag', tag], { cwd });
  if (end.code !== 0) throw new Error(`kindred train ${line} ended with ${end.code}: ${end.stderr}`);
  return join(cwd, 'runs', tag);
}

/** Runs `kindred train …` in `cwd` and sends `signal` as soon as `isTime` says so. */
export async function stopped(
  cwd: string,
  tag: string,
  line: string,
  signal: 'SIGINT' | 'SIGKILL',
  isTime: (run: string, stderr: string) => boolean,
): Promise<Ended> {
  const child = startKindred(['train', ...line.split(' '), '--tag', tag], { cwd });
  let stderr = '';
  child.stderr?.on('data', (text: string) => {
    stderr += text;
  });
  const end = ended(child);
  while (child.exitCode === null && !isTime(join(cwd, 'runs', tag), stderr)) await delay(5);
  child.kill(signal);
  return end;
}

/** When a progress line of `stage` is out. */
export function inStage(stage: string) {
  return (_run: string, stderr: string): boolean => stderr.includes(`${stage}: `);
}

/** An events file this long holds more than its header: at least one snapshot. */
const SNAPSHOT_BYTES = 2000;

/** When the run has written a snapshot into its events file number `files`, counted from 1. */
export function hasLogged(files: number) {
  return (run: string): boolean => {
    if (!existsSync(run)) return false;
    const last = eventFiles(run).sort()[files - 1];
    return last !== undefined && statSync(join(run, last)).size > SNAPSHOT_BYTES;
  };
}

export function eventFiles(run: string): string[] {
  return readdirSync(run).filter((name) => name.startsWith('events.out.tfevents.'));
}

const REPRODUCIBLE = /^(codes\.npy|assignments\.csv|model\/\w+\.onnx|checkpoint\/[\w-]+\.npy)$/;

/** SHA-256 of all that the images, the options and the seed fix, by path: codes, kinds, models, parameters. */
export function reproducible(run: string): Record<string, string> {
  const paths = readdirSync(run, { recursive: true, encoding: 'utf8' }).filter((path) =>
    REPRODUCIBLE.test(path),
  );
  const digest = (path: string) =>
    createHash('sha256')
      .update(readFileSync(join(run, path)))
      .digest('hex');
  return Object.fromEntries(paths.sort().map((path) => [path, digest(path)]));
}

/** Names of the files that `reproducible` must find; `steps` is null where nothing is trained. */
export function reproducibleFiles(steps: number | null): string[] {
  const models = ['codes.npy', 'model/classifier.onnx', 'model/encoder.onnx'];
  return ['assignments.csv', ...(steps === null ? [] : [`checkpoint/training-${steps}.npy`]), ...models];
}

/** All that a run says, the curve of its training loss included (held-out points show where it was stopped). */
export function outcome(run: string) {
  const tables = ['kinds.csv', 'scores.csv'].map((name) => readFileSync(join(run, name), 'utf8'));
  return { files: reproducible(run), tables, curve: readCheckpoint(run)?.curves.train };
}

/** Files that a writer left half written. */
export function temporaryFiles(run: string): string[] {
  return readdirSync(run, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.tmp'));
}
