// kindred train, from images to a finished run folder. The pipeline exists once: the command line and any
// page call this.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { InterruptedError } from '../../core/errors.js';
import type { ReportProgress } from '../../core/progress.js';
import type { PicturePile } from '../../data/formats/open.js';
import type { ReadingLimits } from '../../data/pictures.js';
import type { ReconstructedImages } from '../../methods/autoencoder/probe.js';
import { expectedStages, type PileSize } from '../../methods/costs.js';
import { engineVersion, findKindsBy } from '../../methods/find.js';
import {
  type FoundKinds,
  type KinFindings,
  type MethodContext,
  outsideOf,
} from '../../methods/found-kinds.js';
import type { KinContext } from '../../methods/kin/kin.js';
import type { SourceScore } from '../../score/labelled-source.js';
import { writeSkipped } from '../files/artefacts.js';
import {
  type DescribedFraming,
  type Metrics,
  RUN_FORMAT,
  type RunCard,
  writeRunCard,
} from '../files/card.js';
import { type Curves, writeCheckpoint } from '../files/checkpoint.js';
import { methodCorrections, readCorrections, writeCorrections } from '../files/corrections.js';
import { takePlace, unmark } from '../files/folder.js';
import { describeMachine, VERSION } from '../files/machine.js';
import type { CopiedPictures } from '../images/copies.js';
import {
  chooseRunFraming,
  framedPile,
  framingOf,
  type RunData,
  readRunData,
  requireSameImages,
} from '../images/data.js';
import { tellPassedOver, tellSkipped } from '../images/passed-over.js';
import { requireRoom } from '../images/room.js';
import { keepEncoder, openVectors, readVectors } from '../images/vectors.js';
import { writeReport } from '../report/page.js';
import { createEventWriter, hasEvents } from '../tensorboard/event-writer.js';
import { createKindsLog } from '../tensorboard/kinds-log.js';
import { createTrainingLog, type TrainingLog } from '../tensorboard/training-log.js';
import { countFindings } from './findings.js';
import { describeRefinement, planRun, type RunPlan, requireFit, type TrainRequest } from './plan.js';
import {
  findCopies,
  type RunScores,
  reportInput,
  scoreKinds,
  writeEmbedding,
  writeKindsFound,
} from './results.js';
import { createStageClock } from './stage-clock.js';

export interface RunContext {
  readonly report: ReportProgress;
  /** Aborting it stops the run within two seconds; what is done is kept. */
  readonly signal: AbortSignal;
  /** Called with a line for the person: what was decided, what was skipped. */
  readonly notice?: (line: string) => void;
  /** Called with the card of a first, whole result, where a method refines it afterwards. */
  readonly onFirstResult?: (card: RunCard) => void;
  /** Called with a point of a loss curve: `training` and `held out` by steps, a network by epochs. */
  readonly onLoss?: (curve: string, at: number, loss: number) => void;
  /** Called with what the auto-encoder makes of a few images. */
  readonly onPictures?: (pictures: ReconstructedImages) => void;
}

/**
 * Finds the kinds and writes the run. Returns its card.
 * Throws an InputError for bad input (no run is left behind) and an InterruptedError that says how to go on
 * when the signal aborts.
 */
export async function trainRun(request: TrainRequest, context: RunContext): Promise<RunCard> {
  const plan = await planRun(request, context.signal);
  const home: RunHome = { folder: plan.folder, isWhole: false };
  try {
    return await carryOut(plan, home, request, context);
  } catch (error) {
    const { folder, isWhole } = home;
    if (error instanceof InterruptedError) {
      // Until all images are read there is no card, and nothing to go on from.
      if (!existsSync(join(folder, 'run.json'))) {
        rmSync(folder, { recursive: true, force: true });
        throw new InterruptedError('Stopped while the images were read; nothing was written.');
      }
      throw new InterruptedError(howToGoOn(plan, folder, request, error.message));
    }
    // What has cost time is kept: a training's checkpoint, or a first result.
    const isWorthless = plan.resumed === null && !isWhole && !existsSync(join(folder, 'checkpoint'));
    if (isWorthless) rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Where a run lies: beside the one that it replaces until it is whole. */
interface RunHome {
  folder: string;
  /** Is there a result that is whole in itself? */
  isWhole: boolean;
}

async function carryOut(
  plan: RunPlan,
  home: RunHome,
  request: TrainRequest,
  { signal, report, onFirstResult, onLoss, onPictures, notice = () => {} }: RunContext,
): Promise<RunCard> {
  const { folder, options, place } = plan;
  const clock = createStageClock(report, expectedStages(options, sizeOf(plan.pile)));
  const context: MethodContext = { signal, report: clock.report };
  // What cannot be used is found out before hours of reading. A resumed run takes what it began with.
  const choice = plan.resumed === null ? request.vectors : plan.resumed.vectors;
  const maker = choice === null ? null : await openVectors(choice, options.threads);
  const framing = await framingOfRun(plan, request, notice, signal);
  requireRoom(plan.pile, framing, options);
  const data = await readRunData(
    framedPile(plan.pile, framing, limitsOf(plan, request)),
    request,
    request.strict,
    clock.report,
    signal,
  );
  const { refinement } = request;
  const earlier = plan.resumed ?? refinement?.card ?? null;
  if (earlier !== null) requireSameImages(earlier, data);
  requireFit(options, data.train.count);
  const vectors =
    maker === null
      ? null
      : await readVectors(maker, plan.pile.train, data.train, limitsOf(plan, request), context);
  if (vectors !== null) notice(vectors.description.description);
  const beginning = {
    ...(await firstCard(plan, request, data, framing)),
    vectors: vectors?.description ?? null,
  };
  writeRunCard(folder, beginning);
  if (place === null) unmark(folder);
  if (refinement !== null && plan.resumed === null) writeCorrections(folder, data.train.ids, refinement);
  const corrections = beginning.refinedFrom && readCorrections(folder);
  writeSkippedPictures(folder, place ?? folder, data, notice);

  let copies: CopiedPictures | null = null;
  const kindsLog = options.method === 'kin' ? createKindsLog(folder, options, plan.resumed !== null) : null;
  /** Writes all of a result; the card, which says that it is whole, last. */
  const publish = async (found: FoundKinds, training: TrainingOutcome | null): Promise<RunCard> => {
    const { folder } = home;
    writeRunCard(folder, beginning);
    clock.enter('write');
    copies ??= await findCopies(data, found, plan.pile.train, beginning, options.threads, context);
    const findings = writeKindsFound(folder, data.train, found, copies);
    if (beginning.vectors !== null) keepEncoder(folder, beginning.vectors);
    await kindsLog?.kinds(data.train, found);
    // From here on labels may be read: what they cannot change is closed.
    clock.enter('score');
    const scores = await scoreKinds(folder, data, found, beginning, options.threads, context);
    if (beginning.tensorboardEmbedding) {
      clock.enter('embedding');
      await writeEmbedding(folder, data, found, scores);
      // A folder without events is none that TensorBoard shows.
      if (!hasEvents(folder)) createEventWriter(folder).close();
    }
    if (scores.problem !== null) notice(`labels: not held against the kinds, for ${scores.problem}`);
    const card: RunCard = {
      ...beginning,
      ...results(found, scores, training),
      findings: countFindings(findings),
      finished: true,
      seconds: clock.seconds(),
      peakBytes: process.resourceUsage().maxRSS * 1024,
    };
    const { curves = null, pictures = null } = training ?? {};
    await writeReport(folder, reportInput(card, data, found, findings, scores, curves, pictures));
    writeRunCard(folder, card);
    if (place !== null && !home.isWhole) {
      takePlace(folder, place);
      home.folder = place;
    }
    home.isWhole = true;
    return card;
  };

  const watchers = { onLoss, onPictures };
  try {
    const { found, training } = await find(plan, data, watchers, {
      ...context,
      onEpoch: (epoch) => {
        kindsLog?.epoch(epoch);
        epoch.losses.forEach((loss, network) => {
          onLoss?.(NETWORK_CURVES[network], epoch.epoch + 1, loss);
        });
      },
      vectors: vectors && { kind: vectors.description.kind, vectors: vectors.vectors },
      corrections: corrections && methodCorrections(corrections, beginning.refinedFrom?.names.length ?? 0),
      onFirstKinds: async (first) => onFirstResult?.(await publish(first, null)),
    });
    const card = await publish(found, training);
    kindsLog?.close('success');
    return card;
  } finally {
    kindsLog?.close();
  }
}

interface TrainingOutcome {
  readonly stepsDone: number;
  readonly curves: Curves;
  readonly heldOutLoss: number | null;
  readonly pictures: ReconstructedImages | null;
}

/** What the two networks look at. */
const NETWORK_CURVES = ['network of the images as they are', 'network of the deskewed images'] as const;

/** Seconds between checkpoints while training goes on; the last is always written. */
const CHECKPOINT_SECONDS = 20;

/** Runs the method, logging and saving on the way. Throws an InterruptedError when the signal aborts. */
async function find(
  { folder, options, checkpoint, resumed }: RunPlan,
  data: RunData,
  { onLoss, onPictures }: Pick<RunContext, 'onLoss' | 'onPictures'>,
  context: KinContext,
): Promise<{ found: FoundKinds; training: TrainingOutcome | null }> {
  let log: TrainingLog | null = null;
  let pictures: ReconstructedImages | null = null;
  let heldOutLoss: number | null = null;
  let stepsDone = 0;
  let savedAt = performance.now();
  const earlier = resumed && (checkpoint ?? { step: 0, curves: { train: [], heldOut: [] } });
  const openLog = () => createTrainingLog(folder, options, data.heldOut !== null, earlier);
  try {
    const found = await findKindsBy({
      ...context,
      options,
      images: data.train,
      heldOut: data.heldOut,
      start: checkpoint,
      async onSnapshot(snapshot) {
        log ??= openLog();
        await log.add(snapshot);
        const shown = snapshot.heldOut ?? snapshot.train;
        pictures = shown.pictures;
        onPictures?.(pictures);
        for (const [name, curve] of [
          ['training', log.curves.train],
          ['held out', log.curves.heldOut],
        ] as const) {
          const point = curve.at(-1);
          if (point !== undefined) onLoss?.(name, ...point);
        }
        heldOutLoss = snapshot.heldOut?.loss ?? null;
        if (performance.now() - savedAt < CHECKPOINT_SECONDS * 1000) return;
        writeCheckpoint(folder, { ...snapshot.state, curves: log.curves });
        savedAt = performance.now();
      },
      onTrained(state) {
        log ??= openLog();
        writeCheckpoint(folder, { ...state, curves: log.curves });
        stepsDone = state.step;
      },
    });
    if (found === null) {
      throw new InterruptedError(`Stopped after ${stepsDone} of ${options.training.steps} training steps`);
    }
    const trained = log as TrainingLog | null;
    trained?.close('success');
    return { found, training: trained && { stepsDone, curves: trained.curves, heldOutLoss, pictures } };
  } finally {
    (log as TrainingLog | null)?.close();
  }
}

/** A run that goes on from another is framed as that was; else a sample decides, and the person hears what and why. */
async function framingOfRun(
  { pile, resumed, options }: RunPlan,
  { framing, limits, refinement, vectors }: TrainRequest,
  notice: (line: string) => void,
  signal: AbortSignal,
): Promise<DescribedFraming> {
  const earlier = resumed ?? refinement?.card ?? null;
  if (earlier !== null) return framingOf(earlier);
  const chosen = await chooseRunFraming(pile, framing, limits, signal);
  for (const reason of chosen.reasons) notice(reason);
  // Kept colour is for the eye, and for encoders.
  if (options.method === 'kin' && vectors === null && chosen.channels === 3) {
    notice('kin compares shapes in grey: colour alone tells no kinds apart');
  }
  return chosen;
}

function limitsOf({ resumed }: RunPlan, { limits }: TrainRequest): ReadingLimits {
  return resumed?.limits ?? limits;
}

function sizeOf({ train, test }: PicturePile): PileSize {
  return { count: train.count, heldOut: test?.count ?? 0, isDecoded: train.shape !== null };
}

/** skipped.csv, and a word to the person. */
function writeSkippedPictures(
  folder: string,
  place: string,
  { train, heldOut, passedOver }: RunData,
  notice: (line: string) => void,
): void {
  const skipped = [...train.skipped, ...(heldOut?.skipped ?? [])];
  writeSkipped(folder, [...skipped, ...passedOver]);
  const list = join(place, 'skipped.csv');
  tellSkipped(skipped, list, notice);
  tellPassedOver(passedOver, list, notice);
}

async function firstCard(
  plan: RunPlan,
  request: TrainRequest,
  data: RunData,
  framing: DescribedFraming,
): Promise<RunCard> {
  const { options, resumed, tag } = plan;
  return {
    format: RUN_FORMAT,
    version: VERSION,
    command: resumed?.command ?? [...request.command],
    finished: false,
    method: options.method,
    tag,
    options,
    tensorboardEmbedding: resumed?.tensorboardEmbedding ?? request.tensorboardEmbedding,
    data: resumed?.data ?? data.description,
    framing,
    limits: limitsOf(plan, request),
    labelsFrom: resumed?.labelsFrom ?? request.labelsFrom,
    vectors: null,
    grownFrom: (resumed ?? request.refinement?.card)?.grownFrom ?? null,
    growth: null,
    refinedFrom: resumed === null ? describeRefinement(request) : resumed.refinedFrom,
    seed: options.seed,
    threads: options.threads,
    machine: describeMachine(await engineVersion()),
    startedAt: resumed?.startedAt ?? new Date().toISOString(),
    seconds: { total: 0 },
    peakBytes: 0,
    k: 0,
    clusterSizes: [],
    outside: 0,
    numberOfKinds: [],
    stability: null,
    kin: null,
    training: null,
    clusteringInertia: null,
    findings: null,
    metrics: null,
    labelsProblem: null,
  };
}

function results(found: FoundKinds, { train, test, problem }: RunScores, training: TrainingOutcome | null) {
  const { kin, stability } = found;
  return {
    k: found.k,
    clusterSizes: [...found.clusterSizes],
    outside: outsideOf(found.assignment),
    numberOfKinds: kin?.numberOfKinds ?? [],
    stability: stability && [...stability],
    kin: kin && withoutNumbers(kin),
    clusteringInertia: found.inertia,
    training: training && {
      stepsDone: training.stepsDone,
      finalLoss: training.curves.train.at(-1)?.[1] ?? null,
      heldOutLoss: training.heldOutLoss,
    },
    metrics: train && { train: metricsOf(train), test: test && metricsOf(test) },
    labelsProblem: problem,
  };
}

function metricsOf({ metrics, reliability, labelled }: SourceScore): Metrics {
  return { ...metrics, reliability, labelled };
}

/** What the card has under `kin`; the numbers of kinds stand beside `k`. */
function withoutNumbers({ numberOfKinds: _, ...rest }: KinFindings) {
  return rest;
}

function howToGoOn({ tag }: RunPlan, folder: string, { logDir }: TrainRequest, stopped: string): string {
  const where = logDir === 'runs' ? '' : ` --log-dir ${logDir}`;
  return `${stopped}; what is done is kept in ${folder}. Go on with: kindred train --resume --tag ${tag}${where}`;
}
