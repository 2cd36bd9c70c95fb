// The confusion matrix, one row a kind: which labels a kind is made of. Kinds run downwards because there
// may be many more of them than classes.
import { countOf } from '../../score/confusion.js';
import { formatCount } from './format.js';
import { html, type Markup } from './html.js';
import type { ReportConfusion, ReportKind } from './input.js';
import { sortForReading } from './kinds.js';

/** Beyond this a table is no longer read, and the page grows heavy. */
const CELLS_SHOWN = 10_000;
/** Steps of shading, h0 … h9 in the style sheet. */
const SHADES = 10;

export function confusionSection(
  { confusion, classNames }: ReportConfusion,
  kinds: readonly ReportKind[],
): Markup {
  const { clusters } = confusion;
  const sizeOf = (cluster: number): number => {
    let size = 0;
    for (let label = 0; label < classNames.length; label++) size += countOf(confusion, label, cluster);
    return size;
  };
  const names = new Map(kinds.map((kind) => [kind.cluster, kind.name]));
  const all = Array.from({ length: clusters }, (_, cluster) => ({
    cluster,
    name: names.get(cluster) ?? `kind-${cluster}`,
    size: sizeOf(cluster),
  }));
  const fitting = Math.max(1, Math.floor(CELLS_SHOWN / Math.max(1, classNames.length)));
  const shown = sortForReading(all.sort((a, b) => b.size - a.size).slice(0, fitting));
  const repeated = new Set(shown.map(({ name }) => name)).size < shown.length;
  const rows = shown.map(({ cluster, name, size }) => {
    const cells = classNames.map((_, label) => confusionCell(countOf(confusion, label, cluster), size));
    // The cluster's number only where a name does not say which kind it is.
    const number = repeated ? html` <span class="sub">cluster ${cluster}</span>` : null;
    return html`<tr><th scope="row">${name}${number}</th>${cells}</tr>
`;
  });
  const left = clusters - shown.length;
  return html`<section aria-labelledby="confusion">
<h2 id="confusion">Kinds and labels</h2>
<p class="lead">How the labels of the training images fall into the kinds. The labels were read only after the kinds were fixed.</p>
<div class="scroll" role="region" aria-labelledby="confusion" tabindex="0">
<table class="confusion">
<thead><tr><th scope="col"><span class="sub corner"><span>kind ↓</span> <span>label →</span></span></th>${classNames.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${rows}</tbody>
</table>
</div>
<p class="note">Shaded by the share of its row.${left > 0 ? ` ${formatCount(left)} smaller kinds are left out.` : null}</p>
</section>`;
}

function confusionCell(count: number, rowTotal: number): Markup {
  if (count === 0) return html`<td class="zero">0</td>`;
  const shade = Math.min(SHADES - 1, Math.floor((count / rowTotal) * SHADES));
  return html`<td class="h${shade}">${formatCount(count)}</td>`;
}
