// One self-contained page that shows every kind with its most typical images: to look through, or to send on.
import { hash } from 'node:crypto';
import { InputError } from '../core/errors.js';
import { writeFileAtomic } from '../core/files.js';
import type { Matrix } from '../core/matrix.js';
import { readCodes } from '../run/files/artefacts.js';
import { findRunImages } from '../run/images/run-images.js';
import { formatCount, formatPercent } from '../run/report/format.js';
import { html, type Markup, trusted, wholePage } from '../run/report/html.js';
import type { ReportImages } from '../run/report/input.js';
import { drawGrid } from '../run/report/pictures.js';
import { STYLE } from '../run/report/style.js';
import { distinctNames, type ExportedRun } from './records.js';

/** Images shown of a kind. */
const MOST_SHOWN = 100;
const COLUMNS = 20;

/** Shows only the kinds whose name holds what is typed. */
const FILTER = `const box=document.querySelector('input');const kinds=[...document.querySelectorAll('section[data-name]')];
box.addEventListener('input',()=>{const text=box.value.trim().toLowerCase();
for(const kind of kinds)kind.hidden=!kind.dataset.name.toLowerCase().includes(text)});`;

const LOOK = `section.kind{margin-top:2.5rem}section.kind img{max-width:100%;height:auto;image-rendering:auto}
input{font:inherit;padding:.4rem .6rem;border:1px solid var(--rule);background:var(--wash);color:var(--ink);border-radius:.3rem}
label{display:inline-flex;gap:.6rem;align-items:baseline;margin-top:1.5rem}`;

/** Writes the page. Throws an InputError if the run's images are gone. */
export async function exportGallery(run: ExportedRun, path: string): Promise<void> {
  const { card, kinds, folder } = run;
  const ids = run.images.map(({ id }) => id);
  const images = await findRunImages(card, ids);
  if (images.isMissing.every((each) => each === 1))
    throw new InputError(images.problem ?? 'The run has no images.');
  const members = typicalFirst(run, readCodes(folder));
  const names = distinctNames(kinds);
  const sections: Markup[] = [];
  for (const [at, kind] of kinds.entries()) {
    const shown = members[at].slice(0, MOST_SHOWN);
    const confidence =
      members[at].reduce((sum, image) => sum + run.images[image].confidence, 0) / Math.max(1, kind.size);
    sections.push(html`<section class="kind" data-name="${names[at]}">
<h2>${names[at]}</h2>
<p class="lead">${formatCount(kind.size)} images, confidence ${formatPercent(confidence)}${shown.length < kind.size ? html`; the ${String(shown.length)} most typical` : null}</p>
${await strip(shown, images, names[at])}
</section>
`);
  }
  const digest = hash('sha256', FILTER, 'base64');
  const body = html`<header>
<p class="kicker">${card.tag}</p>
<h1>${formatCount(kinds.length)} kinds in ${formatCount(card.data.count)} images</h1>
${images.problem === null ? null : html`<p class="lead">${images.problem}</p>`}
<label>Show kinds called <input type="search" autocomplete="off"></label>
</header>
<main>
${sections}</main>
<script>${trusted(FILTER)}</script>`;
  const head = { title: `${card.tag} – ${kinds.length} kinds`, version: card.version, style: STYLE + LOOK };
  writeFileAtomic(path, wholePage({ ...head, scripts: `; script-src 'sha256-${digest}'` }, body));
}

async function strip(shown: readonly number[], images: ReportImages, name: string): Promise<Markup | null> {
  if (shown.length === 0) return null;
  const columns = Math.min(COLUMNS, shown.length);
  const { dataUri, width, height, scale } = await drawGrid({ images, columns, cells: shown });
  return html`<img src="${dataUri}" width="${Math.round(width * scale)}" height="${Math.round(height * scale)}" alt="${`Images of ${name}`}">`;
}

/** For each kind its images, those nearest to the kind's mean code first. */
function typicalFirst({ kinds, images }: ExportedRun, { data, columns }: Matrix): number[][] {
  return kinds.map(({ cluster, size }) => {
    const members = [...images.keys()].filter((image) => images[image].cluster === cluster);
    const mean = new Float64Array(columns);
    for (const image of members) {
      for (let column = 0; column < columns; column++) mean[column] += data[image * columns + column] / size;
    }
    const distance = new Map(
      members.map((image) => {
        let squared = 0;
        for (let column = 0; column < columns; column++) {
          squared += (data[image * columns + column] - mean[column]) ** 2;
        }
        return [image, squared];
      }),
    );
    return members.sort((a, b) => (distance.get(a) as number) - (distance.get(b) as number) || a - b);
  });
}
