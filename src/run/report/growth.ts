// What a new dataset brought to an old run: new kinds, kinds that look different now, images that no kind knows.
import type { RunCard } from '../files/card.js';
import { formatCount, formatPercent, formatPlural } from './format.js';
import { html, type Markup } from './html.js';
import type { ReportDrift, ReportGrowth, ReportImages, ReportNewKind } from './input.js';
import { pictureMarkup } from './kinds.js';
import { drawGrid } from './pictures.js';

const COLUMNS = 12;
const ROWS_OF_NEW_KIND = 3;
const OUTSIDE_SHOWN = 36;

export async function growthSection(
  { grownFrom, growth: counts }: RunCard,
  { newKinds, drifted, outside }: ReportGrowth,
  images: ReportImages,
): Promise<Markup | null> {
  if (grownFrom === null || counts === null) return null;
  const { known, inNewKinds } = counts;
  const parts: Markup[] = [];
  for (const kind of newKinds) parts.push(await newKindPart(kind, images));
  for (const kind of drifted) parts.push(await driftPart(kind, images));
  if (outside.length > 0) parts.push(await outsidePart(outside, images));
  return html`<section aria-labelledby="growth">
<h2 id="growth">What the new images brought</h2>
<p class="lead">${formatPlural(counts.images, 'new image')} met the run ${grownFrom.tag} and its ${formatPlural(
    grownFrom.images,
    'image',
  )}: ${formatCount(known)} are of kinds that it knows, ${formatCount(inNewKinds)} make up ${
    newKinds.length === 1 ? 'a new kind' : formatPlural(newKinds.length, 'new kind')
  }, ${formatCount(outside.length)} are of none. ${
    drifted.length === 0
      ? 'No kind looks different from before.'
      : `${formatPlural(drifted.length, 'kind')} ${drifted.length === 1 ? 'looks' : 'look'} different from before.`
  }</p>
${parts}
</section>`;
}

async function newKindPart(
  { name, size, stability, typical }: ReportNewKind,
  images: ReportImages,
): Promise<Markup> {
  const cells = typical.slice(0, COLUMNS * ROWS_OF_NEW_KIND);
  const picture = await drawGrid({ images, columns: Math.min(COLUMNS, Math.max(1, cells.length)), cells });
  return html`<h3 class="odd">New: ${name}, ${formatPlural(size, 'image')}</h3>
${pictureMarkup(picture, `${name}: ${formatPlural(cells.length, 'typical image')}`)}
<p class="note">Hardly an old image lies among these, though old ones are there. Stability ${stability.toFixed(2)}: so much of the kind comes back when only four fifths of the images are looked at.</p>`;
}

async function driftPart(
  { name, added, effect, apart, before, now }: ReportDrift,
  images: ReportImages,
): Promise<Markup> {
  const row = (chosen: readonly number[]) =>
    Array.from({ length: COLUMNS }, (_, place) => chosen[place] ?? null);
  const picture = await drawGrid({ images, columns: COLUMNS, cells: [...row(before), ...row(now)] });
  const group =
    apart > 0 ? ` ${formatPercent(apart)} of them stand apart from the old ones as a group.` : null;
  return html`<h3 class="odd">Changed: ${name}, ${formatPlural(added, 'new image')}</h3>
${pictureMarkup(picture, `${name}: typical old images above, typical new ones below`)}
<p class="note">Above, typical old images; below, typical new ones.${
    effect === null
      ? null
      : ` Drift ${effect.toFixed(2)}, where 0 is new images among old ones and 1 new images apart from them.`
  }${group}</p>`;
}

async function outsidePart(outside: readonly number[], images: ReportImages): Promise<Markup> {
  const cells = outside.slice(0, OUTSIDE_SHOWN);
  const picture = await drawGrid({ images, columns: Math.min(COLUMNS, cells.length), cells });
  return html`<h3 class="odd">${formatPlural(outside.length, 'new image')} of no kind</h3>
${pictureMarkup(picture, `${formatPlural(cells.length, 'image')} that no kind knows`)}
${outside.length > cells.length ? html`<p class="note">${formatCount(cells.length)} are shown.</p>` : null}`;
}
