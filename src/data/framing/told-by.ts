// What the images of a dataset are told apart by: their outlines, as letters and silhouettes are, or what they show, as photographs
// are. Most datasets are plainly one or the other to a look at a sample; of the rest the neighbourhoods decide (methods/vectors/).
import {
  COLOURED_SHARE,
  isColoured,
  isPlain,
  MOST,
  percent,
  type SampledPicture,
  share,
} from './choose-framing.js';

/** `shape`: by outlines, in grey. `content`: by what an image encoder sees in them. */
export type ToldBy = 'shape' | 'content';

export interface ToldByChoice {
  readonly by: ToldBy;
  /** One line for a person: what, and why. */
  readonly reason: string;
}

/** Colours of a picture, 4 bits a channel, up to which it is a ground and an ink, smoothed at the edges. */
const FEW_COLOURS = 32;
/** Share of pictures with more colours from which on a dataset shows more than ink. */
const MANY_COLOURED_SHARE = 0.25;

/** What a look at a sample says; null where it may be either. */
export function toldBySample(sample: readonly SampledPicture[]): ToldByChoice | null {
  const plain = share(sample, ({ ground }) => isPlain(ground));
  const coloured = share(sample, isColoured);
  const isGrey = coloured <= COLOURED_SHARE;
  if (plain >= MOST && isGrey) {
    return told('shape', `${percent(plain)} of the pictures have a plain ground and few have colour`);
  }
  const many = share(sample, ({ raster }) => coloursIn(raster.data) > FEW_COLOURS);
  if (plain >= MOST && many < MANY_COLOURED_SHARE) {
    return told('shape', `${percent(1 - many)} of the pictures are an ink on a plain ground`);
  }
  if (plain < 0.5 && !isGrey) {
    return told('content', `only ${percent(plain)} of the pictures have a plain ground`);
  }
  return null;
}

/** The agreement of half of what images are compared by with the other half; of outlines and of the encoder's vectors. */
export interface Replications {
  readonly shape: number;
  readonly content: number;
}

/** Outlines have fewer ways to differ, and agree with themselves a little more where neither is better. */
const LEAST_RATIO = 0.85;

/** What neighbourhoods that repeat themselves say where a look leaves it open. */
export function toldByNeighbours({ shape, content }: Replications): ToldByChoice {
  const by = content >= LEAST_RATIO * shape ? 'content' : 'shape';
  const figures = `${content.toFixed(2)} by what they show, ${shape.toFixed(2)} by their outlines`;
  return told(by, `neighbours of a sample agree with themselves to ${figures}`);
}

/** Of too few pictures for neighbourhoods: those that are no ink on a plain ground mostly show things. */
export function toldOfFew(count: number): ToldByChoice {
  return told('content', `${count} pictures are too few to ask their neighbourhoods`);
}

function told(by: ToldBy, why: string): ToldByChoice {
  const what = by === 'shape' ? 'their outlines, in grey' : 'what they show, through the encoder photo';
  return { by, reason: `compared: by ${what}, for ${why}` };
}

/** data (n, 3) → how many colours there are, 4 bits a channel. */
function coloursIn(data: Uint8Array): number {
  const seen = new Set<number>();
  for (let at = 0; at < data.length; at += 3) {
    seen.add(((data[at] >> 4) << 8) | ((data[at + 1] >> 4) << 4) | (data[at + 2] >> 4));
  }
  return seen.size;
}
