// What a run will be, settled before anything is written: options, images, folder, and where it starts.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { unlessAborted } from '../../core/abort.js';
import { InputError, option, words } from '../../core/errors.js';
import type { Notice, ReportProgress } from '../../core/progress.js';
import type { PictureDataset } from '../../data/formats/open.js';
import { type FramingChoices, NO_FRAMING_CHOICES } from '../../data/framing/framing.js';
import { READING_LIMITS, type ReadingLimits } from '../../data/pictures.js';
import type { LabelPlace } from '../../data/source.js';
import type { ReconstructedImages } from '../../methods/autoencoder/probe.js';
import { given, type MethodOptionChoices } from '../../methods/choices.js';
import { completeOptions } from '../../methods/defaults.js';
import type { MethodOptions } from '../../methods/options.js';
import { type RunCard, readRunCard } from '../files/card.js';
import { type Checkpoint, readCheckpoint } from '../files/checkpoint.js';
import type { Refinement } from '../files/corrections.js';
import { type ClaimedFolder, checkPlace, claimRunFolder, folderToResume } from '../files/folder.js';
import { framingOf, locationsOf, openRunDataset, reopenRunDataset } from '../images/read-images.js';
import type { VectorChoice } from '../images/vectors.js';

/** What a person asks of `kindred train`. */
export interface TrainRequest {
  /** Files and folders of images; none for the bundled MNIST. */
  readonly sources: readonly string[];
  /** A directory that is filled with MNIST if it is empty; instead of `sources`. */
  readonly dataDir: string | null;
  /** How to bring pictures to one shape; what is left open, a sample decides. */
  readonly framing: FramingChoices;
  readonly limits: ReadingLimits;
  /** End with an InputError where a picture cannot be read, instead of skipping it. */
  readonly strict: boolean;
  /** Vectors to compare the images by; `auto`: a look at the images decides whether to take the packaged encoder's; null: the method makes its own. */
  readonly vectors: VectorChoice | 'auto' | null;
  /** Where labels are, for scoring. */
  readonly labelsFrom: LabelPlace;
  readonly logDir: string;
  /** Null: the next free `<method>-<n>`. */
  readonly tag: string | null;
  readonly resume: boolean;
  readonly overwrite: boolean;
  /** Write what TensorBoard's projector shows. */
  readonly tensorboardEmbedding: boolean;
  /** An earlier run of these images that this one learns from, and what a person made of it; null: there is none. */
  readonly refinement: Refinement | null;
  /** The words of the command line, for the record. */
  readonly command: readonly string[];
  readonly options: MethodOptionChoices;
}

/** What a request asks for where a person leaves it open. */
const REQUEST_DEFAULTS: TrainRequest = {
  sources: [],
  dataDir: null,
  framing: NO_FRAMING_CHOICES,
  limits: READING_LIMITS,
  strict: false,
  vectors: 'auto',
  labelsFrom: 'source',
  logDir: 'runs',
  tag: null,
  resume: false,
  overwrite: false,
  tensorboardEmbedding: false,
  refinement: null,
  command: [],
  options: {},
};

/** `chosen` and the defaults of what it leaves open or undefined. Throws an InputError for choices that cannot stand together. */
export function completeRequest(chosen: Partial<TrainRequest>): TrainRequest {
  const request = { ...REQUEST_DEFAULTS, ...given(chosen) };
  checkPlace(request);
  if (request.resume) tagToResume(request);
  else requireUse(completeOptions(request.options), request);
  return request;
}

function tagToResume({ overwrite, tag }: TrainRequest): string {
  if (overwrite) {
    throw new InputError(
      words`${option('resume')} goes on with a run and ${option('overwrite')} throws it away. Leave one of them out.`,
    );
  }
  if (tag === null) {
    throw new InputError(words`${option('resume')} got no ${option('tag')} to say which run. Name one.`);
  }
  return tag;
}

/** Throws an InputError where the method has no use for given vectors, or a thread would have nothing to do. */
function requireUse({ method, threads, training }: MethodOptions, { vectors }: TrainRequest): void {
  if (vectors !== null && vectors !== 'auto' && method !== 'kin') {
    throw new InputError(
      words`${option(vectors.kind)} is about kin and not about ${option('method')} ${method}. Leave one of them out.`,
    );
  }
  const { batchSize } = training;
  if (method === 'autoencoder' && threads > batchSize) {
    throw new InputError(
      words`${option('threads')} is ${threads} but ${option('batchSize')} is ${batchSize}, so that a thread would have no image. Choose ${batchSize} threads or fewer.`,
    );
  }
}

export interface RunPlan extends ClaimedFolder {
  readonly options: MethodOptions;
  readonly dataset: PictureDataset;
  readonly checkpoint: Checkpoint | null;
  /** The card of the run that goes on; null for a new one. */
  readonly resumed: RunCard | null;
}

/** Checks the request against the images and claims the folder. Throws an InputError, and then leaves no trace. */
export async function planRun(request: TrainRequest, signal?: AbortSignal): Promise<RunPlan> {
  return request.resume ? planResumed(request, signal) : planNew(request, signal);
}

async function planNew(request: TrainRequest, signal: AbortSignal | undefined): Promise<RunPlan> {
  const options = completeOptions(request.options);
  const { refinement } = request;
  const opening = refinement === null ? openRunDataset(request) : reopenRunDataset(refinement.card);
  const dataset = await unlessAborted(opening, signal);
  // One picture, or none, has a sentence of its own once it is known whether it can be read.
  if (dataset.train.count !== null && dataset.train.count > 1) requireFit(options, dataset.train.count);
  const { method } = options;
  const claimed = claimRunFolder(request.logDir, request.tag ?? undefined, {
    method,
    overwrite: request.overwrite,
  });
  return { ...claimed, options, dataset, checkpoint: null, resumed: null };
}

async function planResumed(request: TrainRequest, signal: AbortSignal | undefined): Promise<RunPlan> {
  const tag = tagToResume(request);
  const { logDir, options: choices } = request;
  const { folder, place } = folderToResume(logDir, tag);
  if (!existsSync(folder)) {
    throw new InputError(`There is no run ${tag} in ${logDir} to go on with: \`kindred runs\` lists them.`);
  }
  const card = readRunCard(folder);
  if (card.grownFrom !== null && card.refinedFrom === null) {
    throw new InputError(
      `Run ${tag} has grown from ${card.grownFrom.tag} and cannot be trained further: train a new run on all of its images.`,
    );
  }
  requireBeginning(request, card);
  // Said again of a run that was broken off, the number of steps is its own.
  const isOwn = !card.finished && choices.training?.steps === card.options.training.steps;
  const more = isOwn ? undefined : choices.training?.steps;
  const isRefinable = card.kin?.networks.state === 'pending';
  if (card.finished && more === undefined && !isRefinable) {
    throw new InputError(
      words`Run ${tag} is finished: add ${option('steps')} N to train N more steps, or start another run with another ${option('tag')}.`,
    );
  }
  if (more !== undefined && card.method !== 'autoencoder') {
    throw new InputError(
      words`Run ${tag} has no auto-encoder to train further: leave ${option('steps')} out.`,
    );
  }
  const checkpoint = readCheckpoint(folder);
  const steps = more === undefined ? card.options.training.steps : (checkpoint?.step ?? 0) + more;
  const options = { ...card.options, training: { ...card.options.training, steps } };
  const dataset = await unlessAborted(reopenRunDataset(card), signal);
  return { options, dataset, folder, place, tag, checkpoint, resumed: card };
}

/** Throws an InputError where the request names other images, or chooses something else, than the run began with that goes on. */
function requireBeginning(request: TrainRequest, card: RunCard): void {
  const { sources, dataDir, vectors } = request;
  const otherwise = words`or start another run with another ${option('tag')}`;
  const named = dataDir === null ? sources : [dataDir];
  const own = locationsOf(card);
  const isOther = named.length > 0 && named.map((at) => resolve(at)).join('\0') !== own.join('\0');
  const given = vectors === 'auto' ? null : vectors;
  if (isOther || (given !== null && resolve(given.path) !== card.vectors?.path)) {
    const other = isOther ? named.join(', ') : given?.path;
    throw new InputError(
      words`${option('resume')} goes on with the run's own images and vectors. Leave ${other ?? ''} out, ${otherwise}.`,
    );
  }
  const { height: size, channels, polarity, crop } = framingOf(card);
  const { kin, ...options } = card.options;
  const before = choicesIn({
    ...card,
    options: { ...options, quality: kin?.quality, networkEpochs: kin?.epochs },
    framing: { size, color: channels === 1 ? 'gray' : 'rgb', polarity, crop },
  });
  const standard = choicesIn(REQUEST_DEFAULTS);
  for (const [name, value] of Object.entries(choicesIn(request))) {
    if (value === undefined || [before[name], standard[name]].map(String).includes(String(value))) continue;
    throw new InputError(
      words`${option(name)} is ${String(value)}, but run ${card.tag} began with ${String(before[name] ?? '') || 'none'}, and ${option('resume')} goes on as it began. Leave it out, ${otherwise}.`,
    );
  }
}

/** What a run keeps to from its beginning on, by the option's name. */
function choicesIn(
  chosen: Pick<TrainRequest, 'options' | 'framing' | 'limits' | 'labelsFrom' | 'tensorboardEmbedding'>,
): Readonly<Record<string, unknown>> {
  const { options, limits, labelsFrom, tensorboardEmbedding } = chosen;
  const { network, training, clustering, ...others } = options;
  const { crop, ...framing } = chosen.framing;
  const { steps: _, ...trained } = training ?? {};
  const limited = Object.fromEntries(
    Object.entries(limits).map(([name, value]) => [`limits.${name}`, value]),
  );
  const ofMethod = { ...others, ...network, ...trained, ...clustering };
  return { ...ofMethod, ...framing, framing: crop, ...limited, labelsFrom, tensorboardEmbedding };
}

/** Throws an InputError if so many images are too few for the options. */
export function requireFit({ clustering }: MethodOptions, images: number): void {
  const { numClusters, miniBatch } = clustering;
  if (numClusters !== null && numClusters > images) {
    throw new InputError(
      words`${option('numClusters')} is ${numClusters} but there are ${images} images. Choose ${images} or fewer.`,
    );
  }
  if (miniBatch !== null && miniBatch > images) {
    throw new InputError(
      words`${option('miniBatch')} is ${miniBatch} but there are ${images} images. Choose ${images} or fewer, or leave it out.`,
    );
  }
}

// What whoever starts a run gives it beside the request: who watches, and who may stop it.

/** What is told of a training while it goes on. */
export interface TrainingWatch {
  /** Called with a point of a loss curve: `training` and `held out` by steps, a network by epochs. */
  readonly onLoss?: (curve: string, at: number, loss: number) => void;
  /** Called with what the auto-encoder makes of a few images. */
  readonly onPictures?: (pictures: ReconstructedImages) => void;
}

export interface RunContext extends TrainingWatch {
  readonly report: ReportProgress;
  /** Aborting it stops the run within two seconds; what is done is kept. */
  readonly signal: AbortSignal;
  /** Called with a line for the person: what was decided, what was skipped. */
  readonly notice?: Notice;
  /** Called with the card of a first, whole result, where a method refines it afterwards. */
  readonly onFirstResult?: (card: RunCard) => void;
}
