// How much one picture differs from another that may be its copy: brightened by a factor and a step that are found first, up to white.
// What is left is what compression and resizing leave, or it is another picture.
import { BLANK, BLOCKS, LIKENESS_PIXELS, LIKENESS_SIDE, type Likenesses } from './likeness.js';

/** The numbers of the blocks of a likeness, of its 8 × 8, in which it is compared; ascending. */
export type SeenBlocks = Int32Array;

const BLOCK_SIDE = LIKENESS_SIDE / BLOCKS;
const BLOCK_PIXELS = BLOCK_SIDE ** 2;
const ALL_BLOCKS = BLOCKS ** 2;
export const EVERYWHERE: SeenBlocks = Int32Array.from({ length: ALL_BLOCKS }, (_, block) => block);

/** Grey values: what is brighter may have been cut off at white. */
const WHITE = 250;
/** So few pixels that are not white tell of no brightness. */
const FEWEST = 20;
/**
 * Grey values. Compression changes a picture a little everywhere. Where a block differs by more, something came or left: another name
 * in the same form, a face that moved.
 */
const MOST_IN_A_BLOCK = 12;
/** As a share of how much the grey values vary; a cup of another colour is no copy, nor a card on cream instead of white. */
const MOST_RECOLOURED = 0.35;
/** By how many times brightening stretches or shrinks the grey values: dots of a fifth of the size are the same in grey, faded. */
const MOST_STRETCHED_GREY = 2.5;

/** → of the images `one` and `other`, as `createPictureDifference` says. */
export type PictureDifference = (one: number, other: number, seen: SeenBlocks) => number;

/**
 * → √(2 − 2 r), r the correlation of what is seen of two images, after the darker one is brought to the brightness of the other.
 * Infinity where one is blank, or something is to be seen in one only, or in other colours. A pair that is asked for several times in a
 * row, for other parts of it, is summed up once.
 */
export function createPictureDifference(likenesses: Likenesses): PictureDifference {
  const { grey, colours } = likenesses;
  const brightness = blockSums(grey);
  const sumsOf = createPairSums(grey);
  return (one, other, seen) => {
    const isBrighter = overBlocks(brightness, one, seen) > overBlocks(brightness, other, seen);
    const [dark, bright] = isBrighter ? [other, one] : [one, other];
    const lighting = lightingOf(sumsOf(dark, bright), seen);
    if (lighting === null) return Number.POSITIVE_INFINITY;
    const count = seen.length * BLOCK_PIXELS;
    let [differences, ofDark, ofBright, darkSquares, brightSquares] = [0, 0, 0, 0, 0];
    for (const block of seen) {
      let inBlock = 0;
      const pixels = PIXELS_OF[block];
      for (let place = 0; place < BLOCK_PIXELS; place++) {
        const at = pixels[place];
        const expected = lit(grey[dark * LIKENESS_PIXELS + at], lighting);
        const found = grey[bright * LIKENESS_PIXELS + at];
        inBlock += (found - expected) * (found - expected);
        ofDark += expected;
        ofBright += found;
        darkSquares += expected * expected;
        brightSquares += found * found;
      }
      if (inBlock > MOST_IN_A_BLOCK ** 2 * BLOCK_PIXELS) return Number.POSITIVE_INFINITY;
      differences += inBlock;
    }
    const spreads = [spreadOf(count, ofDark, darkSquares), spreadOf(count, ofBright, brightSquares)];
    if (Math.min(...spreads) < BLANK) return Number.POSITIVE_INFINITY;
    const spread = Math.max(...spreads);
    if (recolouring(colours, dark, bright, seen, lighting) > MOST_RECOLOURED * spread) {
      return Number.POSITIVE_INFINITY;
    }
    return Math.sqrt(differences / count) / spread;
  };
}

function spreadOf(count: number, sum: number, squares: number): number {
  return Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
}

const PIXELS_OF = Array.from({ length: ALL_BLOCKS }, (_, block) =>
  Int32Array.from({ length: BLOCK_PIXELS }, (__, at) => {
    const row = BLOCK_SIDE * Math.floor(block / BLOCKS) + Math.floor(at / BLOCK_SIDE);
    return row * LIKENESS_SIDE + BLOCK_SIDE * (block % BLOCKS) + (at % BLOCK_SIDE);
  }),
);

/** → (n, 64): the sum of the grey values of each block. */
function blockSums(grey: Float32Array): Float64Array {
  const sums = new Float64Array((grey.length / LIKENESS_PIXELS) * ALL_BLOCKS);
  for (let place = 0; place < sums.length; place++) {
    const first = Math.floor(place / ALL_BLOCKS) * LIKENESS_PIXELS;
    for (const at of PIXELS_OF[place % ALL_BLOCKS]) sums[place] += grey[first + at];
  }
  return sums;
}

function overBlocks(sums: Float64Array, image: number, seen: SeenBlocks): number {
  let sum = 0;
  for (const block of seen) sum += sums[image * ALL_BLOCKS + block];
  return sum;
}

/** What least squares need of a block, twice: of pixels that are not white in the brighter picture, and of all. */
const TERMS = 5;

/** → (2, 64, 5): count, Σ x, Σ y, Σ x², Σ x y of each block, x of the darker and y of the brighter image. The last pair is remembered. */
function createPairSums(grey: Float32Array): (dark: number, bright: number) => Float64Array {
  const sums = new Float64Array(2 * ALL_BLOCKS * TERMS);
  let of = [-1, -1];
  return (dark, bright) => {
    if (of[0] === dark && of[1] === bright) return sums;
    of = [dark, bright];
    for (let block = 0; block < ALL_BLOCKS; block++) {
      const pixels = PIXELS_OF[block];
      let [count, x, y, xx, xy] = [0, 0, 0, 0, 0];
      let [allX, allY, allXx, allXy] = [0, 0, 0, 0];
      for (let place = 0; place < BLOCK_PIXELS; place++) {
        const from = grey[dark * LIKENESS_PIXELS + pixels[place]];
        const to = grey[bright * LIKENESS_PIXELS + pixels[place]];
        allX += from;
        allY += to;
        allXx += from * from;
        allXy += from * to;
        if (to > WHITE) continue;
        count++;
        x += from;
        y += to;
        xx += from * from;
        xy += from * to;
      }
      sums.set([count, x, y, xx, xy], block * TERMS);
      sums.set([BLOCK_PIXELS, allX, allY, allXx, allXy], (ALL_BLOCKS + block) * TERMS);
    }
    return sums;
  };
}

interface Lighting {
  readonly factor: number;
  readonly step: number;
}

/** What a value of the darker picture is in the brighter one, up to white. */
function lit(value: number, { factor, step }: Lighting): number {
  return Math.min(255, Math.max(0, factor * value + step));
}

/** Least squares over what is not white; null where the brighter picture is no brightening of the other. */
function lightingOf(sums: Float64Array, seen: SeenBlocks): Lighting | null {
  const fitted = (first: number) => {
    let [count, x, y, xx, xy] = [0, 0, 0, 0, 0];
    for (const block of seen) {
      const at = (first + block) * TERMS;
      count += sums[at];
      x += sums[at + 1];
      y += sums[at + 2];
      xx += sums[at + 3];
      xy += sums[at + 4];
    }
    const factor = (count * xy - x * y) / (count * xx - x * x);
    return { count, factor, step: (y - factor * x) / count };
  };
  const ofDarker = fitted(0);
  const { factor, step } = ofDarker.count < FEWEST ? fitted(ALL_BLOCKS) : ofDarker;
  return factor >= 1 / MOST_STRETCHED_GREY && factor <= MOST_STRETCHED_GREY ? { factor, step } : null;
}

/** JPEG spreads colours over the pixels around: what blocks that touch exchange so is nothing once they are taken together. */
const BLOCKS_TOGETHER = 2;
const GROUPS_A_SIDE = BLOCKS / BLOCKS_TOGETHER;
const GROUP_OF = Int32Array.from(
  { length: ALL_BLOCKS },
  (_, block) =>
    Math.floor(block / BLOCKS / BLOCKS_TOGETHER) * GROUPS_A_SIDE +
    Math.floor((block % BLOCKS) / BLOCKS_TOGETHER),
);

/** How far colours lie apart that are grey by grey the same, as the root of the mean square over groups of blocks. */
function recolouring(
  colours: Float32Array,
  dark: number,
  bright: number,
  seen: SeenBlocks,
  lighting: Lighting,
): number {
  const counts = new Float64Array(GROUPS_A_SIDE ** 2);
  const sums = new Float64Array(3 * GROUPS_A_SIDE ** 2);
  for (const block of seen) {
    const group = GROUP_OF[block];
    counts[group]++;
    for (let channel = 0; channel < 3; channel++) {
      const place = channel * ALL_BLOCKS + block;
      const other = lit(colours[dark * 3 * ALL_BLOCKS + place], lighting);
      sums[3 * group + channel] += colours[bright * 3 * ALL_BLOCKS + place] - other;
    }
  }
  let squares = 0;
  counts.forEach((count, group) => {
    if (count === 0) return;
    const [red, green, blue] = [0, 1, 2].map((channel) => sums[3 * group + channel] / count);
    const inGrey = luma(red, green, blue);
    squares += count * ((red - inGrey) ** 2 + (green - inGrey) ** 2 + (blue - inGrey) ** 2);
  });
  return Math.sqrt(squares / seen.length);
}

/** The grey that JPEG keeps, whatever it does to colours (ITU-R BT.601). */
export function luma(red: number, green: number, blue: number): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}
