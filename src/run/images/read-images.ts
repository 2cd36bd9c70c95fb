// The images of a run: opened, framed, read once into shared memory, and described so that another run can tell
// whether it saw the same ones.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { unlessAborted } from '../../core/abort.js';
import { InputError, option, words } from '../../core/errors.js';
import type { Notice, ReportProgress } from '../../core/progress.js';
import type { ValueRanges } from '../../data/decoding/depth.js';
import {
  openDataset,
  openSource,
  type PictureDataset,
  prepareDataDirectory,
  type WhereGone,
} from '../../data/formats/open.js';
import { reasonsCounted } from '../../data/formats/picture-files.js';
import { joinedPictureSource } from '../../data/formats/several.js';
import {
  chooseFraming,
  type Decision,
  matchFraming,
  type Sample,
  samplePictures,
} from '../../data/framing/choose-framing.js';
import { framedSource } from '../../data/framing/framed-source.js';
import type { Framing, FramingChoices } from '../../data/framing/framing.js';
import type { PictureSource, ReadingLimits } from '../../data/pictures.js';
import {
  type CollectedImages,
  collectImages,
  type Dataset,
  type ImageSource,
  type PassedOver,
  type Skipped,
} from '../../data/source.js';
import type { DescribedFraming, DescribedImages, RunCard } from '../files/card.js';
import type { GrownPart } from '../files/growth-card.js';

export interface RunData {
  readonly dataset: Dataset;
  readonly train: CollectedImages;
  readonly heldOut: CollectedImages | null;
  /** Files and folders in the sources that are no part of the dataset. */
  readonly passedOver: readonly PassedOver[];
  readonly description: RunCard['data'];
}

/** Where a run's images come from; nothing: the bundled MNIST. */
export interface DataChoice {
  readonly sources: readonly string[];
  readonly dataDir: string | null;
  readonly limits: ReadingLimits;
}

/** Opens the dataset, without reading its pixels yet. */
export async function openRunDataset({ sources, dataDir, limits }: DataChoice): Promise<PictureDataset> {
  return dataDir === null ? openDataset(sources, limits) : prepareDataDirectory(dataDir);
}

/** How the dataset that `sample` is of is framed; `forEncoder`: an encoder compares the pictures, and images are for the eye. */
export function chooseRunFraming(
  sample: Sample,
  { train }: PictureDataset,
  chosen: FramingChoices,
  forEncoder: boolean,
): { readonly framing: DescribedFraming; readonly decisions: readonly Decision[] } {
  const { framing, isDarkGround, decisions } = chooseFraming(sample, chosen, train.shape, forEncoder);
  const { ranges = {}, alphaGround = 'white' } = framing;
  const reasons = decisions.map(({ reason }) => reason);
  return { framing: { ...framing, ranges, alphaGround, isDarkGround, reasons }, decisions };
}

/** The dataset with every image framed. */
export function framedDataset(
  { train, test }: PictureDataset,
  framing: DescribedFraming,
  limits: ReadingLimits,
): Dataset {
  return {
    train: framedSource(train, framing, limits),
    test: test && framedSource(test, framing, limits),
  };
}

/**
 * Reads all images of a dataset. Throws an InputError if they are too few to find kinds in, or where one cannot be read
 * and `strict` asks for all.
 */
export async function readRunData(
  dataset: Dataset,
  choice: DataChoice,
  strict: boolean,
  report: ReportProgress,
  signal?: AbortSignal,
): Promise<RunData> {
  const { test: apart } = dataset;
  const sources = [dataset.train, ...(apart === null ? [] : [apart])];
  const [train, heldOut = null] = await readAll(sources, report, signal);
  if (strict) refuseSkipped([...train.skipped, ...(heldOut?.skipped ?? [])], dataset.train.name);
  requireKinds(train, dataset.train.name);
  const locations = (choice.dataDir === null ? choice.sources : [choice.dataDir]).map((at) => resolve(at));
  const test = apart && heldOut && describe(apart, heldOut, locations);
  const passedOver = sources.flatMap((source) => source.passedOver ?? []);
  const description = { ...describe(dataset.train, train, locations), test };
  return { dataset, train, heldOut, passedOver, description };
}

/** All images of some sources, one source after the other, as one stage. */
export async function readAll(
  sources: readonly ImageSource[],
  report: ReportProgress,
  signal?: AbortSignal,
): Promise<CollectedImages[]> {
  const total = sources.reduce<number | null>(
    (sum, { count }) => (sum === null || count === null ? null : sum + count),
    0,
  );
  const tell = (done: number, all: number | null) =>
    report({ stage: 'read', done, total: all, unit: 'images' });
  tell(0, total);
  const read: CollectedImages[] = [];
  let before = 0;
  for (const source of sources) {
    const images = await collectImages(source, (done) => tell(before + done, total), { signal });
    before += images.count;
    read.push(images);
  }
  if (before !== total) tell(before, before);
  return read;
}

/** Throws an InputError that names the first picture that could not be read, if there is one. */
export function refuseSkipped(skipped: readonly Skipped[], name: string): void {
  const [first] = skipped;
  if (first === undefined) return;
  throw new InputError(
    words`${skipped.length} of the pictures of ${name} cannot be read and ${option('strict')} asks for all; the first is ${first.id}: ${first.reason}.`,
  );
}

/** Throws an InputError where no picture could be read. */
export function requireImages({ count, skipped }: CollectedImages, name: string): void {
  if (count > 0) return;
  const [first] = skipped;
  throw new InputError(
    first === undefined
      ? `${name} holds no pictures: name another source.`
      : `None of the ${skipped.length} pictures of ${name} can be read; the first is ${first.id}: ${first.reason}.`,
  );
}

/** Throws an InputError where no kinds can be found: nothing, one image, or always the same one. */
function requireKinds(images: CollectedImages, name: string): void {
  requireImages(images, name);
  const { count, data } = images;
  if (count === 1) {
    throw new InputError(`${name} holds one picture that can be read, and kinds need several: name more.`);
  }
  const size = data.length / count;
  for (let at = size; at < data.length; at++) if (data[at] !== data[at - size]) return;
  throw new InputError(`All ${count} images of ${name} are alike, so there are no kinds to tell apart.`);
}

/**
 * The images that a run was made from, opened again. Throws an InputError if they are gone; `readRunData` and
 * `requireSameImages` tell whether they are still the same.
 */
export async function reopenRunDataset(card: RunCard): Promise<PictureDataset> {
  const locations = locationsOf(card);
  const gone = locations.find((location) => !existsSync(location));
  if (gone !== undefined) {
    throw new InputError(`The run's images at ${gone} are gone: put them back, or name other images.`);
  }
  if (card.grownFrom === null) return openDataset(locations, card.limits);
  return { train: joinedParts(await openParts(card, 'refused')), test: null };
}

/** What a run was made from: one part, or several if it has grown. */
function partsOf(card: RunCard): readonly GrownPart[] {
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

/** Opens what a run was made from: what it began with, then what it met. Throws an InputError if it cannot be opened. */
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

/** The pictures of all parts, each with the id that it has in the run. */
export function joinedParts(parts: readonly DatasetPart[]): PictureSource {
  return joinedPictureSource(
    parts.map(({ pictures }) => pictures),
    parts.map(({ part }) => part.prefix),
  );
}

/** New images for a run, and how a person wants them read. */
export interface NewImages {
  readonly sources: readonly string[];
  readonly limits: ReadingLimits;
  /** What a person said about ground and framing; the rest is as in the run. */
  readonly framing: FramingChoices;
}

/** Other images, framed as the run's were. `notice` is told where their ground had to be turned. */
export async function openForRun(
  card: RunCard,
  images: NewImages,
  notice: Notice,
  signal: AbortSignal,
): Promise<ImageSource> {
  const { pictures, framing } = await openPicturesForRun(card, images, notice, signal);
  return framedSource(pictures, framing, images.limits);
}

/** Other pictures, and how they are framed as the run's were. */
export async function openPicturesForRun(
  card: RunCard,
  images: NewImages,
  notice: Notice,
  signal: AbortSignal,
): Promise<{ readonly pictures: PictureSource; readonly framing: Framing }> {
  const pictures = await unlessAborted(openSource(images.sources, images.limits), signal);
  tellPassedOver(pictures.passedOver ?? [], null, notice);
  return { pictures, framing: await framingLike(card, pictures, images, notice, signal) };
}

/** How `pictures` are framed as a run's were. `notice` is told where their ground has to be turned. */
export async function framingLike(
  card: RunCard,
  pictures: PictureSource,
  { limits, framing: chosen }: Omit<NewImages, 'sources'>,
  notice: Notice,
  signal?: AbortSignal,
): Promise<Framing> {
  const earlier = framingOf(card);
  const sample = await samplePictures(pictures, limits, earlier, signal);
  for (const line of sample.reasons) notice(line);
  // An encoder sees pictures on the ground that they have.
  const polarity = chosen.polarity ?? (card.vectors === null ? null : earlier.polarity);
  const { framing, decision } = matchFraming(sample, earlier, earlier.isDarkGround, polarity);
  if (decision !== null) notice(decision.reason, decision.option);
  return { ...framing, crop: chosen.crop ?? framing.crop };
}

/** How a run's images were framed; older cards say nothing, for theirs were taken as they are. */
export function framingOf({ framing, data: { height, width, channels } }: RunCard): DescribedFraming {
  if (framing !== null) return framing;
  const asTheyAre = { polarity: 'keep', crop: 'whole', alphaGround: 'white', isDarkGround: false } as const;
  return { height, width, channels: channels === 1 ? 1 : 3, ...asTheyAre, ranges: {}, reasons: [] };
}

/** Where a run's images were read from; empty for the bundled ones. */
export function locationsOf({ data }: RunCard): readonly string[] {
  if (data.locations.length > 0) return data.locations;
  return data.location === null ? [] : [data.location];
}

/** Throws an InputError unless `data` is what the run `card` was made from. */
export function requireSameImages(card: RunCard, data: RunData): void {
  if (data.description.sha256 === card.data.sha256) return;
  throw new InputError(
    words`The images at ${locationsOf(card).join(', ') || card.data.name} are not those that the run began with: put those back, or start another run with another ${option('tag')}.`,
  );
}

function describe(
  source: ImageSource,
  images: CollectedImages,
  locations: readonly string[],
): DescribedImages {
  const { height, width, channels, count, skipped } = images;
  return {
    name: source.name,
    location: locations.length === 1 ? locations[0] : null,
    locations: [...locations],
    sha256: fingerprint(images.data),
    count,
    skipped: skipped.length,
    passedOver: source.passedOver?.length ?? 0,
    height,
    width,
    channels,
  };
}

const HASHED_AT_ONCE = 1 << 20;

/** SHA-256 of the pixels. */
export function fingerprint(pixels: Uint8Array): string {
  const hash = createHash('sha256');
  for (let start = 0; start < pixels.length; start += HASHED_AT_ONCE) {
    // A copy: the hash does not take shared memory.
    hash.update(pixels.slice(start, start + HASHED_AT_ONCE));
  }
  return hash.digest('hex');
}

// What a person is told of what was not read.

/** A line on pictures that cannot be read, and one on what is no part of the dataset; `place` has the run's skipped.csv, which names each. */
export function tellUnread(
  place: string,
  skipped: readonly Skipped[],
  passedOver: readonly PassedOver[],
  notice: Notice,
): void {
  const list = join(place, 'skipped.csv');
  const [first] = skipped;
  if (first !== undefined) {
    const pictures =
      skipped.length === 1 ? '1 picture that cannot' : `${skipped.length} pictures that cannot`;
    notice(`skipped: ${pictures} be read, listed in ${list}; the first is ${first.id}: ${first.reason}`);
  }
  tellPassedOver(passedOver, list, notice);
}

/** One line on files and folders that are no part of the dataset, by reason; none where there are none. */
function tellPassedOver(passedOver: readonly PassedOver[], list: string | null, notice: Notice): void {
  if (passedOver.length === 0) return;
  const where = list === null ? '' : `, listed in ${list}`;
  const what =
    passedOver.length === 1
      ? '1 file or folder that is no part'
      : `${passedOver.length} files or folders that are no part`;
  notice(`passed over: ${what} of the dataset${where}: ${reasonsCounted(passedOver)}`);
}
