// kindred grow: a new dataset meets an old run. Reads the run, asks methods/growing/grow.ts, and writes a new run that keeps the old
// kinds' numbers and names; the old run is not touched.
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { unlessAborted } from '../../core/abort.js';
import { InputError, InterruptedError, option, words } from '../../core/errors.js';
import { writeFileAtomic } from '../../core/files.js';
import { matrix } from '../../core/matrix.js';
import { type Growth, grow } from '../../methods/growing/grow.js';
import { type Kind, writeAssignments, writeCodes, writeKinds, writeSkipped } from '../files/artefacts.js';
import { type RunCard, writeRunCard } from '../files/card.js';
import { claimRunFolder, takePlace, unmark } from '../files/folder.js';
import { joinedParts, refuseSkipped, requireImages, tellUnread } from '../images/data.js';
import {
  joined,
  openAddedParts,
  openOldParts,
  readParts,
  requireOldImages,
} from '../images/grown-dataset.js';
import {
  type GrownImages,
  type GrownRun,
  type GrowRequest,
  type OldRun,
  readOldRun,
} from '../reading/old-run.js';
import { writeReport } from '../report/page.js';
import type { RunContext } from '../writing/plan.js';
import { createStageClock } from '../writing/stage-clock.js';
import { grownCard } from './grown-card.js';
import { growthReportInput } from './grown-report.js';

/**
 * Looks at the new images and writes the new run; returns its card. Throws an InputError for bad input and an
 * InterruptedError when the signal aborts; no run is left behind then.
 */
export async function growRun(request: GrowRequest, context: RunContext): Promise<RunCard> {
  const old = readOldRun(request.run);
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
    const growth = await grow(
      { ...old, ...old.assignments, k: old.card.k, distance: distanceOf(old.card) },
      added,
      { seed: old.card.seed, threads },
      { report: clock.report, signal: context.signal },
    );
    clock.enter('write');
    const parts = [...oldParts, ...addedParts];
    const { passedOver = [] } = joinedParts(parts);
    const images: GrownImages = { ...joined([oldImages, added]), oldCount: oldImages.count };
    const kinds = kindsAfter(old, growth);
    const card = await grownCard({ old, growth, kinds, images, request, tag, threads, passedOver }, parts);
    const finished = await writeRun(folder, { old, growth, kinds, images, card, passedOver }, () =>
      clock.seconds(),
    );
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
function kindsAfter({ kinds }: OldRun, { changes, newKinds, assignment }: Growth): Kind[] {
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
async function writeRun(folder: string, run: GrownRun, seconds: () => RunCard['seconds']): Promise<RunCard> {
  const { old, growth, kinds, images } = run;
  writeFileAtomic(join(folder, 'model', 'encoder.onnx'), old.encoder);
  writeFileAtomic(join(folder, 'model', 'classifier.onnx'), growth.classifier);
  const codes = matrix(images.count, old.codes.columns);
  codes.data.set(old.codes.data);
  codes.data.set(growth.codes.data, old.codes.data.length);
  writeCodes(folder, codes);
  const assignment = new Int32Array(images.count);
  assignment.set(old.assignments.assignment);
  assignment.set(growth.assignment, images.oldCount);
  const confidence = new Float32Array(images.count);
  confidence.set(old.assignments.confidence);
  confidence.set(growth.confidence, images.oldCount);
  writeAssignments(folder, { ids: images.ids, assignment, confidence });
  writeKinds(folder, kinds);
  writeSkipped(join(folder, 'skipped.csv'), [...images.skipped, ...run.passedOver]);
  const card: RunCard = {
    ...run.card,
    finished: true,
    seconds: seconds(),
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
  await writeReport(folder, growthReportInput({ ...run, card }, { codes, assignment, confidence }));
  writeRunCard(folder, card);
  return card;
}
