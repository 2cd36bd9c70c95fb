// Near duplicates: what share of the copies in a pile is found, and what share of its pictures is named by mistake,
// beside the hashes of imagehash and imagededup on the same files.
//
// npm run bench -- near-copies [--content photographs|drawings]… [--damage NAME]… [--share S]… [--seed 0] [--no-peers]
//
// PEER_PYTHON needs pillow, scikit-image (whose photographs are cut up), imagehash and imagededup.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseCsv } from '../dist/run/files/csv.js';
import { table } from './measure.mjs';
import { hasPeer, PEER_PYTHON } from './peer.mjs';
import { trainedOn } from './trained-on.mjs';

const SCRIPT = join(import.meta.dirname, 'near_copies_peer.py');
const WHO = ['kindred', 'imagehash pHash', 'imagehash dHash', 'imagededup PHash', 'imagededup DHash'];
const DAMAGES = ['recompressed', 'resized', 'captioned', 'brightened'];

export async function run(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      content: { type: 'string', multiple: true, default: ['photographs', 'drawings'] },
      damage: { type: 'string', multiple: true, default: DAMAGES },
      share: { type: 'string', multiple: true, default: ['0.01', '0.1', '0.3', '0.6'] },
      seed: { type: 'string', default: '0' },
      'no-peers': { type: 'boolean', default: false },
    },
  });
  const name = 'scikit-image';
  if (!hasPeer(['PIL', 'skimage'], { name, packages: 'pillow scikit-image', isFromPyPI: true })) return;
  const hashes = { name: 'imagehash or imagededup', packages: 'imagehash imagededup', isFromPyPI: true };
  if (!values['no-peers'] && !hasPeer(['imagehash', 'imagededup'], hashes)) return;
  const place = mkdtempSync(join(tmpdir(), 'kindred-near-copies-'));
  const peers = values['no-peers'] ? [] : WHO.slice(1);
  try {
    const rows = [];
    for (const content of values.content) {
      for (const damage of values.damage) {
        for (const share of values.share) {
          const folder = join(place, `${content}-${damage}-${share}`);
          execFileSync(PEER_PYTHON, [SCRIPT, 'build', folder, content, damage, share, values.seed]);
          const found = { kindred: pairsOfKindred(folder, place) };
          if (peers.length > 0) Object.assign(found, JSON.parse(python('hashes', folder)));
          const scores = [...WHO.slice(0, 1), ...peers].map((who) => scoreOf(found[who], folder));
          rows.push([content, damage, share, ...scores]);
          console.error(rows.at(-1).join('  '));
        }
      }
    }
    console.log('Copies found, % / pictures named by mistake, %');
    console.log(table(['pictures', 'damage', 'share', WHO[0], ...peers], rows));
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function python(...words) {
  return execFileSync(PEER_PYTHON, [SCRIPT, ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 28,
  });
}

/** All pairs within each group of findings.csv. */
function pairsOfKindred(folder, place) {
  const path = join(trainedOn(folder, place).folder, 'findings.csv');
  const [head, ...rows] = parseCsv(readFileSync(path, 'utf8'), path);
  const at = (column) => head.indexOf(column);
  const groups = new Map();
  for (const row of rows) {
    if (!/duplicate|copy/.test(row[at('finding')])) continue;
    const key = `${row[at('finding')]} ${row[at('group')]}`;
    groups.set(key, [...(groups.get(key) ?? []), row[at('id')]]);
  }
  return [...groups.values()].flatMap((ids) =>
    ids.flatMap((one, place) => ids.slice(place + 1).map((other) => [one, other])),
  );
}

const pictureOf = (name) => name.slice(0, 4);

/** `98 / 0.5`. A picture is named by mistake where one that it is paired with shows another. */
function scoreOf(pairs, folder) {
  const names = execFileSync('ls', [folder], { encoding: 'utf8' }).trim().split('\n');
  const copies = names.filter((name) => name.includes('-copy'));
  const right = new Set();
  const wrong = new Set();
  for (const [one, other] of pairs) {
    if (pictureOf(one) === pictureOf(other)) right.add(pictureOf(one));
    else wrong.add(one).add(other);
  }
  return `${((100 * right.size) / copies.length).toFixed(0)} / ${((100 * wrong.size) / names.length).toFixed(1)}`;
}
