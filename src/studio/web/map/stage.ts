// The map's machinery, joined: hands and keys move the view and choose images; thumbnails and the scene follow.
import type { ImageShape } from '../../../data/source.js';
import { boxAround, boxCamera, boxOf, fitCamera, middleOf, type Place, panned, zoomed } from './camera.js';
import { united } from './chosen-images.js';
import { listenToHands } from './gestures.js';
import { type MapView, openMapView } from './map-view.js';
import type { MapModel } from './model.js';
import { imagesInBox, imagesInLasso, nearestImage, nearestTowards } from './point-index.js';
import { createRenderer, type RendererEvents } from './renderer.js';
import { showScene } from './scene.js';
import { chooseThumbnails, type ThumbnailChoice } from './thumbnails.js';

/** A pointer is on a point that is no farther. */
const REACH_PIXELS = 14;
/** What is revealed is so far from the rim of the window. */
const RIM_PIXELS = 40;

export interface Stage extends Pick<MapView, 'size' | 'screenOf'> {
  readonly pan: (right: number, down: number) => void;
  readonly zoom: (factor: number) => void;
  readonly fit: () => void;
  /** Brings images into the window. */
  readonly show: (images: readonly number[]) => void;
  /** Moves the map just so far that the image is in the window. */
  readonly reveal: (image: number) => void;
  readonly step: (direction: Place) => void;
  /** Chooses all in the window too. */
  readonly chooseWindow: () => void;
  /** A corner of the lasso, in the middle of the window. */
  readonly setCorner: () => void;
  /** Chooses what lies between the corners. */
  readonly closeLasso: () => void;
  readonly stop: () => void;
}

interface Parts extends Pick<RendererEvents, 'onFrame' | 'onBegun' | 'onWhole'> {
  readonly stage: HTMLElement;
  readonly canvas: HTMLCanvasElement;
}

/** Throws where there is no WebGL 2. */
export function openStage(model: MapModel, shape: ImageShape, parts: Parts): Stage {
  const { stage, canvas, ...events } = parts;
  // The renderer asks for thumbnails with its first frame, which comes after this.
  let thumbnails: ThumbnailChoice | null = null;
  const renderer = createRenderer(canvas, {
    chooseThumbnails: (seen, around) => thumbnails?.choose(seen, around) ?? null,
    ...events,
  });
  thumbnails = chooseThumbnails(model, shape, renderer);
  const view = openMapView(stage, renderer);
  const endHands = handsOn(stage, model, view);
  const endScene = showScene(model, renderer, stage);
  return {
    size: view.size,
    screenOf: view.screenOf,
    ...movements(model, view),
    ...choices(model, view),
    stop() {
      endScene();
      endHands();
      view.stop();
      thumbnails.stop();
      renderer.stop();
    },
  };
}

/** Returns what ends it. */
function handsOn(stage: HTMLElement, model: MapModel, view: MapView): () => void {
  const imageAt = (at: Place): number => {
    const index = model.index.peek();
    return index === null ? -1 : nearestImage(index, view.mapOf(at), REACH_PIXELS / view.camera.peek().scale);
  };
  return listenToHands(stage, {
    tool: () => model.tool.peek(),
    onPan: (right, down) => view.look(panned(view.camera.peek(), right, down)),
    onZoom: (factor, at) => view.look(zoomed(view.camera.peek(), view.size(), factor, at)),
    onHover: (at) => {
      if (at !== null) model.cursor.value = imageAt(at);
    },
    onClick: (at) => {
      const image = imageAt(at);
      model.cursor.value = image;
      model.opened.value = image < 0 ? null : image;
    },
    onDraw: (line) => {
      model.line.value = line;
    },
    onDrawn: (lasso, isMore) => {
      model.line.value = [];
      chooseInside(model, lasso.map(view.mapOf), isMore);
    },
  });
}

function movements(
  model: MapModel,
  view: MapView,
): Pick<Stage, 'pan' | 'zoom' | 'fit' | 'show' | 'reveal' | 'step'> {
  const { camera, size, look } = view;
  const screenOfImage = (image: number): Place | null => {
    const points = model.points.peek();
    return image < 0 || points === null ? null : view.screenOf(points[2 * image], points[2 * image + 1]);
  };
  const reveal = (image: number) => {
    const at = screenOfImage(image);
    if (at === null) return;
    const beyond = (place: number, length: number) =>
      Math.min(place - RIM_PIXELS, 0) + Math.max(place - length + RIM_PIXELS, 0);
    const [right, down] = [beyond(at.x, size().width), beyond(at.y, size().height)];
    if (right !== 0 || down !== 0) look(panned(camera.peek(), -right, -down));
  };
  return {
    pan: (right, down) => look(panned(camera.peek(), right, down)),
    zoom: (factor) => {
      // The cross of the lasso stands in the middle, and stays on its place of the map.
      const at = model.tool.peek() === 'pan' ? screenOfImage(model.cursor.peek()) : null;
      const isSeen = at !== null && at.x >= 0 && at.x <= size().width && at.y >= 0 && at.y <= size().height;
      look(zoomed(camera.peek(), size(), factor, isSeen ? at : middleOf(size())));
    },
    fit: () => look(fitCamera(size())),
    show: (images) => {
      const points = model.points.peek();
      if (points === null || images.length === 0) return;
      look(boxCamera(boxAround(points, images), size()));
    },
    reveal,
    step: (direction) => {
      const index = model.index.peek();
      if (index === null) return;
      const from = model.cursor.peek();
      const next = from < 0 ? nearestImage(index, camera.peek(), 2) : nearestTowards(index, from, direction);
      if (next < 0) return;
      model.cursor.value = next;
      reveal(next);
    },
  };
}

function choices(model: MapModel, view: MapView): Pick<Stage, 'chooseWindow' | 'setCorner' | 'closeLasso'> {
  return {
    chooseWindow: () => {
      const index = model.index.peek();
      if (index === null) return;
      const inside = imagesInBox(index, boxOf(view.camera.peek(), view.size()));
      model.chosen.value = united(model.chosen.peek(), inside);
    },
    setCorner: () => {
      const { x, y } = view.camera.peek();
      model.corners.value = [...model.corners.peek(), { x, y }];
    },
    closeLasso: () => {
      const lasso = model.corners.peek();
      model.corners.value = [];
      chooseInside(model, lasso, false);
    },
  };
}

/** A lasso, or a rectangle, in places of the map. */
function chooseInside(model: MapModel, lasso: readonly Place[], isMore: boolean): void {
  const index = model.index.peek();
  if (index === null) return;
  const inside = imagesInLasso(index, lasso);
  model.chosen.value = isMore ? united(model.chosen.peek(), inside) : inside;
  model.tool.value = 'pan';
}
