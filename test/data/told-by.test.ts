// What a look at a dataset says of what its images are told apart by.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRandom } from '#kindred/core/random.js';
import { openDataset } from '#kindred/data/formats/open.js';
import { samplePictures } from '#kindred/data/framing/choose-framing.js';
import { toldByNeighbours, toldBySample, toldOfFew } from '#kindred/data/framing/told-by.js';
import { READING_LIMITS } from '#kindred/data/pictures.js';
import { npyHeader } from '#kindred/run/files/npy.js';
import { temporaryFolder } from '../support/folders.js';

const SIDE = 32;
const COUNT = 60;

/** `paint` gives the colour of a pixel of a picture; the sample of an array of such pictures. */
async function look(paint: (picture: number, x: number, y: number) => readonly number[]) {
  const data = new Uint8Array(COUNT * SIDE * SIDE * 3);
  for (let at = 0; at < data.length / 3; at++) {
    const picture = Math.floor(at / SIDE / SIDE);
    data.set(paint(picture, at % SIDE, Math.floor(at / SIDE) % SIDE), at * 3);
  }
  const path = join(temporaryFolder(), 'pictures.npy');
  writeFileSync(path, Buffer.concat([npyHeader('|u1', [COUNT, SIDE, SIDE, 3]), data]));
  const { train } = await openDataset([path]);
  return toldBySample((await samplePictures(train, READING_LIMITS)).pictures);
}

const random = createRandom(3, 'colours');
const colour = () => [0, 1, 2].map(() => Math.floor(random.uniform() * 256));
const colours = Array.from({ length: COUNT }, () => ({ ink: colour(), ground: colour() }));
const isInk = (picture: number, x: number, y: number) =>
  Math.abs(x - 16) + Math.abs(y - 16) < 5 + (picture % 7) && (x + picture) % 5 > 0;
const noise = () => Math.floor(random.uniform() * 256);

describe('a look at a dataset', () => {
  it('of MNIST says: by shape', async () => {
    const { train } = await openDataset();
    const told = toldBySample((await samplePictures(train, READING_LIMITS)).pictures);
    expect(told?.by).toBe('shape');
    expect(told?.reason).toBe(
      'compared: by their outlines, in grey, for 100 % of the pictures have a plain ground and few have colour',
    );
  });

  it('of an ink on a plain ground, whatever their colours, says: by shape', async () => {
    const told = await look((picture, x, y) => colours[picture][isInk(picture, x, y) ? 'ink' : 'ground']);
    expect(told?.by).toBe('shape');
    expect(told?.reason).toContain('an ink on a plain ground');
  });

  it('of colours up to the rim says: by content', async () => {
    const told = await look(() => [noise(), noise(), noise()]);
    expect(told?.by).toBe('content');
    expect(told?.reason).toContain(
      'through the encoder photo, for only 0 % of the pictures have a plain ground',
    );
  });

  it('leaves grey ones without a ground open, and many colours on a plain ground', async () => {
    expect(await look(() => new Array(3).fill(noise()))).toBeNull();
    const drawing = await look((picture, x, y) =>
      isInk(picture, x, y) ? [noise(), noise(), noise()] : [255, 255, 255],
    );
    expect(drawing).toBeNull();
  });
});

describe('neighbourhoods', () => {
  it('that repeat themselves decide, outlines where the encoder does not come near', () => {
    expect(toldByNeighbours({ shape: 0.35, content: 0.39 })).toEqual({
      by: 'content',
      reason:
        'compared: by what they show, through the encoder photo, for neighbours of a sample agree with themselves to 0.39 by what they show, 0.35 by their outlines',
    });
    expect(toldByNeighbours({ shape: 0.4, content: 0.35 }).by).toBe('content');
    expect(toldByNeighbours({ shape: 0.4, content: 0.33 }).by).toBe('shape');
    expect(toldByNeighbours({ shape: 0, content: 0 }).by).toBe('content');
  });

  it('of too few are not asked', () => {
    expect(toldOfFew(30).reason).toContain('30 pictures are too few');
  });
});
