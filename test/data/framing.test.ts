import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { groundOf } from '#kindred/core/pictures/ground.js';
import type { Raster } from '#kindred/core/pictures/raster.js';
import { openDataset } from '#kindred/data/formats/open.js';
import { chooseFraming, matchFraming, samplePictures } from '#kindred/data/framing/choose-framing.js';
import { type Framing, frameRaster, NO_FRAMING_CHOICES } from '#kindred/data/framing/framing.js';
import { READING_LIMITS } from '#kindred/data/pictures.js';
import { temporaryFolder } from '../support/folders.js';

const base: Framing = { height: 28, width: 28, channels: 1, polarity: 'keep', crop: 'content' };

/** A grey raster with a bright box on a ground. */
function box(
  side: { height: number; width: number },
  at: { top: number; left: number; height: number; width: number },
  [ground, ink]: [number, number] = [0, 255],
): Raster {
  const data = new Uint8Array(side.height * side.width).fill(ground);
  for (let row = at.top; row < at.top + at.height; row++) {
    data.fill(ink, row * side.width + at.left, row * side.width + at.left + at.width);
  }
  return { ...side, channels: 1, data };
}

function centreOfMass(image: Uint8Array, side: number): [number, number] {
  let [mass, x, y] = [0, 0, 0];
  image.forEach((value, at) => {
    mass += value;
    x += value * (at % side);
    y += value * Math.floor(at / side);
  });
  return [x / mass, y / mass];
}

describe('content', () => {
  it('fits into 20 of 28 pixels, keeps its aspect, and is centred by mass', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 70 }),
        fc.integer({ min: 20, max: 70 }),
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: 20 }),
        (height, width, top, left) => {
          const raster = box({ height: 112, width: 112 }, { top: top + 10, left: left + 10, height, width });
          const image = frameRaster(raster, base);
          const lit = [...image.keys()].filter((at) => image[at] > 127);
          const rows = new Set(lit.map((at) => Math.floor(at / 28))).size;
          const columns = new Set(lit.map((at) => at % 28)).size;
          expect(Math.max(rows, columns)).toBe(20);
          expect(Math.abs(rows / columns - height / width)).toBeLessThan(0.15 * (height / width) + 0.1);
          for (const place of centreOfMass(image, 28))
            expect(Math.abs(place - 13.5)).toBeLessThanOrEqual(0.51);
        },
      ),
    );
  });

  it('is the same for black on white as for white on black, and for any plain ground', () => {
    const at = { top: 20, left: 31, height: 40, width: 17 };
    const [dark, light, paper] = (
      [
        [0, 255],
        [255, 0],
        [235, 0],
      ] as const
    ).map((inks) => box({ height: 112, width: 112 }, at, [...inks]));
    const wanted = frameRaster(dark, base);
    expect(frameRaster(light, { ...base, polarity: 'invert' })).toEqual(wanted);
    expect(frameRaster(light, { ...base, polarity: 'each' })).toEqual(wanted);
    expect(frameRaster(dark, { ...base, polarity: 'each' })).toEqual(wanted);
    expect(frameRaster(paper, { ...base, polarity: 'invert' })).toEqual(wanted);
  });

  it('that is not there leaves the ground', () => {
    const blank = box({ height: 50, width: 50 }, { top: 0, left: 0, height: 0, width: 0 }, [77, 0]);
    expect(new Set(frameRaster(blank, base))).toEqual(new Set([0]));
  });
});

describe('a whole picture', () => {
  it('is centred on its own ground', () => {
    const raster = box({ height: 4, width: 8 }, { top: 1, left: 3, height: 2, width: 2 }, [60, 200]);
    const image = frameRaster(raster, { ...base, height: 8, width: 8, crop: 'whole' });
    expect([...image.subarray(0, 16)]).toEqual(new Array(16).fill(60));
    expect(image[3 * 8 + 3]).toBe(200);
  });

  it('of the right shape is taken as it is', () => {
    const raster = box({ height: 5, width: 9 }, { top: 1, left: 3, height: 2, width: 2 });
    const framing = { ...base, height: 5, width: 9, crop: 'whole' } as const;
    expect(frameRaster(raster, framing)).toBe(raster.data);
  });
});

describe('the ground', () => {
  it('is the median of the rim, and plain where the rim keeps to it', () => {
    const raster = box({ height: 9, width: 9 }, { top: 0, left: 4, height: 9, width: 1 }, [200, 10]);
    expect(groundOf(raster)).toEqual({ values: [200], brightness: 200, plainness: 30 / 32 });
  });
});

/** A folder of pictures, looked at. */
async function choiceFor(pictures: readonly Sharp[]) {
  const folder = temporaryFolder();
  for (const [place, picture] of pictures.entries()) {
    writeFileSync(join(folder, `${place}.png`), await picture.png().toBuffer());
  }
  const { train } = await openDataset([folder]);
  const sample = await samplePictures(train, READING_LIMITS);
  return { ...chooseFraming(sample, NO_FRAMING_CHOICES, null), sample };
}

/** No picture is deep, and none transparent. */
const AS_USUAL = { ranges: {}, alphaGround: 'white' };

const asPicture = ({ height, width, channels, data }: Raster) =>
  sharp(data, { raw: { height, width, channels } });

describe('the choice', () => {
  it('for MNIST is to leave it as it is, and for its negatives to invert it', async () => {
    const { train } = await openDataset();
    const sample = await samplePictures(train, READING_LIMITS);
    const { framing, isDarkGround, decisions } = chooseFraming(sample, NO_FRAMING_CHOICES, train.shape);
    expect(framing).toEqual({
      ...AS_USUAL,
      height: 28,
      width: 28,
      channels: 1,
      polarity: 'keep',
      crop: 'whole',
    });
    expect(isDarkGround).toBe(true);
    expect(decisions.map(({ option }) => option)).toEqual(['color', 'polarity', 'framing', 'size']);
    const pictures = sample.pictures.map((picture) => {
      const { height, width, data } = picture.raster;
      const raster = { height, width, channels: 3 as const, data: data.map((value) => 255 - value) };
      return { ...picture, raster, ground: groundOf(raster) };
    });
    const negatives = { ...sample, pictures };
    expect(chooseFraming(negatives, NO_FRAMING_CHOICES, train.shape).framing.polarity).toBe('invert');
    expect(matchFraming(negatives, framing, true, null).framing.polarity).toBe('invert');
    expect(matchFraming(negatives, framing, false, null).framing.polarity).toBe('keep');
    expect(matchFraming(negatives, framing, true, 'keep').framing.polarity).toBe('keep');
  });

  it('for glyphs of mixed sizes and grounds is to cut to the content, each by its own ground', async () => {
    const pictures = Array.from({ length: 20 }, (_, n) => {
      const inks: [number, number] = n % 2 === 0 ? [255, 0] : [0, 255];
      const raster = box(
        { height: 30 + n, width: 40 },
        { top: 5 + (n % 7), left: 9, height: 12, width: 9 },
        inks,
      );
      return asPicture(raster);
    });
    const { framing } = await choiceFor(pictures);
    expect(framing).toEqual({
      ...AS_USUAL,
      height: 28,
      width: 28,
      channels: 1,
      polarity: 'each',
      crop: 'content',
    });
  });

  it('for pictures of one size whose content wanders is to cut to the content', async () => {
    const pictures = Array.from({ length: 20 }, (_, n) =>
      asPicture(box({ height: 60, width: 60 }, { top: 2 + 2 * n, left: 40 - 2 * n, height: 12, width: 9 })),
    );
    const { framing } = await choiceFor(pictures);
    expect(framing).toMatchObject({ polarity: 'keep', crop: 'content', height: 28, width: 28 });
  });

  it('for coloured pictures without a plain ground is to keep them whole and in colour', async () => {
    const pictures = Array.from({ length: 12 }, (_, n) => {
      const data = Uint8Array.from(
        { length: 40 * 50 * 3 },
        (_, at) => (at * 131 * (n + 3) + (at >> 3) * 17) % 256,
      );
      return sharp(data, { raw: { height: 40, width: 50, channels: 3 } }).resize(80 + n, 60);
    });
    const { framing } = await choiceFor(pictures);
    expect(framing).toEqual({
      ...AS_USUAL,
      height: 64,
      width: 64,
      channels: 3,
      polarity: 'keep',
      crop: 'whole',
    });
  });

  it('gives way to what a person says', async () => {
    const { sample } = await choiceFor([
      asPicture(box({ height: 60, width: 60 }, { top: 9, left: 9, height: 9, width: 9 })),
    ]);
    const wishes = { size: 40, color: 'rgb', polarity: 'invert', crop: 'whole' } as const;
    const { framing, decisions } = chooseFraming(sample, wishes, null);
    expect(framing).toEqual({
      ...AS_USUAL,
      height: 40,
      width: 40,
      channels: 3,
      polarity: 'invert',
      crop: 'whole',
    });
    for (const { reason, option } of decisions) {
      expect(reason).toContain('as asked');
      expect(option).toBeUndefined();
    }
  });
});
