// The map of a run: its images as points, near where they are alike. Made once and kept in layout.npy, which counts as long
// as it is newer than the codes that it was made of.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../core/errors.js';
import type { Matrix } from '../core/matrix.js';
import { type LayoutOptions, layoutGraph } from '../graph/layout.js';
import { readNpy, writeNpy } from '../run/npy.js';
import type { Neighbourhood } from './neighbourhood.js';

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

/** Makes the map and keeps it. Throws an InterruptedError when the signal aborts. */
export async function makeMap(
  folder: string,
  { graph }: Neighbourhood,
  options: LayoutOptions,
): Promise<Matrix> {
  const map = await layoutGraph(graph, options);
  writeNpy(join(folder, 'layout.npy'), map);
  return map;
}
