// The images of a run: opened, read once into shared memory, and described so that another run can tell
// whether it saw the same ones.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { InputError } from '../core/errors.js';
import type { ReportProgress } from '../core/progress.js';
import { openPile, prepareDataDirectory } from '../data/open.js';
import { collectImages, type ImageSource, type Images, type Pile } from '../data/source.js';
import type { DescribedImages, RunCard } from './card.js';

export interface RunData {
  readonly pile: Pile;
  readonly train: Images;
  readonly heldOut: Images | null;
  readonly description: RunCard['data'];
}

/** Where a run's images come from; both null: the bundled MNIST. */
export interface DataChoice {
  readonly source: string | null;
  readonly dataDir: string | null;
}

/** Opens the pile, without reading its pixels yet. */
export async function openRunPile({ source, dataDir }: DataChoice): Promise<Pile> {
  return dataDir === null ? openPile(source ?? undefined) : prepareDataDirectory(dataDir);
}

export async function readRunData(pile: Pile, choice: DataChoice, report: ReportProgress): Promise<RunData> {
  const total = pile.train.count + (pile.test?.count ?? 0);
  const stage = { stage: 'read', total, unit: 'images' };
  report({ ...stage, done: 0 });
  const train = await collectImages(pile.train);
  const heldOut = pile.test === null ? null : await collectImages(pile.test);
  report({ ...stage, done: total });
  const place = choice.dataDir ?? choice.source;
  const location = place === null ? null : resolve(place);
  const test = pile.test && heldOut && describe(pile.test, heldOut, location);
  return { pile, train, heldOut, description: { ...describe(pile.train, train, location), test } };
}

/**
 * The images that a run was made from, opened again. Throws an InputError if they are gone; `readRunData` and
 * `requireSameImages` tell whether they are still the same.
 */
export async function reopenRunPile(card: RunCard): Promise<Pile> {
  const { location } = card.data;
  if (location !== null && !existsSync(location)) {
    throw new InputError(`The run's images at ${location} are gone: put them back, or name other images.`);
  }
  return openPile(location ?? undefined);
}

/** Throws an InputError unless `data` is what the run `card` was made from. */
export function requireSameImages(card: RunCard, data: RunData): void {
  if (data.description.sha256 === card.data.sha256) return;
  throw new InputError(
    `The images at ${card.data.location ?? card.data.name} are not those that the run began with: put those back, or start another run with another --tag.`,
  );
}

function describe(source: ImageSource, images: Images, location: string | null): DescribedImages {
  const { height, width, channels, count } = images;
  return { name: source.name, location, sha256: fingerprint(images.data), count, height, width, channels };
}

const HASHED_AT_ONCE = 1 << 20;

function fingerprint(pixels: Uint8Array): string {
  const hash = createHash('sha256');
  for (let start = 0; start < pixels.length; start += HASHED_AT_ONCE) {
    // A copy: the hash does not take shared memory.
    hash.update(pixels.slice(start, start + HASHED_AT_ONCE));
  }
  return hash.digest('hex');
}
