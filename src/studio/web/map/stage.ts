// The map's machinery, joined: the model's points and choices go to the renderer, hands and keys move the camera, and what
// stands over the canvas (names, the ring of the cursor) follows each frame.
import { effect, signal } from '@preact/signals';
import { choose, place } from '../route.js';
import { theme } from '../theme.js';
import {
  boxCamera,
  boxOf,
  type Camera,
  fitCamera,
  fitScale,
  type Place,
  panned,
  readCamera,
  type Size,
  toMap,
  toScreen,
  writeCamera,
  zoomed,
} from './camera.js';
import { united } from './chosen-images.js';
import { paletteOf } from './colouring.js';
import { listenToHands } from './gestures.js';
import { CHOSEN_MARK, type Marks, TOLD_MARK } from './mark-layer.js';
import type { MapModel } from './model.js';
import { openPixels, type PixelSource } from './pixel-source.js';
import { countAtMost, imagesInBox, imagesInLasso, nearestImage, nearestTowards } from './point-index.js';
import { PALETTE_SIZE } from './point-layer.js';
import { Renderer, type Thumbnails } from './renderer.js';
import type { PixelShape } from './thumbnail-layer.js';

/** A pointer is on a point that is no farther. */
const REACH_PIXELS = 14;
/** Thumbnails are shown where they can be so large. */
const [SMALLEST_THUMBNAIL, LARGEST_THUMBNAIL] = [20, 64];
/** Points up to so many move to a new layout; more of them jump. */
const MOST_MOVING = 200_000;
const MOVE_MILLISECONDS = 500;
/** More marks of what a person said would hide the map; the colours can say it instead. */
const MOST_TOLD_MARKS = 300;

export interface Stage {
  readonly camera: ReturnType<typeof signal<Camera>>;
  readonly size: () => Size;
  /** Of the line that is being drawn around images, in CSS pixels. */
  readonly line: ReturnType<typeof signal<readonly Place[]>>;
  readonly pan: (right: number, down: number) => void;
  readonly zoom: (factor: number) => void;
  readonly fit: () => void;
  /** Brings images into the window. */
  readonly show: (images: readonly number[]) => void;
  /** Moves the map just so far that the image is in the window. */
  readonly reveal: (image: number) => void;
  readonly step: (direction: Place) => void;
  readonly inWindow: () => number[];
  /** A corner of the lasso, in the middle of the window. */
  readonly setCorner: () => void;
  /** Chooses what lies between the corners. */
  readonly closeLasso: () => void;
  readonly screenOf: (x: number, y: number) => Place;
  readonly stop: () => void;
}

interface Parts {
  readonly stage: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  /** After every frame: what stands over the canvas is to be moved. */
  readonly onFrame: () => void;
  readonly onBegun: () => void;
  readonly onWhole: () => void;
}

/** Throws where there is no WebGL 2. */
export function openStage(model: MapModel, shape: PixelShape, parts: Parts): Stage {
  let size = sizeOf(parts.stage);
  const camera = signal<Camera>(readCamera(place.peek().chosen.at, size) ?? fitCamera(size));
  const line = signal<readonly Place[]>([]);
  let drawn: Float32Array = new Float32Array(0);
  let pixels: PixelSource | null = null;
  let refresh = 0;

  const renderer = new Renderer(parts.canvas, {
    chooseThumbnails: (seen, around) => chooseThumbnails(seen, around),
    onFrame: parts.onFrame,
    onBegun: parts.onBegun,
    onWhole: parts.onWhole,
  });
  pixels = openPixels(model.tag, shape, (image, bytes) => {
    renderer.addPixels(image, bytes);
    if (refresh === 0) {
      refresh = window.setTimeout(() => {
        refresh = 0;
        renderer.invalidate();
      }, 120);
    }
  });
  renderer.setPixelShape(pixels.shape);

  function chooseThumbnails(seen: Camera, around: Size): Thumbnails | null {
    const index = model.index.peek();
    if (index === null || model.points.peek() === null) return null;
    const box = boxOf(seen, around);
    if (countAtMost(index, box) > 2 * renderer.thumbnailRoom) return null;
    const images = imagesInBox(index, box);
    if (images.length === 0 || images.length > renderer.thumbnailRoom) return null;
    const side = roomOf(images, index.points, seen);
    if (side < SMALLEST_THUMBNAIL) return null;
    pixels?.want(images.filter((image) => !renderer.hasPixels(image)));
    return { images, side };
  }

  const look = (next: Camera) => {
    camera.value = next;
    renderer.look(next);
    keepInAddress();
  };
  let keeping = 0;
  const keepInAddress = () => {
    clearTimeout(keeping);
    keeping = window.setTimeout(() => {
      const isWhole =
        camera.peek().scale === fitScale(size) && camera.peek().x === 0.5 && camera.peek().y === 0.5;
      choose({ at: isWhole ? null : writeCamera(camera.peek(), size) });
    }, 300);
  };
  const middle = () => ({ x: size.width / 2, y: size.height / 2 });
  /** Where the cursor's image is, if it is in the window. */
  const cursorPlace = (): Place | null => {
    const [image, points] = [model.cursor.peek(), model.points.peek()];
    if (image < 0 || points === null) return null;
    const at = toScreen(camera.peek(), size, points[2 * image], points[2 * image + 1]);
    return at.x >= 0 && at.x <= size.width && at.y >= 0 && at.y <= size.height ? at : null;
  };
  const imageAt = (at: Place): number => {
    const index = model.index.peek();
    if (index === null) return -1;
    const { scale } = camera.peek();
    return nearestImage(index, toMap(camera.peek(), size, at), REACH_PIXELS / scale);
  };

  const resized = new ResizeObserver(() => {
    const now = sizeOf(parts.stage);
    const wasWhole = camera.peek().scale === fitScale(size);
    size = now;
    renderer.resize(size, Math.min(devicePixelRatio, 2));
    look(wasWhole ? fitCamera(size) : camera.peek());
  });
  resized.observe(parts.stage);
  renderer.resize(size, Math.min(devicePixelRatio, 2));
  renderer.look(camera.peek());

  /** A lasso, or a rectangle, in places of the map. */
  const chooseInside = (lasso: readonly Place[], isMore: boolean) => {
    const index = model.index.peek();
    if (index === null) return;
    const inside = imagesInLasso(index, lasso);
    model.chosen.value = isMore ? united(model.chosen.peek(), inside) : inside;
    model.tool.value = 'pan';
  };

  const endHands = listenToHands(parts.stage, {
    tool: () => model.tool.peek(),
    onPan: (right, down) => look(panned(camera.peek(), right, down)),
    onZoom: (factor, at) => look(zoomed(camera.peek(), size, factor, at)),
    onHover: (at) => {
      if (at !== null) model.cursor.value = imageAt(at);
    },
    onClick: (at) => {
      const image = imageAt(at);
      model.cursor.value = image;
      model.opened.value = image < 0 ? null : image;
    },
    onDraw: (next) => {
      line.value = next;
    },
    onDrawn: (lasso, isMore) => {
      line.value = [];
      chooseInside(
        lasso.map((at) => toMap(camera.peek(), size, at)),
        isMore,
      );
    },
  });

  const reveal = (image: number) => {
    const points = model.points.peek();
    if (points === null) return;
    const at = toScreen(camera.peek(), size, points[2 * image], points[2 * image + 1]);
    const beyond = (place: number, length: number) =>
      Math.min(place - 40, 0) + Math.max(place - length + 40, 0);
    const [right, down] = [beyond(at.x, size.width), beyond(at.y, size.height)];
    if (right !== 0 || down !== 0) look(panned(camera.peek(), -right, -down));
  };

  let moving = 0;
  const moveTo = (points: Float32Array, values: Uint16Array) => {
    cancelAnimationFrame(moving);
    const from = drawn;
    const isStill = from === points || from.length !== points.length || points.length / 2 > MOST_MOVING;
    if (isStill || matchMedia('(prefers-reduced-motion: reduce)').matches) {
      drawn = points;
      renderer.setScene(points, values);
      return;
    }
    const begun = performance.now();
    const go = () => {
      const done = Math.min((performance.now() - begun) / MOVE_MILLISECONDS, 1);
      const eased = done * done * (3 - 2 * done);
      drawn = done === 1 ? points : from.map((value, at) => value + (points[at] - value) * eased);
      renderer.setScene(drawn, values);
      if (done < 1) moving = requestAnimationFrame(go);
    };
    go();
  };

  const endEffects = [
    effect(() => {
      const [points, colouring] = [model.points.value, model.colouring.value];
      if (points !== null && colouring !== null) moveTo(points, colouring.values);
    }),
    effect(() => {
      const rows = model.colouring.value?.rows ?? [];
      renderer.setPalette(paletteOf(rows, model.highlighted.value, PALETTE_SIZE));
    }),
    effect(() => renderer.setMarks(marksOf(model))),
    effect(() => {
      theme.value;
      // The theme's own effect writes the attribute that the colours depend on: after it.
      queueMicrotask(() => renderer.setLook(lookOf(parts.stage)));
    }),
  ];
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const follow = () => renderer.setLook(lookOf(parts.stage));
  dark.addEventListener('change', follow);

  return {
    camera,
    line,
    size: () => size,
    pan: (right, down) => look(panned(camera.peek(), right, down)),
    zoom: (factor) => {
      // The cross of the lasso stands in the middle, and stays on its place of the map.
      const at = model.tool.peek() === 'pan' ? cursorPlace() : null;
      look(zoomed(camera.peek(), size, factor, at ?? middle()));
    },
    fit: () => look(fitCamera(size)),
    show: (images) => {
      const points = model.points.peek();
      if (points === null || images.length === 0) return;
      look(boxCamera(boxAround(images, points), size));
    },
    reveal,
    step: (direction) => {
      const index = model.index.peek();
      if (index === null) return;
      const from = model.cursor.peek();
      const next =
        from < 0
          ? nearestImage(index, toMap(camera.peek(), size, middle()), 2)
          : nearestTowards(index, from, direction);
      if (next < 0) return;
      model.cursor.value = next;
      reveal(next);
    },
    inWindow: () => {
      const index = model.index.peek();
      return index === null ? [] : imagesInBox(index, boxOf(camera.peek(), size)).sort((a, b) => a - b);
    },
    setCorner: () => {
      const { x, y } = camera.peek();
      model.corners.value = [...model.corners.peek(), { x, y }];
    },
    closeLasso: () => {
      const lasso = model.corners.peek();
      model.corners.value = [];
      chooseInside(lasso, false);
    },
    screenOf: (x, y) => toScreen(camera.peek(), size, x, y),
    stop: () => {
      for (const end of endEffects) end();
      dark.removeEventListener('change', follow);
      clearTimeout(keeping);
      clearTimeout(refresh);
      cancelAnimationFrame(moving);
      resized.disconnect();
      endHands();
      renderer.stop();
    },
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

function boxAround(images: readonly number[], points: Float32Array) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const image of images) {
    left = Math.min(left, points[2 * image]);
    right = Math.max(right, points[2 * image]);
    top = Math.min(top, points[2 * image + 1]);
    bottom = Math.max(bottom, points[2 * image + 1]);
  }
  return { left, top, right, bottom };
}

function marksOf({ points, arrays, chosen, colouring }: MapModel): Marks {
  const [at, known, coloured] = [points.value, arrays.value, colouring.value];
  if (at === null || known === null || coloured === null) {
    return { places: new Float32Array(0), marks: new Uint16Array(0) };
  }
  const shapes = new Map<number, number>();
  const toldCount = known.told.reduce((count, told) => count + (told === -2 ? 0 : 1), 0);
  if (toldCount <= MOST_TOLD_MARKS) {
    known.told.forEach((told, image) => {
      if (told !== -2) shapes.set(image, TOLD_MARK);
    });
  }
  for (const image of chosen.value) shapes.set(image, (shapes.get(image) ?? 0) | CHOSEN_MARK);
  const places = new Float32Array(2 * shapes.size);
  const marks = new Uint16Array(2 * shapes.size);
  let next = 0;
  for (const [image, shape] of shapes) {
    places.set([at[2 * image], at[2 * image + 1]], next);
    marks.set([coloured.values[image], shape], next);
    next += 2;
  }
  return { places, marks };
}

/** The page's colours, as they are in this theme. */
function lookOf(element: HTMLElement) {
  const parts = (colour: string) =>
    (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map((part) => Number(part) / 255);
  const style = getComputedStyle(element);
  return { ground: parts(style.backgroundColor), ink: parts(style.color) };
}

function sizeOf({ clientWidth, clientHeight }: HTMLElement): Size {
  return { width: Math.max(clientWidth, 1), height: Math.max(clientHeight, 1) };
}
