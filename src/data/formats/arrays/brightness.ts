// Which numbers in an array are black and white. Bytes and truth values say it by their type; of other numbers all are
// looked at once, because an array of a thousand dark images and one bright one must not be taken for a dark one.
import { InputError } from '../../../core/errors.js';
import { type ArrayHeader, readValues, type StoredArray, type Values } from './stored-array.js';

/** How a value becomes 0 … 255: as it is, 0 or 255, times 255, or from −1 … 1. */
export type Brightness = 'bytes' | 'truth' | 'unit' | 'signed unit';

const VALUES_AT_ONCE = 1 << 18;
/** What resampling and half precision add to 1, or take from 0. */
const ROUNDING = 1e-3;
/** Images that were normalised to −1 … 1 have some pixel that is nearly black. */
const NEARLY_BLACK = -0.9;

/** Reads a whole array unless its type tells. Throws an InputError, with value and place, where its numbers are no pixels. */
export async function brightnessOf(array: StoredArray): Promise<Brightness> {
  const { kind, itemBytes } = array.header;
  if (kind === 'bool') return 'truth';
  if (kind === 'uint' && itemBytes === 1) return 'bytes';
  const range = await rangeOf(array);
  const { least, most } = range;
  if (kind !== 'float') {
    if (least >= 0 && most <= 255) return 'bytes';
  } else {
    if (least >= -ROUNDING && most <= 1 + ROUNDING) return 'unit';
    if (least >= -1 - ROUNDING && least <= NEARLY_BLACK && most <= 1 + ROUNDING) return 'signed unit';
    if (least >= 0 && most <= 255) return 'bytes';
  }
  throw noPixels(array, range);
}

interface Range {
  readonly least: number;
  readonly most: number;
  /** Places of the two in the order of the array. */
  readonly leastAt: number;
  readonly mostAt: number;
}

async function rangeOf(array: StoredArray): Promise<Range> {
  let [least, most, leastAt, mostAt] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  let first = 0;
  for await (const values of readValues(array, VALUES_AT_ONCE)) {
    for (let index = 0; index < values.length; index++) {
      const value = values[index];
      if (value < least) {
        least = value;
        leastAt = first + index;
      }
      if (value > most) {
        most = value;
        mostAt = first + index;
      }
      // A number less itself is 0, and NaN for what is none.
      if (value - value !== 0) throw notFinite(array, value, first + index);
    }
    first += values.length;
  }
  return { least, most, leastAt, mostAt };
}

function notFinite({ name, header }: StoredArray, value: number, place: number): InputError {
  return new InputError(`${name} holds ${value} at ${indexText(place, header)}: replace what is no number.`);
}

function noPixels({ name, header }: StoredArray, { least, most, leastAt, mostAt }: Range): InputError {
  const others = header.kind === 'float' ? ', 0 to 1 or −1 to 1' : '';
  const where = `the least is at ${indexText(leastAt, header)}, the greatest at ${indexText(mostAt, header)}`;
  return new InputError(
    `${name} holds values from ${least} to ${most}, where images have 0 to 255${others}; ${where}: scale them.`,
  );
}

/** `[3, 0, 27]` as NumPy counts. */
function indexText(place: number, { shape }: ArrayHeader): string {
  const index: number[] = [];
  let rest = place;
  for (const side of [...shape].reverse()) {
    index.unshift(rest % side);
    rest = Math.floor(rest / side);
  }
  return `[${index.join(', ')}]`;
}

/** The values as bytes; where they are bytes already, themselves. */
export function asBytes(values: Values, brightness: Brightness): Uint8Array {
  if (brightness === 'bytes' && values instanceof Uint8Array) return values;
  // Clamping rounds as well, halves to the even neighbour as NumPy does.
  const bytes = new Uint8ClampedArray(values.length);
  switch (brightness) {
    case 'bytes':
      for (let index = 0; index < values.length; index++) bytes[index] = values[index];
      break;
    case 'truth':
      for (let index = 0; index < values.length; index++) bytes[index] = values[index] === 0 ? 0 : 255;
      break;
    case 'unit':
      for (let index = 0; index < values.length; index++) bytes[index] = values[index] * 255;
      break;
    case 'signed unit':
      for (let index = 0; index < values.length; index++) bytes[index] = (values[index] + 1) * 127.5;
      break;
  }
  return new Uint8Array(bytes.buffer);
}
