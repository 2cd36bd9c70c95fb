// Groups that mix kinds: whoever calls each what most of it are makes no clustering worse, and what they get wrong is in the
// estimate of the accuracy.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeImageSet } from '#kindred/core/image-set.js';
import { type Matrix, matrix } from '#kindred/core/matrix.js';
import { createRandom } from '#kindred/core/random.js';
import type { Edit } from '#kindred/review/journal/edits.js';
import type { JournalEntry } from '#kindred/review/journal/history.js';
import { auditOrder, estimateAccuracy } from '#kindred/review/questions/audit.js';
import type { MicroClusters } from '#kindred/review/questions/micro-clusters.js';
import { nextQuestions, type Question } from '#kindred/review/questions/questions.js';
import { applyEdit } from '#kindred/review/state.js';
import { SAID } from '#kindred/run/files/corrections.js';
import { graphOf } from '../cluster/crowds.js';
import { untouchedState } from '../support/reviews.js';

const IMAGES = 160;
const KINDS = 5;

/** Points at random, so that their neighbours are of any kind: the groups are as mixed as can be. */
async function randomPile(seed: number) {
  const random = createRandom(seed, 'mixed pile');
  const codes: Matrix = matrix(IMAGES, 4);
  codes.data.forEach((_, at) => {
    codes.data[at] = random.normal();
  });
  const anyKind = () => Int32Array.from({ length: IMAGES }, () => random.integer(KINDS));
  const truth = anyKind();
  const share = random.uniform();
  const assignment = truth.map((kind) => (random.uniform() < share ? random.integer(KINDS + 1) - 1 : kind));
  const k = 2 + random.integer(10);
  const groups: MicroClusters = {
    assignment: Int32Array.from({ length: IMAGES }, () => random.integer(k)),
    k,
    directions: codes,
  };
  return { graph: await graphOf(codes), codes, truth, groups, beginning: untouchedState(assignment, KINDS) };
}

type Pile = Awaited<ReturnType<typeof randomPile>>;

function sitting({ graph, codes, truth, groups, beginning }: Pile) {
  let state = beginning;
  const entries: JournalEntry[] = [];
  const confidence = new Float32Array(IMAGES).fill(0.5);
  return {
    entries,
    get state() {
      return state;
    },
    ask: () =>
      nextQuestions({ neighbourhood: { graph, codes }, groups, beginning, state, entries, confidence }, 1).at(
        0,
      ),
    say(what: Edit) {
      state = applyEdit(state, what);
      entries.push({ edit: entries.length + 1, at: '', what, isUndone: false });
    },
    right: () => state.assignment.filter((kind, image) => kind === truth[image]).length,
  };
}

function plurality({ shown }: Question, truth: Int32Array): number {
  const counts = new Int32Array(KINDS);
  for (const image of shown) counts[truth[image]]++;
  return counts.indexOf(Math.max(...counts));
}

describe('answers that are true of most of a group', () => {
  it('never make fewer images right, whatever the kinds and groups are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1e6), async (seed) => {
        const pile = await randomPile(seed);
        const review = sitting(pile);
        const random = createRandom(seed, 'person');
        const seen = new Set<string>();
        let groups = 0;
        for (let answers = 0; answers < 40; answers++) {
          const question = review.ask();
          if (question === undefined) break;
          const { about, images, shown, was } = question;
          if (about === 'group') {
            groups += 1;
            expect(seen).not.toContain(writeImageSet(images));
            seen.add(writeImageSet(images));
            // One kind to begin with, all of them to be seen, and nothing that was answered before.
            expect(new Set(shown.map((image) => review.state.assignment[image]))).toEqual(new Set([was]));
          }
          expect(question.candidates).toHaveLength(3);
          if (was >= 0) expect(question.candidates.map(({ kind }) => kind)).toContain(was);
          const before = review.right();
          const is = about === 'group' && random.uniform() < 0.1 ? null : plurality(question, pile.truth);
          const odd = shown.filter((image) => pile.truth[image] !== is);
          const leftOut = is !== null && random.uniform() < 0.3 ? odd : [];
          review.say({
            do: 'answer',
            about,
            images: writeImageSet(images.filter((image) => !leftOut.includes(image))),
            ...(leftOut.length === 0 ? {} : { except: writeImageSet(leftOut) }),
            was,
            is,
          });
          expect(review.right()).toBeGreaterThanOrEqual(before);
        }
        expect(groups).toBeGreaterThan(0);
      }),
      { numRuns: 15 },
    );
  });

  it('are held against by images drawn before and after them', async () => {
    const pile = await randomPile(4);
    const review = sitting(pile);
    for (let answers = 0; answers < 16; answers++) {
      const question = review.ask();
      if (question === undefined) break;
      const { about, images, was } = question;
      const is = plurality(question, pile.truth);
      review.say({ do: 'answer', about, images: writeImageSet(images), was, is });
    }
    expect(review.entries.some(({ what }) => what.do === 'answer' && what.about === 'group')).toBe(true);
    for (const image of auditOrder(IMAGES).subarray(0, 40)) {
      if (review.state.said[image] === SAID.ofItself) continue;
      const [was, is] = [review.state.assignment[image], pile.truth[image]];
      review.say({ do: 'answer', about: 'audit', images: `${image}`, was, is });
    }
    const estimate = estimateAccuracy(pile.beginning, review.state, review.entries);
    const right = review.right() / IMAGES;
    expect(right).toBeLessThan(0.95);
    expect(estimate?.audited).toBe(40);
    expect(estimate?.low).toBeLessThanOrEqual(right);
    expect(estimate?.high).toBeGreaterThanOrEqual(right);
  });
});
