// The loss over the steps of training, as an SVG in the page. It is drawn twice, for a wide and for a narrow
// screen, so that its text keeps its size; the style sheet shows one of them.
import type { Curve, Curves } from '../files/checkpoint.js';
import { type Axis, linearAxis, lossAxis } from './axis.js';
import { formatCount, formatFigure } from './format.js';
import { type Fragment, html, type Markup, trusted } from './html.js';

/** A curve of thousands of steps is drawn as the mean and the range of this many stretches of it. */
const STRETCHES = 200;
const MARGIN = { left: 56, right: 24, top: 14, bottom: 44 };

interface Point {
  readonly step: number;
  readonly mean: number;
  readonly lowest: number;
  readonly highest: number;
}

/** The section, or null where no loss is finite. */
export function curveSection(curves: Curves): Markup | null {
  const [train, heldOut] = [stretchesOf(curves.train), stretchesOf(curves.heldOut)];
  if (train.length === 0) return null;
  const lastTrain = train[train.length - 1];
  const lastHeldOut = heldOut.at(-1);
  const summary = `Training loss over ${formatCount(lastTrain.step)} steps, ending at ${formatFigure(lastTrain.mean)}${
    lastHeldOut === undefined ? '' : `; held-out loss ${formatFigure(lastHeldOut.mean)}`
  }.`;
  return html`<section aria-labelledby="curve">
<h2 id="curve">Training</h2>
<figure class="curve">
<figcaption>Loss: mean squared error, pixels from 0 to 1
<span class="legend"><span class="key train">training</span>${
    heldOut.length > 0 ? html`<span class="key heldout">held-out images</span>` : null
  }</span></figcaption>
${drawing({ train, heldOut, width: 760, height: 300, summary, name: 'wide' })}
${drawing({ train, heldOut, width: 350, height: 260, summary, name: 'narrow' })}
</figure>
<p class="note">${summary}${
    train.some((point) => point.highest > point.lowest)
      ? ' The band behind the line is the range over neighbouring steps.'
      : null
  }</p>
</section>`;
}

interface Drawing {
  readonly train: readonly Point[];
  readonly heldOut: readonly Point[];
  readonly width: number;
  readonly height: number;
  readonly summary: string;
  readonly name: 'wide' | 'narrow';
}

function drawing({ train, heldOut, width, height, summary, name }: Drawing): Markup {
  const all = [...train, ...heldOut];
  const [left, right] = [MARGIN.left, width - MARGIN.right];
  const [top, bottom] = [MARGIN.top, height - MARGIN.bottom];
  const steps = linearAxis(0, Math.max(1, ...all.map((point) => point.step)), Math.round(width / 110));
  const losses = lossAxis(
    Math.min(...all.map((point) => point.lowest)),
    Math.max(...all.map((point) => point.highest)),
  );
  const x = (step: number): string => (left + steps.place(step) * (right - left)).toFixed(1);
  const y = (loss: number): string => (bottom - losses.place(loss) * (bottom - top)).toFixed(1);
  const line = (points: readonly Point[]): string =>
    points.map((point, index) => `${index === 0 ? 'M' : 'L'}${x(point.step)} ${y(point.mean)}`).join('');
  const band = `M${train.map((point) => `${x(point.step)} ${y(point.highest)}`).join('L')}L${train
    .toReversed()
    .map((point) => `${x(point.step)} ${y(point.lowest)}`)
    .join('L')}Z`;
  return html`<svg class="${name}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${summary}">
${lossGrid(losses, y, { left, right })}
${steps.ticks.map((tick) => html`<line class="tick" x1="${x(tick)}" x2="${x(tick)}" y1="${bottom}" y2="${bottom + 5}"/><text x="${x(tick)}" y="${bottom + 19}" text-anchor="middle">${formatCount(tick)}</text>`)}
<line class="axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>
<text class="title" x="${right}" y="${height - 6}" text-anchor="end">step</text>
<path class="band" d="${trusted(band)}"/>
<path class="train" d="${trusted(line(train))}"/>
${heldOutMarks(heldOut, line(heldOut), x, y)}
</svg>`;
}

function lossGrid(
  axis: Axis,
  y: (loss: number) => string,
  { left, right }: { left: number; right: number },
): Fragment {
  return axis.ticks.map(
    (tick) =>
      html`<line class="grid" x1="${left}" x2="${right}" y1="${y(tick)}" y2="${y(tick)}"/><text x="${left - 8}" y="${y(tick)}" dy="0.32em" text-anchor="end">${formatFigure(tick)}</text>`,
  );
}

function heldOutMarks(
  points: readonly Point[],
  line: string,
  x: (step: number) => string,
  y: (loss: number) => string,
): Fragment {
  const dots = points.length <= 40 ? points : [];
  return [
    html`<path class="heldout" d="${trusted(line)}"/>`,
    ...dots.map(
      (point) => html`<circle class="heldout" cx="${x(point.step)}" cy="${y(point.mean)}" r="2.6"/>`,
    ),
  ];
}

function stretchesOf(curve: Curve): Point[] {
  const finite = curve.filter(([, loss]) => Number.isFinite(loss));
  const length = Math.max(1, Math.ceil(finite.length / STRETCHES));
  const points: Point[] = [];
  for (let start = 0; start < finite.length; start += length) {
    const stretch = finite.slice(start, start + length);
    const values = stretch.map(([, loss]) => loss);
    points.push({
      step: stretch[stretch.length - 1][0],
      mean: values.reduce((sum, loss) => sum + loss, 0) / values.length,
      lowest: Math.min(...values),
      highest: Math.max(...values),
    });
  }
  return points;
}
