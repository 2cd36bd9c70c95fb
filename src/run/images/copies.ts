// Which images are copies of one picture, told by the pictures themselves, which are read again: framed, three dots at three places are
// one image.
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { EncodedPicture, PictureSource, PixelPicture } from '../../data/pictures.js';
import { nearCopies } from '../../methods/findings/near-copies.js';
import { turnedCopies } from '../../methods/findings/turned-copies.js';
import { decodedAgain, picturesAgain, type ReadingAgain, readLikenesses } from './likenesses.js';

type Groups = readonly (readonly number[])[];

/** What may be copies. */
export interface Candidates {
  /** Images that are equal when framed, the first one first. */
  readonly equal: Groups;
  /** Images of which any two may be near copies. */
  readonly compared: readonly number[];
}

/** Copies, the one to keep first in each group: the largest picture, and of equally large ones the first. */
export interface CopiedPictures {
  /** Pictures with the same pixels. */
  readonly exact: Groups;
  /** Pictures that are recompressed, resized, brightened; no two of a group have the same pixels. */
  readonly near: Groups;
  /** Pictures that are one another mirrored or turned. */
  readonly turned: Groups;
}

interface Original {
  /** Of its size and pixels. */
  readonly key: string;
  readonly area: number;
}

/**
 * Reads the pictures of `source`, in which the images have these ids, again. Throws an InterruptedError when the signal
 * aborts.
 */
export async function copiedPictures(
  source: PictureSource,
  ids: readonly string[],
  { equal, compared }: Candidates,
  options: ReadingAgain,
): Promise<CopiedPictures> {
  const { images, ...likenesses } = await readLikenesses(source, ids, compared, options);
  const named = (groups: Groups) => groups.map((group) => group.map((at) => images[at]));
  const nearly = named(await nearCopies(likenesses, options));
  const moved = named(await turnedCopies(likenesses, options));
  const originals = await readOriginals(
    source,
    ids,
    new Set([...equal, ...nearly, ...moved].flat()),
    options,
  );
  const keyOf = (image: number) => originals.get(image)?.key ?? `unread ${image}`;
  const areaOf = (image: number) => originals.get(image)?.area ?? 0;
  // Equal when framed, or found to be nearly so: a picture that its file turns is brought to its box before it is turned.
  const alike = joined([...equal, ...nearly]);
  const exact = alike.flatMap((group) => groupedBy(group, keyOf)).filter((group) => group.length > 1);
  const copies = new Set(exact.flatMap((group) => group.slice(1)));
  const withoutCopies = (groups: Groups) =>
    groups.map((group) => group.filter((image) => !copies.has(image))).filter((group) => group.length > 1);
  const keptFirst = (groups: Groups) =>
    groups.map((group) => group.toSorted((a, b) => areaOf(b) - areaOf(a) || a - b)).toSorted(byFirst);
  return {
    exact: keptFirst(exact),
    near: keptFirst(withoutCopies(nearly)),
    turned: keptFirst(withoutCopies(moved)),
  };
}

/** Groups that share an image as one, in ascending order. */
function joined(groups: Groups): number[][] {
  const groupOf = new Map<number, Set<number>>();
  for (const group of groups) {
    const all = new Set(group);
    for (const image of group) for (const other of groupOf.get(image) ?? []) all.add(other);
    for (const image of all) groupOf.set(image, all);
  }
  return [...new Set(groupOf.values())].map((group) => [...group].sort((a, b) => a - b));
}

function byFirst(a: readonly number[], b: readonly number[]): number {
  return Math.min(...a) - Math.min(...b);
}

async function readOriginals(
  source: PictureSource,
  ids: readonly string[],
  wanted: ReadonlySet<number>,
  how: ReadingAgain,
): Promise<Map<number, Original>> {
  const originals = new Map<number, Original>();
  // Files with the same bytes are decoded once.
  const byBytes = new Map<string, Original>();
  for await (const { image, picture } of picturesAgain(source, ids, wanted, how)) {
    const bytes = await keyOfFile(picture);
    const known = bytes === null ? undefined : byBytes.get(bytes);
    const original = known ?? (await originalOf(picture, how));
    if (original === null) continue;
    if (bytes !== null) byBytes.set(bytes, original);
    originals.set(image, original);
    if (originals.size === wanted.size) break;
  }
  return originals;
}

/** A key of the file's bytes; null for pixels and pages, whose file is not all of the picture. */
async function keyOfFile(picture: EncodedPicture | PixelPicture): Promise<string | null> {
  if (picture.kind === 'pixels' || picture.page !== undefined) return null;
  const { file } = picture;
  return hash('sha256', typeof file === 'string' ? await readFile(file) : file);
}

async function originalOf(
  picture: EncodedPicture | PixelPicture,
  how: ReadingAgain,
): Promise<Original | null> {
  const raster = await decodedAgain(picture, how, null);
  if (raster === null) return null;
  const { height, width, data } = raster;
  return { key: `${height} × ${width} ${hash('sha256', data)}`, area: height * width };
}

function groupedBy(group: readonly number[], keyOf: (image: number) => string): number[][] {
  const byKey = new Map<string, number[]>();
  for (const image of group) {
    const key = keyOf(image);
    const same = byKey.get(key);
    if (same === undefined) byKey.set(key, [image]);
    else same.push(image);
  }
  return [...byKey.values()];
}
