// What to ask a person next. Groups of alike images first (group-questions.ts), those whose answer moves most; soon after each
// what was left out of it, image by image. Then single images between kinds, no two of them neighbours. And every
// fourth question is about an image drawn at random, whatever is thought of it: from these alone the accuracy is
// estimated (audit.ts), for the others are chosen because they are likely to be wrong.

import { NO_KIND, UNTOLD } from '../../core/groups.js';
import { writeImageSet } from '../../core/image-set.js';
import { SAID } from '../../run/files/corrections.js';
import type { QUESTION_KINDS } from '../journal/edits.js';
import type { JournalEntry } from '../journal/history.js';
import type { Neighbourhood } from '../neighbourhood.js';
import { distancesToMiddle } from '../portraits.js';
import type { ReviewState } from '../state.js';
import { auditOrder } from './audit.js';
import { candidatesFor, type KindsNear, kindsByNearness } from './candidates.js';
import { type DoubtedGroup, doubtedGroups, type GroupWords, groupWords } from './group-questions.js';
import { dividedGroups, type MicroClusters } from './micro-clusters.js';
import { reasonsFor, type Vote } from './reasons.js';

export interface Question {
  readonly id: string;
  readonly about: (typeof QUESTION_KINDS)[number];
  /** All images that the answer is about, ascending; a person has already said of those that are not shown what they are. */
  readonly images: readonly number[];
  /** Those that it decides, the least typical first. */
  readonly shown: readonly number[];
  /** The kind that they are in. */
  readonly was: number;
  /** The likeliest answers, the first the likeliest. `share`: 0 where nothing ties it to the kind. */
  readonly candidates: readonly Vote[];
  /** Why it is asked: one sentence. */
  readonly reason: string;
}

export interface QuestionSource {
  readonly neighbourhood: Pick<Neighbourhood, 'graph' | 'codes'>;
  readonly groups: MicroClusters;
  /** The state before the first entry. */
  readonly beginning: Pick<ReviewState, 'assignment'>;
  readonly state: ReviewState;
  readonly entries: readonly JournalEntry[];
  /** (n): the run's own. */
  readonly confidence: Float32Array;
  /** Of the images drawn at random. */
  readonly auditSeed?: number;
}

const ROUND = 4;
/** An image is worth a question where its neighbours do not all agree with its kind. */
const LEAST_IMAGE_DOUBT = 0.05;

/** What the questions of one call have in common. */
interface Asking extends QuestionSource {
  readonly words: GroupWords;
  readonly kindsNear: KindsNear;
  /** What a person could not say, and will not be asked again; what they said is in the state. */
  readonly passed: ReadonlySet<string>;
  readonly count: number;
}

/** The next `count` questions at most. Equal journals give equal questions. */
export function nextQuestions(source: QuestionSource, count: number): Question[] {
  const { beginning, entries, neighbourhood, state } = source;
  const asking: Asking = {
    ...source,
    words: groupWords(beginning.assignment, entries),
    kindsNear: kindsByNearness(neighbourhood.codes, state.assignment),
    passed: passedOver(entries),
    count,
  };
  const [groups, leftOut, audits] = [groupQuestions, leftOutQuestions, auditQuestions].map((ask) =>
    ask(asking),
  );
  const images = groups.length + leftOut.length < count ? imageQuestions(asking) : [];
  const questions: Question[] = [];
  const chosen = new Set<string>();
  for (let at = state.answers; questions.length < count; at++) {
    const turn = at % ROUND;
    const others = turn === 0 ? [groups, leftOut, images] : [leftOut, groups, images];
    const order = turn === ROUND - 1 ? [audits, ...others] : others;
    const next = order.flat().find((question) => !chosen.has(writeImageSet(question.images)));
    if (next === undefined) break;
    chosen.add(writeImageSet(next.images));
    questions.push(next);
  }
  return questions;
}

function passedOver(entries: readonly JournalEntry[]): ReadonlySet<string> {
  return new Set(
    entries.flatMap(({ what, isUndone }) =>
      what.do === 'answer' && what.is === null && !isUndone ? [what.images] : [],
    ),
  );
}

function groupQuestions(asking: Asking): Question[] {
  const { groups, entries, state, words, passed, count, kindsNear } = asking;
  const { graph } = asking.neighbourhood;
  return doubtedGroups(graph, dividedGroups(groups, entries), state, words)
    .filter(({ images }) => !passed.has(writeImageSet(images)))
    .slice(0, count)
    .map((doubted) => ({
      id: `group-${doubted.group}-${doubted.was}`,
      about: 'group',
      images: doubted.images,
      shown: leastTypicalFirst(groups, doubted.asked),
      was: doubted.was,
      candidates: candidatesFor(doubted.ties, doubted.was, () => kindsNear(doubted.asked)),
      reason: reasonFor(doubted),
    }));
}

function leastTypicalFirst({ directions }: MicroClusters, images: readonly number[]): number[] {
  const distance = distancesToMiddle(directions, images);
  return Array.from(images.keys())
    .sort((a, b) => distance[b] - distance[a] || a - b)
    .map((place) => images[place]);
}

function reasonFor({ ties, tied, was }: DoubtedGroup): string {
  if (ties.length === 0) return 'They resemble nothing but each other.';
  const share = `${Math.round(100 * tied)} % of what else they resemble lies in`;
  return was === NO_KIND ? `They are in no kind, and ${share} one.` : `${share} other kinds.`;
}

/** What a person left out of an answer and has not spoken of since, in that order. */
function leftOutQuestions(asking: Asking): Question[] {
  const { words, state, passed, count } = asking;
  return [...words.leftOut]
    .filter((image) => state.said[image] < SAID.ofSeveral && !passed.has(`${image}`))
    .slice(0, count)
    .map((image) => imageQuestion(asking, image, 'image', 'You left it out of a group.'));
}

/** (n): the share of each image's neighbourhood that is not in its kind. */
function doubtsOf({ neighbourhood: { graph }, state: { assignment } }: QuestionSource): Float32Array {
  return Float32Array.from(assignment, (kind, image) => {
    let [own, total] = [0, 0];
    for (let edge = graph.offsets[image]; edge < graph.offsets[image + 1]; edge++) {
      total += graph.weights[edge];
      if (assignment[graph.neighbours[edge]] === kind) own += graph.weights[edge];
    }
    return total === 0 ? 0 : 1 - own / total;
  });
}

function imageQuestions(asking: Asking): Question[] {
  const { state, confidence, neighbourhood, words, passed, count } = asking;
  const { graph } = neighbourhood;
  const doubts = doubtsOf(asking);
  // What the neighbours doubt and what the networks doubt.
  const worth = doubts.map((doubt, image) => doubt + 1 - confidence[image]);
  const images = Int32Array.from(doubts.keys())
    .filter((image) => state.told[image] === UNTOLD && worth[image] >= LEAST_IMAGE_DOUBT)
    .filter((image) => !words.leftOut.has(image))
    .sort((a, b) => worth[b] - worth[a] || a - b);
  const taken = state.said.map((what) => (what > SAID.ofGroup ? 1 : 0));
  const questions: Question[] = [];
  for (const image of images) {
    if (questions.length >= count) break;
    const around = graph.neighbours.subarray(graph.offsets[image], graph.offsets[image + 1]);
    if (passed.has(`${image}`) || around.some((other) => taken[other] === 1)) continue;
    taken[image] = 1;
    questions.push(imageQuestion(asking, image, 'image', 'Its neighbours lie in several kinds.'));
  }
  return questions;
}

/** In the order of a permutation of all images, whatever is known of them; those that were asked about are left out. */
function auditQuestions(asking: Asking): Question[] {
  const { state, auditSeed, passed, count } = asking;
  const questions: Question[] = [];
  for (const image of auditOrder(state.said.length, auditSeed)) {
    if (questions.length >= count) break;
    if (state.said[image] === SAID.ofItself || passed.has(`${image}`)) continue;
    const reason = 'Drawn at random: from answers like this one the accuracy is estimated.';
    questions.push(imageQuestion(asking, image, 'audit', reason));
  }
  return questions;
}

function imageQuestion(
  { neighbourhood: { graph }, state: { assignment }, kindsNear }: Asking,
  image: number,
  about: 'image' | 'audit',
  reason: string,
): Question {
  const was = assignment[image];
  const { votes } = reasonsFor(graph, assignment, image);
  const candidates = candidatesFor(votes, was, () => kindsNear([image]));
  return { id: `${about}-${image}`, about, images: [image], shown: [image], was, candidates, reason };
}
