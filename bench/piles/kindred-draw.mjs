// One pile through `kindred train --method kin`, read back from its run folder and scored without its junk.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../dist/core/errors.js';
import { openDataset } from '../../dist/data/formats/open.js';
import { readLabels } from '../../dist/data/labels/labels.js';
import { readAssignments } from '../../dist/run/files/artefacts.js';
import { readRunCard } from '../../dist/run/files/card.js';
import { scorePartition } from '../../dist/score/score.js';
import { rounded } from '../results.mjs';
import { JUNK } from './draws.mjs';

const KINDRED = join(import.meta.dirname, '..', '..', 'bin', 'kindred.js');
const TAG = 'pile';

/** Throws an InputError if the pile is not, byte by byte, the one that the prototype's figures are of. */
export function checkIsSamePile(folder, { pile, sha256 }) {
  // The digest is of the values alone: images follow a header of 16 bytes, labels one of 8.
  const values = (file, header) => readFileSync(join(folder, file)).subarray(header);
  const hash = createHash('sha256').update(values('train-images-idx3-ubyte', 16));
  if (hash.update(values('train-labels-idx1-ubyte', 8)).digest('hex') === sha256) return;
  throw new InputError(
    `${folder} is not the pile that the prototype ran on (another version of a font?): npm run bench -- prototype --fresh --only ${pile.replace(/-\d+$/, '')}.`,
  );
}

/**
 * What kin finds when it is told the number of kinds.
 * @param {string} folder @param {number} kinds
 * @param {{ quality: string, seed: number, logs: string }} options `logs`: where the run folder goes
 */
export async function findTold(folder, kinds, { quality, seed, logs }) {
  const run = train(folder, { quality, seed, logs, numClusters: kinds });
  const card = readRunCard(run);
  const { accuracy, nmi } = await scoreWithoutJunk(folder, run, card);
  return {
    seed,
    accuracy: rounded(accuracy),
    nmi: rounded(nmi),
    clusterSizes: card.clusterSizes,
    outside: card.outside,
    way: card.kin?.way ?? null,
    seconds: rounded(card.seconds.total),
  };
}

/** The numbers of kinds that kin names, best first, and the place of the true one; null where it is not named. */
export async function findUntold(folder, kinds, { quality, logs }) {
  const run = train(folder, { quality, seed: 0, logs, numClusters: 'auto' });
  const card = readRunCard(run);
  const named = card.numberOfKinds.map(({ k }) => k);
  const place = named.indexOf(kinds);
  const { accuracy } = await scoreWithoutJunk(folder, run, card);
  const rank = place === -1 ? null : place + 1;
  return { chosen: card.k, named: named.slice(0, 5), rank, accuracy: rounded(accuracy) };
}

function train(folder, { quality, seed, logs, numClusters }) {
  const flags = { method: 'kin', quality, seed, 'num-clusters': numClusters, 'log-dir': logs, tag: TAG };
  const words = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  execFileSync(process.execPath, [KINDRED, 'train', folder, ...words, '--overwrite'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return join(logs, TAG);
}

/** One-to-one accuracy and NMI over all images but the junk; −1 counts as wrong. */
async function scoreWithoutJunk(folder, run, { k, metrics: { train: written } }) {
  const { assignment, ids } = readAssignments(run);
  const { origin } = (await openDataset([folder])).train;
  const { values, names } = await readLabels({ origin, ids });
  const known = Array.from(values.keys()).filter((image) => names[values[image]] !== JUNK);
  const { metrics } = scorePartition({
    assignment: Int32Array.from(known, (image) => assignment[image]),
    k,
    labels: { values: Int32Array.from(known, (image) => values[image]), names },
  });
  const { oneToOneAccuracy: accuracy, nmi } = metrics;
  if (known.length === values.length && Math.abs(accuracy - written.oneToOneAccuracy) > 1e-9) {
    throw new Error(`${run}: its card says ${written.oneToOneAccuracy}, its assignments ${accuracy}`);
  }
  return { accuracy, nmi };
}
