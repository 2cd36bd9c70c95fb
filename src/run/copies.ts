// Which images are copies of one picture, told by the pictures themselves: framed, three dots at three places are one image. Only those
// that look alike when framed are read again.
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { stopIfAborted } from '../core/abort.js';
import { decodePicture, UnreadablePictureError } from '../data/decode.js';
import type { Framing } from '../data/framing.js';
import type { EncodedPicture, PictureSource, PixelPicture, ReadingLimits } from '../data/pictures.js';
import { resizedGrey, type Thumbnail, thumbnailDistance } from './thumbnail.js';

type Groups = readonly (readonly number[])[];

/** What looks like copies when framed. */
export interface Alike {
  /** Images that are equal, the first one first. */
  readonly equal: Groups;
  /** Images that differ by little; equal ones are stood for by their first. */
  readonly near: Groups;
}

/** Copies, the one to keep first in each group: the largest picture, and of equally large ones the first. */
export interface CopiedPictures {
  /** Pictures with the same pixels. */
  readonly exact: Groups;
  /** Pictures that are recompressed, resized, brightened; no two of a group have the same pixels. */
  readonly near: Groups;
}

interface Original {
  /** Of its size and pixels. */
  readonly key: string;
  readonly area: number;
  readonly thumbnail: Thumbnail;
}

/** Thumbnails of one picture differ by less than this, those of different pictures by more: docs/log.md. */
const MOST_APART = 0.3;

/** Reads what is `alike` again from `source`, in which the images have these ids. Throws an InterruptedError when the signal aborts. */
export async function copiedPictures(
  source: PictureSource,
  ids: readonly string[],
  alike: Alike,
  options: { readonly framing: Framing; readonly limits: ReadingLimits; readonly signal: AbortSignal },
): Promise<CopiedPictures> {
  const wanted = new Set([...alike.equal, ...alike.near].flat());
  if (wanted.size === 0) return { exact: [], near: [] };
  const originals = await readOriginals(source, ids, wanted, options);
  const keyOf = (image: number) => originals.get(image)?.key ?? `unread ${image}`;
  const areaOf = (image: number) => originals.get(image)?.area ?? 0;
  const exact = alike.equal.flatMap((group) => groupedBy(group, keyOf)).filter((group) => group.length > 1);
  const copies = new Set(exact.flatMap((group) => group.slice(1)));
  const members = joined([...alike.near, ...alike.equal]);
  const near = members.flatMap((group) =>
    connected(
      group.filter((image) => !copies.has(image)),
      originals,
    ),
  );
  const keptFirst = (groups: Groups) =>
    groups.map((group) => group.toSorted((a, b) => areaOf(b) - areaOf(a) || a - b)).toSorted(byFirst);
  return { exact: keptFirst(exact), near: keptFirst(near) };
}

function byFirst(a: readonly number[], b: readonly number[]): number {
  return Math.min(...a) - Math.min(...b);
}

async function readOriginals(
  source: PictureSource,
  ids: readonly string[],
  wanted: ReadonlySet<number>,
  { framing, limits, signal }: { framing: Framing; limits: ReadingLimits; signal: AbortSignal },
): Promise<Map<number, Original>> {
  const imageOf = new Map(Array.from(wanted, (image) => [ids[image], image]));
  const originals = new Map<number, Original>();
  // Files with the same bytes are decoded once.
  const byBytes = new Map<string, Original>();
  const { ranges, alphaGround } = framing;
  for await (const picture of source.pictures()) {
    stopIfAborted(signal);
    const image = imageOf.get(picture.id);
    if (image === undefined || picture.kind === 'unreadable') continue;
    const bytes = await keyOfFile(picture);
    const known = bytes === null ? undefined : byBytes.get(bytes);
    const original =
      known ?? (await originalOf(picture, { channels: 3, box: null, limits, ranges, alphaGround }));
    if (original === null) continue;
    if (bytes !== null) byBytes.set(bytes, original);
    originals.set(image, original);
    if (originals.size === imageOf.size) break;
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
  options: Parameters<typeof decodePicture>[1],
): Promise<Original | null> {
  try {
    const raster = await decodePicture(picture, options);
    const { height, width } = raster;
    const key = `${height} × ${width} ${hash('sha256', raster.data)}`;
    return { key, area: height * width, thumbnail: resizedGrey(raster) };
  } catch (error) {
    if (error instanceof UnreadablePictureError) return null;
    throw error;
  }
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

/** Groups that share an image, as one; ascending. */
function joined(groups: Groups): number[][] {
  const ownerOf = new Map<number, Set<number>>();
  for (const group of groups) {
    const whole = new Set(group);
    for (const image of group) for (const other of ownerOf.get(image) ?? []) whole.add(other);
    for (const image of whole) ownerOf.set(image, whole);
  }
  return [...new Set(ownerOf.values())].map((set) => [...set].sort((a, b) => a - b));
}

/** The parts of a group that hang together by pictures that are nearly the same. */
function connected(group: readonly number[], originals: ReadonlyMap<number, Original>): number[][] {
  const left = new Set(group.filter((image) => originals.has(image)));
  const parts: number[][] = [];
  while (left.size > 0) {
    const [first] = left;
    left.delete(first);
    const part = [first];
    for (const image of part) {
      for (const other of left) {
        const [a, b] = [originals.get(image)!.thumbnail, originals.get(other)!.thumbnail];
        if (thumbnailDistance(a, b) > MOST_APART) continue;
        left.delete(other);
        part.push(other);
      }
    }
    if (part.length > 1) parts.push(part);
  }
  return parts;
}
