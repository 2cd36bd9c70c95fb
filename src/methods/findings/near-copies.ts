// Which pictures are nearly the same: recompressed, resized, brightened, with something written in a corner? Told by small
// likenesses of the whole pictures, for what is framed may be cut to its content, and a caption changes the cut.
import { type Edge, lastingClusters } from '../../cluster/copies/lasting-clusters.js';
import { pairsOf } from '../../graph/neighbour-graph.js';
import { nearestNeighbours } from '../../graph/neighbours/nearest-neighbours.js';
import {
  BLOCKS,
  coarseDistance,
  coarseRows,
  type Likenesses,
  MOST_STRETCHED,
  stretchedBy,
} from './likeness.js';
import { createPictureDifference, EVERYWHERE, type SeenBlocks } from './picture-difference.js';

/** Measured in bench/near-copies.mjs (docs/log.md). */
const LIMITS = { within: 0.15, gap: 1.5, rounding: 0.02 };
/** Those that look most alike, of which several may be no copies. */
const SEARCHED = 6;
/** Coarsely, before it is known what of it brightness explains. */
const WORTH_A_LOOK = 0.6;
/** Something written in a corner covers no more than this of the height and of the width. */
const WRITTEN = { height: 1 / 4, width: 5 / 8 };

/** Groups of at least two of the n pictures. Throws an InterruptedError when the signal aborts. */
export async function nearCopies(
  likenesses: Likenesses,
  { threads, signal }: { readonly threads: number; readonly signal: AbortSignal },
): Promise<(readonly number[])[]> {
  const { aspects } = likenesses;
  const count = aspects.length;
  // Whole, and without the top and the bottom, where something may be written.
  const looks = [coarseRows(likenesses), coarseRows(likenesses, WRITTEN.height, 1 - WRITTEN.height)];
  const neighbours = [];
  for (const look of looks) neighbours.push(await nearestNeighbours(look, { k: SEARCHED, threads, signal }));
  const most = LIMITS.within * LIMITS.gap;
  const difference = createPictureDifference(likenesses);
  const edges: Edge[] = [];
  for (const [a, b] of pairsOf(neighbours)) {
    if (stretchedBy(aspects[a], aspects[b]) > MOST_STRETCHED) continue;
    if (Math.min(...looks.map((look) => coarseDistance(look, a, b))) > WORTH_A_LOOK) continue;
    const length = Math.min(...PARTS.map((part) => difference(a, b, part)));
    if (length < most) edges.push({ a, b, length });
  }
  return lastingClusters(count, edges, LIMITS);
}

const fromStart = (place: number) => place;
const fromEnd = (place: number) => 1 - place;

/** All, and all but a corner. */
const PARTS: readonly SeenBlocks[] = [
  EVERYWHERE,
  ...[fromStart, fromEnd].flatMap((edge) => [fromStart, fromEnd].map((side) => withoutCorner(edge, side))),
];

/** Without the corner from which `edge` and `side` measure. */
function withoutCorner(edge: typeof fromStart, side: typeof fromStart): SeenBlocks {
  const middle = (place: number) => (place + 0.5) / BLOCKS;
  return EVERYWHERE.filter((block) => {
    const [down, right] = [edge(middle(Math.floor(block / BLOCKS))), side(middle(block % BLOCKS))];
    return down >= WRITTEN.height || right >= WRITTEN.width;
  });
}
