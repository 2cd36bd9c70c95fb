// Loss curves, drawn by uPlot.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { JobView } from '../../server/messages.js';
import { colourOfKind, cssColour } from '../palette.js';
import { theme } from '../theme.js';

const HEIGHT_PIXELS = 240;
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

/** From one line of the logarithmic grid to another: uPlot counts its lines up from the lowest, and that has to be one. */
function around(_: uPlot, least: number | null, most: number | null): uPlot.Range.MinMax {
  if (least === null || most === null || !(least > 0 && Number.isFinite(most))) return [0.1, 1];
  const line = (loss: number, to: (digit: number) => number) => {
    const power = 10 ** Math.floor(Math.log10(loss));
    return Number((to(loss / power) * power).toPrecision(1));
  };
  const low = line(least, Math.floor);
  const high = line(most, Math.ceil);
  return [low, high > low ? high : low * 2];
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
