// Several sources one after the other, as one. An id is the name of its part, a slash, and its id there.
import { basename } from 'node:path';
import { type Picture, type PictureSource, spreadEvenly } from './pictures.js';
import type { ImageShape } from './source.js';

/** The parts in the order given. */
export function severalPictureSource(parts: readonly PictureSource[]): PictureSource {
  if (parts.length === 1) return parts[0];
  return joinedPictureSource(parts, prefixesOf(parts.map(({ name }) => name)));
}

/** The parts in the order given, with a prefix each; '' leaves the ids of a part as they are. */
export function joinedPictureSource(
  parts: readonly PictureSource[],
  prefixes: readonly string[],
): PictureSource {
  const renamed = (picture: Picture, part: number): Picture =>
    prefixes[part] === '' ? picture : { ...picture, id: `${prefixes[part]}/${picture.id}` };
  async function* pictures(): AsyncGenerator<Picture> {
    for (const [place, part] of parts.entries()) {
      for await (const picture of part.pictures()) yield renamed(picture, place);
    }
  }
  return {
    name: parts.map(({ name }) => name).join(', '),
    origin: {
      format: 'several',
      parts: parts.map(({ origin }, place) => ({ prefix: prefixes[place], origin })),
    },
    count: parts.reduce<number | null>(
      (sum, { count }) => (sum === null || count === null ? null : sum + count),
      0,
    ),
    shape: commonShape(parts),
    passedOver: parts.flatMap(({ passedOver = [] }, place) =>
      passedOver.map((each) =>
        prefixes[place] === '' ? each : { ...each, id: `${prefixes[place]}/${each.id}` },
      ),
    ),
    pictures,
    async sample(wanted) {
      const samples = await Promise.all(parts.map((part) => part.sample(wanted)));
      // A part with more pictures stands for more of the sample.
      const all = samples.flatMap((sample, part) =>
        spreadEvenly(sample.length, shareOf(parts, part, wanted)).map((place) =>
          renamed(sample[place], part),
        ),
      );
      return all;
    },
  };
}

function shareOf(parts: readonly PictureSource[], part: number, wanted: number): number {
  const counts = parts.map(({ count }) => count ?? wanted);
  const total = counts.reduce((sum, count) => sum + count, 0);
  return Math.max(1, Math.round((wanted * counts[part]) / total));
}

/** The last parts of the paths, or where two are alike the paths themselves, numbered where even these are. */
function prefixesOf(names: readonly string[]): string[] {
  const isDistinct = (texts: readonly string[]) => new Set(texts).size === texts.length;
  const last = names.map((name) => basename(name));
  if (isDistinct(last)) return last;
  return isDistinct(names) ? [...names] : names.map((name, index) => `${name}#${index + 1}`);
}

function commonShape(parts: readonly PictureSource[]): ImageShape | null {
  const [first, ...rest] = parts.map(({ shape }) => shape);
  if (first === null) return null;
  const isSame = (shape: ImageShape | null) =>
    shape?.height === first.height && shape.width === first.width && shape.channels === first.channels;
  return rest.every(isSame) ? first : null;
}
