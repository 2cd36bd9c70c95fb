// Small images laid out in a grid, as one PNG that lives inside the page.
import { encodePng } from '../files/encode-png.js';
import type { ReportImages } from './input.js';

/** Longer sides are shrunk to this: enough to recognise a picture, and the page stays small. */
const LONGEST_SIDE = 64;
/** Small images are enlarged by whole factors up to about this on a wide screen. */
const COMFORTABLE_SIDE = 56;
const GAP = 2;

/** A rectangle of cells; a null cell is transparent. */
export interface Grid {
  readonly images: ReportImages;
  readonly columns: number;
  /** Row by row: an index into `images`. */
  readonly cells: readonly (number | null)[];
  /** Wider gaps before these columns, to set groups apart. */
  readonly breaks?: readonly number[];
}

export interface Picture {
  readonly dataUri: string;
  /** Of the PNG, in pixels. */
  readonly width: number;
  readonly height: number;
  /** How many CSS pixels a pixel gets where there is room. */
  readonly scale: number;
}

/** Draws the grid. Colour and transparency are kept, everything else is opaque. */
export async function drawGrid({ images, columns, cells, breaks = [] }: Grid): Promise<Picture> {
  const shrink = Math.min(1, LONGEST_SIDE / Math.max(images.width, images.height));
  const cellWidth = Math.max(1, Math.round(images.width * shrink));
  const cellHeight = Math.max(1, Math.round(images.height * shrink));
  const groupGap = Math.max(GAP * 3, Math.round(cellWidth / 2));
  const left = (column: number): number =>
    column * (cellWidth + GAP) + breaks.filter((at) => at <= column).length * (groupGap - GAP);
  const rows = Math.ceil(cells.length / columns);
  const width = left(columns - 1) + cellWidth;
  const height = rows * (cellHeight + GAP) - GAP;
  // Grey images stay grey: two channels of the PNG instead of four.
  const colours = images.channels === 1 ? 1 : 3;
  const channels = colours === 1 ? 2 : 4;
  const pixels = Buffer.alloc(width * height * channels);
  cells.forEach((imageIndex, cell) => {
    if (imageIndex === null) return;
    const top = Math.floor(cell / columns) * (cellHeight + GAP);
    const start = (top * width + left(cell % columns)) * channels;
    drawImage(images, imageIndex, {
      pixels,
      start,
      stride: width * channels,
      channels,
      cellWidth,
      cellHeight,
    });
  });
  const png = await encodePng({ width, height, channels, data: pixels });
  const scale = Math.max(1, Math.round(COMFORTABLE_SIDE / Math.max(cellWidth, cellHeight)));
  return { dataUri: `data:image/png;base64,${png.toString('base64')}`, width, height, scale };
}

interface Target {
  readonly pixels: Uint8Array;
  /** Offset of the cell's first byte. */
  readonly start: number;
  /** Bytes from one row of the picture to the next. */
  readonly stride: number;
  readonly channels: 2 | 4;
  readonly cellWidth: number;
  readonly cellHeight: number;
}

/** Draws one image into its cell; a pixel of the cell is the mean of the pixels it covers. */
function drawImage(images: ReportImages, imageIndex: number, target: Target): void {
  const colours = target.channels - 1;
  for (let y = 0; y < target.cellHeight; y++) {
    for (let x = 0; x < target.cellWidth; x++) {
      const at = target.start + y * target.stride + x * target.channels;
      for (let colour = 0; colour < colours; colour++) {
        const mean = meanOfBlock(images, imageIndex, { x, y, channel: colour }, target);
        target.pixels[at + colour] = images.isNegative ? 255 - mean : mean;
      }
      const alpha =
        images.channels === 4 ? meanOfBlock(images, imageIndex, { x, y, channel: 3 }, target) : 255;
      target.pixels[at + colours] = alpha;
    }
  }
}

function meanOfBlock(
  { data, width, height, channels }: ReportImages,
  imageIndex: number,
  { x, y, channel }: { x: number; y: number; channel: number },
  { cellWidth, cellHeight }: Target,
): number {
  const [x0, x1] = covered(x, cellWidth, width);
  const [y0, y1] = covered(y, cellHeight, height);
  let sum = 0;
  for (let row = y0; row < y1; row++) {
    for (let column = x0; column < x1; column++) {
      sum += data[((imageIndex * height + row) * width + column) * channels + channel];
    }
  }
  return Math.round(sum / ((y1 - y0) * (x1 - x0)));
}

/** The pixels of `length` that cell pixel `position` of `cells` covers: from, to (exclusive), never none. */
function covered(position: number, cells: number, length: number): [number, number] {
  const from = Math.floor((position * length) / cells);
  return [from, Math.max(from + 1, Math.floor(((position + 1) * length) / cells))];
}
