// What was odd: copies, images that belong nowhere, kinds that look mixed.
import { formatCount, formatPlural } from './format.js';
import { html, type Markup } from './html.js';
import type { ReportFindings, ReportImages } from './input.js';
import { pictureMarkup } from './kinds.js';
import { drawGrid } from './pictures.js';

/** Groups, and images of a group, that are shown. */
const GROUPS_SHOWN = 24;
const SHOWN_OF_GROUP = 4;
const OUTLIERS_SHOWN = 48;
const COLUMNS = 12;

/** Null where nothing was odd. */
export async function findingsSection(
  { duplicates, outliers, mixedKinds }: ReportFindings,
  images: ReportImages,
): Promise<Markup | null> {
  if (duplicates.length + outliers.length + mixedKinds.length === 0) return null;
  return html`<section aria-labelledby="findings">
<h2 id="findings">What is odd</h2>
<p class="lead">Found without labels, by thresholds in the dataset's own figures; findings.csv names every image.</p>
${duplicates.length === 0 ? null : await duplicatesPart(duplicates, images)}
${outliers.length === 0 ? null : await outliersPart(outliers, images)}
${mixedKinds.length === 0 ? null : mixedPart(mixedKinds)}
</section>`;
}

async function duplicatesPart(groups: ReportFindings['duplicates'], images: ReportImages): Promise<Markup> {
  const shown = groups.slice(0, GROUPS_SHOWN).map((group) => group.slice(0, SHOWN_OF_GROUP));
  // A group never breaks over two rows: it begins a new one where it does not fit.
  const cells: (number | null)[] = [];
  for (const group of shown) {
    const left = COLUMNS - (cells.length % COLUMNS);
    if (group.length > left) cells.push(...new Array<null>(left).fill(null));
    cells.push(...group);
    if (cells.length % COLUMNS !== 0) cells.push(null);
  }
  const picture = await drawGrid({ images, columns: Math.min(COLUMNS, cells.length), cells });
  return html`<h3 class="odd">${formatPlural(groups.length, 'group')} of the same or nearly the same image</h3>
${pictureMarkup(picture, `${shown.length} groups of duplicates, side by side`)}
${groups.length > shown.length ? html`<p class="note">The first ${formatCount(shown.length)} are shown, up to ${String(SHOWN_OF_GROUP)} images of each.</p>` : null}`;
}

async function outliersPart(outliers: readonly number[], images: ReportImages): Promise<Markup> {
  const shown = outliers.slice(0, OUTLIERS_SHOWN);
  const picture = await drawGrid({ images, columns: Math.min(COLUMNS, shown.length), cells: shown });
  return html`<h3 class="odd">${formatPlural(outliers.length, 'image')} far from all others</h3>
${pictureMarkup(picture, `${shown.length} outliers`)}
${outliers.length > shown.length ? html`<p class="note">${formatCount(shown.length)} are shown.</p>` : null}`;
}

function mixedPart(kinds: ReportFindings['mixedKinds']): Markup {
  return html`<h3 class="odd">${formatPlural(kinds.length, 'kind')} that may be mixed</h3>
<ul>${kinds.map(({ name, reason }) => html`<li><b>${name}</b>: ${reason}</li>`)}</ul>`;
}
