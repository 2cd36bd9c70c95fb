// What a hand does on the map: drag to move, wheel or two fingers to zoom, click to open; with Shift or a tool, drag to draw
// around images. Positions are CSS pixels from the map's upper left corner.
import type { Place } from './camera.js';
import type { Tool } from './model.js';

export interface Gestures {
  readonly tool: () => Tool;
  readonly onPan: (right: number, down: number) => void;
  readonly onZoom: (factor: number, at: Place) => void;
  readonly onHover: (at: Place | null) => void;
  readonly onClick: (at: Place) => void;
  /** The line so far; empty when it is given up. */
  readonly onDraw: (line: readonly Place[]) => void;
  /** `isMore`: what was chosen stays chosen. */
  readonly onDrawn: (line: readonly Place[], isMore: boolean) => void;
}

/** A shorter way is a click. */
const CLICK_PIXELS = 4;
/** The wheel's pixels for e times the size. */
const WHEEL_PIXELS = 600;

/** @returns what ends it */
export function listenToHands(stage: HTMLElement, gestures: Gestures): () => void {
  // It takes the keyboard as well as the hand.
  stage.tabIndex = 0;
  const ending = new AbortController();
  const fingers = new Map<number, Place>();
  let start: Place = { x: 0, y: 0 };
  let hasMoved = false;
  let line: Place[] | null = null;
  let drawing: Tool = 'pan';

  const placeOf = (event: MouseEvent): Place => {
    const { left, top } = stage.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const on = <K extends keyof HTMLElementEventMap>(name: K, hear: (event: HTMLElementEventMap[K]) => void) =>
    stage.addEventListener(name, hear, { signal: ending.signal, passive: false });

  on('pointerdown', (event) => {
    if (event.button !== 0) return;
    const at = placeOf(event);
    stage.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, at);
    if (fingers.size > 1) {
      line = null;
      hasMoved = true;
      gestures.onDraw([]);
      return;
    }
    [start, hasMoved] = [at, false];
    drawing = event.shiftKey && gestures.tool() === 'pan' ? 'lasso' : gestures.tool();
    line = drawing === 'pan' ? null : [at];
    gestures.onHover(null);
  });

  on('pointermove', (event) => {
    const at = placeOf(event);
    const before = fingers.get(event.pointerId);
    if (before === undefined) {
      if (event.pointerType !== 'touch') gestures.onHover(at);
      return;
    }
    fingers.set(event.pointerId, at);
    if (!hasMoved && Math.hypot(at.x - start.x, at.y - start.y) < CLICK_PIXELS) {
      fingers.set(event.pointerId, before);
      return;
    }
    hasMoved = true;
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (other !== undefined) {
      const middle = { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 };
      const apart = (finger: Place) => Math.max(Math.hypot(finger.x - other.x, finger.y - other.y), 1);
      gestures.onPan((at.x - before.x) / 2, (at.y - before.y) / 2);
      gestures.onZoom(apart(at) / apart(before), middle);
    } else if (line !== null) {
      line = drawing === 'rectangle' ? corners(start, at) : [...line, at];
      gestures.onDraw(line);
    } else {
      gestures.onPan(at.x - before.x, at.y - before.y);
    }
  });

  on('pointerup', (event) => {
    if (!fingers.delete(event.pointerId)) return;
    const [drawn, isMore] = [line, event.ctrlKey || event.metaKey];
    line = null;
    if (!hasMoved) gestures.onClick(placeOf(event));
    else if (drawn !== null) gestures.onDrawn(drawn, isMore);
  });
  on('pointercancel', (event) => {
    fingers.delete(event.pointerId);
    line = null;
    gestures.onDraw([]);
  });
  on('pointerleave', () => gestures.onHover(null));
  on('wheel', (event) => {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1);
    gestures.onZoom(Math.exp(-Math.min(Math.max(pixels, -300), 300) / WHEEL_PIXELS), placeOf(event));
  });
  return () => ending.abort();
}

function corners(from: Place, to: Place): Place[] {
  return [from, { x: to.x, y: from.y }, to, { x: from.x, y: to.y }];
}
