// The images of a run: opened, framed, read once into shared memory, and described so that another run can tell
// whether it saw the same ones.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { unlessAborted } from '../../core/abort.js';
import { InputError, option, words } from '../../core/errors.js';
import type { ReportProgress } from '../../core/progress.js';
import {
  openDataset,
  openSource,
  type PictureDataset,
  prepareDataDirectory,
} from '../../data/formats/open.js';
import { joinedPictureSource } from '../../data/formats/several.js';
import { chooseFraming, matchFraming, samplePictures } from '../../data/framing/choice.js';
import { framedSource } from '../../data/framing/framed-source.js';
import { type FramingWishes, NO_WISHES } from '../../data/framing/framing.js';
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
import type { GrownFrom } from '../files/growth-card.js';
import { tellPassedOver } from './passed-over.js';

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

/** Looks at a sample of the dataset and decides how it is framed. Throws an InputError if none can be read. */
export async function chooseRunFraming(
  { train }: PictureDataset,
  wishes: FramingWishes,
  limits: ReadingLimits,
  signal?: AbortSignal,
): Promise<DescribedFraming> {
  const sample = await samplePictures(train, limits, {}, signal);
  const { framing, isDarkGround, reasons } = chooseFraming(sample, wishes, train.shape);
  const { ranges = {}, alphaGround = 'white' } = framing;
  return { ...framing, ranges, alphaGround, isDarkGround, reasons: [...reasons] };
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
  const reportRead = (done: number, total: number | null) =>
    report({ stage: 'read', done, total, unit: 'images' });
  const total = dataset.train.count === null ? null : dataset.train.count + (dataset.test?.count ?? 0);
  reportRead(0, total);
  const train = await collectImages(dataset.train, (done) => reportRead(done, total), { signal });
  const heldOut =
    dataset.test &&
    (await collectImages(dataset.test, (done) => reportRead(train.count + done, total), { signal }));
  const all = train.count + (heldOut?.count ?? 0);
  if (total !== all) reportRead(all, all);
  if (strict) refuseSkipped([...train.skipped, ...(heldOut?.skipped ?? [])], dataset.train.name);
  requireKinds(train, dataset.train.name);
  const locations = (choice.dataDir === null ? choice.sources : [choice.dataDir]).map((place) =>
    resolve(place),
  );
  const test = dataset.test && heldOut && describe(dataset.test, heldOut, locations);
  const passedOver = [...(dataset.train.passedOver ?? []), ...(dataset.test?.passedOver ?? [])];
  const description = { ...describe(dataset.train, train, locations), test };
  return { dataset, train, heldOut, passedOver, description };
}

/** Throws an InputError that names the first picture that could not be read, if there is one. */
export function refuseSkipped(skipped: readonly Skipped[], name: string): void {
  const [first] = skipped;
  if (first === undefined) return;
  throw new InputError(
    words`${skipped.length} of the pictures of ${name} cannot be read and ${option('strict')} asks for all; the first is ${first.id}: ${first.reason}.`,
  );
}

/** Throws an InputError where no kinds can be found: nothing, one image, or always the same one. */
function requireKinds({ count, skipped, data }: CollectedImages, name: string): void {
  const [first] = skipped;
  if (count === 0) {
    throw new InputError(
      first === undefined
        ? `${name} holds no pictures: name another source.`
        : `None of the ${skipped.length} pictures of ${name} can be read; the first is ${first.id}: ${first.reason}.`,
    );
  }
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
  if (card.grownFrom !== null) return { train: await openParts(card.grownFrom, card.limits), test: null };
  return openDataset(locations, card.limits);
}

/** The pictures of a run that has grown: those it began with, then what it met, each with the ids it has there. */
async function openParts({ parts }: GrownFrom, limits: ReadingLimits): Promise<PictureSource> {
  const opened: PictureSource[] = [];
  for (const [place, { locations, exclude }] of parts.entries()) {
    const reading = { ...limits, exclude };
    opened.push(
      place === 0 ? (await openDataset(locations, reading)).train : await openSource(locations, reading),
    );
  }
  return joinedPictureSource(
    opened,
    parts.map(({ prefix }) => prefix),
  );
}

/** The pictures that a run was trained on, as they were before framing. Throws an InputError if they are gone. */
export async function reopenPictures(card: RunCard): Promise<PictureSource> {
  return (await reopenRunDataset(card)).train;
}

/** Other images, framed as the run's were. `notice` is told where their ground had to be turned. */
export async function openForRun(
  card: RunCard,
  locations: readonly string[],
  {
    limits,
    wishes = NO_WISHES,
    signal,
  }: { readonly limits: ReadingLimits; readonly wishes?: FramingWishes; readonly signal?: AbortSignal },
  notice: (line: string) => void,
): Promise<ImageSource> {
  const pictures = await unlessAborted(openSource(locations, limits), signal);
  tellPassedOver(pictures.passedOver ?? [], null, notice);
  const earlier = framingOf(card);
  const sample = await samplePictures(pictures, limits, earlier, signal);
  for (const line of sample.reasons) notice(line);
  const { framing, reason } = matchFraming(sample, earlier, earlier.isDarkGround, wishes.polarity);
  if (reason !== null) notice(reason);
  return framedSource(pictures, { ...framing, crop: wishes.crop ?? framing.crop }, limits);
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
