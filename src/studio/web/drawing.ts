// Pixels of what a person shows: of the drawing pad, of a picture file, of images of the run.
import { type Raster, withChannels } from '../../core/pictures/raster.js';
import type { RunDetail } from '../server/messages.js';
import { fetchBytes, runPath } from './api.js';

/** A picture is brought within this side first: far more than any frame has. */
const LARGEST_SIDE = 1024;
/** Columns that are enough to be looked at on the pad. */
const SHOWN_COLUMNS = 560;

export async function rasterOfFile(file: Blob): Promise<Raster> {
  try {
    return smallRaster(await createImageBitmap(file));
  } catch {
    throw new Error('This picture cannot be read: choose a PNG, a JPEG, a WebP or a GIF.');
  }
}

/** To be looked at alone: the browser shrinks it while it decodes. Null where it cannot be read. */
export async function sightOfFile(file: Blob): Promise<Raster | null> {
  try {
    return smallRaster(
      await createImageBitmap(file, { resizeWidth: SHOWN_COLUMNS, resizeQuality: 'medium' }),
    );
  } catch {
    return null;
  }
}

/** Closes the picture. */
function smallRaster(picture: ImageBitmap): Raster {
  const scale = Math.min(1, LARGEST_SIDE / Math.max(picture.height, picture.width));
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const pen = penOf(new OffscreenCanvas(width, height));
  // What is transparent lies on white, as in files that the run reads.
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, width, height);
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(picture, 0, 0, width, height);
  picture.close();
  return rasterOf(pen, height, width);
}

export function rasterOf(
  pen: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  height: number,
  width: number,
): Raster {
  const { data } = pen.getImageData(0, 0, width, height);
  return { height, width, channels: 3, data: withChannels(new Uint8Array(data.buffer), 4, 3) };
}

/** A raster on a canvas of its size. */
export function canvasOf({ height, width, channels, data }: Raster): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  const pixels = new ImageData(width, height);
  for (let at = 0; at < height * width * 4; at++) {
    const [pixel, channel] = [at >> 2, at & 3];
    pixels.data[at] = channel === 3 ? 255 : data[pixel * channels + Math.min(channel, channels - 1)];
  }
  penOf(canvas).putImageData(pixels, 0, 0);
  return canvas;
}

/** `count` images of the run from number `from` on. */
export async function imagesOfRun(run: RunDetail, from: number, count: number): Promise<Raster[]> {
  const { tag, height, width } = run;
  const channels = run.channels === 1 ? 1 : 3;
  const bytes = new Uint8Array(await fetchBytes(`${runPath(tag, 'pixels')}?from=${from}&count=${count}`));
  const size = height * width * channels;
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, at) => ({
    height,
    width,
    channels,
    data: bytes.slice(at * size, (at + 1) * size),
  }));
}

function penOf(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const pen = canvas.getContext('2d');
  if (pen === null) throw new Error('This browser cannot draw: try another one.');
  return pen;
}
