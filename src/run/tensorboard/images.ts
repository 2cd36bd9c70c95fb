// Datasets of small images laid out as one, and PNG: what the IMAGES tab and the projector's sprite show.
import { type ImageShape, type Images, pixelsPerImage } from '../../data/source.js';
import { encodePng } from '../files/encode-png.js';

/** Images of one shape without their ids: grey (1 channel), grey with alpha, RGB or RGBA. */
export type ImageStack = Omit<Images, 'ids'>;

/** One image: pixel (row, column, channel) of `data` in that order. */
export interface Picture extends ImageShape {
  readonly data: Uint8Array;
}

export interface EncodedImage extends ImageShape {
  readonly png: Uint8Array;
}

/** The grey of the lines between images: visible beside black and white. */
const GAP_VALUE = 96;

/**
 * Lays out `rows`, one stack a row, from the top: inputs above their reconstructions. All stacks have one
 * shape. `gapPixels` (2 unless given) of grey lie between images.
 */
export function layOutRows(
  rows: readonly ImageStack[],
  { gapPixels = 2 }: { readonly gapPixels?: number } = {},
): Picture {
  const shape = rows[0];
  const columns = Math.max(...rows.map((row) => row.count));
  const canvas = emptyCanvas(shape, rows.length, columns, gapPixels);
  rows.forEach((row, rowIndex) => {
    if (describe(row) !== describe(shape)) {
      throw new RangeError(
        `images of one picture need one shape, got ${describe(shape)} and ${describe(row)} in row ${rowIndex}`,
      );
    }
    for (let imageIndex = 0; imageIndex < row.count; imageIndex++) {
      place(row, imageIndex, canvas, rowIndex, imageIndex, gapPixels);
    }
  });
  return canvas;
}

/** Lays out a stack row by row, `columns` images in each, without gaps; the rest of the last row is black. */
export function layOutGrid(stack: ImageStack, columns: number): Picture {
  const canvas = emptyCanvas(stack, Math.ceil(stack.count / columns), columns, 0);
  for (let imageIndex = 0; imageIndex < stack.count; imageIndex++) {
    place(stack, imageIndex, canvas, Math.floor(imageIndex / columns), imageIndex % columns, 0);
  }
  return canvas;
}

/** Encodes as PNG; equal pixels give equal bytes. */
export async function encodeImage(picture: Picture): Promise<EncodedImage> {
  const { data, height, width, channels } = picture;
  if (channels !== 1 && channels !== 2 && channels !== 3 && channels !== 4) {
    throw new RangeError(`a PNG has 1 to 4 channels, got ${channels}`);
  }
  const png = await encodePng({ data, height, width, channels });
  return { png, height, width, channels };
}

/** Intensities from 0 to 1, such as a network's reconstructions, as pixels; values outside are clipped. */
export function pixelsOf(intensities: Float32Array): Uint8Array {
  return Uint8Array.from(Uint8ClampedArray.from(intensities, (intensity) => intensity * 255));
}

/** A stack with `height` × `width` images, each pixel the mean of the area it covers; for making smaller. */
export function shrink(stack: ImageStack, height: number, width: number): ImageStack {
  const { channels, count } = stack;
  const rowSpans = spans(stack.height, height);
  const columnSpans = spans(stack.width, width);
  const data = new Uint8Array(count * height * width * channels);
  let target = 0;
  for (let imageIndex = 0; imageIndex < count; imageIndex++) {
    const imageStart = imageIndex * pixelsPerImage(stack);
    for (const rowSpan of rowSpans) {
      for (const columnSpan of columnSpans) {
        for (let channel = 0; channel < channels; channel++) {
          let [sum, area] = [0, 0];
          for (const [row, rowShare] of rowSpan) {
            for (const [column, columnShare] of columnSpan) {
              const pixel = stack.data[imageStart + (row * stack.width + column) * channels + channel];
              sum += rowShare * columnShare * pixel;
              area += rowShare * columnShare;
            }
          }
          data[target++] = Math.round(sum / area);
        }
      }
    }
  }
  return { data, count, height, width, channels };
}

/** For each of `target` equal parts of `source` pixels: the pixels it covers and how much of each. */
function spans(source: number, target: number): [pixel: number, share: number][][] {
  return Array.from({ length: target }, (_, part) => {
    const [start, end] = [(part * source) / target, ((part + 1) * source) / target];
    const span: [number, number][] = [];
    for (let pixel = Math.floor(start); pixel < Math.min(source, Math.ceil(end)); pixel++) {
      span.push([pixel, Math.min(pixel + 1, end) - Math.max(pixel, start)]);
    }
    return span;
  });
}

function emptyCanvas(shape: ImageShape, rows: number, columns: number, gapPixels: number): Picture {
  const height = rows * (shape.height + gapPixels) - gapPixels;
  const width = columns * (shape.width + gapPixels) - gapPixels;
  const data = new Uint8Array(height * width * shape.channels).fill(gapPixels > 0 ? GAP_VALUE : 0);
  return { data, height, width, channels: shape.channels };
}

function place(
  stack: ImageStack,
  imageIndex: number,
  canvas: Picture,
  gridRow: number,
  gridColumn: number,
  gapPixels: number,
): void {
  const top = gridRow * (stack.height + gapPixels);
  const left = gridColumn * (stack.width + gapPixels);
  const lineLength = stack.width * stack.channels;
  for (let row = 0; row < stack.height; row++) {
    const start = (imageIndex * stack.height + row) * lineLength;
    const line = stack.data.subarray(start, start + lineLength);
    canvas.data.set(line, ((top + row) * canvas.width + left) * canvas.channels);
  }
}

function describe({ height, width, channels }: ImageShape): string {
  return `${height}×${width}×${channels}`;
}
