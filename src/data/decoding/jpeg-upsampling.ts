// Colours of a JPEG that were stored at half the size, brought to the whole one: the nearer pixel counts three times, the farther
// once, rounded up and down in turn as libjpeg does ("fancy upsampling"), so that the pixels are those of every decoder that is built on it.
import type { Plane } from './jpeg-scan.js';
import type { PictureSize } from './picture-format.js';

interface Times {
  /** 1 or 2. */
  readonly down: number;
  readonly across: number;
}

/** `size`: rows and columns of the plane that belong to the picture. Where it is not to be smooth, pixels are repeated. */
export function enlarged(plane: Plane, size: PictureSize, { down, across }: Times, isSmooth: boolean): Plane {
  if (down === 1 && across === 1) return plane;
  // Of two columns or one, libjpeg repeats.
  if (!isSmooth || size.width <= 2) return repeated(plane, size, { down, across });
  const width = 2 * size.width;
  const data = new Uint8Array(down * size.height * width);
  const sums = new Int32Array(size.width);
  for (let row = 0; row < down * size.height; row++) {
    const near = Math.floor(row / down);
    const far = Math.min(Math.max(near + (row % 2 === 0 ? -1 : 1), 0), size.height - 1);
    for (let column = 0; column < size.width; column++) {
      const value = plane.data[near * plane.width + column];
      sums[column] = down === 1 ? value : 3 * value + plane.data[far * plane.width + column];
    }
    if (down === 1) widen(sums, data, row * width, 2, 1, 2);
    else widen(sums, data, row * width, 4, 8, 7);
  }
  return { width, data };
}

/** (n) → (2n), from `to` on: sums of 3 : 1, divided by 2^bits after `left` or `right` is added. */
function widen(
  sums: Int32Array,
  data: Uint8Array,
  to: number,
  bits: number,
  left: number,
  right: number,
): void {
  const last = sums.length - 1;
  // At the ends there is no farther one: the nearer counts for it.
  const before = (at: number) => sums[at === 0 ? 0 : at - 1];
  const after = (at: number) => sums[at === last ? last : at + 1];
  for (let at = 0; at <= last; at++) {
    data[to + 2 * at] = (3 * sums[at] + before(at) + left) >> bits;
    data[to + 2 * at + 1] = (3 * sums[at] + after(at) + right) >> bits;
  }
}

function repeated(plane: Plane, { height, width }: PictureSize, { down, across }: Times): Plane {
  const data = new Uint8Array(height * down * width * across);
  for (let row = 0, to = 0; row < height * down; row++) {
    const from = Math.floor(row / down) * plane.width;
    for (let column = 0; column < width * across; column++)
      data[to++] = plane.data[from + Math.floor(column / across)];
  }
  return { width: width * across, data };
}
