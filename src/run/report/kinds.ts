// The table of kinds: what each is called, how large and how sure it is, and what it looks like.
import { BOUNDARY_SHOWN, TYPICAL_SHOWN } from './examples.js';
import { formatCount, formatPercent, formatPlural } from './format.js';
import { html, type Markup } from './html.js';
import type { ReportImages, ReportKind } from './input.js';
import { drawGrid, type Picture } from './pictures.js';

/** More kinds than this are left to kinds.csv. */
const KINDS_SHOWN = 500;
/** Bytes of pictures; the smallest kinds go without once they are spent. */
const PICTURE_BUDGET = 1_600_000;
/** Longer names are set smaller. */
const LONG_NAME = 9;
/** The grid is two rows high: typical images on the left, boundary cases on the right. */
const ROWS = 2;
const TYPICAL_COLUMNS = TYPICAL_SHOWN / ROWS;
const COLUMNS = TYPICAL_COLUMNS + BOUNDARY_SHOWN / ROWS;

export async function kindsSection(kinds: readonly ReportKind[], images: ReportImages): Promise<Markup> {
  const largest = [...kinds].sort((a, b) => b.size - a.size || a.cluster - b.cluster).slice(0, KINDS_SHOWN);
  const pictures = await drawKinds(largest, images);
  const total = kinds.reduce((sum, kind) => sum + kind.size, 0);
  const largestSize = largest[0]?.size ?? 0;
  const withPurity = kinds.some((kind) => kind.purity !== null);
  const withStability = kinds.some((kind) => kind.stability !== null);
  const withNeighbour = kinds.some((kind) => kind.mostConfused !== null);
  const rows = sortForReading(largest).map((kind) =>
    kindRow(kind, {
      share: kind.size / total,
      bar: kind.size / largestSize,
      withPurity,
      picture: pictures.get(kind),
    }),
  );
  return html`<section aria-labelledby="kinds">
<h2 id="kinds">The kinds</h2>
<p class="lead">In each strip, the images on the left lie nearest the centre of their kind; those on the right are the ones the clustering was least sure of.</p>
<table class="kinds" role="table">
<colgroup><col>${Array.from({ length: withPurity ? 3 : 2 }, () => html`<col class="figures">`)}<col class="strip"></colgroup>
<thead role="rowgroup"><tr role="row">
<th scope="col" role="columnheader">Kind</th>
<th scope="col" role="columnheader" class="n">Images</th>
${withPurity ? html`<th scope="col" role="columnheader" class="n">Purity</th>` : null}
<th scope="col" role="columnheader" class="n">Confidence</th>
<th scope="col" role="columnheader">Examples</th>
</tr></thead>
<tbody role="rowgroup">
${rows}</tbody>
</table>
<p class="note">${withPurity ? 'Purity: share of a kind that carries its most frequent label. ' : null}Confidence: mean over the images of a kind.${
    withStability
      ? ' Stability: how much of the kind comes back when only four fifths of the images are looked at, 0 to 1.'
      : null
  }${withNeighbour ? ' Taken for: the kind it is most easily confused with, and the share of its ties that go there.' : null}${leftOut(kinds, largest, pictures)}</p>
</section>`;
}

/** Names in their natural order, so that kinds of one name stand together; what has no kind comes last. */
export function sortForReading<K extends { name: string; size: number; cluster: number }>(
  kinds: readonly K[],
): K[] {
  const order = new Intl.Collator('en', { numeric: true });
  const last = (kind: K): number => (kind.cluster < 0 ? 1 : 0);
  return [...kinds].sort(
    (a, b) => last(a) - last(b) || order.compare(a.name, b.name) || b.size - a.size || a.cluster - b.cluster,
  );
}

interface RowFigures {
  readonly share: number;
  readonly bar: number;
  readonly withPurity: boolean;
  readonly picture: Picture | undefined;
}

function kindRow(kind: ReportKind, { share, bar, withPurity, picture }: RowFigures): Markup {
  const name = kind.cluster < 0 ? 'no kind' : kind.name;
  return html`<tr role="row">
<th scope="row" role="rowheader"><span class="${name.length > LONG_NAME ? 'long name' : 'name'}">${name}</span>${
    kind.cluster < 0 ? null : html` <span class="sub">cluster ${kind.cluster}</span>`
  }${takenFor(kind)}</th>
<td role="cell" class="n" data-label="Images">${formatCount(kind.size)} <span class="sub">${formatPercent(share)}</span><span class="bar" aria-hidden="true"><i style="width:${(bar * 100).toFixed(1)}%"></i></span></td>
${withPurity ? html`<td role="cell" class="n" data-label="Purity">${percentOrNone(kind.purity)}</td>` : null}
<td role="cell" class="n" data-label="Confidence">${percentOrNone(kind.meanConfidence)}${stabilityOf(kind)}</td>
<td role="cell" class="pictures">${
    picture === undefined ? null : pictureMarkup(picture, describeExamples(kind, name))
  }</td>
</tr>
`;
}

export function pictureMarkup(picture: Picture, description: string): Markup {
  return html`<img src="${picture.dataUri}" alt="${description}" width="${picture.width * picture.scale}" height="${picture.height * picture.scale}">`;
}

function percentOrNone(fraction: number | null): string | Markup {
  return fraction === null ? html`<span class="none">–</span>` : formatPercent(fraction);
}

function stabilityOf({ stability }: ReportKind): Markup | null {
  return stability === null ? null : html` <span class="sub">stability ${stability.toFixed(2)}</span>`;
}

function takenFor({ mostConfused }: ReportKind): Markup | null {
  if (mostConfused === null) return null;
  return html` <span class="sub">taken for ${mostConfused.name}, ${formatPercent(mostConfused.share)}</span>`;
}

function describeExamples({ examples }: ReportKind, name: string): string {
  const typical = Math.min(examples.typical.length, TYPICAL_SHOWN);
  const boundary = Math.min(examples.boundary.length, BOUNDARY_SHOWN);
  return `${name}: ${formatPlural(typical, 'typical image')} and ${formatPlural(boundary, 'boundary case')}`;
}

/** Pictures of the largest kinds first, until the budget is spent. */
async function drawKinds(
  kinds: readonly ReportKind[],
  images: ReportImages,
): Promise<Map<ReportKind, Picture>> {
  const pictures = new Map<ReportKind, Picture>();
  let spent = 0;
  for (const kind of kinds) {
    const { typical, boundary } = kind.examples;
    if (typical.length + boundary.length === 0) continue;
    const picture = await drawGrid({
      images,
      columns: COLUMNS,
      cells: exampleCells(typical, boundary),
      breaks: [TYPICAL_COLUMNS],
    });
    spent += picture.dataUri.length;
    if (spent > PICTURE_BUDGET) break;
    pictures.set(kind, picture);
  }
  return pictures;
}

function exampleCells(typical: readonly number[], boundary: readonly number[]): (number | null)[] {
  const cellsOf = (images: readonly number[], row: number, columns: number) =>
    Array.from({ length: columns }, (_, column) => images[row * columns + column] ?? null);
  return Array.from({ length: ROWS }, (_, row) => [
    ...cellsOf(typical, row, TYPICAL_COLUMNS),
    ...cellsOf(boundary, row, COLUMNS - TYPICAL_COLUMNS),
  ]).flat();
}

function leftOut(
  kinds: readonly ReportKind[],
  shown: readonly ReportKind[],
  pictures: ReadonlyMap<ReportKind, Picture>,
): string {
  const sentences: string[] = [];
  const withoutPicture = shown.filter((kind) => kind.examples.typical.length > 0).length - pictures.size;
  if (withoutPicture > 0) {
    sentences.push(
      ` The ${formatPlural(withoutPicture, 'smallest kind')} shown without pictures keep this page small.`,
    );
  }
  const notShown = kinds.length - shown.length;
  if (notShown > 0) sentences.push(` ${formatPlural(notShown, 'smaller kind')} more in kinds.csv.`);
  return sentences.join('');
}
