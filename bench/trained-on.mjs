// One run of `kindred train` on a pile that is made for it, and where it lies.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const KINDRED = join(import.meta.dirname, '../bin/kindred.js');

/** @param {(folder: string) => void} write writes the pile into the folder */
export function trainedOn(place, write, flags = []) {
  const pile = join(place, 'pile');
  rmSync(pile, { recursive: true, force: true });
  write(pile);
  const words = [
    'train',
    pile,
    '--quality',
    'fast',
    '--log-dir',
    join(place, 'runs'),
    '--tag',
    'run',
    '--overwrite',
  ];
  execFileSync(process.execPath, [KINDRED, ...words, ...flags], { stdio: ['ignore', 'ignore', 'pipe'] });
  const folder = join(place, 'runs', 'run');
  return { folder, card: JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) };
}
