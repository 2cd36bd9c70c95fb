// What the map shows, kept true while the model changes: points, colours, marks, and the look of the page around them.
import { effect } from '@preact/signals';
import { itemsWhere, UNTOLD } from '../../../core/groups.js';
import { theme } from '../theme.js';
import { paletteOf } from './colouring.js';
import { CHOSEN_MARK, type Marks, TOLD_MARK } from './mark-layer.js';
import type { MapModel } from './model.js';
import { PALETTE_SIZE } from './point-layer.js';
import type { Renderer } from './renderer.js';

/** Points up to so many move to a new layout; more of them jump. */
const MOST_MOVING = 200_000;
const MOVE_MILLISECONDS = 500;
/** More marks of what a person said would hide the map; the colours can say it instead. */
const MOST_TOLD_MARKS = 300;

/** Returns what ends it. */
export function showScene(model: MapModel, renderer: Renderer, element: HTMLElement): () => void {
  const points = movingPoints(renderer);
  const showLook = () => renderer.setLook(lookOf(element));
  const endEffects = [
    effect(() => {
      const [at, colouring] = [model.points.value, model.colouring.value];
      if (at !== null && colouring !== null) points.moveTo(at, colouring.values);
    }),
    effect(() => {
      const rows = model.colouring.value?.rows ?? [];
      renderer.setPalette(paletteOf(rows, model.highlighted.value, PALETTE_SIZE));
    }),
    effect(() => renderer.setMarks(marksOf(model))),
    effect(() => {
      theme.value;
      // The theme's own effect writes the attribute that the colours depend on: after it.
      queueMicrotask(showLook);
    }),
  ];
  const dark = matchMedia('(prefers-color-scheme: dark)');
  dark.addEventListener('change', showLook);
  return () => {
    for (const end of endEffects) end();
    dark.removeEventListener('change', showLook);
    points.stop();
  };
}

/** Points that glide to where a new layout has them. */
function movingPoints(renderer: Renderer) {
  let drawn: Float32Array = new Float32Array(0);
  let moving = 0;
  return {
    moveTo(points: Float32Array, values: Uint16Array) {
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
    },
    stop: () => cancelAnimationFrame(moving),
  };
}

function marksOf({ points, arrays, chosen, colouring }: MapModel): Marks {
  const [at, known, coloured] = [points.value, arrays.value, colouring.value];
  if (at === null || known === null || coloured === null) {
    return { places: new Float32Array(0), marks: new Uint16Array(0) };
  }
  const shapes = new Map<number, number>();
  const told = itemsWhere(known.told, (said) => said !== UNTOLD);
  if (told.length <= MOST_TOLD_MARKS) for (const image of told) shapes.set(image, TOLD_MARK);
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
