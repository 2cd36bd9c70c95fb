// What to ask a person next. Groups of alike images first (group-questions.ts), those whose answer moves most. Then single
// images between kinds, no two of them neighbours. And every fourth question is about an image drawn at random, whatever is
// thought of it: from these alone the accuracy is estimated (audit.ts), for the others are chosen because they are likely
// to be wrong.

import { SAID } from '../run/corrections.js';
import { auditOrder } from './audit.js';
import { NO_KIND, type QUESTION_KINDS } from './edits.js';
import { doubtedGroups } from './group-questions.js';
import { writeImageSet } from './image-set.js';
import type { JournalEntry } from './journal.js';
import { dividedGroups, type MicroClusters } from './micro-clusters.js';
import type { Neighbourhood } from './neighbourhood.js';
import { reasonsFor, type Vote } from './reasons.js';
import { type ReviewState, UNTOLD } from './state.js';

export interface Question {
  readonly id: string;
  readonly about: (typeof QUESTION_KINDS)[number];
  /** All images that the answer decides. */
  readonly images: readonly number[];
  /** Some of them, to look at. */
  readonly shown: readonly number[];
  /** The kind that they are in. */
  readonly was: number;
  /** The likeliest answers, the first the likeliest. */
  readonly candidates: readonly Vote[];
  /** Why it is asked: one sentence. */
  readonly reason: string;
}

export interface QuestionSource {
  readonly neighbourhood: Pick<Neighbourhood, 'graph'>;
  readonly groups: MicroClusters;
  readonly state: ReviewState;
  readonly entries: readonly JournalEntry[];
  /** (n): the run's own. */
  readonly confidence: Float32Array;
  /** Of the images drawn at random. */
  readonly auditSeed?: number;
}

const AUDIT_EVERY = 4;
const SHOWN = 24;
const CANDIDATES = 3;
/** An image is worth a question where its neighbours do not all agree with its kind. */
const LEAST_IMAGE_DOUBT = 0.05;

/** The next `count` questions at most. Equal journals give equal questions. */
export function nextQuestions(source: QuestionSource, count: number): Question[] {
  const asked = askedBefore(source.entries);
  const chosen = groupQuestions(source, asked, count);
  if (chosen.length < count) chosen.push(...imageQuestions(source, asked, count));
  const audits = auditQuestions(source, asked, count);
  const questions: Question[] = [];
  for (let at = source.state.answers; questions.length < count; at++) {
    const isAudit = at % AUDIT_EVERY === AUDIT_EVERY - 1;
    const next = isAudit ? (audits.shift() ?? chosen.shift()) : chosen.shift();
    if (next === undefined) break;
    questions.push(next);
  }
  return questions;
}

/** What a person could not say, and will not be asked again; what they said is in the state. */
function askedBefore(entries: readonly JournalEntry[]): ReadonlySet<string> {
  return new Set(
    entries.flatMap(({ what, isUndone }) =>
      what.do === 'answer' && what.is === null && !isUndone ? [what.images] : [],
    ),
  );
}

function groupQuestions(
  { neighbourhood: { graph }, groups, state, entries }: QuestionSource,
  asked: ReadonlySet<string>,
  count: number,
): Question[] {
  const questions: Question[] = [];
  for (const { group, images, was, ties, doubt } of doubtedGroups(
    graph,
    dividedGroups(groups, entries),
    state,
  )) {
    if (questions.length >= count) break;
    if (asked.has(writeImageSet(images))) continue;
    const step = Math.max(1, images.length / SHOWN);
    const shown = Array.from(
      { length: Math.min(SHOWN, images.length) },
      (_, at) => images[Math.floor(at * step)],
    );
    const reason = `They are alike, and ${Math.round(100 * doubt)} % of what they resemble lies in other kinds.`;
    const candidates = likeliest(ties, was);
    questions.push({ id: `group-${group}`, about: 'group', images, shown, was, candidates, reason });
  }
  return questions;
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

function imageQuestions(source: QuestionSource, asked: ReadonlySet<string>, count: number): Question[] {
  const { state, confidence, neighbourhood } = source;
  const { graph } = neighbourhood;
  const doubts = doubtsOf(source);
  // What the neighbours doubt and what the networks doubt.
  const worth = doubts.map((doubt, image) => doubt + 1 - confidence[image]);
  const images = Int32Array.from(doubts.keys())
    .filter((image) => state.told[image] === UNTOLD && worth[image] >= LEAST_IMAGE_DOUBT)
    .sort((a, b) => worth[b] - worth[a] || a - b);
  const taken = state.said.map((what) => (what > SAID.ofGroup ? 1 : 0));
  const questions: Question[] = [];
  for (const image of images) {
    if (questions.length >= count) break;
    const around = graph.neighbours.subarray(graph.offsets[image], graph.offsets[image + 1]);
    if (asked.has(`${image}`) || around.some((other) => taken[other] === 1)) continue;
    taken[image] = 1;
    questions.push(imageQuestion(source, image, 'image', 'Its neighbours lie in several kinds.'));
  }
  return questions;
}

/** In the order of a permutation of all images, whatever is known of them; those that were asked about are left out. */
function auditQuestions(source: QuestionSource, asked: ReadonlySet<string>, count: number): Question[] {
  const { said } = source.state;
  const questions: Question[] = [];
  for (const image of auditOrder(said.length, source.auditSeed)) {
    if (questions.length >= count) break;
    if (said[image] === SAID.ofItself || asked.has(`${image}`)) continue;
    const reason = 'Drawn at random: from answers like this one the accuracy is estimated.';
    questions.push(imageQuestion(source, image, 'audit', reason));
  }
  return questions;
}

function imageQuestion(
  { neighbourhood: { graph }, state: { assignment } }: QuestionSource,
  image: number,
  about: 'image' | 'audit',
  reason: string,
): Question {
  const was = assignment[image];
  const candidates = likeliest(reasonsFor(graph, assignment, image).votes, was);
  return { id: `${about}-${image}`, about, images: [image], shown: [image], was, candidates, reason };
}

/** The most voted kinds, the present one among them. */
function likeliest(votes: readonly Vote[], was: number): Vote[] {
  const kinds = votes
    .filter(({ kind }) => kind !== NO_KIND)
    .sort((a, b) => b.share - a.share || a.kind - b.kind);
  const first = kinds.slice(0, CANDIDATES);
  if (was === NO_KIND || first.some(({ kind }) => kind === was)) return first;
  const own = votes.find(({ kind }) => kind === was) ?? { kind: was, share: 0 };
  return [...first.slice(0, CANDIDATES - 1), own];
}
