// kindred grow: a new dataset meets an old run. Reads the run, asks methods/growing/grow.ts, and writes a new run that keeps the old
// kinds' numbers and names; the old run is not touched.
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { unlessAborted } from '../../core/abort.js';
import { InputError, InterruptedError, option, words } from '../../core/errors.js';
import { writeFileAtomic } from '../../core/files.js';
import { stackRows } from '../../core/matrix.js';
import { type Growth, grow } from '../../methods/growing/grow.js';
import { type Kind, writeAssignments, writeCodes, writeKinds } from '../files/artefacts.js';
import { type RunCard, writeRunCard } from '../files/card.js';
import { claimRunFolder, takePlace, unmark } from '../files/folder.js';
import { writeSkipped } from '../files/skipped.js';
import {
  joinedImages,
  openAddedParts,
  openOldParts,
  readParts,
  requireOldImages,
} from '../images/grown-dataset.js';
import { joinedParts, refuseSkipped, requireImages, tellUnread } from '../images/read-images.js';
import { keepEncoder, keptEncoder } from '../images/vectors.js';
import { writeReport } from '../report/page.js';
import type { RunContext } from '../writing/plan.js';
import { createStageClock, type StageClock } from '../writing/stage-clock.js';
import { grownCard } from './grown-card.js';
import { growthReportInput } from './grown-report.js';
import { askedOf, type GrownRun, type GrowRequest, type OldRun, readOldRun } from './old-run.js';

/**
 * Looks at the new images and writes the new run; returns its card. Throws an InputError for bad input and an
 * InterruptedError when the signal aborts; no run is left behind then.
 */
export async function growRun(request: GrowRequest, context: RunContext): Promise<RunCard> {
  const old = await readOldRun(request.run);
  refuseItself(request);
  const { notice = () => {} } = context;
  const oldParts = await unlessAborted(openOldParts(old.card), context.signal);
  const opening = openAddedParts(old.card, old.assignments.ids, request, notice);
  const addedParts = await unlessAborted(opening, context.signal);
  const { tag, folder, place } = claimRunFolder(request.logDir, request.tag ?? undefined, {
    method: 'grow',
    overwrite: request.overwrite,
  });
  try {
    const clock = createStageClock(context.report);
    const oldImages = await readParts(old.card, oldParts, old.card.limits, clock.report, context.signal);
    requireOldImages(old.card, oldImages, old.assignments.ids);
    const added = await readParts(old.card, addedParts, request.limits, clock.report, context.signal);
    const name = request.sources.join(', ');
    if (request.strict) refuseSkipped(added.skipped, name);
    requireImages(added, name);
    const threads = request.threads ?? old.card.threads;
    const work = { report: clock.report, signal: context.signal };
    const growth = await grow(
      { ...old, ...old.assignments, k: old.card.k, distance: distanceOf(old.card) },
      await askedOf(old, request, addedParts, added, threads, work),
      { seed: old.card.seed, threads },
      work,
    );
    clock.enter('write');
    const parts = [...oldParts, ...addedParts];
    const run: GrownRun = {
      old,
      growth,
      kinds: grownKinds(old, growth),
      images: joinedImages([oldImages, added]),
      ids: [...oldImages.ids, ...added.ids],
      assignment: Int32Array.from([...old.assignments.assignment, ...growth.assignment]),
      confidence: Float32Array.from([...old.assignments.confidence, ...growth.confidence]),
      codes: stackRows(old.codes, growth.codes),
      parts,
      passedOver: joinedParts(parts).passedOver ?? [],
    };
    const card = await grownCard(run, request, { tag, threads, startedAt: clock.startedAt });
    if (old.encoder === null) keepEncoder(folder, keptEncoder(request.run));
    const finished = await writeRun(folder, run, card, clock);
    if (place === null) unmark(folder);
    else takePlace(folder, place);
    tellUnread(place ?? folder, added.skipped, joinedParts(addedParts).passedOver ?? [], notice);
    return finished;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    if (error instanceof InterruptedError)
      throw new InterruptedError(`Stopped; nothing was written to ${place ?? folder}.`);
    throw error;
  }
}

function refuseItself({ run, logDir, tag, overwrite }: GrowRequest): void {
  if (!overwrite || tag === null || resolve(join(logDir, tag)) !== resolve(run)) return;
  throw new InputError(
    words`${option('overwrite')} would replace ${run}, the run that grows: choose another ${option('tag')}, the old run stays as it is.`,
  );
}

function distanceOf({ options, kin }: RunCard): 'euclidean' | 'cosine' {
  return kin === null ? options.clustering.distance : 'euclidean';
}

/** The old kinds with their numbers, names and stabilities, then the new ones as `kind-N`. */
function grownKinds({ kinds }: OldRun, { changes, newKinds, assignment }: Growth): Kind[] {
  const grown = kinds.map((kind) => ({ ...kind, size: kind.size + changes[kind.cluster].added }));
  const found = newKinds.map(({ cluster, stability }) => ({
    cluster,
    size: assignment.reduce((count, value) => count + (value === cluster ? 1 : 0), 0),
    stability,
    name: `kind-${cluster}`,
  }));
  return [...grown, ...found];
}

/** Writes all files; the card, which says that the run is whole, last. */
async function writeRun(
  folder: string,
  run: GrownRun,
  beginning: RunCard,
  { seconds }: StageClock,
): Promise<RunCard> {
  const { encoder } = run.old;
  if (encoder !== null) writeFileAtomic(join(folder, 'model', 'encoder.onnx'), encoder);
  writeFileAtomic(join(folder, 'model', 'classifier.onnx'), run.growth.classifier);
  writeCodes(folder, run.codes);
  writeAssignments(folder, run);
  writeKinds(folder, run.kinds);
  writeSkipped(join(folder, 'skipped.csv'), [...run.images.skipped, ...run.passedOver]);
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  const card: RunCard = { ...beginning, finished: true, seconds: seconds(), peakBytes };
  await writeReport(folder, growthReportInput(run, card));
  writeRunCard(folder, card);
  return card;
}
