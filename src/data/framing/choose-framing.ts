// How a dataset is framed, decided on a sample of its pictures and on nothing else: grey or colour, light or dark ground,
// as they are or cut to their content, and how large. Every decision comes with its reason in one line, and a
// person may overrule it.
import { unlessAborted } from '../../core/abort.js';
import { type Gate, openGate } from '../../core/gate.js';
import { type Content, contentOf, type Ground, groundOf, isLight } from '../../core/pictures/ground.js';
import type { Raster } from '../../core/pictures/raster.js';
import { brightnessIn, decodePicture, lookAt, UnreadablePictureError } from '../decoding/decode.js';
import { isNatural, rangeOf, someValues, type ValueRange, type ValueRanges } from '../decoding/depth.js';
import { PICTURES_AT_ONCE } from '../decoding/libvips.js';
import type { PictureSize } from '../decoding/picture-format.js';
import { type AlphaGround, groundOfDataset } from '../decoding/transparency.js';
import type { EncodedPicture, Picture, PictureSource, PixelPicture, ReadingLimits } from '../pictures.js';
import type { ImageShape } from '../source.js';
import type { ColorChoice, Crop, Framing, FramingChoices, Polarity } from './framing.js';

export interface FramingChoice {
  readonly framing: Framing;
  /** Do nearly all images lie on a plain, dark ground once they are framed? Then new ones shall too. */
  readonly isDarkGround: boolean;
  readonly decisions: readonly Decision[];
}

/** What was decided and why, in one line for a person; and the option that decides otherwise, unless it was asked. */
export interface Decision {
  readonly reason: string;
  readonly option?: 'color' | 'polarity' | 'framing' | 'size';
}

/** A picture of the sample, small and in colour, with the size it had. */
export interface SampledPicture extends PictureSize {
  readonly raster: Raster;
  readonly ground: Ground;
  readonly content: Content | null;
}

/** Pictures looked at: a share of one half is then known to ±6 %. */
const SAMPLE = 256;
/** Side of a picture when it is looked at. */
const LOOKED_AT_SIDE = 96;
/** Images without colour to show are compared at the side of kin's frame; with colour they are to be recognised. */
const GREY_SIDE = 28;
const COLOUR_SIDE = 64;
/** Pictures of one common size up to this are taken as they are. */
const LARGEST_KEPT_SIDE = 128;

/** Some pictures of a dataset, and how their values became 8 bits. */
export interface Sample {
  readonly pictures: readonly SampledPicture[];
  readonly ranges: ValueRanges;
  readonly alphaGround: AlphaGround;
  /** One line a decision about depth and transparency, where there was one to take. */
  readonly reasons: readonly string[];
}

/**
 * Looks at some pictures of `source`. Those that cannot be read are left out. `earlier`: the ranges and the ground of a run
 * that these pictures shall be read like. Throws an InterruptedError soon after the signal aborts.
 */
export async function samplePictures(
  source: PictureSource,
  limits: ReadingLimits,
  earlier: Pick<Framing, 'ranges' | 'alphaGround'> = {},
  signal?: AbortSignal,
): Promise<Sample> {
  const gate = openGate(PICTURES_AT_ONCE);
  signal?.addEventListener('abort', gate.close, { once: true });
  try {
    return await unlessAborted(lookThrough(await source.sample(SAMPLE), limits, earlier, gate), signal);
  } finally {
    signal?.removeEventListener('abort', gate.close);
  }
}

async function lookThrough(
  pictures: readonly Picture[],
  limits: ReadingLimits,
  earlier: Pick<Framing, 'ranges' | 'alphaGround'>,
  { through }: Gate,
): Promise<Sample> {
  const looked = await Promise.all(
    pictures.map((picture) =>
      unlessUnreadable(picture, through, async (readable) => {
        const { deep, hasAlpha, height, width } = await lookAt(readable, limits);
        const values = deep && { depth: deep.depth, some: someValues(deep.data, deep.channels) };
        const brightness = hasAlpha ? await brightnessIn(readable, limits) : null;
        return { readable, height, width, values, brightness };
      }),
    ),
  );
  const seen = looked.filter((each) => each !== null);
  const deep = seen.flatMap(({ values }) => values ?? []);
  const found = [...new Set(deep.map(({ depth }) => depth))].map((depth) => {
    const values = deep.filter((each) => each.depth === depth).flatMap(({ some }) => some);
    return [depth, rangeOf(depth, values)] as const;
  });
  const ranges = { ...Object.fromEntries(found), ...earlier.ranges };
  const alphaGround =
    earlier.alphaGround ?? groundOfDataset(seen.flatMap(({ brightness }) => brightness ?? []));
  const sampled = await Promise.all(
    seen.map(({ readable, height, width }) =>
      unlessUnreadable(readable, through, async (): Promise<SampledPicture> => {
        const box = { height: LOOKED_AT_SIDE, width: LOOKED_AT_SIDE, enlarge: false };
        const options = { channels: 3, box, limits, ranges, alphaGround } as const;
        const raster = await decodePicture(readable, options);
        const ground = groundOf(raster);
        return { raster, height, width, ground, content: contentOf(raster, ground) };
      }),
    ),
  );
  const reasons = [
    ...pagesReason(pictures),
    ...found.flatMap(([depth]) => depthReason(depth, ranges[depth], deep.length / looked.length)),
    ...(alphaGround === 'white'
      ? []
      : ['transparency: on black, for on white the transparent pictures would hardly be seen']),
  ];
  return { pictures: sampled.filter((picture) => picture !== null), ranges, alphaGround, reasons };
}

async function unlessUnreadable<T>(
  picture: Picture,
  through: Gate['through'],
  read: (readable: EncodedPicture | PixelPicture) => Promise<T>,
): Promise<T | null> {
  if (picture.kind === 'unreadable') return null;
  try {
    return await through(() => read(picture));
  } catch (error) {
    if (error instanceof UnreadablePictureError) return null;
    throw error;
  }
}

function pagesReason(pictures: readonly Picture[]): string[] {
  const page = pictures.find((picture) => picture.kind === 'encoded' && (picture.page ?? 0) > 0);
  return page === undefined ? [] : [`pages: each page of a file is a picture of its own, such as ${page.id}`];
}

function depthReason(depth: string, range: ValueRange, deepShare: number): string[] {
  if (isNatural(depth, range)) return [];
  const [least, most] = range.map((value) => Number(value.toPrecision(6)));
  return [
    `depth: more than 8 bits on ${percent(deepShare)} of the pictures looked at, values ${least} to ${most} stretched to black and white`,
  ];
}

const AS_THEY_ARE = { polarity: 'keep', crop: 'whole' } as const;

/** The framing of a dataset. `shape` is what the format promises of every picture, if it does; `forEncoder`: an encoder compares the pictures. */
export function chooseFraming(
  { pictures: sample, ranges, alphaGround, reasons: readingReasons }: Sample,
  chosen: FramingChoices,
  shape: ImageShape | null,
  forEncoder = false,
): FramingChoice {
  const [channels, colorReason] = chooseColor(sample, chosen.color);
  const shown = sample.filter(({ content }) => content !== null);
  // An encoder sees the pictures themselves; the images are for a person's eye.
  const left = forEncoder ? AS_THEY_ARE : { polarity: null, crop: null };
  const [polarity, polarityReason] = choosePolarity(shown, chosen.polarity ?? left.polarity);
  const common = shape ?? commonSize(sample);
  const [crop, cropReason] = chooseCrop(shown, chosen.crop ?? left.crop, common);
  const [size, sizeReason] = chooseSize(chosen.size, common, crop, channels);
  const { color } = chosen;
  const placeDecisions = [
    ...(chosen.polarity === null && forEncoder ? [] : [decided('polarity', chosen.polarity, polarityReason)]),
    ...(chosen.crop === null && forEncoder ? [] : [decided('framing', chosen.crop, cropReason)]),
  ];
  const decisions = [
    ...readingReasons.map((reason) => ({ reason })),
    decided('color', color === 'auto' ? null : color, colorReason),
    ...placeDecisions,
    decided('size', chosen.size, sizeReason),
  ];
  const dark = share(shown, ({ ground }) => isPlain(ground) && isDarkOnce(ground, polarity));
  const framing = { ...size, channels, polarity, crop, ranges, alphaGround };
  return { framing, isDarkGround: dark >= MOST, decisions: sample.length === 0 ? [] : decisions };
}

function decided(option: Decision['option'], asked: unknown, reason: string): Decision {
  return asked === null ? { reason, option } : { reason };
}

/**
 * The framing for new images of a run that was framed by `framing`: where the run's images lie on a dark ground, so
 * shall these, whichever ground their scanner gave them.
 */
export function matchFraming(
  { pictures: sample, ranges }: Sample,
  earlier: Framing,
  isDarkGround: boolean,
  chosen: Polarity | null,
): { readonly framing: Framing; readonly decision: Decision | null } {
  // Depths that the run did not meet have the range of the new pictures.
  const framing = { ...earlier, ranges };
  if (chosen !== null) return { framing: { ...framing, polarity: chosen }, decision: null };
  if (!isDarkGround) return { framing, decision: null };
  const shown = sample.filter(({ content }) => content !== null);
  const [polarity, reason] = choosePolarity(shown, null);
  const isClear = share(shown, ({ ground }) => isPlain(ground)) >= MOST;
  if (!isClear || polarity === framing.polarity) return { framing, decision: null };
  return { framing: { ...framing, polarity }, decision: { reason, option: 'polarity' } };
}

/** A share that speaks for a dataset. Pictures that show nothing at all say nothing about the others. */
export const MOST = 0.8;
/** A share that does not: exceptions. */
const FEW = 0.05;

function choosePolarity(sample: readonly SampledPicture[], chosen: Polarity | null): [Polarity, string] {
  if (chosen !== null) return [chosen, `ground: ${chosen}, as asked`];
  const plain = sample.filter(({ ground }) => isPlain(ground));
  if (plain.length === 0 || plain.length < MOST * sample.length) {
    const found = percent(sample.length === 0 ? 0 : plain.length / sample.length);
    return ['keep', `ground: kept, for only ${found} of the pictures looked at have a plain one`];
  }
  const light = share(plain, ({ ground }) => isLight(ground));
  if (light <= FEW) return ['keep', `ground: dark on ${percent(1 - light)} of the pictures, kept`];
  if (light >= 1 - FEW) {
    return ['invert', `ground: light on ${percent(light)} of the pictures, so all are inverted`];
  }
  return [
    'each',
    `ground: light on ${percent(light)} of the pictures and dark on the others, so those are inverted`,
  ];
}

export function isPlain({ plainness }: Ground): boolean {
  return plainness >= MOST;
}

function isDarkOnce(ground: Ground, polarity: Polarity): boolean {
  return polarity === 'each' || isLight(ground) === (polarity === 'invert');
}

/** Mean difference between a picture's largest and smallest channel from which it counts as coloured. */
const COLOURED = 8;
/** Share of coloured pictures above which colour is kept. */
export const COLOURED_SHARE = 0.1;

function chooseColor(sample: readonly SampledPicture[], chosen: ColorChoice): [1 | 3, string] {
  if (chosen !== 'auto') return [chosen === 'rgb' ? 3 : 1, `colour: ${chosen}, as asked`];
  const coloured = share(sample, isColoured);
  return coloured > COLOURED_SHARE
    ? [3, `colour: kept, for ${percent(coloured)} of the pictures have some`]
    : [1, `colour: grey, for ${percent(1 - coloured)} of the pictures have none`];
}

export function isColoured({ raster }: SampledPicture): boolean {
  return meanChroma(raster) > COLOURED;
}

function meanChroma({ data }: Raster): number {
  let sum = 0;
  for (let at = 0; at < data.length; at += 3) {
    const [red, green, blue] = [data[at], data[at + 1], data[at + 2]];
    sum += Math.max(red, green, blue) - Math.min(red, green, blue);
  }
  return sum / (data.length / 3);
}

/** By how much the larger side of the content may vary between pictures that were framed by somebody. */
const FRAMED_SPREAD = 0.15;
const FRAMED_FILL = 0.5;
/** How far the middle of the content may lie from the middle of the picture, in parts of its side. */
const FRAMED_OFFSET = 0.1;

function chooseCrop(
  sample: readonly SampledPicture[],
  chosen: Crop | null,
  common: PictureSize | null,
): [Crop, string] {
  if (chosen !== null) return [chosen, `framing: ${chosen}, as asked`];
  const plain = share(sample, ({ ground }) => isPlain(ground));
  if (plain < MOST) {
    return ['whole', `framing: whole pictures, for ${percent(plain)} have a plain ground`];
  }
  if (common === null) {
    return ['content', 'framing: cut to the content, for sizes differ and the ground is plain'];
  }
  const places = sample.flatMap((picture) => placeOfContent(picture) ?? []);
  const fill = places.map((place) => place.fill).sort((a, b) => a - b);
  const offset = places.map((place) => place.offset).sort((a, b) => a - b);
  const isFramed =
    quantile(fill, 0.75) - quantile(fill, 0.25) <= FRAMED_SPREAD &&
    quantile(fill, 0.5) >= FRAMED_FILL &&
    quantile(offset, 0.5) <= FRAMED_OFFSET;
  return isFramed
    ? ['whole', 'framing: whole pictures, for their content has one size and place already']
    : ['content', 'framing: cut to the content, for its size or place varies'];
}

/** How much of its picture a content takes, and how far off the middle its box is; in parts of the larger side. */
function placeOfContent({ raster, content }: SampledPicture): { fill: number; offset: number } | null {
  if (content === null) return null;
  const side = Math.max(raster.height, raster.width);
  const down = content.top + content.height / 2 - raster.height / 2;
  const across = content.left + content.width / 2 - raster.width / 2;
  return {
    fill: Math.max(content.height, content.width) / side,
    offset: Math.max(Math.abs(down), Math.abs(across)) / side,
  };
}

function commonSize(sample: readonly SampledPicture[]): PictureSize | null {
  const [first] = sample;
  if (first === undefined) return null;
  const { height, width } = first;
  return sample.every((other) => other.height === height && other.width === width) ? { height, width } : null;
}

function chooseSize(
  chosen: number | null,
  common: PictureSize | null,
  crop: Crop,
  channels: 1 | 3,
): [PictureSize, string] {
  if (chosen !== null) return [{ height: chosen, width: chosen }, `size: ${chosen}, as asked`];
  if (crop === 'whole' && common !== null && Math.max(common.height, common.width) <= LARGEST_KEPT_SIDE) {
    const { height, width } = common;
    return [{ height, width }, `size: ${height} × ${width}, which all pictures have`];
  }
  const side = channels === 1 ? GREY_SIDE : COLOUR_SIDE;
  const why = channels === 1 ? 'at which kin compares' : 'enough to recognise them by';
  return [{ height: side, width: side }, `size: ${side} × ${side}, ${why}`];
}

export function share<T>(items: readonly T[], holds: (item: T) => boolean): number {
  return items.length === 0 ? 0 : items.filter(holds).length / items.length;
}

function quantile(sorted: readonly number[], part: number): number {
  return sorted.length === 0 ? 0 : sorted[Math.round(part * (sorted.length - 1))];
}

export function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}
