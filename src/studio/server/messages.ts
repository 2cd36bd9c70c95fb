// What the page and the server say to each other: shapes only. Paths are below /api; TAG is the name of a run. Whatever
// changes something is a POST of JSON from the page's own origin; a refusal is `Refusal` with status 400 to 409.
//
// Images are known by their row number in the run. Arrays come as raw little-endian bytes, one entry an image:
//
//   GET  /runs                              RunSummary[]
//   GET  /runs/TAG                          RunDetail
//   GET  /runs/TAG/review                   ReviewView
//   GET  /runs/TAG/arrays/NAME              layout: float32 (n, 2); kind, second: int32; confidence: float32;
//                                           label: int32 into RunDetail.labelNames; finding: int32 into FINDINGS; told: int32
//   GET  /runs/TAG/pixels?from=A&count=B    uint8 (B, height, width, channels), for thumbnails on the map
//   GET  /runs/TAG/images/I.png             the image as it was framed; ?scale=N enlarges by whole pixels
//                                           an image that is missing is a tile that says so, here and in `pixels`
//   GET  /runs/TAG/missing                  MissingImages
//   GET  /runs/TAG/images/I                 ImageDetail
//   GET  /runs/TAG/kinds/K/images?from&count  KindImages, the surest first; ?order=doubtful the other way round
//   POST /runs/TAG/kinds/K/parts {parts}    ProposedParts: what a split would make, not yet done
//   POST /runs/TAG/edits EditRequest        ReviewView
//   POST /runs/TAG/undo, /runs/TAG/redo     ReviewView
//   GET  /runs/TAG/questions?count=N        QuestionView[]
//   POST /runs/TAG/nearest {code}           NearestImages of a code that encoder.onnx made
//   GET  /runs/TAG/model/NAME.onnx          encoder or classifier
//   GET  /runs/TAG/encoder                  EncoderView, of a run whose images are compared by an encoder
//   GET  /runs/TAG/encoder/images/I         uint8 (height, width, 3): the picture of image I, prepared for that encoder
//   POST /runs/TAG/encoder/picture          the same of the picture file that is posted, as application/octet-stream
//   GET  /runs/TAG/compare/OTHER            Comparison
//   POST /runs/TAG/exports {to, link?, overwrite?}  ExportDone
//   GET  /jobs                              JobView[]
//   POST /jobs TrainingForm                      JobView
//   POST /runs/TAG/refine RefineForm        JobView of a new run that learns from the edits of TAG
//   POST /jobs/TAG/stop, /jobs/TAG/resume   JobView
//   GET  /jobs/TAG/reconstructions.png      inputs above, what the auto-encoder makes of them below
//   GET  /events                            server-sent events, `data:` a StudioEvent
import type { EncoderUse } from '../../core/pictures/encoding.js';
import type { Progress } from '../../core/progress.js';
import type { MethodName, QualityName } from '../../methods/options.js';
import type { JournalEntry } from '../../review/journal/history.js';
import type { NearImage } from '../../review/neighbourhood.js';
import type { Portrait } from '../../review/portraits.js';
import type { Question } from '../../review/questions/questions.js';
import type { Vote, Voter } from '../../review/questions/reasons.js';
import type { AccuracyEstimate, ReviewedKind } from '../../review/state.js';
import type { RunCard } from '../../run/files/card.js';

export interface Refusal {
  /** One sentence: what, where, and what to do. */
  readonly error: string;
}

export interface RunSummary {
  readonly tag: string;
  readonly state: 'finished' | 'unfinished' | 'running' | 'broken';
  /** Why a broken run cannot be read. */
  readonly problem: string | null;
  readonly method: MethodName | null;
  readonly source: string;
  readonly images: number;
  readonly k: number;
  readonly startedAt: string | null;
  readonly seconds: number;
  /** One-to-one, fractions of 1; null without labels. */
  readonly accuracy: { readonly train: number; readonly test: number | null } | null;
  /** The most typical image of each kind, the largest kinds first; at most 20. */
  readonly strip: readonly number[];
  /** The run whose edits it learnt from; null for a run of its own. */
  readonly refines: string | null;
  /** What tells its images apart, in words; null where that is not known yet. */
  readonly comparedBy: string | null;
}

/** Images of a run that were moved or deleted since it was made. */
export interface MissingImages {
  /** As a set. */
  readonly images: string;
  readonly count: number;
  /** What is not as it was, in one sentence; null where every pixel is. */
  readonly problem: string | null;
}

export interface RunDetail extends Pick<RunCard['data'], 'count' | 'height' | 'width' | 'channels'> {
  readonly tag: string;
  readonly card: RunCard;
  /** Names that the array `label` points into; null without labels. */
  readonly labelNames: readonly string[] | null;
}

/** The encoder of a run. */
export interface EncoderView extends EncoderUse {
  /** Of its file. */
  readonly bytes: number;
}

/** What the array `finding` points into. */
export const FINDINGS = ['none', 'duplicate', 'outlier'] as const;

export interface KindView extends ReviewedKind, Portrait {
  /** Why the kind may be a mixture; null where nothing speaks for it. */
  readonly mixed: string | null;
}

export interface HistoryLine extends Pick<JournalEntry, 'edit' | 'at' | 'isUndone'> {
  /** `named kind 3 "seven"` */
  readonly text: string;
}

export interface ReviewView {
  readonly tag: string;
  /** Grows with every edit. */
  readonly revision: number;
  /** The kinds that are there. */
  readonly kinds: readonly KindView[];
  /** Those of the run that are there no more, and where their images went: a kind that is there, or −1. */
  readonly gone: readonly { readonly kind: number; readonly into: number }[];
  /** Images that belong to no kind. */
  readonly outside: number;
  /** What undo would take back and redo do again, in words; null where there is nothing. */
  readonly undo: string | null;
  readonly redo: string | null;
  /** The newest first. */
  readonly history: readonly HistoryLine[];
  /** Images that a person has said the kind of. */
  readonly told: number;
  readonly answers: number;
  /** Null before the first audited image. */
  readonly accuracy: AccuracyEstimate | null;
}

export interface ImageDetail {
  readonly image: number;
  readonly id: string;
  readonly kind: number;
  readonly confidence: number;
  /** −1 for none, null where nobody has said anything. */
  readonly told: number | null;
  readonly label: string | null;
  readonly finding: string | null;
  /** Why it is here: its nearest images, the nearest first. */
  readonly neighbours: readonly Voter[];
  /** What they vote for, the most first; shares of 1. */
  readonly votes: readonly Vote[];
}

export interface KindImages {
  readonly total: number;
  readonly images: readonly number[];
}

export interface ProposedParts {
  readonly kind: number;
  /** Image sets; the first is what would stay. */
  readonly parts: readonly {
    readonly images: string;
    readonly size: number;
    readonly prototypes: readonly number[];
  }[];
}

export interface QuestionView extends Omit<Question, 'images'> {
  /**
   * All images that the answer is about, as a set: those shown, and some that a person spoke of already. An answer names
   * them in `images`, but for those of the shown that it leaves out, which are its `except`.
   */
  readonly images: string;
}

export interface NearestImages {
  readonly nearest: readonly (NearImage & { readonly kind: number })[];
}

export interface Comparison {
  readonly tag: string;
  readonly other: string;
  /** Images that both runs have. */
  readonly shared: number;
  /** counts[a][b]: images in kind `kinds[a]` here and `otherKinds[b]` there. */
  readonly kinds: readonly { readonly kind: number; readonly name: string }[];
  readonly otherKinds: readonly { readonly kind: number; readonly name: string }[];
  readonly counts: readonly (readonly number[])[];
  /** Images whose kind there is not the one that theirs mostly went to; at most 200, the surest first. */
  readonly changed: readonly { readonly image: number; readonly kind: number; readonly otherKind: number }[];
  readonly changedCount: number;
}

export interface ExportDone {
  /** Where it lies on this machine. */
  readonly path: string;
  readonly images: number;
  readonly kinds: number;
}

export interface TrainingForm {
  /** Files and folders on this machine; empty for the bundled MNIST. */
  readonly sources: readonly string[];
  readonly method: MethodName;
  readonly quality: QualityName;
  /** What kin compares the images by: as a look at them decides, their outlines, or what they show. */
  readonly encoder: 'auto' | 'none' | 'photo';
  /** Null: the images decide (kin). */
  readonly numClusters: number | null;
  readonly seed: number;
  /** Null: the next free one. */
  readonly tag: string | null;
  /** Training steps of the auto-encoder; null: the default. */
  readonly steps: number | null;
  readonly convolution: boolean;
}

export type RefineForm = Pick<TrainingForm, 'quality' | 'tag'>;

export interface StageView extends Pick<Progress, 'stage' | 'done' | 'total' | 'unit'> {
  readonly detail: string | null;
  /** Seconds that it has taken. */
  readonly seconds: number;
}

/** A training that this studio started. */
export interface JobView {
  readonly tag: string;
  readonly state: 'running' | 'stopping' | 'stopped' | 'failed' | 'finished';
  readonly method: MethodName;
  /** The run whose edits it learns from; null for a run of its own. */
  readonly refines: string | null;
  readonly startedAt: string;
  /** In the order that they began; the last one is under way. */
  readonly stages: readonly StageView[];
  readonly secondsLeft: number | null;
  /** (step or epoch, loss); empty where nothing is trained. */
  readonly curves: readonly {
    readonly name: string;
    readonly points: readonly (readonly [number, number])[];
  }[];
  /** What was decided or skipped, and how it ended if it failed. */
  readonly notices: readonly string[];
  /** A first, whole result is there to look at already. */
  readonly hasFirstResult: boolean;
  /** Grows with every new picture of inputs and reconstructions; 0 for none. */
  readonly reconstructions: number;
}

export type StudioEvent =
  | { readonly type: 'runs' }
  | { readonly type: 'review'; readonly tag: string; readonly revision: number }
  | { readonly type: 'job'; readonly job: JobView }
  /** The map is being laid out: its array `layout` can be fetched again. */
  | { readonly type: 'layout'; readonly tag: string; readonly done: number; readonly total: number };
