// The window on the map: where the camera is, what of the map it shows, and the address that keeps it.
import { type Signal, signal } from '@preact/signals';
import { choose, place } from '../route.js';
import {
  type Camera,
  fitCamera,
  fitScale,
  type Place,
  readCamera,
  type Size,
  toMap,
  toScreen,
  writeCamera,
} from './camera.js';
import type { Renderer } from './renderer.js';

export interface MapView {
  readonly camera: Signal<Camera>;
  size(): Size;
  /** Moves the camera; the address follows. */
  look(next: Camera): void;
  /** From pixels of the window to the map, and back. */
  mapOf(at: Place): Place;
  screenOf(x: number, y: number): Place;
  stop(): void;
}

const ADDRESS_MILLISECONDS = 300;

/** Follows the size of `element`. */
export function openMapView(element: HTMLElement, renderer: Renderer): MapView {
  let size = sizeOf(element);
  let keeping = 0;
  const camera = signal<Camera>(readCamera(place.peek().chosen.at, size) ?? fitCamera(size));

  function look(next: Camera): void {
    camera.value = next;
    renderer.look(next);
    clearTimeout(keeping);
    keeping = window.setTimeout(keepInAddress, ADDRESS_MILLISECONDS);
  }

  function keepInAddress(): void {
    const { scale, x, y } = camera.peek();
    const isWhole = scale === fitScale(size) && x === 0.5 && y === 0.5;
    choose({ at: isWhole ? null : writeCamera(camera.peek(), size) });
  }

  function fitRenderer(): void {
    renderer.resize(size, Math.min(devicePixelRatio, 2));
  }

  const resized = new ResizeObserver(() => {
    const wasWhole = camera.peek().scale === fitScale(size);
    size = sizeOf(element);
    fitRenderer();
    look(wasWhole ? fitCamera(size) : camera.peek());
  });
  resized.observe(element);
  fitRenderer();
  renderer.look(camera.peek());

  return {
    camera,
    size: () => size,
    look,
    mapOf: (at) => toMap(camera.peek(), size, at),
    screenOf: (x, y) => toScreen(camera.peek(), size, x, y),
    stop() {
      clearTimeout(keeping);
      resized.disconnect();
    },
  };
}

function sizeOf({ clientWidth, clientHeight }: HTMLElement): Size {
  return { width: Math.max(clientWidth, 1), height: Math.max(clientHeight, 1) };
}
