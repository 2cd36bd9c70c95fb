// One run of `kindred train` on a folder, and where it lies.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const KINDRED = join(import.meta.dirname, '../bin/kindred.js');

/** In `place`, where it takes the place of the one before. */
export function trainedOn(pile, place) {
  const where = ['--log-dir', join(place, 'runs'), '--tag', 'run', '--overwrite'];
  const words = [KINDRED, 'train', pile, '--quality', 'fast', ...where];
  execFileSync(process.execPath, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  const folder = join(place, 'runs', 'run');
  return { folder, card: JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) };
}
