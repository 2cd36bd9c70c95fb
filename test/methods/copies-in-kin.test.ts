// When near copies are made one node: only then are the neighbours of what is left looked for anew.
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { burstsOfCopies } from '#kindred/cluster/copies/copies.js';
import { createRandom, type Random } from '#kindred/core/random.js';
import { imageFeatures } from '#kindred/features/features.js';
import { nearestNeighbours } from '#kindred/graph/neighbours/nearest-neighbours.js';
import { completeOptions } from '#kindred/methods/defaults.js';
import { findKin } from '#kindred/methods/kin/kin.js';
import { firstDigits } from '../support/mnist.js';

const DIGITS = 200;
const PIXELS = 784;
const options = completeOptions({ method: 'kin', quality: 'fast', threads: 2 });

/** The digits, then `copies` of digit 0, 1, …, each `times` times, a little brighter. */
function pileWith(copies: number, times: number): Uint8Array {
  const { pixels } = firstDigits('t10k', DIGITS);
  const random = createRandom(1, 'copies');
  const added = Array.from({ length: copies * times }, (_, at) => {
    const digit = Math.floor(at / times);
    const factor = 0.8 + 0.15 * random.uniform();
    return [...pixels.subarray(digit * PIXELS, (digit + 1) * PIXELS)].map((value) =>
      Math.round(factor * value),
    );
  });
  return Uint8Array.from([...pixels.subarray(0, DIGITS * PIXELS), ...added.flat()]);
}

/** The digits, then each of them once more, with waves over it. */
function waved(): Uint8Array {
  const { pixels } = firstDigits('t10k', DIGITS);
  const copies = pixels.map((value, at) => Math.max(0, Math.min(255, value + ((at * 7) % 11) - 5)));
  return Uint8Array.from([...pixels, ...copies]);
}

/** How many times neighbours were looked for, two of them for what the model knows, and the kinds. */
async function searchesIn(data: Uint8Array) {
  const count = data.length / PIXELS;
  const ids = Array.from({ length: count }, (_, image) => `${image}`);
  let [searches, before] = [0, Number.POSITIVE_INFINITY];
  const found = await findKin(
    { data, count, height: 28, width: 28, channels: 1, ids },
    options as Parameters<typeof findKin>[1],
    {
      signal: new AbortController().signal,
      report: ({ stage, done }) => {
        if (stage !== 'neighbours') return;
        // A search begins anew where less is done than before.
        if (done < before) searches++;
        before = done;
      },
      vectors: null,
      corrections: null,
      onFirstKinds: () => {},
    },
  );
  return { searches, found };
}

it('one pair among 201 is left as it is', async () => {
  const { searches } = await searchesIn(pileWith(1, 1));
  expect(searches).toBe(4);
});

it.each([
  ['many pairs', 20, 1],
  ['one burst that fills half a list of neighbours', 1, 6],
])('%s are one node each, and share one answer', async (_, copies, times) => {
  const { searches, found } = await searchesIn(pileWith(copies, times));
  expect(searches).toBe(6);
  for (let at = 0; at < copies * times; at++) {
    expect(found.assignment[DIGITS + at]).toBe(found.assignment[Math.floor(at / times)]);
  }
});

it('a copy of each leaves every answer as it was, to the last bit', async () => {
  const { found: once } = await searchesIn(pileWith(0, 0));
  const { found: twice } = await searchesIn(waved());
  expect(twice.k).toBe(once.k);
  for (const half of [0, DIGITS]) {
    expect(twice.assignment.slice(half, half + DIGITS)).toEqual(once.assignment);
    expect(twice.confidence.slice(half, half + DIGITS)).toEqual(once.confidence);
  }
});

it('the original stands for copies that were recompressed, moved by a pixel or darkened', async () => {
  const count = 100;
  const times = 5;
  const { pixels } = firstDigits('t10k', count);
  const random = createRandom(0, 'damage');
  const damages = [recompressed, moved, darkened];
  const images: Uint8Array[] = [];
  for (let digit = 0; digit < count; digit++) {
    const original = pixels.slice(digit * PIXELS, (digit + 1) * PIXELS);
    const copies: Uint8Array[] = [];
    for (let copy = 1; copy < times; copy++)
      copies.push(await damages[random.integer(damages.length)](original, random));
    copies.splice(random.integer(times), 0, original);
    images.push(...copies);
  }
  const data = Uint8Array.from(images.flatMap((image) => [...image]));
  const ids = images.map((_, image) => `${image}`);
  const work = { seed: 0, threads: 2, report: () => {}, signal: new AbortController().signal };
  const { views } = await imageFeatures(
    { data, count: images.length, height: 28, width: 28, channels: 1, ids },
    work,
  );
  const near = [];
  for (const { features } of views) near.push(await nearestNeighbours(features, { k: 10, ...work }));
  const [raw, upright] = views;
  const { images: standing } = await burstsOfCopies(
    { raw: raw.pixels, upright: upright.pixels, side: 28 },
    near,
  );
  expect(standing).toHaveLength(count);
  const isOriginal = (image: number, digit: number) =>
    images[image].every((value, at) => value === pixels[digit * PIXELS + at]);
  expect([...standing].filter(isOriginal).length).toBeGreaterThanOrEqual(0.9 * count);
});

async function recompressed(image: Uint8Array): Promise<Uint8Array> {
  const jpeg = await sharp(image, { raw: { width: 28, height: 28, channels: 1 } })
    .jpeg({ quality: 60 })
    .toBuffer();
  return sharp(jpeg).greyscale().raw().toBuffer();
}

function moved(image: Uint8Array, random: Random): Uint8Array {
  const by = [-29, -28, -27, -1, 1, 27, 28, 29][random.integer(8)];
  return image.map((_, at) => image[(at + by + PIXELS) % PIXELS]);
}

function darkened(image: Uint8Array, random: Random): Uint8Array {
  const factor = 0.7 + 0.6 * random.uniform();
  return image.map((value) => Math.min(255, Math.round(factor * value)));
}
