// Draws one picture of the map: points, thumbnails where there is room for them, marks.
import { type Camera, fitScale, type Size } from './camera.js';
import type { Gl, Target } from './gl.js';
import type { createMarkLayer } from './mark-layer.js';
import type { createPointLayer } from './point-layer.js';
import type { createSlices } from './slices.js';
import type { createThumbnailLayer, Scene } from './thumbnail-layer.js';

export interface Thumbnails {
  readonly images: readonly number[];
  /** CSS pixels a side, frame included. */
  readonly side: number;
}

/** Colours, 0 … 1 a part. */
export interface Look {
  readonly ground: readonly number[];
  readonly ink: readonly number[];
}

/** What is looked at, and how. */
export interface View {
  /** In CSS pixels. */
  window: Size;
  /** Of the screen for one of CSS. */
  pixelRatio: number;
  look: Look;
  scene: Scene;
}

/** Where a picture is drawn, for which camera; its size in CSS pixels. */
interface Canvas {
  readonly target: Target;
  readonly size: Size;
  readonly camera: Camera;
}

interface Layers {
  readonly points: ReturnType<typeof createPointLayer>;
  readonly marks: ReturnType<typeof createMarkLayer>;
  readonly thumbnails: ReturnType<typeof createThumbnailLayer>;
}

export function createPainter(
  gl: Gl,
  { points, marks, thumbnails: thumbnailLayer }: Layers,
  view: View,
  slices: ReturnType<typeof createSlices>,
  chooseThumbnails: (camera: Camera, size: Size) => Thumbnails | null,
) {
  /** Draws a picture; every `yield` ends a slice. */
  function* paint({ camera, size, target }: Canvas): Generator<void, void, void> {
    begin(target);
    clear();
    const pixels = pointPixels(camera);
    for (let from = 0; from < points.count; ) {
      const count = Math.min(slices.points, points.count - from);
      begin(target);
      points.draw(camera, size, pixels * view.pixelRatio, from, count);
      from += count;
      if (from < points.count) yield;
    }
    begin(target);
    const thumbnails = chooseThumbnails(camera, size);
    if (thumbnails !== null) {
      thumbnailLayer.draw(thumbnails.images, view.scene, camera, size, thumbnails.side);
    }
    // The more there are, the smaller they are.
    const least = Math.min(Math.max(11 * Math.sqrt(500 / Math.max(marks.count, 1)), 5), 11);
    const markPixels = thumbnails === null ? Math.max(least, pixels * 2.2) : thumbnails.side * 1.55;
    marks.draw(camera, size, {
      pixels: markPixels * view.pixelRatio,
      density: view.pixelRatio,
      isFilled: thumbnails === null,
      ink: view.look.ink,
    });
    yield;
  }

  function begin(target: Target): void {
    gl.bindFramebuffer(gl.FRAMEBUFFER, target.frame);
    gl.viewport(0, 0, target.width, target.height);
    gl.enable(gl.BLEND);
  }

  function clear(): void {
    const [red, green, blue] = view.look.ground;
    gl.clearColor(red, green, blue, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
  }

  /** Points cover about a fifth of the whole map together, and grow with the root of the zoom. */
  function pointPixels({ scale }: Camera): number {
    const all = fitScale(view.window);
    const across = all * Math.sqrt(0.2 / points.count);
    return Math.min(Math.max(across, 1) * Math.sqrt(Math.max(scale / all, 1)), 12);
  }

  return { paint, clear };
}
