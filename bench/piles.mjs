// kin beside its prototype, pile by pile: one-to-one accuracy with the number of kinds told, and whether kin
// names that number untold.
//
// npm run bench -- piles [--only GROUP]… [--draws N] [--cache DIR] [--seeds 1] [--quality fast] [--told-only]
//   [--fresh] [--results FILE]
//
// The prototype's figures are those of piles/prototype.json, a draw's the mean of its seeds. Junk takes part
// and is not scored; an image outside every kind (−1) is wrong. What a draw gave is written at once; draws of
// the same program and machine are not run again unless --fresh. Exits 1 if a group is more than half a point
// behind the prototype, or a kind is empty.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { InputError } from '../dist/core/errors.js';
import { table } from './measure.mjs';
import { chosenGroups, DRAW_OPTIONS, PROTOTYPE_FILE } from './piles/draws.mjs';
import { checkIsSamePile, findTold, findUntold } from './piles/kindred-draw.mjs';
import { keptRuns, machine, provenance, RESULTS_FILE, readResults, updateResults } from './results.mjs';
import { wholeNumber } from './training.mjs';

const HALF_A_POINT = 0.005;

export async function run(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      ...DRAW_OPTIONS,
      seeds: { type: 'string', default: '1' },
      quality: { type: 'string', default: 'fast' },
      'told-only': { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
      results: { type: 'string', default: RESULTS_FILE },
    },
  });
  const groups = chosenGroups(values);
  const prototypes = readResults(PROTOTYPE_FILE);
  for (const { group, draws } of groups) {
    for (const { name, folder } of draws) {
      if (prototypes[name] === undefined) {
        throw new InputError(
          `The prototype has not run on ${name}: npm run bench -- prototype --only ${group}.`,
        );
      }
      checkIsSamePile(folder, prototypes[name]);
    }
  }
  const compared = await measureGroups(groups, prototypes, values);
  console.log(`One-to-one accuracy, number of kinds told\n${accuracyTable(compared)}`);
  console.log(`\nNumber of kinds untold: draws in which the true one is named\n${rankTable(compared)}`);
  conclude(compared);
}

async function measureGroups(groups, prototypes, values) {
  const seeds = wholeNumber('seeds', values.seeds);
  const { commit, kindred, date } = provenance();
  const what = { quality: values.quality, commit, kindred, machine: await machine() };
  const logs = mkdtempSync(join(tmpdir(), 'kindred-piles-'));
  const compared = [];
  try {
    for (const { draws, ...group } of groups) {
      const measured = [];
      for (const { name, folder } of draws) {
        const wanted = { folder, kinds: group.kinds, seeds, untold: !values['told-only'], logs };
        const ours = await measureDraw(name, wanted, { what, date, ...values });
        measured.push({ name, ours, prototype: prototypes[name] });
        console.error(progressLine(measured.at(-1)));
      }
      compared.push({ ...group, draws: measured });
    }
  } finally {
    rmSync(logs, { recursive: true, force: true });
  }
  return compared;
}

/** What was recorded of this program on this machine, completed by what is missing and recorded again. */
async function measureDraw(name, { folder, kinds, seeds, untold, logs }, { what, date, fresh, results }) {
  const before = fresh ? undefined : readResults(results).piles?.[name];
  const kept = keptRuns(before, what);
  const runs = [...kept];
  const options = { quality: what.quality, logs };
  for (let seed = kept.length; seed < seeds; seed++) {
    runs.push(await findTold(folder, kinds, { ...options, seed }));
  }
  const keptUntold = kept.length > 0 ? before.untold : null;
  const named = keptUntold ?? (untold ? await findUntold(folder, kinds, options) : null);
  if (runs.length > kept.length || named !== keptUntold) {
    const entry = { ...what, date, runs, untold: named };
    updateResults('piles', (piles = {}) => ({ ...piles, [name]: entry }), results);
  }
  return { runs, untold: named };
}

function accuracyTable(compared) {
  const head = ['pile', 'K', 'draws', 'ours: mean', 'worst', 'prototype: mean', 'worst', 'difference'];
  const rows = compared.map(({ title, kinds, draws }) => {
    const [ours, theirs] = [draws.map(oursOf), draws.map(prototypeOf)];
    return [
      title,
      kinds,
      draws.length,
      ...[mean(ours), Math.min(...ours), mean(theirs), Math.min(...theirs)].map(percent),
      signed(mean(ours) - mean(theirs)),
    ];
  });
  return table(
    [...head, 'ours, seconds'],
    rows.map((row, index) => [...row, secondsOf(compared[index])]),
  );
}

function rankTable(compared) {
  const asked = compared
    .map(({ draws, ...group }) => ({ ...group, draws: draws.filter(({ ours }) => ours.untold !== null) }))
    .filter(({ draws }) => draws.length > 0);
  const row = (title, draws) => {
    const [ours, theirs] = [
      draws.map(({ ours }) => ours.untold.rank),
      draws.map(({ prototype }) => prototype.rank),
    ];
    const named = (ranks, most) =>
      `${ranks.filter((rank) => rank && rank <= most).length} of ${ranks.length}`;
    const chosen = draws.map(({ ours }) => ours.untold.chosen).join(' ');
    return [title, named(ours, 1), named(ours, 3), named(theirs, 1), named(theirs, 3), chosen];
  };
  const rows = asked.map(({ title, kinds, draws }) => row(`${title}: ${kinds}`, draws));
  const all = row(
    'all',
    asked.flatMap(({ draws }) => draws),
  );
  const head = ['pile', 'ours: first', 'first three', 'prototype: first', 'first three', 'ours chose'];
  return table(head, [...rows, [...all.slice(0, -1), '']]);
}

function conclude(compared) {
  const behind = compared.filter(
    ({ draws }) => mean(draws.map(oursOf)) < mean(draws.map(prototypeOf)) - HALF_A_POINT,
  );
  const withEmptyKind = compared
    .flatMap(({ draws }) => draws)
    .filter(({ ours }) => ours.runs.some(({ clusterSizes }) => clusterSizes.includes(0)));
  for (const { title } of behind) console.log(`\nMore than half a point behind the prototype: ${title}.`);
  for (const { name } of withEmptyKind) console.log(`\nA kind is empty: ${name}.`);
  if (behind.length + withEmptyKind.length > 0) process.exitCode = 1;
}

function progressLine({ name, ours, prototype }) {
  const { untold } = ours;
  const told = `${percent(oursOf({ ours }))} (prototype ${percent(prototypeOf({ prototype }))})`;
  return `${name}: ${told}${untold ? `, untold ${untold.named.join(' ')}` : ''}`;
}

function oursOf({ ours }) {
  return mean(ours.runs.map(({ accuracy }) => accuracy));
}

function prototypeOf({ prototype }) {
  return mean(prototype.runs.map(({ accuracy }) => accuracy));
}

function secondsOf({ draws }) {
  return mean(draws.flatMap(({ ours }) => ours.runs.map(({ seconds }) => seconds))).toFixed(1);
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function percent(fraction) {
  return (100 * fraction).toFixed(1);
}

function signed(difference) {
  return `${difference < 0 ? '−' : '+'}${percent(Math.abs(difference))}`;
}
