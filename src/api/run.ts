// The library's front door: one call trains, one opens, and what they give has the next verbs on it.
import { dirname, join, resolve } from 'node:path';
import { requirePath } from '../core/values.js';
import type { LabelPlace } from '../data/source.js';
import type { ExportFormat, LinkChoice } from '../export/choices.js';
import { type Exported, exportRun } from '../export/export.js';
import type { QualityName } from '../methods/options.js';
import type { EditRequest } from '../review/journal/edits.js';
import { type Journal, openJournal } from '../review/journal/journal.js';
import { refineRun } from '../review/refine.js';
import { presentKinds } from '../review/state.js';
import type { RunCard } from '../run/files/card.js';
import { growRun } from '../run/growing/grow.js';
import { type Evaluation, evaluateRun } from '../run/reading/evaluate.js';
import { predictRun, readFinishedCard } from '../run/reading/predict.js';
import { completeRequest } from '../run/writing/plan.js';
import { trainRun } from '../run/writing/train.js';
import { CHOICES, checkOptions } from './choices.js';
import {
  contextOf,
  type Place,
  placeOf,
  type ReadingOptions,
  readingOf,
  requestOf,
  type TrainOptions,
  type Watching,
} from './options.js';
import { isVectors, listed, locateSources, type Source } from './sources.js';

/** A kind as it is after all edits. */
export interface RunKind {
  /** Its number: what edits name it by. */
  readonly kind: number;
  /** As a person named it, else its images' most frequent label, else `kind-N`. */
  readonly name: string;
  /** Images in it. */
  readonly size: number;
  /** 0 … 1, mean best Jaccard overlap with the kinds of resampled images; null where it was not computed. */
  readonly stability: number | null;
}

/** What a run says of an image. */
export interface Prediction {
  /** The path of the image in its source, or its row number. */
  readonly id: string;
  /** −1 for an image that belongs to no kind. */
  readonly kind: number;
  /** Null for an image that belongs to no kind. */
  readonly name: string | null;
  /** 0 … 1, of this kind. */
  readonly confidence: number;
  /** False for an image farther from its kind than the images the kind was found in. */
  readonly known: boolean;
}

/** How new images are read and classified. */
export interface PredictOptions extends Watching, ReadingOptions {
  /** Cores to use (default: all). */
  readonly threads?: number;
}

/** How labelled images are read and scored. */
export interface EvaluateOptions extends Watching, Pick<ReadingOptions, 'limits'> {
  /** Where the labels are (default: where the run found its own). */
  readonly labelsFrom?: LabelPlace;
}

/** What may be another in the refined run than in the one that it learns from. */
export interface RefineOptions extends Watching, Place {
  /** Left out: as the run, or `default` where that was no kin run. */
  readonly quality?: QualityName;
  /** Left out: as the run. */
  readonly seed?: number;
  /** Left out: as the run. A part of the result, since sums are taken in another order. */
  readonly threads?: number;
}

/** How more images are read. */
export interface GrowOptions extends Watching, Place, ReadingOptions, Pick<TrainOptions, 'strict'> {
  /** Left out: as the run. */
  readonly threads?: number;
}

/** Where an export goes, and what single formats leave open. */
export interface ExportOptions extends Watching {
  /** The file or folder to write (default: below the run, in export/). */
  readonly out?: string;
  /** Put it in the place of what is there. */
  readonly overwrite?: boolean;
  /** Of `folders`: how it gets its pictures (default: copy). */
  readonly link?: LinkChoice;
  /** Of `labelstudio`: what stands before a picture's path. */
  readonly imageRoot?: string;
}

/** A finished run. Everything that it says is in its folder; nothing has to be closed. */
export interface Run {
  /** Where it lies, `logDir/tag`, from the root on. */
  readonly folder: string;
  /** What run.json holds: options, images, timings, scores. */
  readonly card: RunCard;
  /** As they are now, edits included. */
  readonly kinds: readonly RunKind[];
  /**
   * The kinds of new images, while they are read: memory does not grow with their number. Throws an InputError if they cannot be used.
   */
  predict(sources: Source | readonly Source[], options?: PredictOptions): AsyncGenerator<Prediction>;
  /**
   * Accuracy and confusion against labels beside the images: those of `sources`, or left out, the run's own. Throws an InputError where
   * there are none.
   */
  evaluate(sources?: string | readonly string[], options?: EvaluateOptions): Promise<Evaluation>;
  /** Does an edit and keeps it in the run's journal. Throws an InputError if it cannot be done. */
  edit(request: EditRequest): void;
  /** Takes the last edit back. Throws an InputError where there is none. */
  undo(): void;
  /** Does the edit again that was taken back last. Throws an InputError where there is none. */
  redo(): void;
  /** A new run, trained on the same images with what the edits say. Throws an InputError where there are none. */
  refine(options?: RefineOptions): Promise<Run>;
  /** A new run with more images: the old kinds keep their numbers and names, and new ones may join. */
  grow(sources: Source | readonly Source[], options?: GrowOptions): Promise<Run>;
  /** Writes the run in another program's format. Throws an InputError if it is there already and `overwrite` is not set. */
  export(format: ExportFormat, options?: ExportOptions): Promise<Exported>;
}

/**
 * Finds the kinds in images and writes the run. `sources`: files and folders, or pixels in memory. Throws an InputError for bad input, and
 * then leaves no run behind; an InterruptedError that says how to go on when the signal aborts.
 */
export async function train(sources: Source | readonly Source[], options: TrainOptions = {}): Promise<Run> {
  checkOptions('train', options, CHOICES.train);
  const request = completeRequest(requestOf(options, listed(sources).some(isVectors)));
  const { paths, vectors, keep } = locateSources(sources, request.logDir);
  if (!request.resume) keep();
  const found = { ...request, sources: paths, vectors: vectors ?? request.vectors };
  const card = await trainRun(found, contextOf(options));
  return open(join(request.logDir, card.tag));
}

/** The finished run in `path`. Throws an InputError if there is none. */
export async function open(path: string): Promise<Run> {
  const folder = resolve(requirePath('The folder of a run', path));
  const card = readFinishedCard(folder);
  let opened: Journal | null = null;
  const journal = () => {
    opened ??= openJournal(folder);
    return opened;
  };
  const logDir = dirname(folder);
  return {
    folder,
    card,
    get kinds() {
      return presentKinds(journal().state).map(({ kind, name, size, stability }) => ({
        kind,
        name,
        size,
        stability,
      }));
    },
    async *predict(sources, options = {}) {
      checkOptions('predict', options, CHOICES.predict);
      const images = { sources: keptPaths(sources, logDir), ...readingOf(options) };
      const request = { ...images, threads: options.threads, notice: options.onNotice };
      const predictions = await predictRun(folder, request, contextOf(options));
      for await (const { ids, assignment, confidence, known } of predictions.batches) {
        for (const [at, id] of ids.entries()) {
          yield {
            id,
            kind: assignment[at],
            name: predictions.names[assignment[at]] ?? null,
            confidence: confidence[at],
            known: known[at],
          };
        }
      }
    },
    async evaluate(sources, options = {}) {
      checkOptions('evaluate', options, CHOICES.evaluate);
      const places = sources === undefined ? [] : listed(sources).map((at) => requirePath('A source', at));
      const { labelsFrom = null } = options;
      const { notice = () => {}, ...context } = contextOf(options);
      return evaluateRun(folder, places, {
        ...context,
        notice,
        labelsFrom,
        limits: readingOf(options).limits,
      });
    },
    edit: (request) => journal().append(request),
    undo: () => journal().undo(),
    redo: () => journal().redo(),
    async refine(options = {}) {
      checkOptions('refine', options, CHOICES.refine);
      const { quality, seed, threads } = options;
      const place = placeOf({ logDir, ...options });
      const choices = { ...place, command: [], options: { quality, seed, threads } };
      const refined = await refineRun(folder, choices, contextOf(options));
      return open(join(place.logDir, refined.tag));
    },
    async grow(sources, options = {}) {
      checkOptions('grow', options, CHOICES.grow);
      const { strict = false, threads } = options;
      const place = placeOf({ logDir, ...options });
      const images = { sources: keptPaths(sources, place.logDir), ...readingOf(options) };
      const request = { ...images, ...place, run: folder, strict, threads, command: [] };
      const grown = await growRun(request, contextOf(options));
      return open(join(place.logDir, grown.tag));
    },
    async export(format, options = {}) {
      checkOptions('export', { ...options, format: String(format) }, CHOICES.export);
      const { out = null, overwrite = false, link = 'copy', imageRoot = null } = options;
      return exportRun(folder, { to: format, out, overwrite, link, imageRoot }, contextOf(options));
    },
  };
}

/** Vectors are taken as such: a run that was made of vectors reads nothing else. */
function keptPaths(sources: Source | readonly Source[], logDir: string): readonly string[] {
  const { paths, vectors, keep } = locateSources(sources, logDir);
  keep();
  return vectors === null ? paths : [vectors.path];
}
