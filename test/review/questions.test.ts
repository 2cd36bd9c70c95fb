// What is asked: first the groups whose answer moves most, parts of those that were called mixed, and images drawn at random.
import { beforeAll, describe, expect, it } from 'vitest';
import { readImageSet, writeImageSet } from '#kindred/core/image-set.js';
import { matrix } from '#kindred/core/matrix.js';
import { createRandom } from '#kindred/core/random.js';
import type { NeighbourGraph } from '#kindred/graph/neighbour-graph.js';
import type { Edit } from '#kindred/review/journal/edits.js';
import type { JournalEntry } from '#kindred/review/journal/history.js';
import { auditOrder } from '#kindred/review/questions/audit.js';
import {
  dividedGroups,
  type MicroClusters,
  microClusters,
} from '#kindred/review/questions/micro-clusters.js';
import { nextQuestions, type Question } from '#kindred/review/questions/questions.js';
import { applyEdit } from '#kindred/review/state.js';
import { crowds, graphOf } from '../cluster/crowds.js';
import { untouchedState } from '../support/reviews.js';

// Two kinds of 300, far apart, and 60 images between them that the run took for the first although they lie by the second.
const PARTS = [
  { count: 300, at: [0] },
  { count: 300, at: [14] },
  { count: 60, at: [9.5] },
];
const IMAGES = 660;
const STRAYS = 600;

let graph: NeighbourGraph;
let groups: MicroClusters;
const { points } = crowds(PARTS, 'questions');
const beginning = untouchedState(
  Int32Array.from({ length: IMAGES }, (_, image) => (image < 300 || image >= STRAYS ? 0 : 1)),
  2,
);

beforeAll(async () => {
  graph = await graphOf(points);
  groups = await microClusters({ graph }, { k: 2, seed: 0, threads: 1 });
});

const pile = () => ({ neighbourhood: { graph, codes: points }, beginning });

function session(groupsOf: MicroClusters = groups) {
  let state = beginning;
  let entries: JournalEntry[] = [];
  return {
    get state() {
      return state;
    },
    ask(count = 1): Question[] {
      const confidence = new Float32Array(IMAGES).fill(1);
      return nextQuestions({ ...pile(), groups: groupsOf, state, entries, confidence }, count);
    },
    answer({ about, images, was }: Question, is: number | null, leftOut: readonly number[] = []) {
      const answered = writeImageSet(images.filter((image) => !leftOut.includes(image)));
      const except = leftOut.length === 0 ? {} : { except: writeImageSet(leftOut) };
      const what: Edit = { do: 'answer', about, images: answered, ...except, was, is };
      state = applyEdit(state, what);
      entries = [...entries, { edit: entries.length + 1, at: '', what, isUndone: false }];
    },
    get entries() {
      return entries;
    },
  };
}

describe('micro-clusters', () => {
  it('are small, and none mixes two far crowds', () => {
    expect(groups.k).toBeGreaterThan(10);
    for (let group = 0; group < groups.k; group++) {
      const members = Array.from(groups.assignment.keys()).filter(
        (image) => groups.assignment[image] === group,
      );
      const inFirst = members.filter((image) => image < 300).length;
      expect([0, members.length]).toContain(inFirst);
    }
  });

  it('that are called mixed are cut in two, again and again, and every image stays in a group', () => {
    // Four crowds in the directions that images are grouped by, all in one group.
    const random = createRandom(1, 'directions');
    const directions = matrix(40, 2);
    for (let image = 0; image < 40; image++) {
      const angle = (Math.PI / 2) * (image % 4) + 0.1 * random.normal();
      directions.data.set([Math.cos(angle), Math.sin(angle)], 2 * image);
    }
    const one: MicroClusters = { assignment: new Int32Array(40), k: 1, directions };
    const mixed = (images: string): JournalEntry => ({
      edit: 1,
      at: '',
      what: { do: 'answer', about: 'group', images, was: 0, is: null },
      isUndone: false,
    });
    const once = dividedGroups(one, [mixed('0-39')]);
    expect(once.k).toBe(2);
    const halves = [0, 1].map((half) =>
      Array.from(once.assignment.keys()).filter((image) => once.assignment[image] === half),
    );
    const both = dividedGroups(one, [mixed('0-39'), ...halves.map((images) => mixed(writeImageSet(images)))]);
    expect(both.k).toBe(4);
    for (let image = 4; image < 40; image++) expect(both.assignment[image]).toBe(both.assignment[image % 4]);
    expect(dividedGroups(one, [{ ...mixed('0-39'), isUndone: true }]).k).toBe(1);
  });
});

describe('the questions', () => {
  it('begin with the group that lies by another kind', () => {
    const [first] = session().ask();
    expect(first.about).toBe('group');
    expect(first.was).toBe(0);
    expect(Math.min(...first.images)).toBeGreaterThanOrEqual(300);
    expect(first.candidates.map(({ kind }) => kind)).toContain(1);
    expect(first.shown.toSorted((a, b) => a - b)).toEqual(first.images);
  });

  it('are about images drawn at random every fourth time, in the order of the draws', () => {
    const about = session()
      .ask(8)
      .map(({ about: what, images }) => [what === 'audit', images.length] as const);
    expect(about.map(([isAudit]) => isAudit)).toEqual([false, false, false, true, false, false, false, true]);
    const audited = session()
      .ask(8)
      .filter(({ about: what }) => what === 'audit')
      .map(({ images }) => images[0]);
    expect(audited).toEqual([...auditOrder(IMAGES).subarray(0, 2)]);
  });

  it('about groups put the strays right within a few answers, and do not come again', () => {
    const review = session();
    const seen = new Set<string>();
    for (let at = 0; at < 12; at++) {
      const [question] = review.ask();
      if (question === undefined) break;
      expect(seen).not.toContain(writeImageSet(question.images));
      seen.add(writeImageSet(question.images));
      const inSecond = question.shown.filter((image) => image >= 300).length;
      review.answer(question, inSecond > question.shown.length / 2 ? 1 : 0);
    }
    const strays = review.state.assignment.subarray(STRAYS);
    expect(strays.filter((kind) => kind === 1).length / strays.length).toBeGreaterThan(0.9);
  });

  it('come about the parts of what was called mixed', () => {
    const review = session();
    const [whole] = review.ask();
    review.answer(whole, null);
    const parts = review
      .ask(30)
      .filter(
        ({ about, images }) => about === 'group' && images.every((image) => whole.images.includes(image)),
      );
    expect(parts.length).toBeGreaterThan(0);
    for (const { images } of parts) expect(images.length).toBeLessThan(whole.images.length);
  });

  it('about what was left out of an answer come one by one, soon, and never again as a group', () => {
    const review = session();
    const [whole] = review.ask();
    const leftOut = whole.images.slice(0, 3);
    review.answer(whole, 1, leftOut);
    expect(leftOut.map((image) => review.state.assignment[image])).toEqual([0, 0, 0]);
    const next = review.ask(30);
    expect(next.slice(0, 2).map(({ about, images }) => [about, ...images])).toEqual(
      leftOut.slice(0, 2).map((image) => ['image', image]),
    );
    expect(next.filter(({ images }) => images[0] === leftOut[2])).toHaveLength(1);
    for (const { images } of next.filter(({ about }) => about === 'group')) {
      expect(images.filter((image) => leftOut.includes(image))).toEqual([]);
    }
    for (let answers = 0; answers < 3; answers++) {
      const [question] = review.ask();
      review.answer(question, review.state.assignment[question.images[0]]);
    }
    expect(review.ask(30).filter(({ reason }) => reason.includes('left it out'))).toHaveLength(1);
  });

  it('about images that a person moved by hand do not come', () => {
    const review = session();
    const [whole] = review.ask();
    const moved = applyEdit(review.state, { do: 'move', images: writeImageSet(whole.images), to: 1 });
    const source = {
      ...pile(),
      groups,
      entries: [],
      confidence: new Float32Array(IMAGES).fill(1),
    };
    const about = nextQuestions({ ...source, state: moved }, 40).filter(
      ({ about: what }) => what !== 'audit',
    );
    const asked = new Set(about.flatMap(({ images }) => [...images]));
    for (const image of readImageSet(writeImageSet(whole.images), IMAGES)) expect(asked).not.toContain(image);
  });
});
