// Has a kind changed? Its new images beside as many of its old ones: whose neighbours are they?
//
// Schilling, "Multivariate two-sample tests based on nearest neighbors" (1986): where both come from one distribution, an
// image's neighbours are of its own side no more often than chance has it. How much more often is the effect: 0 where
// the two are mingled, 1 where they are apart. As the samples grow it tends to a divergence between the
// two densities (Henze & Penrose 1999), so it says how far a kind has drifted and not only that it has. Both sides are
// drawn equally large: the effect does not depend on how many new images there are for an old one.
import { type Matrix, stackRows, takeRows } from '../../core/matrix.js';
import type { SeededWork } from '../../core/progress.js';
import { createRandom, type Random } from '../../core/random.js';
import { NEIGHBOURS, type Neighbours } from '../../graph/neighbour-graph.js';
import { nearestNeighbours } from '../../graph/neighbours/nearest-neighbours.js';

export interface Drift {
  /** 0: new images lie among the old ones; 1: none has an old neighbour. Chance can bring it slightly below 0. */
  readonly effect: number;
  /** How many standard deviations of chance the effect is worth. */
  readonly deviations: number;
  readonly isDrifted: boolean;
}

/** Fewer images on a side say nothing. */
const LEAST_IMAGES = 20;
/** More on a side cost time and tell the same. */
const MOST_IMAGES = 2000;
/** Times that the two sides are dealt out anew to learn what chance does. */
const SHUFFLES = 100;
const LEAST_EFFECT = 0.15;
const LEAST_DEVIATIONS = 5;

/**
 * old (n, d) and fresh (m, d) codes of one kind → whether the kind has drifted; null where there are too few images to
 * tell. Throws an InterruptedError when `signal` aborts.
 */
export async function driftOf(
  old: Matrix,
  fresh: Matrix,
  options: Omit<SeededWork, 'report'>,
): Promise<Drift | null> {
  const size = Math.min(old.rows, fresh.rows, MOST_IMAGES);
  if (size < LEAST_IMAGES) return null;
  const random = createRandom(options.seed, 'drift');
  const sides = [old, fresh].map((all) =>
    takeRows(all, random.permutation(all.rows).subarray(0, size).sort()),
  );
  const near = await nearestNeighbours(stackRows(sides[0], sides[1]), { ...options, k: NEIGHBOURS });
  const side = Uint8Array.from({ length: 2 * size }, (_, row) => (row < size ? 0 : 1));
  const found = ownShare(near, side);
  const chance = (size - 1) / (2 * size - 1);
  const deviation = deviationByChance(near, side, chance, random);
  const effect = (found - chance) / (1 - chance);
  const deviations = (found - chance) / Math.max(deviation, Number.EPSILON);
  return { effect, deviations, isDrifted: effect >= LEAST_EFFECT && deviations >= LEAST_DEVIATIONS };
}

/** The share of all neighbours that are of the side that asks. */
function ownShare({ count, k, indices }: Neighbours, side: Uint8Array): number {
  let own = 0;
  for (let row = 0; row < count; row++) {
    for (let at = row * k; at < (row + 1) * k; at++) if (side[indices[at]] === side[row]) own++;
  }
  return own / (count * k);
}

/** The standard deviation of ownShare about `chance` when the sides are dealt out at random. */
function deviationByChance(near: Neighbours, side: Uint8Array, chance: number, random: Random): number {
  let squares = 0;
  for (let shuffle = 0; shuffle < SHUFFLES; shuffle++) {
    const order = random.permutation(side.length);
    const dealt = Uint8Array.from(order, (place) => side[place]);
    squares += (ownShare(near, dealt) - chance) ** 2;
  }
  return Math.sqrt(squares / SHUFFLES);
}
