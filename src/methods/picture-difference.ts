// How much one picture differs from another that may be its copy: brightened by a factor and a step that are found first, up to white.
// What is left is what compression and resizing leave, or it is another picture.
import { BLANK, BLOCKS, LIKENESS_PIXELS, LIKENESS_SIDE, type Likenesses } from './likeness.js';

/** (8, 8): 1 where a likeness is compared. */
export type SeenBlocks = Uint8Array;

const BLOCK_SIDE = LIKENESS_SIDE / BLOCKS;
const BLOCK_PIXELS = BLOCK_SIDE ** 2;
const ALL_BLOCKS = BLOCKS ** 2;

/** Grey values: what is brighter may have been cut off at white. */
const WHITE = 250;
/** So few pixels that are not white tell of no brightness. */
const FEWEST = 20;
/**
 * Grey values. Compression changes a picture a little everywhere. Where a block differs by more, something came or left: another name
 * in the same form, a face that moved.
 */
const MOST_IN_A_BLOCK = 12;
/** As a share of how much the grey values vary; a cup of another colour is no copy. */
const MOST_RECOLOURED = 0.5;

/**
 * Of the images `one` and `other`: √(2 − 2 r), r the correlation of what is seen of them, after the darker one is brought to the
 * brightness of the other. Infinity where one is blank, or something is to be seen in one only, or in other colours.
 */
export function pictureDifference(
  { grey, colours }: Likenesses,
  one: number,
  other: number,
  seen: SeenBlocks,
): number {
  const isBrighter = meanOf(grey, one, seen) > meanOf(grey, other, seen);
  const [dark, bright] = isBrighter ? [other, one] : [one, other];
  const lighting = lightingOf(grey, dark, bright, seen);
  if (lighting === null) return Number.POSITIVE_INFINITY;
  const lit = (value: number) => Math.min(255, Math.max(0, lighting.factor * value + lighting.step));
  let differences = 0;
  const [ofDark, ofBright] = [createSpread(), createSpread()];
  for (let block = 0; block < ALL_BLOCKS; block++) {
    if (seen[block] === 0) continue;
    let inBlock = 0;
    for (const at of PIXELS_OF[block]) {
      const expected = lit(grey[dark * LIKENESS_PIXELS + at]);
      const found = grey[bright * LIKENESS_PIXELS + at];
      inBlock += (found - expected) ** 2;
      ofDark.add(expected);
      ofBright.add(found);
    }
    if (inBlock > MOST_IN_A_BLOCK ** 2 * BLOCK_PIXELS) return Number.POSITIVE_INFINITY;
    differences += inBlock;
  }
  if (Math.min(ofDark.spread(), ofBright.spread()) < BLANK) return Number.POSITIVE_INFINITY;
  const spread = Math.max(ofDark.spread(), ofBright.spread());
  if (recolouring(colours, dark, bright, seen, lit) > MOST_RECOLOURED * spread)
    return Number.POSITIVE_INFINITY;
  return Math.sqrt(differences / ofDark.count()) / spread;
}

const PIXELS_OF = Array.from({ length: ALL_BLOCKS }, (_, block) =>
  Int32Array.from({ length: BLOCK_PIXELS }, (__, at) => {
    const row = BLOCK_SIDE * Math.floor(block / BLOCKS) + Math.floor(at / BLOCK_SIDE);
    return row * LIKENESS_SIDE + BLOCK_SIDE * (block % BLOCKS) + (at % BLOCK_SIDE);
  }),
);

function meanOf(grey: Float32Array, image: number, seen: SeenBlocks): number {
  const all = createSpread();
  eachPixel(seen, (at) => all.add(grey[image * LIKENESS_PIXELS + at]));
  return all.mean();
}

function eachPixel(seen: SeenBlocks, visit: (at: number) => void): void {
  for (let block = 0; block < ALL_BLOCKS; block++) {
    if (seen[block] === 1) PIXELS_OF[block].forEach(visit);
  }
}

/** Least squares over what is not white; null where the brighter picture is no brightening of the other. */
function lightingOf(grey: Float32Array, dark: number, bright: number, seen: SeenBlocks) {
  const fitted = (most: number) => {
    let [count, x, y, xx, xy] = [0, 0, 0, 0, 0];
    eachPixel(seen, (at) => {
      const [from, to] = [grey[dark * LIKENESS_PIXELS + at], grey[bright * LIKENESS_PIXELS + at]];
      if (to > most) return;
      count++;
      x += from;
      y += to;
      xx += from * from;
      xy += from * to;
    });
    const factor = (count * xy - x * y) / (count * xx - x * x);
    return { count, factor, step: (y - factor * x) / count };
  };
  const most = fitted(WHITE);
  const { factor, step } = most.count < FEWEST ? fitted(255) : most;
  return factor > 0 && Number.isFinite(factor) ? { factor, step } : null;
}

/** How far colours lie apart that are grey by grey the same, as the root of the mean square. */
function recolouring(
  colours: Float32Array,
  dark: number,
  bright: number,
  seen: SeenBlocks,
  lit: (value: number) => number,
): number {
  let [sum, count] = [0, 0];
  for (let block = 0; block < ALL_BLOCKS; block++) {
    if (seen[block] === 0) continue;
    count++;
    const [red, green, blue] = [0, 1, 2].map((channel) => {
      const place = channel * ALL_BLOCKS + block;
      return colours[bright * 3 * ALL_BLOCKS + place] - lit(colours[dark * 3 * ALL_BLOCKS + place]);
    });
    const inGrey = luma(red, green, blue);
    sum += (red - inGrey) ** 2 + (green - inGrey) ** 2 + (blue - inGrey) ** 2;
  }
  return Math.sqrt(sum / count);
}

/** The grey that JPEG keeps, whatever it does to colours (ITU-R BT.601). */
export function luma(red: number, green: number, blue: number): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

/** Mean and standard deviation of values. */
function createSpread() {
  let [count, sum, squares] = [0, 0, 0];
  return {
    add(value: number): void {
      count++;
      sum += value;
      squares += value * value;
    },
    count: () => count,
    mean: () => sum / count,
    spread: () => Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2)),
  };
}
