// Who is near whom in a finished run: the graph that kin found the kinds in, made again from the run's codes.
import { graphOfAll, neighboursOfAll } from '../cluster/copies/all-images.js';
import { equalImages } from '../cluster/copies/copies.js';
import { bytesOf } from '../core/files.js';
import { type Matrix, takeColumns, takeRows } from '../core/matrix.js';
import type { Work } from '../core/progress.js';
import { ascendingOrder } from '../core/statistics.js';
import { fuzzyGraph } from '../graph/fuzzy-weights.js';
import { NEIGHBOURS, type NeighbourGraph, type Neighbours } from '../graph/neighbour-graph.js';
import { nearestNeighbours } from '../graph/neighbours/nearest-neighbours.js';
import { addGraphs } from '../graph/sparse.js';
import { readCodes } from '../run/files/artefacts.js';
import type { RunCard } from '../run/files/card.js';

export interface Neighbourhood {
  /** (n, d): the run's codes. */
  readonly codes: Matrix;
  /** What images are compared by: kin's two views, else the codes themselves; (n, d) each. */
  readonly views: readonly Matrix[];
  /** One a view. */
  readonly neighbours: readonly Neighbours[];
  readonly graph: NeighbourGraph;
}

/** Throws an InputError if the run's codes are missing or damaged. */
export async function openNeighbourhood(
  folder: string,
  card: RunCard,
  options: Work,
): Promise<Neighbourhood> {
  const codes = readCodes(folder);
  const views = viewsOf(card, codes);
  const k = card.options.kin?.neighbours ?? NEIGHBOURS;
  const pictures = equalImages(bytesOf(codes.data), codes.columns * codes.data.BYTES_PER_ELEMENT);
  const near: Neighbours[] = [];
  for (const view of views) {
    const shown = pictures.images.length === view.rows ? view : takeRows(view, pictures.images);
    near.push(await nearestNeighbours(shown, { k, ...options }));
  }
  return {
    codes,
    views,
    neighbours: near.map((each) => neighboursOfAll(each, pictures)),
    graph: graphOfAll(near.map(fuzzyGraph).reduce(addGraphs), pictures),
  };
}

/** A code of kin's own is its two views side by side. */
function viewsOf({ options, vectors }: RunCard, codes: Matrix): Matrix[] {
  if (options.kin === null || vectors !== null) return [codes];
  const columns = codes.columns / 2;
  return [0, columns].map((first) => takeColumns(codes, first, columns));
}

/** An image that is near to a code. */
export interface NearImage {
  readonly image: number;
  /** Euclidean. */
  readonly distance: number;
}

/** codes (n, d), code (d) → the `count` nearest images, the nearest first; ties go to the earlier image. */
export function nearestToCode(
  { data, rows, columns }: Matrix,
  code: ArrayLike<number>,
  count: number,
): NearImage[] {
  const squared = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let column = 0; column < columns; column++)
      sum += (data[row * columns + column] - code[column]) ** 2;
    squared[row] = sum;
  }
  const images = ascendingOrder(squared);
  return Array.from(images.subarray(0, count), (image) => ({ image, distance: Math.sqrt(squared[image]) }));
}
