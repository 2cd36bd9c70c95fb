// What `kindred train` prints when it is done: the kinds, how well they match the labels where there are
// any, and where to look.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Kind, readAssignments, readKinds } from '../../run/files/artefacts.js';
import type { Metrics, RunCard } from '../../run/files/card.js';
import { readRunCsv } from '../../run/files/csv.js';
import { counted } from '../flags/flag-values.js';
import { left, percent, right, table } from './table.js';

/** A kind as the table shows it; `purity` is the share of its images that have its name, if labels say so. */
export interface KindRow extends Kind {
  readonly purity: number | null;
}

/** More kinds than this and the table shows the largest ones. */
const MOST_ROWS = 100;

/** The kinds of a finished run. Throws an InputError if its tables are missing or damaged. */
export function readKindRows(folder: string): KindRow[] {
  const purity = existsSync(join(folder, 'scores.csv')) ? readPurity(folder) : new Map<number, number>();
  return readKinds(folder).map((kind) => ({ ...kind, purity: purity.get(kind.cluster) ?? null }));
}

/** Share of correct images by cluster. */
function readPurity(folder: string): Map<number, number> {
  const { ids, assignment } = readAssignments(folder);
  const clusterOf = new Map(ids.map((id, imageIndex) => [id, assignment[imageIndex]]));
  const images = new Map<number, number>();
  const correct = new Map<number, number>();
  for (const [id, , , verdict] of readRunCsv(folder, 'scores.csv', ['id', 'label', 'name', 'correct'])) {
    const cluster = clusterOf.get(id) ?? -1;
    images.set(cluster, (images.get(cluster) ?? 0) + 1);
    if (verdict === 'true') correct.set(cluster, (correct.get(cluster) ?? 0) + 1);
  }
  return new Map([...images].map(([cluster, count]) => [cluster, (correct.get(cluster) ?? 0) / count]));
}

/** Where the run lies, as the person wrote it. */
export interface RunPlace {
  readonly folder: string;
  /** What TensorBoard is to be given; null where it would show nothing of the run. */
  readonly board: string | null;
}

/** The text of it all. */
export function summary(card: RunCard, kinds: readonly KindRow[], { folder, board }: RunPlace): string {
  const outside = card.outside === 0 ? '' : `, ${counted(card.outside)} of them in no kind`;
  const networks = card.kin?.networks;
  const isFirst = networks?.state === 'pending';
  const blocks = [
    `${isFirst ? 'First result: ' : ''}${quantity(card.k, 'kind')} in ${quantity(card.data.count, 'image')} (${card.data.name})${outside} after ${card.seconds.total.toFixed(1)} s`,
    kindTable(kinds, card.data.count),
  ];
  if (isFirst) {
    if (card.metrics !== null) blocks.push(metricsTable(card.metrics.train, null));
    const who = card.vectors === null ? 'networks' : 'heads on its vectors';
    const next =
      networks.reason === null ? `${who} refine it now` : 'how stable its kinds are is looked at now';
    blocks.push(
      ...doubtBlock(card),
      `It is whole and lies in ${folder}; ${next}, Ctrl-C leaves it as it is.`,
    );
    return `${blocks.join('\n\n')}\n`;
  }
  blocks.push(...doubtBlock(card));
  if (card.numberOfKinds.length > 0) blocks.push(evidenceTable(card));
  if (networks?.state === 'stopped') {
    blocks.push(`Stopped at the graph: ${networks.reason}.`);
  }
  if (card.metrics !== null) blocks.push(metricsTable(card.metrics.train, card.metrics.test));
  blocks.push(
    [
      ...findingsLine(card),
      `Run folder   ${folder}`,
      `Look at it   ${join(folder, 'report.html')}`,
      ...(board === null ? [] : [`TensorBoard  tensorboard --logdir ${asWord(board)}`]),
      `Studio       ${PROGRAM} studio ${asWord(folder)}`,
    ].join('\n'),
  );
  return `${blocks.join('\n\n')}\n`;
}

function doubtBlock({ kin }: RunCard): string[] {
  return kin === null || kin.doubt === null ? [] : [`${kin.doubt}.`];
}

/** How the program is called from where it runs: in the repository by its launcher, elsewhere by its name. */
const PROGRAM = existsSync('bin/kindred.js') ? 'node bin/kindred.js' : 'npx kindred';

/** As the shell takes it for one word. */
function asWord(path: string): string {
  return /^[\w./~-]+$/.test(path) ? path : JSON.stringify(path);
}

function kindTable(kinds: readonly KindRow[], images: number): string {
  const shown =
    kinds.length <= MOST_ROWS ? kinds : [...kinds].sort((a, b) => b.size - a.size).slice(0, MOST_ROWS);
  const judged = kinds.some(({ purity }) => purity !== null);
  const isStable = kinds.some(({ stability }) => stability !== null);
  const columns = [
    ...right('kind'),
    ...left('name'),
    ...right('images', 'share', ...(isStable ? ['stability'] : []), ...(judged ? ['purity'] : [])),
  ];
  const rows = shown.map(({ cluster, name, size, stability, purity }) => [
    String(cluster),
    name,
    counted(size),
    percent(images === 0 ? 0 : size / images),
    ...(isStable ? [stability === null ? '–' : stability.toFixed(2)] : []),
    ...(judged ? [purity === null ? '–' : percent(purity)] : []),
  ]);
  const more = kinds.length - shown.length;
  return table(columns, rows) + (more === 0 ? '' : `\n… and ${counted(more)} smaller ones in kinds.csv`);
}

/** One line on what was odd; none where nothing was. */
function findingsLine({ findings }: RunCard): string[] {
  if (findings === null) return [];
  const parts = [
    amount(findings.exactDuplicates, 'exact duplicate', 'exact duplicates'),
    amount(findings.nearDuplicates, 'near duplicate', 'near duplicates'),
    amount(findings.turnedCopies, 'mirrored or turned copy', 'mirrored or turned copies'),
    amount(findings.outliers, 'outlier', 'outliers'),
    amount(findings.mixedKinds, 'kind that looks mixed', 'kinds that look mixed'),
  ].flat();
  return parts.length === 0 ? [] : [`Findings     ${parts.join(', ')} (findings.csv)`];
}

function amount(count: number, one: string, many: string): string[] {
  return count === 0 ? [] : [quantity(count, one, many)];
}

function quantity(count: number, one: string, many = `${one}s`): string {
  return `${counted(count)} ${count === 1 ? one : many}`;
}

/** How many candidates for the number of kinds are shown. */
const CANDIDATES_SHOWN = 5;

/** Why so many kinds: what speaks for each number, the chosen one first. */
function evidenceTable({ numberOfKinds }: RunCard): string {
  const columns = right('kinds', 'modularity', 'gain', 'eigengap', 'stability');
  const rows = numberOfKinds
    .slice(0, CANDIDATES_SHOWN)
    .map(({ k, modularity, gain, eigengap, stability }) => [
      counted(k),
      modularity.toFixed(4),
      gain.toFixed(4),
      eigengap.toFixed(4),
      stability === null ? '–' : stability.toFixed(2),
    ]);
  return `How many kinds: the graph's best candidates, the first was taken (another: --num-clusters N)\n${table(columns, rows)}`;
}

/** Accuracies and agreement, one column for the images that were clustered, one for those held out. */
export function metricsTable(train: Metrics, test: Metrics | null, titles = ['train', 'test']): string {
  const row = (title: string, format: (metrics: Metrics) => string) => [
    title,
    format(train),
    ...(test === null ? [] : [format(test)]),
  ];
  const columns = [...left(''), ...right(...(test === null ? titles.slice(0, 1) : titles))];
  const isPartly = train.labelled < 1 || (test?.labelled ?? 1) < 1;
  return table(columns, [
    ...(isPartly ? [row('images with a label', ({ labelled }) => percent(labelled))] : []),
    row('accuracy, majority vote', ({ majorityAccuracy }) => percent(majorityAccuracy)),
    row('accuracy, one-to-one', ({ oneToOneAccuracy }) => percent(oneToOneAccuracy)),
    row('NMI', ({ nmi }) => nmi.toFixed(3)),
    row('AMI', ({ ami }) => ami?.toFixed(3) ?? '–'),
    row('ARI', ({ ari }) => ari.toFixed(3)),
    ...(train.reliability === null
      ? []
      : [
          row(
            'calibration error',
            ({ reliability }) => reliability?.expectedCalibrationError.toFixed(3) ?? '–',
          ),
        ]),
  ]);
}
