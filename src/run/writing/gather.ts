// What a run is made of, read once: its images, framed, and vectors of them that were made elsewhere; and the card that it begins with.
// What cannot be used is found out before hours of reading.
import type { ReadingLimits } from '../../data/pictures.js';
import { engineVersion } from '../../methods/methods.js';
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
  openVectors,
  type RunVectors,
  readVectors,
  requireSameVectors,
  vectorsOfRun,
} from '../images/vectors.js';
import { type RunContext, type RunPlan, requireFit, type TrainRequest } from './plan.js';

export interface Gathered {
  readonly data: RunData;
  readonly framing: DescribedFraming;
  /** Null: the method makes its own. */
  readonly vectors: RunVectors | null;
}

/** Reading that can be stopped, and that tells a person what it decided. */
export type Gathering = Required<Pick<RunContext, 'report' | 'signal' | 'notice'>>;

/** Throws an InputError where images or vectors cannot be used, or are not those that a resumed run began with. */
export async function gather(plan: RunPlan, request: TrainRequest, how: Gathering): Promise<Gathered> {
  const { dataset, options, resumed } = plan;
  const { report, signal, notice } = how;
  const limits = limitsOf(plan, request);
  // A resumed run takes what it began with.
  const choice = resumed === null ? request.vectors : vectorsOfRun(plan.folder, resumed);
  const earlier = resumed ?? request.refinement?.card ?? null;
  if (earlier !== null && choice !== null) requireSameVectors(earlier, choice);
  const maker = choice && (await openVectors(choice, options.threads));
  const framing = await framingOfRun(plan, request, how);
  requireRoom(dataset, framing, options);
  const framed = framedDataset(dataset, framing, limits);
  const data = await readRunData(framed, request, request.strict, report, signal);
  if (earlier !== null) requireSameImages(earlier, data);
  requireFit(options, data.train.count);
  const reading = { limits, values: framing };
  const vectors = maker && (await readVectors(maker, dataset.train, data.train, reading, { report, signal }));
  if (vectors !== null) notice(vectors.description.description);
  return { data, framing, vectors };
}

function limitsOf({ resumed }: RunPlan, { limits }: TrainRequest): ReadingLimits {
  return resumed?.limits ?? limits;
}

/** A run that goes on from another is framed as that was; else a sample decides, and the person hears what and why. */
async function framingOfRun(
  { dataset, resumed, options }: RunPlan,
  { framing, limits, refinement, vectors }: TrainRequest,
  { notice, signal }: Gathering,
): Promise<DescribedFraming> {
  const earlier = resumed ?? refinement?.card ?? null;
  if (earlier !== null) return framingOf(earlier);
  const chosen = await chooseRunFraming(dataset, framing, limits, signal);
  for (const reason of chosen.reasons) notice(reason);
  // Kept colour is for the eye, and for encoders.
  if (options.method === 'kin' && vectors === null && chosen.channels === 3) {
    notice('kin compares shapes in grey: colour alone tells no kinds apart');
  }
  return chosen;
}

/** The card as the run begins, before there is a result. */
export async function firstCard(
  plan: RunPlan,
  request: TrainRequest,
  { data, framing, vectors }: Gathered,
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
