// What to ask a person next. Groups of alike images first, those whose answer moves most: many images whose ties lead to
// another kind than theirs. Then single images between kinds, no two of them neighbours. And every third question is
// about an image drawn at random, whatever is thought of it: from these alone the accuracy is estimated (audit.ts), for the
// others are chosen because they are likely to be wrong.
import type { Partition } from '../cluster/partition.js';
import { auditOrder } from './audit.js';
import { NO_KIND, type QUESTION_KINDS } from './edits.js';
import { writeImageSet } from './image-set.js';
import type { JournalEntry } from './journal.js';
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
  readonly groups: Partition;
  readonly state: ReviewState;
  readonly entries: readonly JournalEntry[];
  /** (n): the run's own. */
  readonly confidence: Float32Array;
}

const AUDIT_EVERY = 3;
const SHOWN = 24;
const CANDIDATES = 3;
/** A group is worth a question where this share of its ties leads to other kinds than its own. */
const LEAST_DOUBT = 0.02;
/** An image is worth a question where its neighbours do not all agree with its kind. */
const LEAST_IMAGE_DOUBT = 0.05;

/** The next `count` questions at most. Equal journals give equal questions. */
export function nextQuestions(source: QuestionSource, count: number): Question[] {
  const asked = askedBefore(source.entries);
  const doubts = doubtsOf(source);
  const chosen = [...groupQuestions(source, asked, count), ...imageQuestions(source, asked, doubts, count)];
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

/** Images sets that were asked about and not undone, `cannot say` included. */
function askedBefore(entries: readonly JournalEntry[]): ReadonlySet<string> {
  return new Set(
    entries.flatMap(({ what, isUndone }) => (what.do === 'answer' && !isUndone ? [what.images] : [])),
  );
}

function groupQuestions(
  { neighbourhood: { graph }, groups, state }: QuestionSource,
  asked: ReadonlySet<string>,
  count: number,
): Question[] {
  const { assignment, told } = state;
  const members: number[][] = Array.from({ length: groups.k }, () => []);
  groups.assignment.forEach((group, image) => {
    // What a person has said of an image is not asked again.
    if (group >= 0 && told[image] === UNTOLD) members[group].push(image);
  });
  const found = members.flatMap((images, group) => {
    if (images.length < 2 || asked.has(writeImageSet(images))) return [];
    const was = commonest(images.map((image) => assignment[image]));
    const inside = new Set(images);
    const ties = new Map<number, number>();
    let total = 0;
    for (const image of images) {
      for (let edge = graph.offsets[image]; edge < graph.offsets[image + 1]; edge++) {
        if (inside.has(graph.neighbours[edge])) continue;
        const kind = assignment[graph.neighbours[edge]];
        ties.set(kind, (ties.get(kind) ?? 0) + graph.weights[edge]);
        total += graph.weights[edge];
      }
    }
    const others = images.filter((image) => assignment[image] !== was).length / images.length;
    const away = total === 0 ? 1 : 1 - (ties.get(was) ?? 0) / total;
    const doubt = Math.max(others, away);
    if (doubt < LEAST_DOUBT) return [];
    const shares = [...ties].map(([kind, weight]) => ({ kind, share: weight / total }));
    const step = Math.max(1, images.length / SHOWN);
    const shown = Array.from(
      { length: Math.min(SHOWN, images.length) },
      (_, at) => images[Math.floor(at * step)],
    );
    const reason = `${images.length} alike images, and ${Math.round(100 * doubt)} % of what they resemble lies in other kinds.`;
    const candidates = likeliest(shares, was);
    return [
      {
        id: `group-${group}`,
        about: 'group' as const,
        images,
        shown,
        was,
        candidates,
        reason,
        worth: doubt * images.length,
      },
    ];
  });
  return found
    .sort((a, b) => b.worth - a.worth)
    .slice(0, count)
    .map(({ worth: _, ...question }) => question);
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

function imageQuestions(
  source: QuestionSource,
  asked: ReadonlySet<string>,
  doubts: Float32Array,
  count: number,
): Question[] {
  const { state, confidence, neighbourhood } = source;
  const { graph } = neighbourhood;
  // What the neighbours doubt and what the networks doubt.
  const worth = doubts.map((doubt, image) => doubt + 1 - confidence[image]);
  const images = Int32Array.from(doubts.keys())
    .filter((image) => state.told[image] === UNTOLD && worth[image] >= LEAST_IMAGE_DOUBT)
    .sort((a, b) => worth[b] - worth[a] || a - b);
  const taken = Uint8Array.from(state.told, (said) => (said === UNTOLD ? 0 : 1));
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

/** In the order of a permutation of all images, whatever is known of them; those told by other answers are left out. */
function auditQuestions(source: QuestionSource, asked: ReadonlySet<string>, count: number): Question[] {
  const { told } = source.state;
  const questions: Question[] = [];
  for (const image of auditOrder(told.length)) {
    if (questions.length >= count) break;
    if (told[image] !== UNTOLD || asked.has(`${image}`)) continue;
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

function commonest(kinds: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || a - b)[0][0];
}
