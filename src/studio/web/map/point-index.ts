// Which points are near, in a box or inside a lasso: a grid over the unit square with about four points a cell, each cell's
// points one after the other (a counting sort). It takes 4 bytes a point and is built in one pass; a million points take
// some tens of milliseconds.
import { type Box, boxAround, type Place } from './camera.js';

export interface PointIndex {
  /** (n, 2) in the unit square. */
  readonly points: Float32Array;
  /** Cells a row and rows. */
  readonly columns: number;
  /** (columns² + 1): where each cell's points begin in `images`. */
  readonly starts: Uint32Array;
  /** (n) */
  readonly images: Uint32Array;
}

const POINTS_A_CELL = 4;

export function indexPoints(points: Float32Array): PointIndex {
  const count = points.length / 2;
  const columns = Math.max(1, Math.min(1024, Math.ceil(Math.sqrt(count / POINTS_A_CELL))));
  const starts = new Uint32Array(columns * columns + 1);
  const cell = (image: number) =>
    columnOf(points[2 * image + 1], columns) * columns + columnOf(points[2 * image], columns);
  for (let image = 0; image < count; image++) starts[cell(image) + 1]++;
  for (let at = 1; at < starts.length; at++) starts[at] += starts[at - 1];
  const next = starts.slice(0, -1);
  const images = new Uint32Array(count);
  for (let image = 0; image < count; image++) images[next[cell(image)]++] = image;
  return { points, columns, starts, images };
}

/** Scales a layout to the unit square: its longer side fills it, the shorter one lies in the middle. (n, 2) → (n, 2) */
export function toUnitSquare(layout: Float32Array): Float32Array {
  const { left, top, right, bottom } = boxAround(layout);
  const side = Math.max(right - left, bottom - top) || 1;
  const points = new Float32Array(layout.length);
  for (let at = 0; at < layout.length; at += 2) {
    points[at] = (layout[at] - (left + right) / 2) / side + 0.5;
    points[at + 1] = (layout[at + 1] - (top + bottom) / 2) / side + 0.5;
  }
  return points;
}

/** Calls `visit` for every image in the box, borders included. */
function visitBox(index: PointIndex, box: Box, visit: (image: number) => void): void {
  const { points, columns, starts, images } = index;
  if (box.right < 0 || box.left > 1 || box.bottom < 0 || box.top > 1) return;
  const [first, last] = [columnOf(box.left, columns), columnOf(box.right, columns)];
  for (let row = columnOf(box.top, columns); row <= columnOf(box.bottom, columns); row++) {
    for (let at = starts[row * columns + first]; at < starts[row * columns + last + 1]; at++) {
      const image = images[at];
      const [x, y] = [points[2 * image], points[2 * image + 1]];
      if (x >= box.left && x <= box.right && y >= box.top && y <= box.bottom) visit(image);
    }
  }
}

export function imagesInBox(index: PointIndex, box: Box): number[] {
  const found: number[] = [];
  visitBox(index, box, (image) => found.push(image));
  return found;
}

/** About how many images the box has, counted by whole cells: an upper bound that costs no look at any point. */
export function countAtMost({ columns, starts }: PointIndex, box: Box): number {
  if (box.right < 0 || box.left > 1 || box.bottom < 0 || box.top > 1) return 0;
  const [first, last] = [columnOf(box.left, columns), columnOf(box.right, columns)];
  let count = 0;
  for (let row = columnOf(box.top, columns); row <= columnOf(box.bottom, columns); row++) {
    count += starts[row * columns + last + 1] - starts[row * columns + first];
  }
  return count;
}

/** Ascending; the lasso closes itself, and is inside where a ray crosses its line an odd number of times. */
export function imagesInLasso(index: PointIndex, lasso: readonly Place[]): number[] {
  if (lasso.length < 3) return [];
  const box = boxAround(lasso.flatMap(({ x, y }) => [x, y]));
  const found: number[] = [];
  visitBox(index, box, (image) => {
    if (isInside(lasso, index.points[2 * image], index.points[2 * image + 1])) found.push(image);
  });
  return found.sort((a, b) => a - b);
}

function isInside(lasso: readonly Place[], x: number, y: number): boolean {
  let inside = false;
  for (let at = 0, before = lasso.length - 1; at < lasso.length; before = at++) {
    const [a, b] = [lasso[at], lasso[before]];
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
  }
  return inside;
}

/**
 * The nearest image that lies in a direction (a unit step along one axis) from `image`: within 45° of it. −1 for none.
 * Every point of the plane lies in one of the four directions, so that steps reach all but points on top of each other.
 */
export function nearestTowards(index: PointIndex, image: number, direction: Place): number {
  const { points } = index;
  const from = { x: points[2 * image], y: points[2 * image + 1] };
  const lies = (other: number) => {
    const [right, down] = [points[2 * other] - from.x, points[2 * other + 1] - from.y];
    const along = right * direction.x + down * direction.y;
    const aside = Math.abs(right * direction.y) + Math.abs(down * direction.x);
    return along > 0 && aside <= along;
  };
  for (let reach = 2 / index.columns; reach < 3; reach *= 2) {
    const found = nearestImage(index, from, reach, lies);
    if (found >= 0) return found;
  }
  return -1;
}

/** The image whose point is nearest to (x, y), within `reach`, of those that count; −1 for none. Of equally near ones the first. */
export function nearestImage(
  index: PointIndex,
  { x, y }: Place,
  reach: number,
  counts: (image: number) => boolean = () => true,
): number {
  let [best, least] = [-1, reach * reach];
  const box = { left: x - reach, right: x + reach, top: y - reach, bottom: y + reach };
  visitBox(index, box, (image) => {
    const distance = (index.points[2 * image] - x) ** 2 + (index.points[2 * image + 1] - y) ** 2;
    if (distance > least || !counts(image)) return;
    if (distance < least || best < 0 || image < best) [best, least] = [image, distance];
  });
  return best;
}

function columnOf(place: number, columns: number): number {
  return Math.min(Math.max(Math.floor(place * columns), 0), columns - 1);
}
