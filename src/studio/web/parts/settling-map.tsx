// A small map of a run that is there already, drawn again as its layout settles.
import { useRef } from 'preact/hooks';
import { fetchBytes, runPath } from '../api.js';
import { colourOfKind, cssColour } from '../palette.js';
import { layoutProgress, useFetched } from '../store.js';

const SIDE_PIXELS = 320;

export function SettlingMap({ tag, isFinished }: { readonly tag: string; readonly isFinished: boolean }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useFetched(
    () => Promise.all(['layout', 'kind'].map((name) => fetchBytes(runPath(tag, 'arrays', name)))),
    ([layout, kinds]) => draw(canvas.current, new Float32Array(layout), new Int32Array(kinds)),
    [tag, isFinished],
  );
  const progress = layoutProgress.value;
  return (
    <>
      <canvas
        ref={canvas}
        class="live-map"
        width={SIDE_PIXELS}
        height={SIDE_PIXELS}
        role="img"
        aria-label="Every image a point, coloured by its kind"
      />
      {progress?.tag === tag && progress.done < progress.total && (
        <p class="quiet">
          Laying it out: {progress.done} of {progress.total}.
        </p>
      )}
    </>
  );
}

function draw(canvas: HTMLCanvasElement | null, layout: Float32Array, kinds: Int32Array): void {
  const pen = canvas?.getContext('2d');
  if (pen == null) return;
  const reach = layout.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const scale = reach === 0 ? 0 : (SIDE_PIXELS / 2 - 2) / reach;
  pen.clearRect(0, 0, SIDE_PIXELS, SIDE_PIXELS);
  kinds.forEach((kind, image) => {
    pen.fillStyle = cssColour(colourOfKind(kind));
    const [x, y] = [layout[2 * image], layout[2 * image + 1]].map((at) => SIDE_PIXELS / 2 + at * scale);
    pen.fillRect(x, y, 1, 1);
  });
}
