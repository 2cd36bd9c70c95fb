// What the flags about reading come to.
import type { FramingWishes } from '../../data/framing/framing.js';
import { READING_LIMITS, type ReadingLimits } from '../../data/pictures.js';
import type { FlagValues } from './flags.js';

/** What was said about framing; `auto` and nothing leave it to the sample. */
export function framingWishes(flags: FlagValues): FramingWishes {
  const { size = 'auto', color = 'auto', polarity = 'auto', framing = 'auto' } = flags;
  return {
    size: size === 'auto' ? null : size,
    color,
    polarity: polarity === 'auto' ? null : polarity,
    crop: framing === 'auto' ? null : framing,
  };
}

export function readingLimits(flags: FlagValues): ReadingLimits {
  const { 'max-megapixels': megapixels, 'max-file-mb': megabytes, 'max-expansion': expansion } = flags;
  return {
    pixels: megapixels === undefined ? READING_LIMITS.pixels : megapixels * 1e6,
    fileBytes: megabytes === undefined ? READING_LIMITS.fileBytes : megabytes * 2 ** 20,
    expansion: expansion ?? READING_LIMITS.expansion,
    exclude: flags.exclude ?? [],
  };
}
