// What the benchmarks of results share: the bundled MNIST in memory, its codes, and one auto-encoder trained on it.

import { trainRequest } from '../dist/cli/commands/train.js';
import { parseArguments } from '../dist/cli/flags/arguments.js';
import { InputError } from '../dist/core/errors.js';
import { matrix } from '../dist/core/matrix.js';
import { openDataset } from '../dist/data/formats/open.js';
import { framedSource } from '../dist/data/framing/framed-source.js';
import { collectImages, pixelsPerImage } from '../dist/data/source.js';
import { imageFeatures } from '../dist/features/features.js';
import { trainAutoencoder } from '../dist/methods/autoencoder/autoencoder.js';
import { createProbe } from '../dist/methods/autoencoder/probe.js';
import { completeOptions } from '../dist/methods/defaults.js';
import { timed } from './measure.mjs';

/** Nobody watches, nobody stops it. */
export const CONTEXT = { report() {}, signal: new AbortController().signal };

export async function openMnist() {
  const pile = await openDataset();
  const collected = (source) =>
    collectImages(framedSource(source, { ...source.shape, polarity: 'keep', crop: 'whole' }));
  return { pile, train: await collected(pile.train), test: await collected(pile.test) };
}

/** images (n) → (n, d): what codes.npy holds of a run of kin, both views side by side. */
export async function codesOf(images, threads) {
  const { views } = await imageFeatures(images, { ...CONTEXT, threads });
  const columns = views.reduce((sum, { features }) => sum + features.columns, 0);
  const codes = matrix(images.count, columns);
  let first = 0;
  for (const { features } of views) {
    for (let row = 0; row < images.count; row++) {
      const own = features.data.subarray(row * features.columns, (row + 1) * features.columns);
      codes.data.set(own, row * columns + first);
    }
    first += features.columns;
  }
  return codes;
}

/** The options that `kindred train FLAGS` would run with. */
export function optionsOf(flags) {
  const argv = flags.split(' ').filter((word) => word !== '');
  return completeOptions(trainRequest({ ...parseArguments('train', argv), argv }).options);
}

/** Trains once, and measures the network on the held-out images. */
export async function trainOnce(options, { train, test }) {
  const ignored = { ...CONTEXT, onSnapshot() {} };
  const { seconds, result: state } = await timed(() => trainAutoencoder(train, test, options, null, ignored));
  return { state, seconds, heldOutLoss: await reconstructionError(options, state, test) };
}

/** Images that go through the network at once: a convolution's activations for 10,000 would fill the memory. */
const AT_ONCE = 500;

/** Mean squared error a pixel of all images' reconstructions, pixels from 0 to 1. */
async function reconstructionError({ network }, { parameters }, images) {
  const { height, width, channels, data, count } = images;
  const look = await createProbe({ height, width, channels, ...network });
  const pixels = pixelsPerImage(images);
  let sum = 0;
  for (let first = 0; first < count; first += AT_ONCE) {
    const last = Math.min(count, first + AT_ONCE);
    const part = { ...images, data: data.subarray(first * pixels, last * pixels), count: last - first };
    const { loss } = await look(parameters, part);
    sum += loss * part.count;
  }
  return sum / count;
}

/** The number after `--name`, a whole one from 1. */
export function wholeNumber(name, text) {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InputError(
    `--${name} is ${text}, which is no whole number from 1. Give one, such as --${name} 5.`,
  );
}
