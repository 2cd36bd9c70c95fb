// Loss curves, drawn by uPlot.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { JobView } from '../../server/messages.js';
import { colourOfKind, cssColour } from '../palette.js';
import { theme } from '../theme.js';

const HEIGHT_PIXELS = 240;
/** Above the highest loss, and below the lowest. */
const ROOM = 1.15;
/** Told apart without colour, too. */
const DASHES = [[], [8, 4], [2, 3]];

export function LossCurves({ curves }: { readonly curves: JobView['curves'] }) {
  const holder = useRef<HTMLDivElement>(null);
  const names = curves.map(({ name }) => name).join();
  const plot = useRef<uPlot | null>(null);
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    const quiet = getComputedStyle(element).getPropertyValue('color');
    const axis = { stroke: quiet, grid: { stroke: quiet, width: 0.2 }, ticks: { stroke: quiet, width: 0.2 } };
    const drawn = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT_PIXELS,
        legend: { live: false },
        scales: {
          x: { time: false },
          y: { distr: 3, range: around },
        },
        axes: [axis, axis],
        series: [
          { label: curves[0]?.name.startsWith('network') ? 'epoch' : 'step' },
          ...curves.map(({ name }, at) => ({
            label: name,
            stroke: cssColour(colourOfKind(at)),
            width: 2,
            dash: DASHES[at % DASHES.length],
            spanGaps: true,
          })),
        ],
      },
      dataOf(curves),
      element,
    );
    plot.current = drawn;
    const watching = new ResizeObserver(() =>
      drawn.setSize({ width: element.clientWidth, height: HEIGHT_PIXELS }),
    );
    watching.observe(element);
    return () => {
      watching.disconnect();
      drawn.destroy();
    };
  }, [names, theme.value]);
  useEffect(() => plot.current?.setData(dataOf(curves)), [curves]);
  const last = curves.map(({ name, points }) => `${name} ${points.at(-1)?.[1].toPrecision(3)}`);
  return (
    <>
      <div ref={holder} class="curves" aria-hidden="true" />
      <p class="quiet">Now: {last.join('; ')}.</p>
    </>
  );
}

/** Null is what uPlot has before the first point; a logarithm has no place for 0. */
function around(_: uPlot, least: number | null, most: number | null): uPlot.Range.MinMax {
  if (least === null || most === null || least <= 0) return [0.1, 1];
  return [least / ROOM, most * ROOM];
}

/** Every curve at the places of all of them. */
function dataOf(curves: JobView['curves']): uPlot.AlignedData {
  const places = [...new Set(curves.flatMap(({ points }) => points.map(([at]) => at)))].sort((a, b) => a - b);
  const rows = curves.map(({ points }) => {
    const losses = new Map(points);
    return places.map((at) => losses.get(at) ?? null);
  });
  return [places, ...rows];
}
