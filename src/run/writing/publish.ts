// Writes a result that is whole in itself: first what depends on the images alone, then what labels say of it, the card last. The kinds
// are written and closed before labels are looked at, and what they say goes into files of its own.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { findAnomalies } from '../../cluster/judging/anomalies.js';
import { InputError } from '../../core/errors.js';
import { writeFileAtomic } from '../../core/files.js';
import type { Framing } from '../../data/framing/framing.js';
import type { PictureSource } from '../../data/pictures.js';
import type { Images } from '../../data/source.js';
import type { ReconstructedImages } from '../../methods/autoencoder/probe.js';
import { type Asked, askedImages, askedVectors, classify } from '../../methods/classify.js';
import { alikeImages, equalAsFramed, equalVectors } from '../../methods/findings/alike-images.js';
import {
  type FoundKinds,
  type KinFindings,
  type MethodContext,
  outsideOf,
} from '../../methods/found-kinds.js';
import { countOf } from '../../score/confusion.js';
import { type SourceScore, scoreSource } from '../../score/labelled-source.js';
import { type Kind, writeAssignments, writeCodes, writeKinds, writeScores } from '../files/artefacts.js';
import { type RunCard, writeRunCard } from '../files/card.js';
import { type CopiedPictures, copiedPictures } from '../images/copies.js';
import type { RunData } from '../images/read-images.js';
import { openVectors, readVectors, vectorsOfRun } from '../images/vectors.js';
import { reportKinds } from '../report/examples.js';
import type { ReportImages, ReportInput } from '../report/input.js';
import { writeReport } from '../report/page.js';
import { createEventWriter, hasEvents } from '../tensorboard/event-writer.js';
import { pixelsOf } from '../tensorboard/images.js';
import type { KindsLog } from '../tensorboard/kinds-log.js';
import { writeProjector } from '../tensorboard/projector.js';
import { countFindings, type Findings, reasonOfMixture, writeFindings } from './findings.js';
import type { TrainingOutcome } from './follow.js';
import type { Gathered, Gathering } from './gather.js';
import type { RunHome } from './run-folder.js';
import type { StageClock } from './stage-clock.js';

/** What is published of. */
export interface PublishedRun extends Pick<Gathered, 'data' | 'vectors'> {
  readonly home: RunHome;
  /** As they were before framing. */
  readonly pictures: { readonly train: PictureSource; readonly heldOut: PictureSource | null };
  /** The card without a result. */
  readonly beginning: RunCard;
  /** Null for the methods that have none. */
  readonly kindsLog: KindsLog | null;
}

export type Publish = (found: FoundKinds, training: TrainingOutcome | null) => Promise<RunCard>;

/** May be called for a first result and again for the one that refines it. */
export function createPublisher(
  run: PublishedRun,
  clock: StageClock,
  { signal, notice }: Pick<Gathering, 'signal' | 'notice'>,
): Publish {
  const { home, data, beginning, kindsLog } = run;
  const context = { signal, report: clock.report };
  let copies: CopiedPictures | null = null;
  return async (found, training) => {
    const { folder } = home;
    writeRunCard(folder, beginning);
    clock.enter('write');
    copies ??= await findCopies(run, found, context);
    const findings = { ...findAnomalies(found), ...copies };
    writeKindsFound(folder, data.train, found, findings);
    await kindsLog?.kinds(data.train, found);
    // From here on labels may be read: what they cannot change is closed.
    clock.enter('score');
    const scores = await scoreKinds(run, found, context);
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
    await writeReport(folder, reportInput(card, data, found, findings, scores, training));
    writeRunCard(folder, card);
    home.settle();
    return card;
  };
}

/** Of more pictures only what looks alike when framed is looked at as a whole: to compare all would take longer than all else. */
const MOST_COMPARED = 20_000;

/** Which images are copies. */
async function findCopies(
  { data: { train }, vectors, pictures, beginning }: PublishedRun,
  found: FoundKinds,
  context: MethodContext,
): Promise<CopiedPictures> {
  if (vectors?.description.isSource) return { exact: equalVectors(vectors.vectors), near: [], turned: [] };
  const { framing, limits, threads } = beginning;
  const read = (equal: CopiedPictures['exact'], compared: readonly number[], how: Framing) =>
    copiedPictures(
      pictures.train,
      train.ids,
      { equal, compared },
      { framing: how, limits, threads, ...context },
    );
  if (framing !== null && train.count <= MOST_COMPARED) {
    return read(equalAsFramed(train), Array.from(train.ids.keys()), framing);
  }
  const { equal, near } = await alikeImages(train, found, threads, context);
  if (framing === null) return { exact: equal, near, turned: [] };
  return read(equal, [...new Set([...equal, ...near].flat())], framing);
}

/** assignments.csv, findings.csv, codes.npy and the models: all that depends on the images alone. */
function writeKindsFound(folder: string, { ids }: Images, found: FoundKinds, findings: Findings): void {
  const { assignment, confidence } = found;
  if (found.encoder !== null) writeFileAtomic(join(folder, 'model', 'encoder.onnx'), found.encoder);
  writeFileAtomic(join(folder, 'model', 'classifier.onnx'), found.classifier);
  writeCodes(folder, found.codes);
  writeAssignments(folder, { ids, assignment, confidence });
  writeFindings(folder, findings, ids, assignment);
}

/** What the kinds are called, and what labels say about them; both scores are null where there are none. */
export interface RunScores {
  /** Each called by the name that a person gave, else the most frequent label's, else `kind-N`. */
  readonly kinds: readonly Kind[];
  readonly train: SourceScore | null;
  readonly test: SourceScore | null;
  /** One sentence, without a full stop, where labels are damaged: they cost the score and nothing else. */
  readonly problem: string | null;
}

/**
 * Reads the labels and writes kinds.csv and, where there are labels, scores.csv. Held-out images are classified
 * for a final result only: a first one is to be seen soon.
 */
async function scoreKinds(run: PublishedRun, found: FoundKinds, context: MethodContext): Promise<RunScores> {
  const { labelsFrom, refinedFrom, threads } = run.beginning;
  const { dataset, train } = run.data;
  const { folder } = run.home;
  const { k, assignment } = found;
  const claimed = (confidence: Float32Array) => (found.kin === null ? undefined : confidence);
  const images = { origin: dataset.train.origin, ids: train.ids };
  const problems: string[] = [];
  const trainScore = await scoredOr(
    problems,
    scoreSource({ images, assignment, k, confidence: claimed(found.confidence) }, { labelsFrom }),
  );
  let testScore: SourceScore | null = null;
  const isFinal = found.kin?.networks.state !== 'pending';
  if (isFinal && trainScore !== null && dataset.test !== null) {
    const { clusterNames } = trainScore;
    const { origin } = dataset.test;
    const score = async () => {
      const held = await heldOutImages(run, context);
      if (held === null) return null;
      const { assignment, confidence } = await classify(found.classifier, held.asked, threads, context);
      const partition = {
        images: { origin, ids: held.ids },
        assignment,
        k,
        confidence: claimed(confidence),
      };
      return scoreSource(partition, { clusterNames, labelsFrom });
    };
    testScore = await scoredOr(problems, score());
  }
  const labelled = trainScore?.clusterNames.majority;
  const kinds = found.clusterSizes.map((size, cluster) => ({
    cluster,
    size,
    stability: found.stability?.[cluster] ?? null,
    name: refinedFrom?.names[cluster] ?? labelled?.[cluster] ?? `kind-${cluster}`,
  }));
  writeKinds(folder, kinds);
  if (trainScore !== null) {
    const { labels, names, correct } = trainScore.verdicts;
    writeScores(folder, { ids: train.ids, labels, names, correct });
  } else rmSync(join(folder, 'scores.csv'), { force: true });
  return { kinds, train: trainScore, test: testScore, problem: problems[0] ?? null };
}

/** The held-out images as the run's classifier takes them; null where there are none, or no vectors of them. */
async function heldOutImages(
  { home, data: { heldOut }, pictures, beginning }: PublishedRun,
  context: MethodContext,
): Promise<{ readonly asked: Asked; readonly ids: readonly string[] } | null> {
  if (heldOut === null || pictures.heldOut === null) return null;
  const { ids } = heldOut;
  const choice = vectorsOfRun(home.folder, beginning);
  if (choice === null) return { asked: askedImages(heldOut), ids };
  // A file of vectors has a row for every image that was clustered.
  if (choice.kind === 'features') return null;
  const { framing, limits, threads } = beginning;
  const reading = { limits, values: framing ?? {} };
  const maker = await openVectors(choice, threads);
  const { vectors } = await readVectors(maker, pictures.heldOut, heldOut, reading, context);
  return { asked: askedVectors(vectors), ids };
}

/** A score; null, and what is wrong, where the labels are damaged. */
async function scoredOr(problems: string[], score: Promise<SourceScore | null>): Promise<SourceScore | null> {
  try {
    return await score;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    problems.push(error.message.replace(/\.$/, ''));
    return null;
  }
}

/** The codes as points in TensorBoard's projector, each with its image. */
async function writeEmbedding(
  folder: string,
  { train }: RunData,
  { codes, assignment }: FoundKinds,
  scores: RunScores,
): Promise<void> {
  const labels = scores.train?.verdicts.labels;
  const header = ['id', 'kind', 'name', ...(labels === undefined ? [] : ['label'])];
  const rows = train.ids.map((id, index) => [
    id,
    String(assignment[index]),
    scores.kinds[assignment[index]]?.name ?? '',
    ...(labels === undefined ? [] : [labels[index] ?? '']),
  ]);
  await writeProjector(folder, {
    name: 'codes',
    vectors: codes,
    metadata: { header, rows },
    thumbnails: train,
  });
}

/** What a result adds to the card. */
function results(
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
    metrics: train && { train: train.metrics, test: test?.metrics ?? null },
    labelsProblem: problem,
  };
}

/** What the card has under `kin`; the numbers of kinds stand beside `k`. */
function withoutNumbers({ numberOfKinds: _, ...rest }: KinFindings) {
  return rest;
}

/** What the report shows. */
function reportInput(
  card: RunCard,
  { train }: RunData,
  found: FoundKinds,
  findings: Findings,
  scores: RunScores,
  training: TrainingOutcome | null,
): ReportInput {
  const pictures = training?.pictures ?? null;
  const { assignment, confidence, distances: distance, kin } = found;
  const { kinds } = scores;
  const confusion = scores.train?.confusion ?? null;
  return {
    card,
    images: { ...train, isNegative: card.framing?.polarity === 'invert' },
    kinds: reportKinds(
      kinds,
      { assignment, confidence, distance },
      kin?.mostConfused ?? [],
      (cluster) => confusion && purityOf(confusion, cluster),
    ),
    findings: {
      duplicates: [...findings.exact, ...findings.near, ...findings.turned],
      outliers: findings.outliers.map(({ image }) => image),
      mixedKinds: findings.mixedKinds.map((kind) => ({
        name: kinds[kind.cluster].name,
        reason: reasonOfMixture(kind),
      })),
    },
    growth: null,
    confusion: scores.train,
    curves: training?.curves ?? null,
    reconstructions: pictures && {
      inputs: stack(pictures, pictures.inputs),
      outputs: stack(pictures, pixelsOf(pictures.reconstructions)),
    },
  };
}

/** Of the images that have a label; null where none has one. */
function purityOf(confusion: SourceScore['confusion'], cluster: number): number | null {
  let [largest, labelled] = [0, 0];
  for (let classIndex = 0; classIndex < confusion.classes; classIndex++) {
    const count = countOf(confusion, classIndex, cluster);
    largest = Math.max(largest, count);
    labelled += count;
  }
  return labelled === 0 ? null : largest / labelled;
}

function stack({ height, width, channels, count }: ReconstructedImages, data: Uint8Array): ReportImages {
  return { data, count, height, width, channels };
}
