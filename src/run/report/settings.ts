// What made the run: settings, images, machine and the time each stage took.
import { basename } from 'node:path';
import type { DescribedImages, RunCard } from '../files/card.js';
import { formatBytes, formatCount, formatFigure, formatKey, formatPercent, formatSeconds } from './format.js';
import { type Fragment, html, type Markup } from './html.js';

type Entry = readonly [name: string, value: Fragment];

export function settingsSection(card: RunCard): Markup {
  return html`<section aria-labelledby="settings">
<h2 id="settings">How it was made</h2>
<div class="columns">
<div><h3>Settings</h3>${list(settingsOf(card))}</div>
<div><h3>Images</h3>${list(imagesOf(card))}</div>
<div><h3>Time</h3>${timings(card.seconds)}
<h3>Machine</h3>${list(machineOf(card))}</div>
</div>
</section>`;
}

function list(entries: readonly Entry[]): Markup {
  return html`<dl>${entries.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function settingsOf({ options, training, clusteringInertia, k, kin: seen, refinedFrom }: RunCard): Entry[] {
  const { network, training: trainingOptions, clustering, kin, ...general } = options;
  const entries = (group: object): Entry[] =>
    Object.entries(group).map(([key, value]: [string, unknown]) => [formatKey(key), settingText(value)]);
  return [
    ...(refinedFrom === null
      ? []
      : [['learns from', `${refinedFrom.tag}, ${refinedFrom.edits} edits`] as const]),
    ...entries(general),
    // Without training, the network's settings had no effect.
    ...(training === null ? [] : [...entries(network), ...entries(trainingOptions)]),
    ...(kin === null
      ? entries({ ...clustering, numClusters: k })
      : entries({ ...kin, numClusters: clustering.numClusters ?? `auto, ${k}` })),
    ...(seen === null ? [] : [['modularity', seen.modularity.toFixed(4)] as const]),
    ...(typeof seen?.trustedShare === 'number'
      ? [['trusted images', formatPercent(seen.trustedShare)] as const]
      : []),
    ...(training === null ? [] : [['steps done', String(training.stepsDone)] as const]),
    ...(clusteringInertia === null ? [] : [['inertia', formatFigure(clusteringInertia)] as const]),
  ];
}

function settingText(value: unknown): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return Array.isArray(value) ? value.join(', ') : String(value);
}

function imagesOf({ data, vectors }: RunCard): Entry[] {
  const described = (images: DescribedImages): Entry[] => [
    [images.name, formatCount(images.count)],
    [
      'size',
      `${images.width} × ${images.height} pixels, ${images.channels === 1 ? 'grey' : `${images.channels} channels`}`,
    ],
    fingerprintOf(images),
  ];
  return [
    ...described(data),
    ...(data.test === null ? [] : described(data.test)),
    ...(vectors === null
      ? []
      : ([
          ['compared by', `${basename(vectors.path)}: ${vectors.description}`],
          fingerprintOf(vectors),
        ] as const)),
  ];
}

function fingerprintOf({ sha256 }: { readonly sha256: string }): Entry {
  return ['SHA-256', html`<code class="fingerprint">${sha256}</code>`];
}

function timings(seconds: RunCard['seconds']): Markup {
  const stages = Object.entries(seconds).filter(([stage]) => stage !== 'total');
  const row = (stage: string, value: number): Markup =>
    html`<tr><th scope="row">${formatKey(stage)}</th><td class="n">${formatSeconds(value)}</td><td class="n sub">${formatPercent(seconds.total > 0 ? value / seconds.total : 0)}</td></tr>`;
  return html`<table class="times"><tbody>${stages.map(([stage, value]) => row(stage, value))}</tbody>
<tfoot><tr><th scope="row">total</th><td class="n">${formatSeconds(seconds.total)}</td><td></td></tr></tfoot></table>`;
}

function machineOf({ machine, peakBytes }: RunCard): Entry[] {
  return [
    ['processor', machine.cpu],
    ['cores', String(machine.cores)],
    ['memory', `${formatBytes(machine.memoryBytes)}, ${formatBytes(peakBytes)} used`],
    ['system', `${machine.platform} ${machine.arch}`],
    ['Node.js', machine.node],
    ['ONNX Runtime', machine.onnxruntime],
  ];
}
