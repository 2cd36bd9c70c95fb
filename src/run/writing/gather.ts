// What a run is made of, read once: its images, framed, and vectors of them that were made elsewhere; and the card that it begins with.
// What cannot be used is found out before hours of reading.
import { samplePictures } from '../../data/framing/choose-framing.js';
import type { ToldByChoice } from '../../data/framing/told-by.js';
import type { ReadingLimits } from '../../data/pictures.js';
import type { DatasetSize } from '../../methods/found-kinds.js';
import { engineVersion } from '../../methods/methods.js';
import { PHOTO_ENCODER } from '../../methods/vectors/photo-encoder.js';
import { readVectors as readKeptVectors } from '../files/artefacts.js';
import { type DescribedFraming, RUN_FORMAT, type RunCard } from '../files/card.js';
import { SAID } from '../files/corrections.js';
import { describeMachine, VERSION } from '../files/machine.js';
import { requireRoom } from '../images/memory.js';
import {
  chooseRunFraming,
  framedDataset,
  framingOf,
  type RunData,
  readRunData,
  requireSameImages,
} from '../images/read-images.js';
import {
  type KeptVectors,
  openVectors,
  type RunVectors,
  readVectors,
  requireSameVectors,
  type VectorMaker,
  vectorsOfRun,
} from '../images/vectors.js';
import { chooseToldBy } from './compared-by.js';
import { type RunContext, type RunPlan, requireFit, type TrainRequest } from './plan.js';

export interface Gathered {
  readonly data: RunData;
  readonly framing: DescribedFraming;
  /** How it was decided what images are compared by; null where there was nothing to decide. */
  readonly compared: ToldByChoice | null;
  /** Null: the method makes its own. */
  readonly vectors: RunVectors | null;
}

/** Reading that can be stopped, and that tells a person what it decided. */
export interface Gathering extends Required<Pick<RunContext, 'report' | 'signal' | 'notice'>> {
  /** Called before anything is read, with what made the vectors that the images will be compared by; null: the method makes its own. */
  readonly onChosen: (vectors: DatasetSize['vectors']) => void;
}

/** Throws an InputError where images or vectors cannot be used, or are not those that a resumed run began with. */
export async function gather(plan: RunPlan, request: TrainRequest, how: Gathering): Promise<Gathered> {
  const { dataset, options, resumed } = plan;
  const { report, signal, notice } = how;
  const limits = limitsOf(plan, request);
  const earlier = resumed ?? request.refinement?.card ?? null;
  const { framing, compared, maker } = await look(plan, request, how);
  how.onChosen(maker?.kind ?? null);
  requireRoom(dataset, framing, options);
  const framed = framedDataset(dataset, framing, limits);
  const data = await readRunData(framed, request, request.strict, report, signal);
  if (earlier !== null) requireSameImages(earlier, data);
  requireFit(options, data.train.count);
  const reading = { limits, values: framing, kept: resumed && keptVectors(plan.folder, resumed) };
  const vectors = maker && (await readVectors(maker, dataset.train, data.train, reading, how));
  if (vectors !== null) notice(vectors.description.description);
  return { data, framing, compared, vectors };
}

/** What a run that was broken off had made of its images. */
function keptVectors(folder: string, { vectors: made }: RunCard): KeptVectors | null {
  const vectors = made?.kind === 'encoder' ? readKeptVectors(folder) : null;
  return vectors && made && { vectors, sha256: made.sha256 };
}

function limitsOf({ resumed }: RunPlan, { limits }: TrainRequest): ReadingLimits {
  return resumed?.limits ?? limits;
}

interface Looked extends Pick<Gathered, 'framing' | 'compared'> {
  readonly maker: VectorMaker | null;
}

/**
 * How images are framed, and what they are compared by. A run that goes on from another is like that; else a sample decides, and the person
 * hears what and why. Whatever they named is opened first.
 */
async function look(plan: RunPlan, request: TrainRequest, how: Gathering): Promise<Looked> {
  const { dataset, resumed, options } = plan;
  const { method, threads } = options;
  const { notice, signal } = how;
  // A resumed run takes what it began with.
  const asked = resumed === null ? request.vectors : vectorsOfRun(plan.folder, resumed);
  const choice = asked === 'auto' ? null : asked;
  const earlier = resumed ?? request.refinement?.card ?? null;
  if (earlier !== null && choice !== null) requireSameVectors(earlier, choice);
  const named = choice && (await openVectors(choice, threads));
  if (earlier !== null) return { framing: framingOf(earlier), compared: earlier.compared, maker: named };
  const limits = limitsOf(plan, request);
  const sample = await samplePictures(dataset.train, limits, {}, signal);
  const isOpen = method === 'kin' && asked === 'auto' && sample.pictures.length > 0;
  const compared = isOpen ? await chooseToldBy(dataset, sample, { limits, threads }, how) : null;
  const maker =
    compared?.by === 'content' ? await openVectors({ kind: 'encoder', path: PHOTO_ENCODER }, threads) : named;
  const isForEncoder = maker?.kind === 'encoder';
  const { framing, decisions } = chooseRunFraming(sample, dataset, request.framing, isForEncoder);
  if (compared !== null) notice(compared.reason, 'encoder');
  for (const { reason, option } of decisions) notice(reason, option);
  // Kept colour is for the eye, and for encoders.
  if (method === 'kin' && maker === null && framing.channels === 3) {
    notice('kin compares shapes in grey: colour alone tells no kinds apart');
  }
  return { framing, compared, maker };
}

/** The card as the run begins, before there is a result. */
export async function firstCard(
  plan: RunPlan,
  request: TrainRequest,
  { data, framing, compared, vectors }: Gathered,
  startedAt: string,
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
    compared,
    limits: limitsOf(plan, request),
    labelsFrom: resumed?.labelsFrom ?? request.labelsFrom,
    vectors: vectors?.description ?? null,
    grownFrom: (resumed ?? request.refinement?.card)?.grownFrom ?? null,
    growth: null,
    refinedFrom: resumed === null ? describeRefinement(request) : resumed.refinedFrom,
    seed: options.seed,
    threads: options.threads,
    machine: describeMachine(await engineVersion()),
    startedAt: resumed?.startedAt ?? startedAt,
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

/** What the run card says of the run that this one learns from. */
function describeRefinement({ refinement }: TrainRequest): RunCard['refinedFrom'] {
  if (refinement === null) return null;
  const { card, said, names, edits } = refinement;
  const count = (is: (what: number) => boolean) => said.reduce((sum, what) => sum + (is(what) ? 1 : 0), 0);
  return {
    tag: card.tag,
    edits,
    told: count((what) => what > SAID.ofGroup),
    vouched: count((what) => what === SAID.ofGroup),
    names: [...names],
  };
}
