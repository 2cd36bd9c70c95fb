// kindred train, from images to a finished run folder. The pipeline exists once: the command line, the studio and other programs
// call this.
import { join } from 'node:path';
import { InterruptedError } from '../../core/errors.js';
import type { Skipped } from '../../data/source.js';
import type { DatasetSize } from '../../methods/found-kinds.js';
import { methodNamed } from '../../methods/methods.js';
import { writeVectors } from '../files/artefacts.js';
import { type RunCard, writeRunCard } from '../files/card.js';
import { methodCorrections, readCorrections, writeCorrections } from '../files/corrections.js';
import { writeSkipped } from '../files/skipped.js';
import { type RunData, tellUnread } from '../images/read-images.js';
import { keepEncoder } from '../images/vectors.js';
import { createKindsLog, type KindsLog } from '../tensorboard/kinds-log.js';
import { followTraining } from './follow.js';
import { firstCard, type Gathered, gather } from './gather.js';
import { planRun, type RunContext, type RunPlan, type TrainRequest } from './plan.js';
import { createPublisher, type Publish } from './publish.js';
import { openHome, type RunHome } from './run-folder.js';
import { createStageClock } from './stage-clock.js';

/**
 * Finds the kinds and writes the run. Returns its card.
 * Throws an InputError for bad input (no run is left behind) and an InterruptedError that says how to go on
 * when the signal aborts.
 */
export async function trainRun(request: TrainRequest, context: RunContext): Promise<RunCard> {
  const plan = await planRun(request, context.signal);
  const home = openHome(plan, request.logDir);
  try {
    return await carryOut(plan, home, request, context);
  } catch (error) {
    throw home.leave(error);
  }
}

async function carryOut(
  plan: RunPlan,
  home: RunHome,
  request: TrainRequest,
  context: RunContext,
): Promise<RunCard> {
  const { options, resumed, dataset } = plan;
  const { signal, notice = () => {} } = context;
  const { train, test } = dataset;
  const { count } = train;
  const size = { count, heldOut: test?.count ?? 0, isDecoded: train.shape !== null };
  const clock = createStageClock(context.report);
  const onChosen = (vectors: DatasetSize['vectors']) =>
    clock.expect(methodNamed(options.method).stages(options, { ...size, vectors }));
  const gathered = await gather(plan, request, { report: clock.report, signal, notice, onChosen });
  const { data, vectors } = gathered;
  const beginning = await firstCard(plan, request, gathered, clock.startedAt);
  if (vectors?.description.kind === 'encoder') writeVectors(home.folder, vectors.vectors);
  writeBeginning(home, beginning, gathered, resumed === null ? request.refinement : null);
  tellUnread(home.place, unreadable(data), data.passedOver, notice);
  const kindsLog = options.method === 'kin' ? createKindsLog(home.folder, options, resumed !== null) : null;
  const pictures = { train, heldOut: test };
  const published = { home, data, vectors, pictures, beginning, kindsLog };
  const publish = createPublisher(published, clock, { signal, notice });
  try {
    const watched = { ...context, report: clock.report };
    const card = await findAndPublish(plan, gathered, beginning, publish, kindsLog, watched);
    kindsLog?.close('success');
    return card;
  } finally {
    kindsLog?.close();
  }
}

/** Everything that is known before the first result; the run can be gone on with from here. */
function writeBeginning(
  { folder, begin }: RunHome,
  beginning: RunCard,
  { data, vectors }: Gathered,
  refinement: TrainRequest['refinement'],
): void {
  if (vectors?.description.kind === 'encoder') keepEncoder(folder, vectors.file);
  writeRunCard(folder, beginning);
  begin();
  if (refinement !== null) writeCorrections(folder, data.train.ids, refinement);
  writeSkipped(join(folder, 'skipped.csv'), [...unreadable(data), ...data.passedOver]);
}

function unreadable({ train, heldOut }: RunData): Skipped[] {
  return [...train.skipped, ...(heldOut?.skipped ?? [])];
}

/** What the two networks look at, or the heads in their place. */
const NETWORK_CURVES = {
  images: ['network of the images as they are', 'network of the deskewed images'],
  vectors: ['heads of the first half', 'heads of the second half'],
} as const;

/** Runs the method; each result that is whole is published. Throws an InterruptedError when the signal aborts. */
async function findAndPublish(
  plan: RunPlan,
  { data, vectors }: Gathered,
  { refinedFrom }: RunCard,
  publish: Publish,
  kindsLog: KindsLog | null,
  { onFirstResult, onLoss, onPictures, report, signal }: RunContext,
): Promise<RunCard> {
  const { options, folder, checkpoint } = plan;
  const corrections = refinedFrom && readCorrections(folder);
  const training = followTraining(plan, data.heldOut !== null, { onLoss, onPictures });
  try {
    const found = await methodNamed(options.method).find({
      options,
      images: data.train,
      heldOut: data.heldOut,
      start: checkpoint,
      vectors: vectors && { kind: vectors.description.kind, vectors: vectors.vectors },
      corrections: corrections && methodCorrections(corrections, refinedFrom.names.length),
      onSnapshot: training.onSnapshot,
      onTrained: training.onTrained,
      onEpoch(report) {
        kindsLog?.epoch(report);
        for (const [network, loss] of report.losses.entries()) {
          onLoss?.(NETWORK_CURVES[report.of][network], report.epoch + 1, loss);
        }
      },
      async onFirstKinds(first) {
        const card = await publish(first, null);
        onFirstResult?.(card);
      },
      report,
      signal,
    });
    const outcome = training.outcome();
    if (found === null) {
      const { steps } = options.training;
      throw new InterruptedError(`Stopped after ${outcome?.stepsDone ?? 0} of ${steps} training steps`);
    }
    training.close('success');
    return await publish(found, outcome);
  } finally {
    training.close();
  }
}
