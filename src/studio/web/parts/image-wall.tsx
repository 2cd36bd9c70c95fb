// Any number of images in a grid of fixed cells, of which only those near the window are on the page. Each is a button that is
// pressed or not; one of them, under the cursor, is reached by Tab, the others by the arrow keys. It scrolls with the page, or
// within the box of class `wall-box` that is around it.
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Key } from '../keys.js';
import { Picture } from './images.js';

/** Side of a cell with its gap, in CSS pixels. */
const CELL = 68;
/** Rows that come and go together: rarely enough that scrolling stays smooth. */
const BLOCK_ROWS = 2;

export interface WallCursor {
  /** Null while they are asked for. */
  readonly images: readonly number[] | null;
  readonly chosen: ReadonlySet<number>;
  /** Place of the image under the cursor. */
  readonly at: number;
  readonly wall: RefObject<HTMLFieldSetElement | null>;
  readonly keys: readonly Key[];
  readonly press: (at: number, isRange: boolean) => void;
}

/** What pressing an image means, and by which key. */
const CHOOSING = {
  key: ' ',
  does: 'choose the image',
  doesRange: 'choose all from the last chosen image to this one',
};

/** A cursor over `images`, of which some are chosen; a range begins at the last one that was pressed alone. */
export function useWallCursor(
  images: readonly number[] | null,
  chosen: ReadonlySet<number>,
  onChoose: (chosen: ReadonlySet<number>) => void,
  pressing = CHOOSING,
): WallCursor {
  const wall = useRef<HTMLFieldSetElement>(null);
  const [at, setAt] = useState(0);
  const [anchor, setAnchor] = useState(0);
  const last = (images?.length ?? 0) - 1;
  const current = Math.max(0, Math.min(at, last));
  const moveTo = (to: number) => {
    if (last < 0) return;
    const place = Math.max(0, Math.min(to, last));
    setAt(place);
    showCell(wall.current, place);
  };
  const press = (to: number, isRange: boolean) => {
    const image = images?.[to];
    if (image === undefined) return;
    setAt(to);
    const now = new Set(chosen);
    if (isRange) {
      const range = images?.slice(Math.min(anchor, to), Math.max(anchor, to) + 1) ?? [];
      for (const each of range) now.add(each);
    } else {
      setAnchor(to);
      if (!now.delete(image)) now.add(image);
    }
    onChoose(now);
  };
  const columns = () => columnsIn(wall.current);
  const page = () => columns() * Math.max(1, Math.floor(innerHeight / CELL) - 2);
  const keys: Key[] = [
    { key: 'ArrowRight', does: 'next image', run: () => moveTo(current + 1) },
    { key: 'ArrowLeft', does: 'previous image', run: () => moveTo(current - 1) },
    { key: 'ArrowDown', does: 'image below', run: () => moveTo(current + columns()) },
    { key: 'ArrowUp', does: 'image above', run: () => moveTo(current - columns()) },
    { key: 'PageDown', does: 'a page down', run: () => moveTo(current + page()) },
    { key: 'PageUp', does: 'a page up', run: () => moveTo(current - page()) },
    { key: 'Home', does: 'first image', run: () => moveTo(0) },
    { key: 'End', does: 'last image', run: () => moveTo(last) },
    { key: pressing.key, does: pressing.does, run: () => press(current, false) },
    { key: 'r', does: pressing.doesRange, run: () => press(current, true) },
  ];
  return { images, chosen, at: current, wall, keys, press };
}

interface ImageWallProps {
  readonly tag: string;
  readonly label: string;
  /** What pressing an image does to it, before `image 7` as a screen reader says it. */
  readonly verb?: string;
  readonly cursor: WallCursor;
}

export function ImageWall({ tag, label, verb = '', cursor }: ImageWallProps) {
  const { images, chosen, wall, at, press } = cursor;
  const { first, end, columns } = useVisible(wall, images?.length ?? 0);
  const wantsFocus = useRef(false);
  const lastAt = useRef(at);
  if (lastAt.current !== at) {
    lastAt.current = at;
    wantsFocus.current = true;
  }
  useEffect(() => {
    if (!wantsFocus.current) return;
    const cell = wall.current?.querySelector<HTMLElement>(`[data-at="${at}"]`);
    if (cell == null) return;
    wantsFocus.current = false;
    cell.focus({ preventScroll: true });
  });
  if (images?.length === 0) return <p>No images are left in this kind.</p>;
  const rows = Math.ceil((images?.length ?? 0) / columns);
  return (
    <fieldset
      ref={wall}
      class="wall"
      aria-label={label}
      aria-busy={images === null}
      style={{ height: `${rows * CELL}px` }}
    >
      {images?.slice(first, end).map((image, index) => {
        const place = first + index;
        return (
          <button
            key={image}
            type="button"
            class="choice wall-cell"
            data-at={place}
            style={{
              transform: `translate(${(place % columns) * CELL}px, ${Math.floor(place / columns) * CELL}px)`,
            }}
            tabIndex={place === at ? 0 : -1}
            aria-pressed={chosen.has(image)}
            aria-label={`${verb} image ${image}, ${place + 1} of ${images.length}`.trim()}
            onClick={(event) => press(place, event.shiftKey)}
          >
            <Picture tag={tag} image={image} alt="" decoding="async" />
          </button>
        );
      })}
    </fieldset>
  );
}

/** The places near the window, and how many stand side by side. */
function useVisible(wall: RefObject<HTMLElement | null>, count: number) {
  const [range, setRange] = useState({ first: 0, end: 0, columns: 1 });
  useLayoutEffect(() => {
    const look = () => {
      const element = wall.current;
      if (element === null) return;
      const columns = columnsIn(element);
      const above = -element.getBoundingClientRect().top;
      const block = CELL * BLOCK_ROWS;
      // With one block beyond the window on each side.
      const firstRow = Math.max(0, Math.floor(above / block) - 1) * BLOCK_ROWS;
      const endRow = Math.max(0, Math.ceil((above + innerHeight) / block) + 1) * BLOCK_ROWS;
      const now = { first: firstRow * columns, end: Math.min(endRow * columns, count), columns };
      setRange((old) =>
        old.first === now.first && old.end === now.end && old.columns === columns ? old : now,
      );
    };
    look();
    const watcher = new ResizeObserver(look);
    if (wall.current !== null) watcher.observe(wall.current);
    const ending = new AbortController();
    // Also where it is not the page that scrolls.
    addEventListener('scroll', look, { passive: true, capture: true, signal: ending.signal });
    addEventListener('resize', look, { signal: ending.signal });
    return () => {
      watcher.disconnect();
      ending.abort();
    };
  }, [count]);
  return range;
}

function columnsIn(wall: HTMLElement | null): number {
  return Math.max(1, Math.floor((wall?.clientWidth ?? CELL) / CELL));
}

/** Scrolls so that the cell at `place` is seen, on the page below the bar that sticks to the top. */
function showCell(wall: HTMLElement | null, place: number): void {
  if (wall === null) return;
  const box = wall.closest('.wall-box');
  if (box !== null) {
    const below = Math.floor(place / columnsIn(wall)) * CELL;
    box.scrollTop = Math.max(below + CELL - box.clientHeight, Math.min(below, box.scrollTop));
  }
  const top = wall.getBoundingClientRect().top + Math.floor(place / columnsIn(wall)) * CELL;
  const [highest, lowest] = [CELL * 1.5, innerHeight - CELL * 1.2];
  if (top < highest) scrollBy(0, top - highest);
  else if (top > lowest) scrollBy(0, top - lowest);
}
