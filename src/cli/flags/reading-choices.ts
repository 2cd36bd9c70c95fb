// What the flags about reading ask the library for; `auto` and nothing leave it open.
import type { ReadingOptions } from '../../api/options.js';
import type { FlagValues } from './flags.js';

export function readingOptions(flags: FlagValues): ReadingOptions {
  const { size, color, polarity, framing, exclude } = flags;
  const { 'max-megapixels': megapixels, 'max-file-mb': megabytes, 'max-expansion': expansion } = flags;
  return {
    size: size === 'auto' ? undefined : size,
    color,
    polarity: polarity === 'auto' ? undefined : polarity,
    framing: framing === 'auto' ? undefined : framing,
    limits: {
      pixels: megapixels && megapixels * 1e6,
      fileBytes: megabytes && megabytes * 2 ** 20,
      expansion,
      exclude,
    },
  };
}
