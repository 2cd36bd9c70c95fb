// Which images are alike, as they are framed or as rows of numbers, whichever method found their kinds.
import { burstsOfCopies, equalImages, equalRows, groupsOf } from '../../cluster/copies/copies.js';
import { coarseLooks } from '../../cluster/copies/distances.js';
import type { Matrix } from '../../core/matrix.js';
import { type Images, pixelsPerImage } from '../../data/source.js';
import { imageLooks } from '../../features/features.js';
import { FRAME_SIDE } from '../../features/frame.js';
import { nearestNeighbours } from '../../graph/neighbours/nearest-neighbours.js';
import type { FoundKinds, MethodContext } from '../found-kinds.js';

function picturesIn(images: Images) {
  return equalImages(images.data, pixelsPerImage(images));
}

/** Groups of images that are equal as they are framed, the first one first. */
export function equalAsFramed(images: Images): (readonly number[])[] {
  return groupsOf(picturesIn(images));
}

/** Groups of rows that are equal to the last bit, the first one first. vectors (n, d). */
export function equalVectors(vectors: Matrix): (readonly number[])[] {
  return groupsOf(equalRows(vectors));
}

/** Images that look like copies of one picture as they are framed. */
export interface AlikeImages {
  /** Equal ones, the first one first. */
  readonly equal: readonly (readonly number[])[];
  /** Those that differ by little; equal ones are stood for by their first. */
  readonly near: readonly (readonly number[])[];
}

/** More images are looked for among the neighbours that the method has found: another search would take longer than all else. */
const MOST_SEARCHED = 20_000;
/** Pictures that look most alike, of which several may be no copies. */
const SEARCHED = 6;

export async function alikeImages(
  images: Images,
  { neighbours }: Pick<FoundKinds, 'neighbours'>,
  threads: number,
  { signal }: MethodContext,
): Promise<AlikeImages> {
  const pictures = picturesIn(images);
  const quiet = { threads, signal, report: () => {} };
  const [raw, upright] = await imageLooks(images, quiet);
  const looks = { raw, upright, side: FRAME_SIDE };
  const near = [neighbours];
  if (images.count <= MOST_SEARCHED) {
    near.push(await nearestNeighbours(coarseLooks(looks), { k: SEARCHED, ...quiet }));
  }
  const first = (image: number) => pictures.images[pictures.pictureOf[image]];
  const bursts = groupsOf(await burstsOfCopies(looks, near))
    .map((group) => [...new Set(group.map(first))])
    .filter((group) => group.length > 1);
  return { equal: groupsOf(pictures), near: bursts };
}
