// What the prototype of kin finds in the piles, recorded in piles/prototype.json for `npm run bench -- piles`.
//
// npm run bench -- prototype [--only GROUP]… [--draws N] [--cache DIR] [--seeds 3] [--threads 1]
//   [--no-ranks] [--networks] [--fresh]
//
// One Python process a draw (piles/prototype.py), its answer written at once; draws that are recorded are not
// run again unless --fresh. The number of kinds is told, and ranked untold unless --no-ranks.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PEER_PYTHON } from './peer.mjs';
import { chosenGroups, DRAW_OPTIONS, PROTOTYPE_FILE } from './piles/draws.mjs';
import { readResults, updateResults } from './results.mjs';
import { wholeNumber } from './training.mjs';

const SCRIPT = join(import.meta.dirname, 'piles', 'prototype.py');

/** Numbers of kinds are compared from 2 up to this, or to somewhat more than there are. */
const MOST_KINDS = 17;
const BEYOND = 6;

export async function run(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      ...DRAW_OPTIONS,
      seeds: { type: 'string', default: '3' },
      threads: { type: 'string', default: '1' },
      'no-ranks': { type: 'boolean', default: false },
      networks: { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
    },
  });
  const [seeds, threads] = ['seeds', 'threads'].map((name) => String(wholeNumber(name, values[name])));
  for (const { kinds, draws } of chosenGroups(values)) {
    const most = String(Math.max(MOST_KINDS, kinds + BEYOND));
    const flags = ['--seeds', seeds, '--threads', threads, ...(values.networks ? ['--networks'] : [])];
    if (!values['no-ranks']) flags.push('--rank-kinds', '--most-kinds', most);
    for (const { name, folder } of draws) {
      const recorded = values.fresh ? undefined : readResults(PROTOTYPE_FILE)[name];
      const answer = recorded ?? ask(folder, flags);
      if (recorded === undefined) updateResults(name, () => answer, PROTOTYPE_FILE);
      console.log(line(answer));
    }
  }
}

function ask(folder, flags) {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
  return JSON.parse(execFileSync(PEER_PYTHON, [SCRIPT, folder, ...flags], { encoding: 'utf8', env }));
}

function line({ pile, runs, rank, seconds }) {
  const accuracies = runs.map(({ accuracy }) => (100 * accuracy).toFixed(2)).join(' ');
  const spent = Object.entries(seconds).map(([stage, { elapsed }]) => `${stage} ${elapsed.toFixed(1)}`);
  return `${pile}: ${accuracies}${rank === undefined ? '' : `, K ranked ${rank}`} (${spent.join(', ')} s)`;
}
