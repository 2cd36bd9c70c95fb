// Which images are shown as themselves: where few enough lie in the window that each can be seen.
import type { ImageShape } from '../../../data/source.js';
import { boxOf, type Camera, type Size } from './camera.js';
import type { MapModel } from './model.js';
import type { Thumbnails } from './painter.js';
import { openPixels } from './pixel-source.js';
import { countAtMost, imagesInBox } from './point-index.js';
import type { Renderer } from './renderer.js';

/** Thumbnails are shown where they can be so large. */
const [SMALLEST_THUMBNAIL, LARGEST_THUMBNAIL] = [20, 64];
/** Pixels come in many pieces: they are drawn together. */
const REFRESH_MILLISECONDS = 120;

export interface ThumbnailChoice {
  /** Null where there would be too many. */
  choose(seen: Camera, around: Size): Thumbnails | null;
  stop(): void;
}

/** `shape` is what the server sends. */
export function chooseThumbnails(model: MapModel, shape: ImageShape, renderer: Renderer): ThumbnailChoice {
  let refresh = 0;
  const pixels = openPixels(model.tag, shape, (image, bytes) => {
    renderer.thumbnails.add(image, bytes);
    if (refresh !== 0) return;
    refresh = window.setTimeout(() => {
      refresh = 0;
      renderer.invalidate();
    }, REFRESH_MILLISECONDS);
  });
  renderer.thumbnails.setShape(pixels.shape);
  return {
    choose(seen, around) {
      const index = model.index.peek();
      if (index === null || model.points.peek() === null) return null;
      const box = boxOf(seen, around);
      const { room } = renderer.thumbnails;
      if (countAtMost(index, box) > 2 * room) return null;
      const images = imagesInBox(index, box);
      if (images.length === 0 || images.length > room) return null;
      const side = roomOf(images, index.points, seen);
      if (side < SMALLEST_THUMBNAIL) return null;
      pixels.want(images.filter((image) => !renderer.thumbnails.has(image)));
      return { images, side };
    },
    stop: () => clearTimeout(refresh),
  };
}

/** The side that thumbnails can have without hiding each other much, from how many lie in each square of the window. */
function roomOf(images: readonly number[], points: Float32Array, { scale }: Camera): number {
  const taken = new Set<number>();
  for (const image of images) {
    const column = Math.floor((points[2 * image] * scale) / LARGEST_THUMBNAIL);
    const row = Math.floor((points[2 * image + 1] * scale) / LARGEST_THUMBNAIL);
    taken.add(row * 1e6 + column);
  }
  return 0.95 * LARGEST_THUMBNAIL * Math.sqrt(taken.size / images.length);
}
