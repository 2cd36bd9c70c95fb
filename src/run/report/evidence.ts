// How far to believe the result: what spoke for this number of kinds, and whether confidence forecasts accuracy.
import type { Metrics, RunCard } from '../files/card.js';
import { formatCount, formatPercent } from './format.js';
import { html, type Markup } from './html.js';

/** More candidates than this say nothing new. */
const CANDIDATES_SHOWN = 6;

/** What speaks for each number of kinds; nothing where a person gave the number. */
export function numberOfKindsSection({ numberOfKinds }: RunCard): Markup | null {
  if (numberOfKinds.length === 0) return null;
  const rows = numberOfKinds.slice(0, CANDIDATES_SHOWN).map(
    ({ k, modularity, gain, eigengap, stability }) =>
      html`<tr><th scope="row">${k}</th><td>${modularity.toFixed(4)}</td><td>${gain.toFixed(4)}</td><td>${eigengap.toFixed(4)}</td><td>${
        stability === null ? '–' : stability.toFixed(2)
      }</td></tr>
`,
  );
  return html`<section aria-labelledby="number">
<h2 id="number">How many kinds</h2>
<p class="lead">Nobody said how many kinds there are. These numbers fit the images best; the first was taken. No rule is right on every dataset: if the kinds above look split or mixed, ask for another number with <code>--num-clusters</code>.</p>
<table class="facts">
<thead><tr><th scope="col">kinds</th><th scope="col">modularity</th><th scope="col">gain</th><th scope="col">eigengap</th><th scope="col">stability</th></tr></thead>
<tbody>
${rows}</tbody>
</table>
</section>`;
}

/** The reliability table of the images held out, else of those clustered; nothing without labels. */
export function reliabilitySection({ metrics }: RunCard): Markup | null {
  const judged: readonly [string, Metrics | null][] = [
    ['test images', metrics?.test ?? null],
    ['training images', metrics?.train ?? null],
  ];
  const [images, found] = judged.find(([, some]) => some?.reliability) ?? [];
  const reliability = found?.reliability;
  if (!reliability) return null;
  const rows = reliability.bins.map(
    ({ images: count, confidence, accuracy }) =>
      html`<tr><th scope="row">${formatCount(count)}</th><td>${formatPercent(confidence)}</td><td>${formatPercent(accuracy)}</td></tr>
`,
  );
  return html`<section aria-labelledby="reliability">
<h2 id="reliability">What confidence is worth</h2>
<p class="lead">The ${images ?? ''} in bins of confidence, and the share of each bin that the labels call right. On average the two differ by ${formatPercent(
    reliability.expectedCalibrationError,
  )} (expected calibration error).</p>
<table class="facts">
<thead><tr><th scope="col">images</th><th scope="col">confidence</th><th scope="col">right</th></tr></thead>
<tbody>
${rows}</tbody>
</table>
</section>`;
}
