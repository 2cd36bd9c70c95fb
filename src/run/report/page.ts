// The report of a run: one page that needs nothing but itself, to read from a disk, to print, to send on.
import { join } from 'node:path';
import { writeFileAtomic } from '../../core/files.js';
import type { Metrics, RunCard } from '../files/card.js';
import { confusionSection } from './confusion.js';
import { curveSection } from './curve.js';
import { numberOfKindsSection, reliabilitySection } from './evidence.js';
import { findingsSection } from './findings.js';
import { formatCommand, formatPercent, formatPlural, formatSeconds } from './format.js';
import { growthSection } from './growth.js';
import { html, type Markup, wholePage } from './html.js';
import type { ReportInput } from './input.js';
import { kindsSection } from './kinds.js';
import { reconstructionsSection } from './reconstructions.js';
import { settingsSection } from './settings.js';
import { STYLE } from './style.js';

/** Writes `folder`/report.html. */
export async function writeReport(folder: string, input: ReportInput): Promise<void> {
  writeFileAtomic(join(folder, 'report.html'), await reportPage(input));
}

/** The page as text. */
export async function reportPage(input: ReportInput): Promise<string> {
  const { card, images, kinds, findings, growth, confusion, curves, reconstructions } = input;
  const body = html`<header>
<p class="kicker">${card.tag}</p>
<h1>${headline(card)}</h1>
<p class="summary">${summary(card)}</p>
${card.metrics === null ? null : metricsTable(card.metrics)}
</header>
<main>
${growth === null ? null : await growthSection(card, growth, images)}
${await kindsSection(kinds, images)}
${await findingsSection(findings, images)}
${numberOfKindsSection(card)}
${confusion === null ? null : confusionSection(confusion, kinds)}
${reliabilitySection(card)}
${curves === null ? null : curveSection(curves)}
${reconstructions === null ? null : await reconstructionsSection(reconstructions)}
${settingsSection(card)}
</main>
<footer>
<h2>Do it again</h2>
<pre tabindex="0"><code>${formatCommand(['kindred', ...card.command])}</code></pre>
<p>The same images, seed (${card.seed}) and threads (${card.threads}) give the same result, byte for byte. Made with kindred ${card.version} on <time datetime="${card.startedAt}">${card.startedAt.slice(0, 10)}</time>.</p>
</footer>`;
  return wholePage({ title: `${card.tag} – ${headline(card)}`, version: card.version, style: STYLE }, body);
}

function headline({ data, k }: RunCard): string {
  return `${formatPlural(k, 'kind')} in ${formatPlural(data.count, 'image')}`;
}

function summary(card: RunCard): string {
  const { options, data, seconds, training, kin } = card;
  const { network } = options;
  if (kin !== null) {
    const doubt = kin.doubt === null ? '' : ` ${kin.doubt}.`;
    return `${data.name}, sorted by who is whose neighbour${networksClause(kin.networks, card.vectors !== null)}.${doubt} ${tookSeconds(seconds.total)}`;
  }
  const layers = network.hidden.length > 0 ? ` through layers of ${network.hidden.join(', ')}` : '';
  const how =
    training === null
      ? 'sorted by K\u2011means on their raw pixels'
      : `turned into ${formatPlural(network.encodingSize, 'number')} each${layers} by a ${
          network.convolution ? 'convolutional' : 'dense'
        } auto-encoder (${formatPlural(training.stepsDone, 'step')}), then sorted by K\u2011means`;
  return `${data.name}, ${how}. ${tookSeconds(seconds.total)}`;
}

/** What the networks did for a kin run, or heads where it has vectors of an encoder. */
function networksClause(networks: NonNullable<RunCard['kin']>['networks'], hasVectors: boolean): string {
  if (networks.state === 'trained') {
    const who = hasVectors ? 'heads on the vectors' : 'two networks';
    return `, the doubtful ones settled by ${who} that taught each other`;
  }
  if (networks.state === 'stopped') return `; the graph has the last word, for ${networks.reason}`;
  const isToCome = networks.state === 'pending' && networks.reason === null;
  return isToCome ? `; ${hasVectors ? 'heads' : 'networks'} have yet to settle the doubtful ones` : '';
}

function tookSeconds(seconds: number): string {
  return `It took ${formatSeconds(seconds)}; no label was read before the kinds were fixed.`;
}

function metricsTable({ train, test }: NonNullable<RunCard['metrics']>): Markup {
  const row = (name: string, meaning: string, show: (metrics: Metrics) => string): Markup =>
    html`<tr><th scope="row">${name}<span class="sub">${meaning}</span></th><td>${show(train)}</td>${
      test === null ? null : html`<td>${show(test)}</td>`
    }</tr>
`;
  const isPartly = train.labelled < 1 || (test?.labelled ?? 1) < 1;
  return html`<table class="metrics">
<thead><tr><td></td><th scope="col">training images</th>${test === null ? null : html`<th scope="col">test images</th>`}</tr></thead>
<tbody>
${isPartly ? row('Scored', 'images that have a label', (m) => formatPercent(m.labelled)) : null}
${row('Accuracy', 'each kind named by its most frequent label', (m) => formatPercent(m.majorityAccuracy))}
${row('One-to-one accuracy', 'each label given to one kind at most', (m) => formatPercent(m.oneToOneAccuracy))}
${row('NMI', 'information shared with the labels, 0 to 1', (m) => m.nmi.toFixed(3))}
${row('AMI', 'the same beyond chance, 0 by chance, 1 in full', (m) => m.ami?.toFixed(3) ?? '–')}
${row('ARI', 'agreement of pairs, 0 by chance, 1 in full', (m) => m.ari.toFixed(3))}
</tbody>
</table>`;
}
