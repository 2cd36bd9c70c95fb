// The card of a run that trains: as it begins, before there is a result, and what a result adds.
import { type FoundKinds, type KinFindings, outsideOf } from '../../methods/found-kinds.js';
import { engineVersion } from '../../methods/methods.js';
import type { SourceScore } from '../../score/labelled-source.js';
import { type Metrics, RUN_FORMAT, type RunCard } from '../files/card.js';
import { describeMachine, VERSION } from '../files/machine.js';
import type { TrainingOutcome } from './follow.js';
import { type Gathered, limitsOf } from './gather.js';
import { describeRefinement, type RunPlan, type TrainRequest } from './plan.js';
import type { RunScores } from './results.js';

export async function firstCard(
  plan: RunPlan,
  request: TrainRequest,
  { data, framing, vectors }: Gathered,
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

/** What a result adds to the card. */
export function results(
  { k, clusterSizes, assignment, stability, kin, inertia }: FoundKinds,
  { train, test, problem }: RunScores,
  training: TrainingOutcome | null,
) {
  return {
    k,
    clusterSizes: [...clusterSizes],
    outside: outsideOf(assignment),
    numberOfKinds: kin?.numberOfKinds ?? [],
    stability: stability && [...stability],
    kin: kin && withoutNumbers(kin),
    clusteringInertia: inertia,
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
