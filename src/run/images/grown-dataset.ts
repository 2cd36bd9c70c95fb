// The images of a run that grows: those that it was made from, opened again, and the new ones, framed alike.
import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { InputError } from '../../core/errors.js';
import type { ReportProgress } from '../../core/progress.js';
import type { ValueRanges } from '../../data/decoding/depth.js';
import { openDataset, openSource, type WhereGone } from '../../data/formats/open.js';
import { commonFolder, joinedPictureSource, severalPictureSource } from '../../data/formats/several.js';
import { matchFraming, samplePictures } from '../../data/framing/choice.js';
import { framedSource } from '../../data/framing/framed-source.js';
import type { FramingWishes } from '../../data/framing/framing.js';
import type { PictureSource, ReadingLimits } from '../../data/pictures.js';
import { type CollectedImages, collectImages, type Images, type PassedOver } from '../../data/source.js';
import type { RunCard } from '../files/card.js';
import type { GrownPart } from '../files/growth-card.js';
import { fingerprint, framingOf, locationsOf, refuseSkipped } from './data.js';

/** What a run was made from: one part, or several if it has grown. */
export function partsOf(card: RunCard): readonly GrownPart[] {
  if (card.grownFrom !== null) return card.grownFrom.parts;
  const { polarity, crop } = framingOf(card);
  return [{ locations: [...locationsOf(card)], prefix: '', polarity, crop, exclude: card.limits.exclude }];
}

/** Pictures to read, and how the card names them. */
export interface DatasetPart {
  readonly pictures: PictureSource;
  readonly part: GrownPart;
  /** What values of more than 8 bits are stretched from. */
  readonly ranges: ValueRanges;
}

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

/** Opens the run's own images. Throws an InputError if they cannot be opened. */
export async function openParts(card: RunCard, whereGone: WhereGone): Promise<DatasetPart[]> {
  const opened: DatasetPart[] = [];
  for (const [place, part] of partsOf(card).entries()) {
    const limits = { ...card.limits, exclude: part.exclude };
    const pictures =
      place === 0
        ? (await openDataset(part.locations, limits, whereGone)).train
        : await openSource(part.locations, limits, whereGone);
    opened.push({ pictures, part, ranges: framingOf(card).ranges });
  }
  return opened;
}

export interface AddedChoice {
  readonly sources: readonly string[];
  readonly limits: ReadingLimits;
  readonly framing: FramingWishes;
}

/**
 * Opens new images, one part a source and one for all single files, each with a prefix that no id of the run begins with.
 * `notice` is told where their ground has to be turned. Throws an InputError if there is nothing that can be read.
 */
export async function openAddedParts(
  card: RunCard,
  oldIds: readonly string[],
  { sources, limits, framing: wishes }: AddedChoice,
  notice: (line: string) => void,
): Promise<DatasetPart[]> {
  const added = await addedSources(sources, limits);
  const prefixes: string[] = [];
  for (const { name } of added) prefixes.push(freePrefix(name, oldIds, prefixes));
  const all = joinedPictureSource(
    added.map(({ pictures }) => pictures),
    prefixes,
  );
  const earlier = framingOf(card);
  const sample = await samplePictures(all, limits, earlier);
  for (const line of sample.reasons) notice(line);
  const { framing, reason } = matchFraming(sample, earlier, earlier.isDarkGround, wishes.polarity);
  if (reason !== null) notice(reason);
  const crop = wishes.crop ?? framing.crop;
  return added.map(({ pictures, locations }, place) => ({
    pictures,
    part: {
      locations: [...locations],
      prefix: prefixes[place],
      polarity: framing.polarity,
      crop,
      exclude: limits.exclude,
    },
    ranges: framing.ranges ?? {},
  }));
}

interface AddedSource {
  /** What its ids begin with. */
  readonly name: string;
  readonly locations: readonly string[];
  readonly pictures: PictureSource;
}

/** One of each source, but one of all single picture files: named as if their folder had been given. */
async function addedSources(sources: readonly string[], limits: ReadingLimits): Promise<AddedSource[]> {
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

/** What lies in the parts and is not read, with the ids that it has in the run. */
export function passedOverIn(parts: readonly DatasetPart[]): PassedOver[] {
  return parts.flatMap(({ pictures, part: { prefix } }) =>
    (pictures.passedOver ?? []).map((each) =>
      prefix === '' ? each : { ...each, id: `${prefix}/${each.id}` },
    ),
  );
}

/** Reads all images of the parts, in their order, with the ids that they have in the run. */
export async function readParts(
  card: RunCard,
  parts: readonly DatasetPart[],
  limits: ReadingLimits,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<CollectedImages> {
  const read: CollectedImages[] = [];
  let done = 0;
  const total = parts.reduce<number | null>(
    (sum, { pictures: { count } }) => (sum === null || count === null ? null : sum + count),
    0,
  );
  report({ stage: 'read', done, total, unit: 'images' });
  for (const { pictures, part, ranges } of parts) {
    const { prefix, polarity, crop } = part;
    const named = joinedPictureSource([pictures], [prefix]);
    const framed = framedSource(named, { ...framingOf(card), polarity, crop, ranges }, limits);
    const before = done;
    read.push(
      await collectImages(
        framed,
        (inPart) => {
          done = before + inPart;
          report({ stage: 'read', done, total, unit: 'images' });
        },
        { signal },
      ),
    );
  }
  if (done !== total) report({ stage: 'read', done, total: done, unit: 'images' });
  return joined(read);
}

/** Throws an InputError where a picture cannot be read and `strict` asks for all, or where there is none. */
export function requireImages({ count, skipped }: CollectedImages, name: string, strict: boolean): void {
  if (strict) refuseSkipped(skipped, name);
  if (count > 0) return;
  const [first] = skipped;
  throw new InputError(
    first === undefined
      ? `${name} holds no pictures: name another source.`
      : `None of the ${skipped.length} pictures of ${name} can be read; the first is ${first.id}: ${first.reason}.`,
  );
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
export function joined(parts: readonly CollectedImages[]): CollectedImages {
  if (parts.length === 1) return parts[0];
  const [{ height, width, channels }] = parts;
  const bytes = parts.reduce((sum, { data }) => sum + data.length, 0);
  const data = new Uint8Array(new SharedArrayBuffer(bytes));
  let end = 0;
  for (const part of parts) {
    data.set(part.data, end);
    end += part.data.length;
  }
  const ids = parts.flatMap((part) => part.ids);
  const skipped = parts.flatMap((part) => part.skipped);
  return { height, width, channels, data, count: ids.length, ids, skipped };
}
