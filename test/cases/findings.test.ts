// Copies that a person would delete: situations out of public bug reports, tried on the command line.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { parseCsv } from '../../dist/run/csv.js';
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
