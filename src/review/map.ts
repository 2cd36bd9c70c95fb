// The map of a run: its images as points, near where they are alike. Made once and kept in layout.npy, which counts as long
// as it is newer than the codes that it was made of.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../core/errors.js';
import type { Matrix } from '../core/matrix.js';
import type { SeededWork } from '../core/progress.js';
import { fuzzyGraph } from '../graph/fuzzy-weights.js';
import { layoutGraph } from '../graph/layout.js';
import { nearestNeighbours } from '../graph/neighbours/nearest-neighbours.js';
import { readNpy, writeNpy } from '../run/files/npy.js';
import type { Neighbourhood } from './neighbourhood.js';

/**
 * Of each image, by its whole code. The graph that the kinds were found in makes a map that is less true to the codes:
 * trustworthiness .968 in place of .981 on MNIST, all else alike.
 */
const NEIGHBOURS = 15;

/** The map if it has been made: (n, 2). */
export function keptMap(folder: string, images: number): Matrix | null {
  const path = join(folder, 'layout.npy');
  const [made, codes] = [path, join(folder, 'codes.npy')].map((file) =>
    statSync(file, { throwIfNoEntry: false }),
  );
  if (made === undefined || codes === undefined || made.mtimeMs < codes.mtimeMs) return null;
  try {
    const map = readNpy(path);
    return map.rows === images && map.columns === 2 ? map : null;
  } catch (error) {
    // It can be made again.
    if (error instanceof InputError) return null;
    throw error;
  }
}

/** codes (n, d) → (n, 2), centred. Throws an InterruptedError when the signal aborts. */
export async function mapOf(codes: Matrix, options: SeededWork): Promise<Matrix> {
  const { threads, signal } = options;
  const near = await nearestNeighbours(codes, { k: NEIGHBOURS, threads, signal });
  return layoutGraph(fuzzyGraph(near), options);
}

/** Makes the map and keeps it. Throws an InterruptedError when the signal aborts. */
export async function makeMap(
  folder: string,
  { codes }: Neighbourhood,
  options: SeededWork,
): Promise<Matrix> {
  const map = await mapOf(codes, options);
  writeNpy(join(folder, 'layout.npy'), map);
  return map;
}
