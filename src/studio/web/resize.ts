// A raster brought to another size, as the run's own images were: the mean over the area that a pixel covers where it
// shrinks, cubic convolution (Keys 1981, a = -1/2) where it grows. The server's own is src/data/decoding/resample.ts.
import type { Raster } from '../../data/decoding/raster.js';
import type { Box } from '../../data/decoding/resample.js';

/** What `box` bounds, as a raster of `height` × `width`. */
export function resized(raster: Raster, box: Box, height: number, width: number): Raster {
  const { channels } = raster;
  const [down, across] = [sharesOf(box.height, height), sharesOf(box.width, width)];
  const values = new Uint8ClampedArray(height * width * channels);
  let at = 0;
  for (const rows of down) {
    for (const columns of across) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (const [row, share] of rows) {
          const line = (box.top + row) * raster.width + box.left;
          for (const [column, part] of columns) {
            sum += share * part * raster.data[(line + column) * channels + channel];
          }
        }
        values[at++] = sum;
      }
    }
  }
  return { height, width, channels, data: new Uint8Array(values.buffer) };
}

type Shares = readonly (readonly [place: number, share: number])[];

/** For each of `count` new pixels, what it takes from which of `length` old ones. */
function sharesOf(length: number, count: number): Shares[] {
  const step = length / count;
  return Array.from({ length: count }, (_, at) =>
    step >= 1 ? covered(at * step, (at + 1) * step, length) : between((at + 0.5) * step - 0.5, length),
  );
}

function covered(start: number, end: number, length: number): Shares {
  const shares: [number, number][] = [];
  for (let place = Math.floor(start); place < Math.min(end, length); place++) {
    const overlap = Math.min(end, place + 1) - Math.max(start, place);
    if (overlap > 1e-9) shares.push([place, overlap / (end - start)]);
  }
  return shares;
}

/** Of the four pixels around `middle`; beyond the ends the last pixel goes on. */
function between(middle: number, length: number): Shares {
  const before = Math.floor(middle);
  return [-1, 0, 1, 2].map((offset) => {
    const place = before + offset;
    return [Math.max(0, Math.min(place, length - 1)), cubic(Math.abs(middle - place))] as const;
  });
}

function cubic(distance: number): number {
  if (distance < 1) return (1.5 * distance - 2.5) * distance ** 2 + 1;
  return distance < 2 ? ((2.5 - 0.5 * distance) * distance - 4) * distance + 2 : 0;
}
