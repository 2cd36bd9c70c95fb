// Several sources one after the other, as one. An id is the name of its part, a slash, and its id there.
import { basename, dirname, relative, sep } from 'node:path';
import { type Picture, type PictureSource, pickEvenly } from '../pictures.js';
import type { ImageShape } from '../source.js';

/** The parts in the order given. */
export function severalPictureSource(parts: readonly PictureSource[]): PictureSource {
  if (parts.length === 1) return parts[0];
  return joinedPictureSource(parts, prefixesOf(parts));
}

/** The parts in the order given, with a prefix each; '' leaves the ids of a part as they are. */
export function joinedPictureSource(
  parts: readonly PictureSource[],
  prefixes: readonly string[],
): PictureSource {
  const renamed = <Item extends { readonly id: string }>(item: Item, part: number): Item =>
    prefixes[part] === '' ? item : { ...item, id: `${prefixes[part]}/${item.id}` };
  async function* pictures(): AsyncGenerator<Picture> {
    for (const [place, part] of parts.entries()) {
      for await (const picture of part.pictures()) yield renamed(picture, place);
    }
  }
  return {
    name: nameOfAll(parts.map(({ name }) => name)),
    origin: {
      format: 'several',
      parts: parts.map(({ origin }, place) => ({ prefix: prefixes[place], origin })),
    },
    count: parts.reduce<number | null>(
      (sum, { count }) => (sum === null || count === null ? null : sum + count),
      0,
    ),
    shape: commonShape(parts),
    passedOver: parts.flatMap(({ passedOver = [] }, place) => passedOver.map((each) => renamed(each, place))),
    pictures,
    async sample(wanted) {
      const samples = await Promise.all(parts.map((part) => part.sample(wanted)));
      // A part with more pictures stands for more of the sample.
      return samples.flatMap((sample, part) =>
        pickEvenly(sample, shareOf(parts, part, wanted)).map((picture) => renamed(picture, part)),
      );
    },
  };
}

function shareOf(parts: readonly PictureSource[], part: number, wanted: number): number {
  const counts = parts.map(({ count }) => count ?? wanted);
  const total = counts.reduce((sum, count) => sum + count, 0);
  return Math.max(1, Math.round((wanted * counts[part]) / total));
}

/**
 * The last parts of the paths, or where two are alike the paths themselves, numbered where even these are. Single files are called
 * as the folder that holds all of them would call them.
 */
function prefixesOf(parts: readonly PictureSource[]): string[] {
  const isDistinct = (texts: readonly string[]) => new Set(texts).size === texts.length;
  const names = parts.map(({ name }) => name);
  const last = names.map((name) => basename(name));
  const plain = isDistinct(last)
    ? last
    : isDistinct(names)
      ? names
      : names.map((name, index) => `${name}#${index + 1}`);
  const folders = parts.map(({ origin }) => (origin.format === 'image' ? dirname(origin.path) : null));
  const common = commonFolder(folders.filter((folder) => folder !== null));
  const prefixes = folders.map((folder, part) =>
    folder === null ? plain[part] : relative(common, folder).replaceAll('\\', '/'),
  );
  // A file that is named twice, or whose folder is called like another part, keeps the longer name.
  const whole = prefixes.map((prefix, part) => (folders[part] === null ? prefix : `${prefix}/${last[part]}`));
  const others = new Set(prefixes.filter((_, part) => folders[part] === null));
  const isClear = prefixes.every((prefix, part) => folders[part] === null || !others.has(prefix));
  return isDistinct(whole) && isClear ? prefixes : [...plain];
}

/** The folder that all of these lie in, or are; '' of none. */
export function commonFolder(folders: readonly string[]): string {
  let common = folders[0] ?? '';
  for (const folder of folders) {
    while (folder !== common && !folder.startsWith(common.endsWith(sep) ? common : common + sep)) {
      common = dirname(common);
    }
  }
  return common;
}

/** Names a person takes in at a glance. */
const MOST_NAMES = 4;

function nameOfAll(names: readonly string[]): string {
  return names.length <= MOST_NAMES ? names.join(', ') : `${names[0]} and ${names.length - 1} more`;
}

function commonShape(parts: readonly PictureSource[]): ImageShape | null {
  const [first, ...rest] = parts.map(({ shape }) => shape);
  if (first === null) return null;
  const isSame = (shape: ImageShape | null) =>
    shape?.height === first.height && shape.width === first.width && shape.channels === first.channels;
  return rest.every(isSame) ? first : null;
}
