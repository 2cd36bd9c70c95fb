// The list of runs, and one run as the page begins with it.
import { readAssignments } from '../../run/files/artefacts.js';
import { type ListedRun, listRuns, type RunCard } from '../../run/files/card.js';
import type { RunDetail, RunSummary } from './messages.js';
import type { OpenRun } from './open-run.js';

const STRIP = 20;
/** The surest images of each kind of a run, by its folder and the moment it began: the list is asked for often. */
const strips = new Map<string, readonly number[]>();

/** The newest first. `running`: tags of the runs that are being trained. */
export function summariesOf(logDir: string, running: ReadonlySet<string>): RunSummary[] {
  return listRuns(logDir)
    .map((run) => (run.card === null ? brokenSummary(run) : summaryOf(run, run.card, running)))
    .reverse();
}

function brokenSummary({ tag, problem }: ListedRun): RunSummary {
  return {
    tag,
    state: 'broken',
    problem,
    method: null,
    source: '',
    images: 0,
    k: 0,
    startedAt: null,
    seconds: 0,
    accuracy: null,
    strip: [],
    refines: null,
    comparedBy: null,
  };
}

/** Under the name of its folder, which may have been copied or renamed since the card was written. */
function summaryOf({ tag, folder }: ListedRun, card: RunCard, running: ReadonlySet<string>): RunSummary {
  const { method, data, k, startedAt, seconds, metrics, refinedFrom } = card;
  const state = running.has(tag) ? 'running' : card.finished ? 'finished' : 'unfinished';
  return {
    tag,
    state,
    problem: null,
    method,
    source: data.name,
    images: data.count,
    k,
    startedAt,
    seconds: seconds.total,
    accuracy: metrics && {
      train: metrics.train.oneToOneAccuracy,
      test: metrics.test?.oneToOneAccuracy ?? null,
    },
    strip: card.finished ? stripOf(folder, card) : [],
    refines: refinedFrom?.tag ?? null,
    comparedBy: comparedBy(card),
  };
}

/** The surest image of each kind, the largest kinds first. */
function stripOf(folder: string, { startedAt, k, clusterSizes, seconds }: RunCard): readonly number[] {
  const key = `${folder} ${startedAt} ${seconds.total}`;
  const known = strips.get(key);
  if (known !== undefined) return known;
  const { assignment, confidence } = readAssignments(folder);
  const surest = new Int32Array(k).fill(-1);
  assignment.forEach((kind, image) => {
    if (kind >= 0 && (surest[kind] < 0 || confidence[image] > confidence[surest[kind]])) surest[kind] = image;
  });
  const bySize = [...clusterSizes.keys()].sort((a, b) => clusterSizes[b] - clusterSizes[a] || a - b);
  const strip = bySize.map((kind) => surest[kind]).filter((image) => image >= 0);
  strips.set(key, strip.slice(0, STRIP));
  return strip.slice(0, STRIP);
}

export function detailOf({ tag, journal: { card }, labels }: OpenRun): RunDetail {
  const { count, height, width, channels } = card.data;
  return { tag, card, count, height, width, channels, labelNames: labels?.names ?? null };
}

/** What the images of a run were compared by. */
function comparedBy({ method, vectors }: RunCard): string {
  if (vectors === null) return { kin: 'outlines', autoencoder: 'learnt codes', kmeans: 'pixels' }[method];
  const parts = vectors.path.split(/[\\/]/);
  if (vectors.kind === 'features') return `vectors in ${parts.at(-1)}`;
  return `what they show (${parts.slice(-2).join('/')})`;
}
