// A set of images as text that a person can read in a journal: `0-5,7,9-12`. Row numbers in the order of the source,
// ascending, each once.
import { InputError } from './errors.js';

export const IMAGE_SET = /^(?:\d{1,9}(?:-\d{1,9})?(?:,\d{1,9}(?:-\d{1,9})?)*)?$/;

/** Row numbers in any order → text. */
export function writeImageSet(images: Iterable<number>): string {
  const sorted = Int32Array.from(images).sort();
  const ranges: string[] = [];
  let first = 0;
  for (let at = 0; at < sorted.length; at++) {
    if (at + 1 < sorted.length && sorted[at + 1] <= sorted[at] + 1) continue;
    ranges.push(sorted[first] === sorted[at] ? `${sorted[at]}` : `${sorted[first]}-${sorted[at]}`);
    first = at + 1;
  }
  return ranges.join(',');
}

/** Text → ascending row numbers. Throws an InputError unless all are below `count`. */
export function readImageSet(text: string, count: number): Int32Array {
  if (!IMAGE_SET.test(text)) {
    throw new InputError(`"${text.slice(0, 40)}" is not a set of images: write one as 0-5,7,9-12.`);
  }
  const images: number[] = [];
  for (const range of text === '' ? [] : text.split(',')) {
    const [from, to = from] = range.split('-').map(Number);
    if (from > to || to >= count || from <= (images.at(-1) ?? -1)) {
      throw new InputError(
        `The set of images has ${range} where ascending numbers below ${count} belong: correct it.`,
      );
    }
    for (let image = from; image <= to; image++) images.push(image);
  }
  return Int32Array.from(images);
}

/** The same of text that nobody vouches for, such as an address: what is no set is empty. */
export function imagesIn(text: string, count: number): readonly number[] {
  try {
    return [...readImageSet(text, count)];
  } catch (error) {
    if (error instanceof InputError) return [];
    throw error;
  }
}
