// The run card, run.json: everything that says what a run was given, what it did and what came out. The
// schema below is the file format; RunCard is its type.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { InputError, option, words } from '../../core/errors.js';
import { writeFileAtomic } from '../../core/files.js';
import { requirePath } from '../../core/values.js';
import { ALPHA_GROUNDS } from '../../data/decoding/transparency.js';
import { CROPS, POLARITIES } from '../../data/framing/framing.js';
import { READING_LIMITS } from '../../data/pictures.js';
import { LABEL_PLACES } from '../../data/source.js';
import { DISTANCES, METHODS, type MethodOptions, OPTIMIZERS, QUALITIES } from '../../methods/options.js';
import { grownFromSchema, growthSchema } from './growth-card.js';
import { isMissing, reasonOf } from './system-error.js';

/** The format this kindred writes, and the newest it reads. */
export const RUN_FORMAT = 1;

const wholeNumber = z.int().nonnegative();

const methodOptionsSchema: z.ZodType<MethodOptions> = z.object({
  method: z.enum(METHODS),
  seed: wholeNumber,
  threads: z.int().positive(),
  network: z.object({
    convolution: z.boolean(),
    hidden: z.array(z.int().positive()),
    encodingSize: z.int().positive(),
    tied: z.boolean(),
  }),
  training: z.object({
    optimizer: z.enum(OPTIMIZERS),
    learningRate: z.number(),
    warmUpSteps: wholeNumber,
    steps: wholeNumber,
    batchSize: z.int().positive(),
  }),
  clustering: z.object({
    numClusters: z.int().positive().nullable(),
    distance: z.enum(DISTANCES),
    whiten: z.boolean().default(false),
    miniBatch: z.int().positive().nullable(),
    restarts: z.int().positive(),
  }),
  kin: z
    .object({
      quality: z.enum(QUALITIES),
      neighbours: z.int().positive(),
      trustedVote: z.number(),
      leastTrusted: z.number(),
      widths: z.tuple([z.int(), z.int(), z.int(), z.int()]).nullable(),
      warmUpEpochs: wholeNumber,
      epochs: wholeNumber,
      batchSize: z.int().positive(),
      learningRate: z.number(),
      leastCertain: z.number(),
      stabilityRuns: wholeNumber,
    })
    .nullable()
    .default(null),
});

const imagesSchema = z.object({
  name: z.string(),
  /** Where the images were read from; null for the bundled ones and for several places. */
  location: z.string().nullable(),
  /** All places, in the order given. */
  locations: z.array(z.string()).default([]),
  /** Of all pixels in order, as 64 hexadecimal digits. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits'),
  count: wholeNumber,
  /** Pictures that could not be read, listed in skipped.csv. */
  skipped: wholeNumber.default(0),
  /** Files and folders that are no part of the dataset, listed there too. */
  passedOver: wholeNumber.default(0),
  height: z.int().positive(),
  width: z.int().positive(),
  channels: z.int().positive(),
});

/** How pictures of any size became images of one shape. */
const framingSchema = z.object({
  height: z.int().positive(),
  width: z.int().positive(),
  channels: z.union([z.literal(1), z.literal(3)]),
  polarity: z.enum(POLARITIES),
  crop: z.enum(CROPS),
  /** What values of more than 8 bits were stretched from, by their type. */
  ranges: z.record(z.string(), z.tuple([z.number(), z.number()]).readonly()).default({}),
  /** What transparent pictures stand on, unless they would vanish there. */
  alphaGround: z.enum(ALPHA_GROUNDS).default('white'),
  /** Do nearly all images lie on a plain, dark ground? */
  isDarkGround: z.boolean(),
  /** What was decided and why, a line each. */
  reasons: z.array(z.string()),
});

/** Vectors made elsewhere, by which the images were compared. */
const vectorsSchema = z.object({
  kind: z.enum(['encoder', 'features']),
  path: z.string(),
  /** Were they all there was? Then the images are charts of them. */
  isSource: z.boolean().default(false),
  /** Of the file, as 64 hexadecimal digits. */
  sha256: z.string(),
  columns: z.int().positive(),
  /** What was done, in words. */
  description: z.string(),
});

/** An earlier run of the same images, and what a person had made of it (corrections.csv has it image by image). */
const refinedFromSchema = z.object({
  tag: z.string(),
  /** Edits that were heeded. */
  edits: wholeNumber,
  /** Images whose kind a person said one by one or several at once, and images of groups that they spoke of. */
  told: wholeNumber,
  vouched: wholeNumber,
  /** (k): what the person called each kind; null where they did not. */
  names: z.array(z.string().nullable()).readonly(),
});

const findingsSchema = z.object({
  exactDuplicates: wholeNumber,
  nearDuplicates: wholeNumber,
  /** Runs of before they were looked for have none. */
  turnedCopies: wholeNumber.default(0),
  outliers: wholeNumber,
  mixedKinds: wholeNumber,
});

/** Images by confidence: in each bin their mean confidence and the share that is right. */
const reliabilitySchema = z.object({
  expectedCalibrationError: z.number(),
  bins: z.array(z.object({ images: wholeNumber, confidence: z.number(), accuracy: z.number() })).readonly(),
});

/** Fractions of 1 (AMI and ARI may be below 0). */
const metricsSchema = z.object({
  majorityAccuracy: z.number(),
  oneToOneAccuracy: z.number(),
  nmi: z.number(),
  /** Null in cards of kindred 0.1 and before it was computed. */
  ami: z.number().nullable().default(null),
  ari: z.number(),
  /** How well confidence forecasts accuracy; null where it was not asked. */
  reliability: reliabilitySchema.nullable().default(null),
  /** Share of the images that have a label, and were scored. */
  labelled: z.number().min(0).max(1).default(1),
});

const fraction = z.number().min(0).max(1);

/** What speaks for a number of kinds. */
const candidateSchema = z.object({
  k: wholeNumber,
  modularity: z.number(),
  /** By how much the modularity exceeds that of one kind fewer. */
  gain: z.number(),
  eigengap: z.number(),
  stability: fraction.nullable(),
});

const kinSchema = z.object({
  /** Of the graph's kinds. */
  modularity: z.number(),
  way: z.object({ pieces: wholeNumber, merging: z.string() }),
  /** Share of the images whose neighbourhood is almost wholly of one kind; older runs do not say. */
  clearShare: fraction.nullable().default(null),
  /** The same without satellites; null at the graph. */
  trustedShare: fraction.nullable(),
  /** One sentence where kin cannot tell these images apart, and what to do; else null. */
  doubt: z.string().nullable().default(null),
  networks: z.discriminatedUnion('state', [
    z.object({ state: z.enum(['none', 'trained']) }),
    z.object({ state: z.literal('pending'), reason: z.string().nullable().default(null) }),
    z.object({ state: z.literal('stopped'), reason: z.string() }),
  ]),
  /** For each kind the one it is most tied to in the graph, and the share of its edge weight that goes there. */
  mostConfused: z.array(z.object({ cluster: wholeNumber, share: fraction }).nullable()).readonly(),
});

export const runCardSchema = z.object({
  format: z.literal(RUN_FORMAT),
  /** Version of kindred that wrote the run. */
  version: z.string(),
  /** What was typed after the program's name: `['train', '--steps', '2000']`. */
  command: z.array(z.string()),
  /** False while it runs and after an interruption; a finished run has all its files. */
  finished: z.boolean(),
  method: z.enum(METHODS),
  tag: z.string(),
  options: methodOptionsSchema,
  /** Does the run write what TensorBoard's projector shows? */
  tensorboardEmbedding: z.boolean(),
  data: imagesSchema.extend({ test: imagesSchema.nullable() }),
  /** Null in runs of images that were taken as they are. */
  framing: framingSchema.nullable().default(null),
  limits: z
    .object({
      pixels: z.number(),
      fileBytes: z.number(),
      expansion: z.number(),
      /** Globs of what was left out of the dataset. */
      exclude: z.array(z.string()).readonly().default([]),
    })
    .default(READING_LIMITS),
  labelsFrom: z.enum(LABEL_PLACES).default('source'),
  /** How a look at the images decided what they are compared by; null where nobody left it open. */
  compared: z
    .object({ by: z.enum(['shape', 'content']), reason: z.string() })
    .nullable()
    .default(null),
  vectors: vectorsSchema.nullable().default(null),
  /** Null for a run that was trained. */
  grownFrom: grownFromSchema.nullable().default(null),
  growth: growthSchema.nullable().default(null),
  /** The run whose edits this one learnt from; null where there is none. */
  refinedFrom: refinedFromSchema.nullable().default(null),
  seed: wholeNumber,
  threads: z.int().positive(),
  machine: z.object({
    platform: z.string(),
    arch: z.string(),
    cpu: z.string(),
    cores: z.int().positive(),
    memoryBytes: wholeNumber,
    node: z.string(),
    onnxruntime: z.string(),
  }),
  startedAt: z.iso.datetime(),
  /** Wall-clock seconds: `total`, and one entry a stage. */
  seconds: z.object({ total: z.number() }).catchall(z.number()),
  /** Largest resident memory of the process. */
  peakBytes: wholeNumber,
  k: wholeNumber,
  /** Images in clusters 0 … k − 1; empty before there are clusters. */
  clusterSizes: z.array(wholeNumber),
  /** Images that belong to no kind: cluster −1. */
  outside: wholeNumber.default(0),
  /** Numbers of kinds that the images support, best first; empty where the number was given. */
  numberOfKinds: z.array(candidateSchema).readonly().default([]),
  /** Mean best Jaccard overlap of each kind with the kinds of subsamples; null where it was not computed. */
  stability: z.array(fraction).nullable().default(null),
  /** How many anomalies findings.csv lists; null before there are kinds. */
  findings: findingsSchema.nullable().default(null),
  /** Null for the other methods, and before there are kinds. */
  kin: kinSchema.nullable().default(null),
  /** Null where nothing is trained. A loss that is not a number is null. */
  training: z
    .object({
      stepsDone: wholeNumber,
      finalLoss: z.number().nullable(),
      heldOutLoss: z.number().nullable(),
    })
    .nullable(),
  /** Sum of squared distances to the centres; null before there are clusters. */
  clusteringInertia: z.number().nullable(),
  /** Null without labels; `test` is null without test images that have labels. */
  metrics: z.object({ train: metricsSchema, test: metricsSchema.nullable() }).nullable(),
  /** Why labels that lie beside the images were not held against the kinds; null where nothing is wrong with them. */
  labelsProblem: z.string().nullable().default(null),
});

/** What run.json holds; its JSON Schema is `kindred/schemas/run.schema.json`. */
export type RunCard = z.infer<typeof runCardSchema>;
/** Accuracies, 0 … 1, NMI and ARI against labels, and how far confidence can be relied on. */
export type Metrics = z.infer<typeof metricsSchema>;
export type DescribedImages = z.infer<typeof imagesSchema>;
export type DescribedVectors = z.infer<typeof vectorsSchema>;
export type DescribedFraming = z.infer<typeof framingSchema>;

/** Writes `folder`/run.json. Throws an ordinary Error if the card does not fit its own schema. */
export function writeRunCard(folder: string, card: RunCard): void {
  const text = `${JSON.stringify(card, null, 2)}\n`;
  runCardSchema.parse(JSON.parse(text));
  writeFileAtomic(join(folder, 'run.json'), text);
}

/** Reads `folder`/run.json. Throws an InputError if the folder is not a run or its card cannot be used. */
export function readRunCard(folder: string): RunCard {
  const path = join(folder, 'run.json');
  const card = parseJson(path, readCardText(folder, path));
  const format = formatOf(card);
  if (format === null) {
    throw new InputError(`${path} is not a run card: it has no "format"; give the folder of a kindred run.`);
  }
  if (format > RUN_FORMAT) {
    throw new InputError(
      `${path} was written by a newer kindred (format ${format}, this one reads up to ${RUN_FORMAT}): update kindred.`,
    );
  }
  const parsed = runCardSchema.safeParse(card);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InputError(
    `${path} is damaged at ${issue.path.join('.') || 'its top level'} (${issue.message}): restore the file or run again.`,
  );
}

/** Tells one writing of a run's card from another: a run of the same name may take the run's place. */
export function cardVersion(folder: string): string {
  const card = statSync(join(folder, 'run.json'), { throwIfNoEntry: false });
  return card === undefined ? 'gone' : `${card.ino} ${card.mtimeMs} ${card.size}`;
}

/** A run of a log directory: its card, or why the card cannot be read. */
export type ListedRun =
  | { readonly tag: string; readonly folder: string; readonly card: RunCard; readonly problem: null }
  | { readonly tag: string; readonly folder: string; readonly card: null; readonly problem: string };

/**
 * The runs in `logDir`, oldest first, then those whose card cannot be read. A directory that does not exist
 * has none. Throws an InputError if `logDir` is not a directory or cannot be read.
 */
export function listRuns(logDir = 'runs'): ListedRun[] {
  requirePath('The log directory', logDir);
  const runs: ListedRun[] = [];
  for (const tag of folderNames(logDir)) {
    const folder = join(logDir, tag);
    if (!isRunFolder(folder)) continue;
    try {
      runs.push({ tag, folder, card: readRunCard(folder), problem: null });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      runs.push({ tag, folder, card: null, problem: error.message });
    }
  }
  // An ISO date sorts as text; '~' puts the broken ones last.
  const order = (run: ListedRun): string => `${run.card?.startedAt ?? '~'} ${run.tag}`;
  return runs.sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

/** Has `folder` what only a run has: run.json or checkpoint/? */
export function isRunFolder(folder: string): boolean {
  const card = statSync(join(folder, 'run.json'), { throwIfNoEntry: false });
  const checkpoint = statSync(join(folder, 'checkpoint'), { throwIfNoEntry: false });
  return card !== undefined || checkpoint?.isDirectory() === true;
}

function folderNames(logDir: string): string[] {
  try {
    return readdirSync(logDir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map((entry) => entry.name);
  } catch (error) {
    if (isMissing(error)) return [];
    throw new InputError(
      words`The log directory ${logDir} cannot be read (${reasonOf(error)}): give ${option('logDir')} a directory.`,
    );
  }
}

function readCardText(folder: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const found = statSync(folder, { throwIfNoEntry: false });
    if (found === undefined) {
      throw new InputError(
        `There is no run at ${folder}: give the folder of a run; \`kindred runs\` lists them.`,
      );
    }
    if (!found.isDirectory()) {
      throw new InputError(
        `${folder} is a file, not a run: give the folder of a run; \`kindred runs\` lists them.`,
      );
    }
    if (isMissing(error)) {
      throw new InputError(
        `${folder} is not a run, for it has no run.json: give the folder of a run; \`kindred runs\` lists them.`,
      );
    }
    throw new InputError(`${path} cannot be read (${reasonOf(error)}): check the file and its permissions.`);
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InputError(`${path} is not valid JSON: restore the file or run again.`);
  }
}

function formatOf(card: unknown): number | null {
  if (typeof card !== 'object' || card === null || !('format' in card)) return null;
  return typeof card.format === 'number' ? card.format : null;
}
