// A run that the studio has open: its journal, and what is read or computed once somebody asks for it.
import { realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { InputError } from '../../core/errors.js';
import { describeImageEncoder } from '../../methods/vectors/image-encoder.js';
import { type Journal, openJournal } from '../../review/journal/journal.js';
import { keptMap, makeMap } from '../../review/map.js';
import { type Neighbourhood, openNeighbourhood } from '../../review/neighbourhood.js';
import { type MicroClusters, microClusters } from '../../review/questions/micro-clusters.js';
import { secondKinds } from '../../review/questions/reasons.js';
import { readLabels } from '../../run/files/artefacts.js';
import { cardVersion, type RunCard } from '../../run/files/card.js';
import { checkTag } from '../../run/files/folder.js';
import { findRunImages, type RunImages } from '../../run/images/run-images.js';
import { type FoundAnomaly, readFindings } from '../../run/writing/findings.js';
import type { Hub } from './hub.js';
import { type EncoderView, FINDINGS } from './messages.js';

export interface OpenRun {
  readonly tag: string;
  readonly folder: string;
  /** Of its card when it was opened: another run may take its place. */
  readonly version: string;
  readonly journal: Journal;
  readonly findings: readonly FoundAnomaly[];
  /** (n): into FINDINGS. */
  readonly findingOf: Int32Array;
  /** Null without labels. */
  readonly labels: { readonly names: readonly string[]; readonly of: Int32Array } | null;
  neighbourhood(): Promise<Neighbourhood>;
  images(): Promise<RunImages>;
  /** Looks for images again that were not as they had been: somebody may have put them back. */
  lookAgain(): Promise<RunImages>;
  /** Of a run whose images are compared by one. Throws an InputError where it is none, or where the file cannot be used. */
  encoder(): Promise<EncoderView>;
  /** (n, 2), row by row: where each image lies on the map. */
  layout(): Promise<Float32Array>;
  /** Groups of alike images, to ask about. */
  groups(): Promise<MicroClusters>;
  /** (n): for the state as it is now. */
  second(): Promise<Int32Array>;
}

export interface OpenRuns {
  /** Throws an InputError where there is no finished run of that name. */
  open(tag: string): OpenRun;
  /** After a run was written anew. */
  forget(tag: string): void;
}

/** Runs that stay in memory. */
const MOST_OPEN = 4;
const SEED = 0;

export function createOpenRuns(logDir: string, threads: number, hub: Hub): OpenRuns {
  const runs = new Map<string, OpenRun>();
  return {
    open(tag) {
      const known = runs.get(tag);
      const isAsItWas = known !== undefined && cardVersion(known.folder) === known.version;
      const run = isAsItWas ? known : openRun(logDir, tag, threads, hub);
      runs.delete(tag);
      runs.set(tag, run);
      for (const oldest of runs.keys()) if (runs.size > MOST_OPEN) runs.delete(oldest);
      return run;
    },
    forget: (tag) => void runs.delete(tag),
  };
}

/** The folder of a run. Throws an InputError for a name that is none, and for one that leads out of the log directory. */
export function runFolder(logDir: string, tag: string): string {
  checkTag(tag);
  const folder = join(logDir, tag);
  try {
    if (!realpathSync(folder).startsWith(realpathSync(logDir) + sep)) throw new Error('elsewhere');
  } catch {
    throw new InputError(`There is no run ${tag} in ${logDir}: choose one of the list.`);
  }
  return folder;
}

function openRun(logDir: string, tag: string, threads: number, hub: Hub): OpenRun {
  const folder = runFolder(logDir, tag);
  const version = cardVersion(folder);
  const journal = openJournal(folder);
  const { ids } = journal.found;
  const findings = readFindings(folder);
  const neighbourhood = once(() => openNeighbourhood(folder, journal.card, { threads }));
  const images = kept(() => findRunImages(journal.card, ids));
  return {
    tag,
    folder,
    version,
    journal,
    findings,
    findingOf: findingNumbers(ids, findings),
    labels: labelNumbers(ids, readLabels(folder)),
    neighbourhood,
    images: () => images.get(),
    async lookAgain() {
      if ((await images.get()).problem !== null) images.forget();
      return images.get();
    },
    encoder: once(async () => describeEncoder(folder, journal.card)),
    layout: once(async () => {
      const kept = keptMap(folder, ids.length);
      if (kept !== null) return kept.data;
      const around = await neighbourhood();
      const made = await makeMap(folder, around, {
        seed: SEED,
        threads,
        report: ({ done, total }) => hub.send({ type: 'layout', tag, done, total: total ?? done }),
      });
      return made.data;
    }),
    groups: once(async () =>
      microClusters(await neighbourhood(), { k: journal.card.k, seed: SEED, threads }),
    ),
    second: async () => secondKinds((await neighbourhood()).graph, journal.state.assignment),
  };
}

async function describeEncoder(folder: string, card: RunCard): Promise<EncoderView> {
  if (card.vectors?.kind !== 'encoder')
    throw new InputError(`The images of ${card.tag} are compared by no encoder.`);
  const path = join(folder, 'model', 'encoder.onnx');
  return {
    ...(await describeImageEncoder(path)),
    bytes: statSync(path).size,
  };
}

function findingNumbers(ids: readonly string[], findings: readonly FoundAnomaly[]): Int32Array {
  const numbers = new Map<string, number>();
  for (const { finding, id } of findings) {
    const name = FINDINGS.findIndex((each) => finding.endsWith(each));
    if (name > 0) numbers.set(id, name);
  }
  return Int32Array.from(ids, (id) => numbers.get(id) ?? 0);
}

function labelNumbers(ids: readonly string[], labels: ReadonlyMap<string, string> | null): OpenRun['labels'] {
  if (labels === null) return null;
  const names = [...new Set(labels.values())].sort();
  const numbers = new Map(names.map((name, at) => [name, at]));
  return { names, of: Int32Array.from(ids, (id) => numbers.get(labels.get(id) ?? '') ?? -1) };
}

/** Computes once; what failed is tried again when it is asked for again. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  return kept(work).get;
}

/** The same, until it is to be forgotten. */
function kept<T>(work: () => Promise<T>): { readonly get: () => Promise<T>; readonly forget: () => void } {
  let asked: Promise<T> | null = null;
  return {
    get() {
      asked ??= work().catch((error: unknown) => {
        asked = null;
        throw error;
      });
      return asked;
    },
    forget() {
      asked = null;
    },
  };
}
