// What a report is made of: plain data, so that it can be made again from a run's files.
import type { Score } from '../../score/score.js';
import type { RunCard } from '../files/card.js';
import type { Curves } from '../files/checkpoint.js';

export interface ReportInput {
  /** Settings, timings, sizes, metrics and the command come from here. */
  readonly card: RunCard;
  /** The images that the kinds' examples point into. */
  readonly images: ReportImages;
  /** In any order; an entry with cluster −1 stands for the images that belong to no kind. */
  readonly kinds: readonly ReportKind[];
  readonly findings: ReportFindings;
  /** Null for a run that was trained. */
  readonly growth: ReportGrowth | null;
  /** Null without labels. */
  readonly confusion: ReportConfusion | null;
  /** Null where nothing was trained. */
  readonly curves: Curves | null;
  /** Some images (at most 24 are shown) and what the decoder made of them, in the same order; null without a decoder. */
  readonly reconstructions: { readonly inputs: ReportImages; readonly outputs: ReportImages } | null;
}

/** Pixel (image, row, column, channel) of `data` in that order, 0 … 255. 1, 3 or 4 channels. */
export interface ReportImages {
  readonly data: Uint8Array;
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Is each of them a negative, to be shown as the picture that it was? */
  readonly isNegative?: boolean;
}

export interface ReportKind {
  readonly cluster: number;
  readonly name: string;
  /** Images in it. */
  readonly size: number;
  /** Share of its images that have its most frequent label, 0 … 1; null without labels. */
  readonly purity: number | null;
  /** Mean over its images, 0 … 1; null where there is none. */
  readonly meanConfidence: number | null;
  /** 0 … 1; null where it was not computed. */
  readonly stability: number | null;
  /** The kind that it is most tied to, and the share of its ties that go there; null where that is not known. */
  readonly mostConfused: { readonly name: string; readonly share: number } | null;
  readonly examples: KindExamples;
}

/** Indices of images. */
export interface KindExamples {
  /** Nearest the centre first; 16 are shown. */
  readonly typical: readonly number[];
  /** Least confident first; 8 are shown. */
  readonly boundary: readonly number[];
}

/** What new images brought to an old run; images are indices. */
export interface ReportGrowth {
  readonly newKinds: readonly ReportNewKind[];
  /** The kinds that have drifted. */
  readonly drifted: readonly ReportDrift[];
  /** Images that no kind knows. */
  readonly outside: readonly number[];
}

export interface ReportNewKind {
  readonly name: string;
  readonly size: number;
  readonly stability: number;
  /** The most typical first. */
  readonly typical: readonly number[];
}

export interface ReportDrift {
  readonly name: string;
  readonly added: number;
  /** 0: new images lie among the old ones, 1: apart from them; null where there are too few to tell. */
  readonly effect: number | null;
  /** Share of the new images that stand apart as a group. */
  readonly apart: number;
  /** The most typical of the old images, and of the new ones. */
  readonly before: readonly number[];
  readonly now: readonly number[];
}

/** What was odd; images are indices. */
export interface ReportFindings {
  /** Groups of images that are the same, or nearly. */
  readonly duplicates: readonly (readonly number[])[];
  readonly outliers: readonly number[];
  readonly mixedKinds: readonly { readonly name: string; readonly reason: string }[];
}

/** Of the training images. */
export type ReportConfusion = Pick<Score, 'confusion' | 'classNames'>;
