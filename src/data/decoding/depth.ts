// Values of more than 8 bits → 8 bits: stretched from the range that a dataset has, so that what 12 bits in 16 or a
// microscope's counts show is not black. The range is the dataset's and not the picture's, for else brightness would mean
// another thing in each.
import type { DeepPixels } from './picture-format.js';

/** The values that become black and white. */
export type ValueRange = readonly [least: number, most: number];
/** By the type of the values: `ushort`, `short`, `uint`, `int`, `float`, `double`. */
export type ValueRanges = Readonly<Record<string, ValueRange>>;

/** Values of a picture that are looked at for the range, at most. */
const VALUES_LOOKED_AT = 4096;
/** Share of all values that may lie below or above: a few hot pixels shall not darken the rest. */
const BEYOND = 0.001;

/** Ranges that files fill as a matter of course. */
const OF_16_BITS: ValueRange = [0, 65_535];
const OF_FRACTIONS: readonly ValueRange[] = [[0, 1], [0, 255], OF_16_BITS];
const NATURAL: Readonly<Record<string, readonly ValueRange[]>> = {
  ushort: [OF_16_BITS],
  float: OF_FRACTIONS,
  double: OF_FRACTIONS,
};

/** Some of the values, evenly spread; what is no number is left out. */
export function someValues(data: Float32Array, channels: number): number[] {
  const colours = coloursOf(channels);
  const pixels = data.length / channels;
  const step = Math.max(1, Math.floor((pixels * colours) / VALUES_LOOKED_AT));
  const values: number[] = [];
  for (let place = 0; place < pixels * colours; place += step) {
    const value = data[Math.floor(place / colours) * channels + (place % colours)];
    if (Number.isFinite(value)) values.push(value);
  }
  return values;
}

/** The range of the values of a dataset; the natural one where they fill half of it. */
export function rangeOf(depth: string, values: number[]): ValueRange {
  if (values.length === 0) return [0, 1];
  values.sort((a, b) => a - b);
  const beyond = Math.floor(BEYOND * (values.length - 1));
  const [least, most] = [values[beyond], values[values.length - 1 - beyond]];
  const natural = (NATURAL[depth] ?? []).find(([low, high]) => least >= low && most <= high);
  if (natural !== undefined && most - least >= (natural[1] - natural[0]) / 2) return natural;
  return [least, most];
}

/** Is the range one that nothing has to be said of? */
export function isNatural(depth: string, [least, most]: ValueRange): boolean {
  return (NATURAL[depth] ?? []).some(([low, high]) => low === least && high === most);
}

/** Values → bytes; alpha, which has a range of its own, as well. What is no number is black. */
export function stretched(
  { data, channels, depth }: Pick<DeepPixels, 'data' | 'channels' | 'depth'>,
  range: ValueRange = NATURAL[depth]?.length === 1
    ? NATURAL[depth][0]
    : rangeOf(depth, someValues(data, channels)),
): Uint8Array {
  const [least, most] = range;
  const scale = 255 / (most > least ? most - least : 1);
  const colours = coloursOf(channels);
  const alphaScale = depth === 'ushort' ? 1 / 257 : 255;
  const bytes = new Uint8ClampedArray(data.length);
  for (let at = 0; at < data.length; at++) {
    bytes[at] = at % channels < colours ? (data[at] - least) * scale : data[at] * alphaScale;
  }
  return new Uint8Array(bytes.buffer);
}

/** Channels that are no alpha. */
export function coloursOf(channels: number): number {
  return channels === 2 || channels === 4 ? channels - 1 : channels;
}
