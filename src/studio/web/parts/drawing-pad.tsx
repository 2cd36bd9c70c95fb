// A pad to draw on: with a pointer of any sort, or with a pen that the arrow keys move and Space sets down and lifts.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Raster } from '../../../core/pictures/raster.js';
import { canvasOf, rasterOf } from '../drawing.js';
import type { Key } from '../keys.js';

/** Pixels of the pad. */
const PAD_SIDE = 280;
const STEP = 10;
const FINE_STEP = 2;
const BRUSHES = { thinnest: 8, thickest: 48, first: 22, step: 4 } as const;

type Pad = ReturnType<typeof usePad>;

/** `onDrawn` gets the pad's pixels whenever a stroke ends, null when it is cleared. `isLight`: black on white. */
export function usePad(isLight: boolean, onDrawn: (raster: Raster | null) => void) {
  const canvas = useRef<HTMLCanvasElement | null>(null);
  const [brush, setBrush] = useState<number>(BRUSHES.first);
  /** Null until an arrow key is pressed. */
  const [pen, setPen] = useState<{ x: number; y: number; isDown: boolean } | null>(null);
  const context = () => {
    const found = canvas.current?.getContext('2d', { willReadFrequently: true });
    if (found == null) throw new Error('This browser cannot draw: try another one.');
    return found;
  };
  const wipe = () => {
    const paint = context();
    paint.fillStyle = isLight ? '#fff' : '#000';
    paint.fillRect(0, 0, PAD_SIDE, PAD_SIDE);
  };
  useEffect(wipe, [isLight]);
  const line = (fromX: number, fromY: number, toX: number, toY: number) => {
    const paint = context();
    paint.strokeStyle = isLight ? '#000' : '#fff';
    paint.lineWidth = brush;
    paint.lineCap = 'round';
    paint.beginPath();
    paint.moveTo(fromX, fromY);
    // A line of no length is not drawn by every browser.
    paint.lineTo(toX + 0.01, toY);
    paint.stroke();
  };
  const lifted = () => onDrawn(rasterOf(context(), PAD_SIDE, PAD_SIDE));
  const clear: Key = {
    key: 'c',
    does: 'clear',
    run: () => {
      wipe();
      setPen(null);
      onDrawn(null);
    },
  };
  const show = (raster: Raster) => {
    wipe();
    const scale = Math.min(PAD_SIDE / raster.height, PAD_SIDE / raster.width);
    const [width, height] = [raster.width * scale, raster.height * scale];
    const paint = context();
    paint.imageSmoothingEnabled = scale < 1;
    paint.drawImage(canvasOf(raster), (PAD_SIDE - width) / 2, (PAD_SIDE - height) / 2, width, height);
  };
  const thicken = (by: number) =>
    setBrush(Math.max(BRUSHES.thinnest, Math.min(brush + by, BRUSHES.thickest)));
  const old = pen ?? { x: PAD_SIDE / 2, y: PAD_SIDE / 2, isDown: false };
  const move = (right: number, down: number) => {
    const inside = (place: number) => Math.max(0, Math.min(place, PAD_SIDE));
    const now = { ...old, x: inside(old.x + right), y: inside(old.y + down) };
    if (old.isDown) line(old.x, old.y, now.x, now.y);
    if (old.isDown) lifted();
    setPen(now);
  };
  const press = () => {
    if (!old.isDown) line(old.x, old.y, old.x, old.y);
    lifted();
    setPen({ ...old, isDown: !old.isDown });
  };
  const arrows = [
    ['ArrowLeft', 'left', -1, 0],
    ['ArrowRight', 'right', 1, 0],
    ['ArrowUp', 'up', 0, -1],
    ['ArrowDown', 'down', 0, 1],
  ] as const;
  const keys: Key[] = [
    ...arrows.flatMap(([key, where, right, down]) => {
      const by = (pixels: number) => () => move(right * pixels, down * pixels);
      return [
        { key, does: `pen ${where}`, run: by(STEP) },
        { key: `Shift+${key}`, does: `pen a little ${where}`, run: by(FINE_STEP) },
      ];
    }),
    { key: ' ', does: 'pen down or up', run: press },
    clear,
    { key: '[', does: 'thinner pen', run: () => thicken(-BRUSHES.step) },
    { key: ']', does: 'thicker pen', run: () => thicken(BRUSHES.step) },
  ];
  return { canvas, keys, brush, setBrush, pen, line, lifted, clear, show };
}

export function DrawingPad({ pad }: { readonly pad: Pad }) {
  const last = useMemo(() => ({ x: 0, y: 0, pointer: null as number | null }), []);
  const placeOf = (event: PointerEvent) => {
    const box = (event.currentTarget as HTMLCanvasElement).getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) * PAD_SIDE) / box.width,
      y: ((event.clientY - box.top) * PAD_SIDE) / box.height,
    };
  };
  const draw = (event: PointerEvent) => {
    const { x, y } = placeOf(event);
    pad.line(last.x, last.y, x, y);
    Object.assign(last, { x, y });
  };
  const lift = (event: PointerEvent) => {
    if (last.pointer !== event.pointerId) return;
    last.pointer = null;
    pad.lifted();
  };
  return (
    <div class="pad">
      <canvas
        ref={pad.canvas}
        width={PAD_SIDE}
        height={PAD_SIDE}
        aria-label="Drawing pad. The arrow keys move a pen, Space sets it down and lifts it, c clears."
        role="img"
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.preventDefault();
          event.currentTarget.setPointerCapture(event.pointerId);
          Object.assign(last, placeOf(event), { pointer: event.pointerId });
          draw(event);
        }}
        onPointerMove={(event) => last.pointer === event.pointerId && draw(event)}
        onPointerUp={lift}
        onPointerCancel={lift}
      />
      {pad.pen !== null && (
        <span
          class="pad-pen"
          data-down={pad.pen.isDown}
          style={{
            left: `${(100 * pad.pen.x) / PAD_SIDE}%`,
            top: `${(100 * pad.pen.y) / PAD_SIDE}%`,
          }}
        />
      )}
      <span class="pad-said" role="status">
        {pad.pen !== null && `Pen ${pad.pen.isDown ? 'down' : 'up'}`}
      </span>
    </div>
  );
}

export function BrushChoice({ pad }: { readonly pad: Pad }) {
  return (
    <label class="brush">
      <span>Pen</span>
      <input
        type="range"
        min={BRUSHES.thinnest}
        max={BRUSHES.thickest}
        step={2}
        value={pad.brush}
        onInput={(event) => pad.setBrush(event.currentTarget.valueAsNumber)}
      />
    </label>
  );
}
