// A folder of photographs in a person's kind of mess, by the plain command: sizes, orientations, formats, a few that are broken. What goes
// wrong elsewhere with such folders: a broken picture costs its whole batch (lightly-studio #1691), grey ones are refused
// (transformers #22577), turned and CMYK ones are seen as no person sees them, long ones are cut (CLIP #215).
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '#kindred/core/random.js';
import { readAssignments } from '#kindred/run/files/artefacts.js';
import { readRunCard } from '#kindred/run/files/card.js';
import { parseCsv } from '#kindred/run/files/csv.js';
import { runKindred } from '../support/command-line.js';
import { sharedFolder } from '../support/folders.js';

const cwd = sharedFolder();
/** Scenes of a kind: stripes, spots and checks in colours, up to the rim. */
const KINDS = 3;
const OF_A_KIND = 16;

function scene(kind: number, n: number): Sharp {
  const random = createRandom(n * KINDS + kind, 'scene');
  const width = 180 + Math.floor(random.uniform() * 200);
  const height = n % 5 === 0 ? Math.floor(width / 3) : 160 + Math.floor(random.uniform() * 160);
  const colour = () =>
    `hsl(${Math.floor(random.uniform() * 360)} 70% ${30 + Math.floor(random.uniform() * 50)}%)`;
  const shapes = Array.from({ length: 60 }, () => {
    const [x, y] = [random.uniform() * width, random.uniform() * height];
    if (kind === 0) return `<rect x="0" y="${y}" width="${width}" height="9" fill="${colour()}"/>`;
    if (kind === 1) return `<circle cx="${x}" cy="${y}" r="16" fill="${colour()}"/>`;
    return `<path d="M${x} ${y}l30 50h-60z" fill="${colour()}"/>`;
  });
  const size = `width="${width}" height="${height}"`;
  return sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" ${size}><rect ${size} fill="${colour()}"/>${shapes.join('')}</svg>`,
    ),
  );
}

/** The same picture as a camera, a scanner, a website and a colleague would have saved it. */
async function save(folder: string, kind: number, n: number): Promise<void> {
  const name = join(folder, `IMG ${kind}-${n}`);
  const picture = scene(kind, n);
  if (n % 8 === 1) {
    // Turned by its EXIF orientation alone.
    const turned = await sharp(await picture.png().toBuffer())
      .rotate(270)
      .png()
      .toBuffer();
    await sharp(turned).withMetadata({ orientation: 6 }).jpeg({ quality: 92 }).toFile(`${name}.JPG`);
  } else if (n % 8 === 2) await picture.webp().toFile(`${name}.webp`);
  else if (n % 8 === 3)
    await picture.flatten({ background: '#fff' }).toColourspace('cmyk').jpeg().toFile(`${name}.jpeg`);
  else if (n % 8 === 4) await picture.grayscale().jpeg().toFile(`${name}.jpg`);
  else if (n % 8 === 5) await picture.jpeg({ progressive: true }).toFile(`${name}.jpg`);
  else await picture.png().toFile(`${name}.png`);
}

const BROKEN = ['cut.jpg', 'empty.png', 'page.jpg'];

beforeAll(async () => {
  const folder = join(cwd, 'photos', 'holiday');
  mkdirSync(folder, { recursive: true });
  for (let kind = 0; kind < KINDS; kind++) for (let n = 0; n < OF_A_KIND; n++) await save(folder, kind, n);
  const whole = await scene(0, 99).jpeg().toBuffer();
  writeFileSync(join(folder, 'cut.jpg'), whole.subarray(0, 300));
  writeFileSync(join(folder, 'empty.png'), '');
  writeFileSync(join(folder, 'page.jpg'), '<!doctype html><title>Not found</title>');
  writeFileSync(join(folder, '.DS_Store'), 'x');
});

const rows = (text: string) => parseCsv(text, '').slice(1);

describe('a folder of photographs, by the plain command', () => {
  const folder = join(cwd, 'runs/photos');

  it('is compared by what they show, says so, and names what it could not read', async () => {
    const { code, stdout, stderr } = await runKindred(
      ['train', 'photos', '--num-clusters', '3', '--tag', 'photos'],
      { cwd },
    );
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('compared: by what they show, through the encoder photo, for only ');
    // What the method trains without an encoder is no part of the forecast.
    expect(stderr).toMatch(/^read: 0\/\d+ images, [\d.]+ s to the end$/m);
    expect(stdout).toContain('3 kinds in 48 images');
    const card = readRunCard(folder);
    expect(card.compared?.by).toBe('content');
    expect(card.vectors).toMatchObject({ kind: 'encoder', columns: 1280 });
    expect(card.framing).toMatchObject({ channels: 3, polarity: 'keep', crop: 'whole' });
    const skipped = rows(readFileSync(join(folder, 'skipped.csv'), 'utf8'));
    expect(skipped.filter(([id]) => !id.includes('DS_Store')).map(([id]) => id.split('/').pop())).toEqual(
      BROKEN,
    );
  }, 120_000);

  it('gives each picture the kind of its own vector, whatever was skipped before it', async () => {
    const { ids, assignment } = readAssignments(folder);
    expect(ids.length).toBe(KINDS * OF_A_KIND);
    const { code, stdout } = await runKindred(['predict', 'runs/photos', 'photos'], { cwd });
    expect(code).toBe(0);
    const predicted = new Map(rows(stdout).map(([id, cluster]) => [id, Number(cluster)]));
    const same = ids.filter((id, at) => predicted.get(id) === assignment[at]).length;
    expect(same / ids.length).toBeGreaterThan(0.9);
  }, 120_000);

  it('is compared by outlines where that is asked for, and by a file only if it is there', async () => {
    const { code, stderr } = await runKindred(
      ['train', 'photos', '--encoder', 'none', '--quality', 'fast', '--tag', 'outlines'],
      { cwd },
    );
    expect(code, stderr).toBe(0);
    const card = readRunCard(join(cwd, 'runs/outlines'));
    expect([card.compared, card.vectors]).toEqual([null, null]);
    const missing = await runKindred(['train', 'photos', '--encoder', 'foto'], { cwd });
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain('There is no file foto to read an encoder from');
  }, 120_000);
});
