// Questions about groups of alike images: how much would an answer move? What ties a group to other kinds than its own, and
// how many images it has, say how many of them are likely to be wrong.
//
// A group is what a micro-cluster has in one kind. So a person who calls it what most of it are makes nothing worse: of the
// images asked about, those that were right are those that are `was`, and as many become right as are of the commonest
// kind, which are no fewer. In a group of two kinds of which each is in its own, each is asked about by itself.
import type { Partition } from '../../cluster/kinds/partition.js';
import { NO_KIND } from '../../core/groups.js';
import { readImageSet } from '../../core/image-set.js';
import type { NeighbourGraph } from '../../graph/neighbour-graph.js';
import { SAID } from '../../run/files/corrections.js';
import { type JournalEntry, kindsAfter } from '../journal/history.js';
import type { ReviewState } from '../state.js';
import type { Vote } from './reasons.js';

export interface DoubtedGroup {
  readonly group: number;
  /**
   * Those that the answer is about, ascending. Images that were spoken of by themselves are among them where they would be
   * in the group if they had not been: the answer changes nothing about them, but the estimate of the accuracy holds them
   * against it, as if they had not been drawn.
   */
  readonly images: readonly number[];
  /** Those of them that it decides, ascending: all are in `was`. */
  readonly asked: readonly number[];
  readonly was: number;
  /** The kinds that what they resemble lies in, in no order; the links among themselves left out. */
  readonly ties: readonly Vote[];
  /** Share of the ties that does not lead to `was`: 0 … 1. */
  readonly tied: number;
  /** How likely the group is to be wrong: 0 … 1. */
  readonly doubt: number;
}

/** Fewer images are asked about one by one. */
const FEWEST = 2;
/** A group is worth a question where about so many of its images may be wrong. */
const LEAST_DOUBTED = 2;
/** Of a part of what a person called mixed, whatever it is tied to. */
const DOUBT_OF_MIXED = 0.5;

/** Groups of which nothing has been said, those first whose answer is likely to move most. */
export function doubtedGroups(
  graph: NeighbourGraph,
  groups: Partition,
  state: Pick<ReviewState, 'assignment' | 'said'>,
  words: GroupWords,
): DoubtedGroup[] {
  const { assignment, said } = state;
  return openParts(groups.assignment, state, words)
    .flatMap(({ group, was, images }) => {
      const asked = images.filter((image) => said[image] === SAID.nothing);
      if (asked.length < FEWEST) return [];
      const isWithin = (other: number) => groups.assignment[other] === group && assignment[other] === was;
      const ties = tiesOf(graph, assignment, asked, isWithin);
      // What nothing holds to its kind may as well be of another, unless it is all that there is of the kind.
      const isWhole = () =>
        was !== NO_KIND && assignment.every((kind, each) => kind !== was || isWithin(each));
      const tied = ties.length > 0 ? 1 - shareOf(ties, was) : isWhole() ? 0 : 1;
      const isOfMixed = asked.every((image) => words.mixed[image] === 1);
      const doubt = isOfMixed ? Math.max(tied, DOUBT_OF_MIXED) : tied;
      return [{ group, images, asked, was, ties, tied, doubt }];
    })
    .filter(({ asked, doubt }) => doubt * asked.length >= LEAST_DOUBTED)
    .sort((a, b) => worthOf(b) - worthOf(a) || a.group - b.group || a.was - b.was);
}

/** What each micro-cluster has in each kind, without what was said of already: as part of a group, by hand, or by leaving out. */
function openParts(groups: Int32Array, { said }: Pick<ReviewState, 'said'>, words: GroupWords) {
  const parts = new Map<string, { group: number; was: number; images: number[] }>();
  groups.forEach((group, image) => {
    const isSettled = said[image] === SAID.ofGroup || said[image] === SAID.ofSeveral;
    if (group === NO_KIND || isSettled || words.answered[image] === 1 || words.leftOut.has(image)) return;
    const was = words.kinds[image];
    const key = `${group} ${was}`;
    const part = parts.get(key) ?? { group, was, images: [] };
    if (part.images.push(image) === 1) parts.set(key, part);
  });
  return [...parts.values()];
}

/**
 * What an answer is likely to move. Squared: where half of a group is in doubt, all of it may be wrong; a tenth of five times
 * as many images is its rim.
 */
function worthOf({ asked, doubt }: DoubtedGroup): number {
  return doubt * doubt * asked.length;
}

/** Shares of the links of `images` to others, but for those to others that are within their group. */
function tiesOf(
  graph: NeighbourGraph,
  assignment: Int32Array,
  images: readonly number[],
  isWithin: (other: number) => boolean,
): Vote[] {
  const ties = new Map<number, number>();
  let total = 0;
  for (const image of images) {
    for (let edge = graph.offsets[image]; edge < graph.offsets[image + 1]; edge++) {
      const other = graph.neighbours[edge];
      if (isWithin(other)) continue;
      ties.set(assignment[other], (ties.get(assignment[other]) ?? 0) + graph.weights[edge]);
      total += graph.weights[edge];
    }
  }
  return total === 0 ? [] : [...ties].map(([kind, weight]) => ({ kind, share: weight / total }));
}

function shareOf(ties: readonly Vote[], kind: number): number {
  return ties.find((tie) => tie.kind === kind)?.share ?? 0;
}

// What has been said of groups so far, read from the journal: it decides which images are asked about together once more.

export interface GroupWords {
  /** (n): 1 where an answer about a group covers the image, also where the image itself had been spoken of before. */
  readonly answered: Uint8Array;
  /** (n): 1 where a person called the image's group mixed. */
  readonly mixed: Uint8Array;
  /** Images that a person left out of an answer, in that order. */
  readonly leftOut: ReadonlySet<number>;
  /** (n): each image's kind if nobody had spoken of single images, only of groups and whole kinds. */
  readonly kinds: Int32Array;
}

export function groupWords(beginning: Int32Array, entries: readonly JournalEntry[]): GroupWords {
  const answered = new Uint8Array(beginning.length);
  const mixed = new Uint8Array(beginning.length);
  const leftOut = new Set<number>();
  for (const { what, isUndone } of entries) {
    if (isUndone || what.do !== 'answer' || what.about !== 'group') continue;
    const words = what.is === null ? mixed : answered;
    for (const image of readImageSet(what.images, beginning.length)) words[image] = 1;
    for (const image of readImageSet(what.except ?? '', beginning.length)) leftOut.add(image);
  }
  return { answered, mixed, leftOut, kinds: kindsAfter(beginning, entries, (images) => images > 1) };
}
