// What a run leaves behind. The kinds are written and closed first; only then are labels looked at, and what
// they say goes into files of its own.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { findAnomalies } from '../../cluster/judging/anomalies.js';
import { InputError } from '../../core/errors.js';
import { writeFileAtomic } from '../../core/files.js';
import type { Framing } from '../../data/framing/framing.js';
import type { PictureSource } from '../../data/pictures.js';
import type { Images } from '../../data/source.js';
import type { ReconstructedImages } from '../../methods/autoencoder/probe.js';
import { classify } from '../../methods/classify.js';
import { alikeImages, equalAsFramed } from '../../methods/findings/alike-images.js';
import type { FoundKinds, MethodContext } from '../../methods/found-kinds.js';
import { countOf } from '../../score/confusion.js';
import { type SourceScore, scoreSource } from '../../score/labelled-source.js';
import { type Kind, writeAssignments, writeCodes, writeKinds, writeScores } from '../files/artefacts.js';
import type { RunCard } from '../files/card.js';
import { type CopiedPictures, copiedPictures } from '../images/copies.js';
import type { RunData } from '../images/data.js';
import { reportKinds } from '../report/examples.js';
import type { ReportImages, ReportInput } from '../report/input.js';
import { pixelsOf } from '../tensorboard/images.js';
import { writeProjector } from '../tensorboard/projector.js';
import { type Findings, reasonOfMixture, writeFindings } from './findings.js';
import type { TrainingOutcome } from './follow.js';

/** Of more pictures only what looks alike when framed is looked at as a whole: to compare all would take longer than all else. */
const MOST_COMPARED = 20_000;

/** Which images are copies. */
export async function findCopies(
  { train }: RunData,
  found: FoundKinds,
  source: PictureSource,
  { framing, limits }: Pick<RunCard, 'framing' | 'limits'>,
  threads: number,
  context: MethodContext,
): Promise<CopiedPictures> {
  const read = (equal: CopiedPictures['exact'], compared: readonly number[], how: Framing) =>
    copiedPictures(source, train.ids, { equal, compared }, { framing: how, limits, threads, ...context });
  if (framing !== null && train.count <= MOST_COMPARED) {
    return read(equalAsFramed(train), Array.from(train.ids.keys()), framing);
  }
  const { equal, near } = await alikeImages(train, found, threads, context);
  if (framing === null) return { exact: equal, near, turned: [] };
  return read(equal, [...new Set([...equal, ...near].flat())], framing);
}

/** assignments.csv, findings.csv, codes.npy and the models: all that depends on the images alone. */
export function writeKindsFound(
  folder: string,
  images: Images,
  found: FoundKinds,
  { exact, near, turned }: CopiedPictures,
): Findings {
  const findings = {
    ...findAnomalies(found),
    exactDuplicates: exact,
    nearDuplicates: near,
    turnedCopies: turned,
  };
  const { assignment, confidence } = found;
  if (found.encoder !== null) writeFileAtomic(join(folder, 'model', 'encoder.onnx'), found.encoder);
  writeFileAtomic(join(folder, 'model', 'classifier.onnx'), found.classifier);
  writeCodes(folder, found.codes);
  writeAssignments(folder, { ids: images.ids, assignment, confidence });
  writeFindings(folder, findings, images.ids, assignment);
  return findings;
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
export async function scoreKinds(
  folder: string,
  { dataset, train, heldOut }: RunData,
  found: FoundKinds,
  { labelsFrom, refinedFrom }: Pick<RunCard, 'labelsFrom' | 'refinedFrom'>,
  threads: number,
  context: MethodContext,
): Promise<RunScores> {
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
  // New images go through somebody else's encoder first: kindred eval does that.
  const takesImages = found.encoder !== null;
  if (isFinal && takesImages && trainScore !== null && dataset.test !== null && heldOut !== null) {
    const held = await classify(found.classifier, heldOut, threads, context);
    const { assignment, confidence } = held;
    const images = { origin: dataset.test.origin, ids: heldOut.ids };
    testScore = await scoredOr(
      problems,
      scoreSource(
        { images, assignment, k, confidence: claimed(confidence) },
        { clusterNames: trainScore.clusterNames, labelsFrom },
      ),
    );
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
export async function writeEmbedding(
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

/** What the report shows. */
export function reportInput(
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
      duplicates: [...findings.exactDuplicates, ...findings.nearDuplicates, ...findings.turnedCopies],
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
