// Copies that a person would delete: situations out of public bug reports, tried on the command line.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../dist/core/random.js';
import { parseCsv } from '../../dist/run/files/csv.js';
import { unpackCase } from '../support/cases.js';
import { runKindred } from '../support/command-line.js';
import { temporaryFolder } from '../support/folders.js';

interface Copy {
  readonly finding: string;
  readonly group: string;
  readonly id: string;
  readonly partner: string;
  readonly action: string;
}

async function copiesIn(cwd: string, source: string): Promise<Copy[]> {
  const words = ['train', source, '--quality', 'fast', '--tag', source];
  const { code, stderr } = await runKindred(words, { cwd });
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  const path = join(cwd, 'runs', source, 'findings.csv');
  const [header, ...rows] = parseCsv(readFileSync(path, 'utf8'), path);
  expect(header).toEqual(['finding', 'group', 'id', 'cluster', 'reason', 'partner', 'action']);
  return rows
    .filter(([finding]) => finding.endsWith('duplicate'))
    .map(([finding, group, id, , , partner, action]) => ({ finding, group, id, partner, action }));
}

it('marks at other places and blank sheets are no duplicates (fastdup #11, sourcelibrary #2095)', async () => {
  const cwd = unpackCase('33-same-pixels-claim', temporaryFolder());
  const copies = await copiesIn(cwd, 'dials');
  expect(copies.filter(({ finding }) => finding === 'exact duplicate')).toEqual([]);
  const shapes = /disc|ring|cross|bars|triangle|square/;
  expect(copies.filter(({ id }) => !shapes.test(id))).toEqual([]);
});

it('strips of one grey are no duplicates', async () => {
  const cwd = unpackCase('21-extreme-sides', temporaryFolder());
  const copies = await copiesIn(cwd, 'strips');
  expect(copies.filter(({ finding }) => finding === 'exact duplicate')).toEqual([]);
});

describe('recompressed copies (imagededup #186, Duplicate-Image-Finder #81)', () => {
  it.each(['share10', 'share30'])('are all found, whatever their share: %s', async (source) => {
    const cwd = unpackCase('39-many-near-copies', temporaryFolder());
    const files = readdirSync(join(cwd, source));
    const copies = await copiesIn(cwd, source);
    const recompressed = files.filter((name) => name.includes('copy'));
    const found = new Set(copies.map(({ group, id }) => `${group} ${id}`));
    for (const copy of recompressed) {
      const group = copies.find(({ id }) => id === copy)?.group;
      expect(found).toContain(`${group} ${copy.replace('-copy.jpg', '.png')}`);
    }
    expect(copies).toHaveLength(2 * recompressed.length);
    for (const { action, partner } of copies) expect(partner === '').toBe(action === 'keep');
  });
});

it('of a large picture and its copies the large one is kept, and equal files are told from resized ones', async () => {
  const cwd = unpackCase('39-many-near-copies', temporaryFolder());
  const folder = join(cwd, 'share10');
  const original = join(folder, '020.png');
  await sharp(original).resize({ width: 96 }).toFile(join(folder, 'zoomed.png'));
  await sharp(original).png({ compressionLevel: 1 }).toFile(join(folder, 'packed-anew.png'));
  const copies = await copiesIn(cwd, 'share10');
  const exact = copies.filter(({ finding }) => finding === 'exact duplicate');
  expect(exact.map(({ id, action }) => [id, action])).toEqual([
    ['020.png', 'keep'],
    ['packed-anew.png', 'drop'],
  ]);
  const near = copies.filter(({ finding, id }) => finding === 'near duplicate' && /020|zoomed/.test(id));
  expect(near).toContainEqual(expect.objectContaining({ id: 'zoomed.png', action: 'keep', partner: '' }));
  expect(near).toContainEqual(
    expect.objectContaining({ id: '020.png', action: 'drop', partner: 'zoomed.png' }),
  );
});

// One pile of what is taken for copies elsewhere: the same thing in another colour (JImageHash #44, czkawka #1373), empty sheets
// (sourcelibrary #2095), two moments of one scene (immich #31487); and what is missed: pictures turned by a tag only (czkawka #1540,
// #714, findimagedupes #3), and equal ones with other colours where nothing can be seen of them (libpuzzle #9).
it('what only resembles a picture is no copy of it, and what is one is found', async () => {
  const cwd = temporaryFolder();
  const folder = join(cwd, 'mixed');
  mkdirSync(folder);
  const random = createRandom(8, 'scenes');
  const between = (least: number, most: number) => Math.round(least + (most - least) * random.uniform());
  const drawn = (body: string, ground = '#fff') =>
    sharp(
      Buffer.from(
        `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="90"><rect width="120" height="90" fill="${ground}"/>${body}</svg>`,
      ),
    );
  const blocks = (count: number, colour: () => string) =>
    Array.from({ length: count }, () => {
      const place = `x="${between(0, 90)}" y="${between(0, 60)}"`;
      return `<rect ${place} width="${between(10, 60)}" height="${between(10, 50)}" fill="${colour()}"/>`;
    }).join('');
  const anyColour = () => `rgb(${between(0, 255)},${between(0, 255)},${between(0, 255)})`;
  const scenes = Array.from({ length: 24 }, () => blocks(7, anyColour));
  const save = (image: Sharp, name: string) => image.toFile(join(folder, name));
  for (const [at, scene] of scenes.entries()) await save(drawn(scene), `scene-${at}.png`);

  // One luma, three colours (ITU-R BT.601).
  const cup = blocks(5, () => 'COLOUR');
  for (const [name, colour] of [
    ['red', 'rgb(183,60,52)'],
    ['green', 'rgb(60,133,50)'],
    ['blue', 'rgb(38,95,230)'],
  ]) {
    await save(drawn(cup.replaceAll('COLOUR', colour), '#eee'), `cup-${name}.png`);
  }
  const moment = `${scenes[0]}<circle cx="60" cy="45" r="14" fill="#000"/>`;
  await save(drawn(moment), 'scene-0-a-moment-later.png');
  for (let sheet = 0; sheet < 12; sheet++) {
    const shadow =
      '<radialGradient id="s" r=".8"><stop offset="0" stop-color="#f8f8f8"/><stop offset="1" stop-color="#f0f0f0"/></radialGradient>';
    const number = `<text x="56" y="86" font-size="5" fill="#555">${100 + sheet}</text>`;
    await save(
      drawn(`<defs>${shadow}</defs><rect width="120" height="90" fill="url(#s)"/>${number}`),
      `sheet-${sheet}.png`,
    );
  }

  // Turned back by the tag, and by it alone.
  const turned = await drawn(scenes[1]).rotate(270).png().toBuffer();
  await save(sharp(turned).withMetadata({ orientation: 6 }), 'scene-1-turned.png');
  await save(sharp(turned).withMetadata({ orientation: 6 }).jpeg({ quality: 80 }), 'scene-1-turned.jpg');
  const art = Buffer.alloc(60 * 60 * 4);
  for (let at = 0; at < 3600; at++) art[4 * at + 3] = (at % 60) % 20 < 6 && at > 900 ? 255 : 0;
  const raw = { raw: { width: 60, height: 60, channels: 4 as const } };
  await save(sharp(art, raw), 'art.png');
  const hidden = Buffer.from(art);
  for (let at = 0; at < 3600; at++) {
    if (art[4 * at + 3] === 0) hidden.set([between(0, 255), between(0, 255), between(0, 255)], 4 * at);
  }
  await save(sharp(hidden, raw), 'art-hidden.png');

  const copies = await copiesIn(cwd, 'mixed');
  expect(copies.map(({ finding, id, action }) => `${finding} ${id} ${action}`)).toEqual([
    'exact duplicate art-hidden.png keep',
    'exact duplicate art.png drop',
    'exact duplicate scene-1-turned.png keep',
    'exact duplicate scene-1.png drop',
    'near duplicate scene-1-turned.jpg keep',
    'near duplicate scene-1-turned.png drop',
  ]);
});
