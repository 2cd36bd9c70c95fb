// The window on the map: the canvas, and over it the names of the kinds, the ring of the cursor with the image that it is
// on, and the line of a lasso.
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { imageAddress, sentenceOf } from '../api.js';
import { detail, say } from '../store.js';
import { counted } from '../words.js';
import { middleOf, type Place } from './camera.js';
import { describe, type MapModel } from './model.js';
import { middlesOf } from './name-places.js';
import { openStage, type Stage } from './stage.js';

interface Props {
  readonly model: MapModel;
  /** Holds the stage while there is one. */
  readonly stage: RefObject<Stage | null>;
}

export function MapCanvas({ model, stage }: Props) {
  const [frame, canvas] = [useRef<HTMLDivElement>(null), useRef<HTMLCanvasElement>(null)];
  const names = useRef<HTMLDivElement>(null);
  const ring = useRef<HTMLDivElement>(null);
  const corners = useRef<SVGPolygonElement>(null);
  const { points, colouring, highlighted, cursor } = model;
  // Each corner is drawn when it is set.
  model.corners.value;
  const middles =
    points.value === null || colouring.value === null ? [] : middlesOf(points.value, colouring.value);
  const count = detail.value?.count ?? 0;

  const follow = () => {
    if (stage.current === null) return;
    const { screenOf, size } = stage.current;
    for (const [at, { x, y }] of middles.entries()) moveTo(names.current?.children[at], screenOf(x, y));
    // Of a lasso that is laid by keys, the next corner is the middle of the window.
    const middle = middleOf(size());
    const laid = model.corners.peek().map(({ x, y }) => screenOf(x, y));
    const lasso = laid.length === 0 ? [] : [...laid, middle];
    corners.current?.setAttribute('points', pointsOf(lasso));
    const [image, placed] = [cursor.peek(), points.peek()];
    if (image < 0 || placed === null) return;
    const at = screenOf(placed[2 * image], placed[2 * image + 1]);
    moveTo(ring.current, at);
    // The card stands where there is room for it.
    ring.current?.classList.toggle('to-left', at.x > middle.x);
    ring.current?.classList.toggle('to-top', at.y > middle.y);
  };
  const followLatest = useRef(follow);
  followLatest.current = follow;
  useEffect(follow);

  useEffect(() => {
    const run = detail.value;
    if (frame.current === null || canvas.current === null || run === null) return;
    try {
      const made = openStage(model, run, {
        stage: frame.current,
        canvas: canvas.current,
        onFrame: () => followLatest.current(),
        // For the benchmark, and for whoever opens the browser's own profiler.
        onBegun: () => performance.mark('map begun'),
        onWhole: () => performance.mark('map drawn'),
      });
      stage.current = made;
      return () => {
        made.stop();
        stage.current = null;
      };
    } catch (error) {
      say(sentenceOf(error), true);
      return;
    }
  }, []);

  const on = cursor.value;
  return (
    <div
      ref={frame}
      class="stage"
      role="application"
      aria-label={`Map of ${counted(count)} images, alike ones near each other`}
      aria-describedby="map-keys"
      data-tool={model.tool.value}
    >
      <canvas ref={canvas} />
      <p id="map-keys" class="unseen">
        Arrow keys move the map, plus and minus zoom. h, j, k and l step from image to image, Enter opens one,
        s chooses it. o lays a lasso: a corner each time, in the middle of the window, and Enter closes it.
        The legend lists the kinds with their sizes.
      </p>
      <div ref={names} class="names" aria-hidden="true">
        {middles.map(({ row }) => (
          <span
            key={row.value}
            class="over"
            data-dim={highlighted.value !== null && highlighted.value !== row.value}
          >
            {row.name}
          </span>
        ))}
      </div>
      <svg class="line" aria-hidden="true">
        <polygon points={pointsOf(model.line.value)} />
        <polygon ref={corners} />
      </svg>
      {model.tool.value === 'lasso' && <div class="cross" aria-hidden="true" />}
      <div ref={ring} class="over ring" hidden={on < 0} aria-hidden="true">
        {on >= 0 && (
          <div class="under-cursor">
            <img class="picture" src={imageAddress(model.tag, on)} alt="" />
            <span>{describe(model, on)}</span>
          </div>
        )}
      </div>
      {points.value === null && <p class="laying">The map is being laid out…</p>}
      <p class="unseen" role="status">
        {model.tool.value === 'lasso' ? laidSoFar(model.corners.value.length) : describe(model, on)}
      </p>
    </div>
  );
}

function pointsOf(line: readonly Place[]): string {
  return line.map(({ x, y }) => `${x},${y}`).join(' ');
}

/** For whoever does not see the lasso. */
function laidSoFar(corners: number): string {
  return corners === 0 ? 'Lasso: o sets a corner' : `Lasso with ${counted(corners, 'corner')}`;
}

function moveTo(element: Element | null | undefined, { x, y }: Place): void {
  if (element instanceof HTMLElement) element.style.transform = `translate(${x}px, ${y}px)`;
}
