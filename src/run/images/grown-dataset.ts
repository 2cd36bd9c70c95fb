// The images of a run that grows: those that it was made from, opened again, and the new ones, framed alike.
import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { InputError } from '../../core/errors.js';
import type { Notice, ReportProgress } from '../../core/progress.js';
import { sharedBytes } from '../../core/shared-memory.js';
import { openSource } from '../../data/formats/open.js';
import { commonFolder, joinedPictureSource, severalPictureSource } from '../../data/formats/several.js';
import { framedSource } from '../../data/framing/framed-source.js';
import type { PictureSource, ReadingLimits } from '../../data/pictures.js';
import type { CollectedImages, Images } from '../../data/source.js';
import type { RunCard } from '../files/card.js';
import {
  type DatasetPart,
  fingerprint,
  framingLike,
  framingOf,
  joinedParts,
  locationsOf,
  type NewImages,
  openParts,
  readAll,
} from './read-images.js';

/** Opens the run's own images. Throws an InputError if they are gone. */
export async function openOldParts(card: RunCard): Promise<DatasetPart[]> {
  const gone = locationsOf(card).find((location) => !existsSync(location));
  if (gone !== undefined) {
    throw new InputError(
      `The images that run ${card.tag} was made from are gone from ${gone}: put them back, for the new images are shown beside them.`,
    );
  }
  return openParts(card, 'refused');
}

/**
 * Opens new images, one part a source and one for all single files, each with a prefix that no id of the run begins with.
 * `notice` is told where their ground has to be turned. Throws an InputError if there is nothing that can be read.
 */
export async function openAddedParts(
  card: RunCard,
  oldIds: readonly string[],
  images: NewImages,
  notice: Notice,
): Promise<DatasetPart[]> {
  const added = await addedSources(images);
  const prefixes: string[] = [];
  for (const { name } of added) prefixes.push(freePrefix(name, oldIds, prefixes));
  const all = joinedPictureSource(
    added.map(({ pictures }) => pictures),
    prefixes,
  );
  const { polarity, crop, ranges = {} } = await framingLike(card, all, images, notice);
  return added.map(({ pictures, locations }, place) => ({
    pictures,
    part: {
      locations: [...locations],
      prefix: prefixes[place],
      polarity,
      crop,
      exclude: images.limits.exclude,
    },
    ranges,
  }));
}

interface AddedSource {
  /** What its ids begin with. */
  readonly name: string;
  readonly locations: readonly string[];
  readonly pictures: PictureSource;
}

/** One of each source, but one of all single picture files: named as if their folder had been given. */
async function addedSources({ sources, limits }: NewImages): Promise<AddedSource[]> {
  const added: AddedSource[] = [];
  const files: { path: string; pictures: PictureSource }[] = [];
  for (const source of sources) {
    const path = resolve(source);
    const pictures = await openSource([source], limits);
    if (pictures.origin.format === 'image') files.push({ path, pictures });
    else added.push({ name: basename(path), locations: [path], pictures });
  }
  if (files.length === 0) return added;
  const name = basename(commonFolder(files.map(({ path }) => dirname(path)))) || 'files';
  const pictures = severalPictureSource(files.map((file) => file.pictures));
  return [...added, { name, locations: files.map(({ path }) => path), pictures }];
}

/** `name`, or `name#2`, `name#3`, … where ids begin with it already. */
function freePrefix(name: string, oldIds: readonly string[], taken: readonly string[]): string {
  for (let number = 1; ; number++) {
    const prefix = number === 1 ? name : `${name}#${number}`;
    if (!taken.includes(prefix) && !oldIds.some((id) => id.startsWith(`${prefix}/`))) return prefix;
  }
}

/** Reads all images of the parts, in their order, with the ids that they have in the run. */
export async function readParts(
  card: RunCard,
  parts: readonly DatasetPart[],
  limits: ReadingLimits,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<CollectedImages> {
  const framed = parts.map((each) => {
    const { polarity, crop } = each.part;
    const framing = { ...framingOf(card), polarity, crop, ranges: each.ranges };
    return framedSource(joinedParts([each]), framing, limits);
  });
  return joinedImages(await readAll(framed, report, signal));
}

/** Throws an InputError unless these are the images that the run was made from, with the ids they had. */
export function requireOldImages(card: RunCard, images: Images, ids: readonly string[]): void {
  const isSame =
    fingerprint(images.data) === card.data.sha256 &&
    images.count === ids.length &&
    ids.every((id, place) => id === images.ids[place]);
  if (isSame) return;
  throw new InputError(
    `The images at ${locationsOf(card).join(', ') || card.data.name} are not those that run ${card.tag} was made from: put those back, or train a new run.`,
  );
}

/** One after the other, in shared memory; a single one as it is. */
export function joinedImages(parts: readonly CollectedImages[]): CollectedImages {
  if (parts.length === 1) return parts[0];
  const [{ height, width, channels }] = parts;
  const bytes = parts.reduce((sum, { data }) => sum + data.length, 0);
  const data = sharedBytes(bytes);
  let end = 0;
  for (const part of parts) {
    data.set(part.data, end);
    end += part.data.length;
  }
  const ids = parts.flatMap((part) => part.ids);
  const skipped = parts.flatMap((part) => part.skipped);
  return { height, width, channels, data, count: ids.length, ids, skipped };
}
