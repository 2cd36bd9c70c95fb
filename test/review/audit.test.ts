// The estimate of the accuracy, held against reviews whose truth is known.
import { describe, expect, it } from 'vitest';
import { writeImageSet } from '#kindred/core/image-set.js';
import { createRandom } from '#kindred/core/random.js';
import type { Edit } from '#kindred/review/journal/edits.js';
import type { JournalEntry } from '#kindred/review/journal/history.js';
import { auditOrder, clopperPearson, estimateAccuracy } from '#kindred/review/questions/audit.js';
import { applyEdit, type ReviewState, stateOfRun } from '#kindred/review/state.js';
import { SAID } from '#kindred/run/files/corrections.js';
import { untouchedState } from '../support/reviews.js';

describe('the interval of a share', () => {
  // R 4.2: binom.test(x, n)$conf.int
  it.each([
    [0, 10, 0, 0.3084971],
    [10, 10, 0.6915029, 1],
    [7, 20, 0.1539092, 0.5921885],
    [98, 100, 0.9296161, 0.9975687],
  ])('%i of %i is what R says', (right, count, low, high) => {
    const found = clopperPearson(right, count);
    expect(found[0]).toBeCloseTo(low, 6);
    expect(found[1]).toBeCloseTo(high, 6);
  });
});

const IMAGES = 1500;
const GROUPS = 30;
const ANSWERS = 160;
/** Images that the run had learnt by heart. */
const LEARNT = 150;

/** Does edits one after the other, and keeps them. */
function reviewing(beginning: ReviewState) {
  let state = beginning;
  const entries: JournalEntry[] = [];
  return {
    entries,
    get state() {
      return state;
    },
    say(what: Edit) {
      state = applyEdit(state, what);
      entries.push({ edit: entries.length + 1, at: '2026-01-01T00:00:00.000Z', what, isUndone: false });
    },
  };
}

/**
 * A review in which every fourth answer is an audit. The others are about groups that look wrong, whose commonest kind is said
 * of all of them, and about single images that are wrong more often than by chance.
 */
function review(seed: number, begin: (truth: Int32Array, assignment: Int32Array) => ReviewState) {
  const random = createRandom(seed, 'review');
  const truth = Int32Array.from({ length: IMAGES }, () => random.integer(2));
  const wrongShare = 0.02 + 0.2 * random.uniform();
  const assignment = truth.map((kind) => (random.uniform() < wrongShare ? 1 - kind : kind));
  const beginning = begin(truth, assignment);
  const session = reviewing(beginning);
  const answer = (about: 'group' | 'image' | 'audit', images: readonly number[], is: number) =>
    session.say({ do: 'answer', about, images: writeImageSet(images), was: 0, is });
  const draws = auditOrder(IMAGES, seed);
  for (let at = 0; at < ANSWERS; at++) {
    const { said, assignment: now } = session.state;
    if (at % 4 === 3) {
      const image = draws.find((each) => said[each] !== SAID.ofItself)!;
      answer('audit', [image], truth[image]);
    } else if (at % 4 === 0) {
      // Images i with the same i mod GROUPS are alike; most of a group decides.
      const group = random.integer(GROUPS);
      const images = Array.from({ length: IMAGES / GROUPS }, (_, place) => group + place * GROUPS);
      const ones = images.filter((image) => truth[image] === 1).length;
      answer('group', images, ones > images.length / 2 ? 1 : 0);
    } else {
      const likely = random.uniform() < 0.7;
      const wanted = Array.from(now.keys()).filter(
        (image) => said[image] !== SAID.ofItself && (!likely || now[image] !== truth[image]),
      );
      const image = wanted[random.integer(wanted.length)];
      if (image !== undefined) answer('image', [image], truth[image]);
    }
  }
  const right = session.state.assignment.filter((kind, image) => kind === truth[image]).length / IMAGES;
  return { estimate: estimateAccuracy(beginning, session.state, session.entries, seed)!, right };
}

/** A run that is right about what it was told, which says nothing of its other images. */
function learnt(truth: Int32Array, assignment: Int32Array): ReviewState {
  const said = new Uint8Array(IMAGES);
  for (const image of auditOrder(IMAGES, 1).subarray(0, LEARNT)) {
    assignment[image] = truth[image];
    said[image] = SAID.ofItself;
  }
  const kinds = ['0', '1'].map((name) => ({ name, isNamed: false, stability: null }));
  return stateOfRun({ assignment, kinds, earlier: { assignment, before: assignment, said } });
}

describe('the estimated accuracy', () => {
  it.each([
    ['a run', (_: Int32Array, assignment: Int32Array) => untouchedState(assignment, 2)],
    ['a run that learnt from earlier answers', learnt],
  ])(
    'of %s has the truth in its interval in at least 93 of a hundred of 200 reviews, whatever else was asked',
    (_, begin) => {
      const reviews = Array.from({ length: 200 }, (_each, seed) => review(seed, begin));
      const inside = reviews.filter(({ estimate, right }) => estimate.low <= right && right <= estimate.high);
      expect(inside.length).toBeGreaterThanOrEqual(186);
      const error = reviews.reduce((sum, { estimate, right }) => sum + estimate.estimate - right, 0) / 200;
      expect(Math.abs(error)).toBeLessThan(0.01);
      const width = reviews.reduce((sum, { estimate }) => sum + (estimate.high - estimate.low), 0) / 200;
      expect(width).toBeLessThan(0.32);
    },
  );

  it('counts what was put right, and follows kinds that were merged', () => {
    const beginning = untouchedState(
      Int32Array.from({ length: 12 }, (_, image) => image % 3),
      3,
    );
    const edits: Edit[] = [
      { do: 'merge', kinds: [2], into: 1 },
      ...Array.from(auditOrder(12), (image): Edit => {
        const was = image % 3 === 0 ? 0 : 1;
        // One is wrong.
        const is = image === 0 ? 1 : was;
        return { do: 'answer', about: 'audit', images: `${image}`, was, is };
      }),
    ];
    const estimated = (count: number) => {
      const session = reviewing(beginning);
      for (const edit of edits.slice(0, count)) session.say(edit);
      return estimateAccuracy(beginning, session.state, session.entries);
    };
    expect(estimated(13)).toMatchObject({ audited: 12, estimate: 1 });
    const hasWrong = Array.from(auditOrder(12).subarray(0, 6)).includes(0);
    expect(estimated(7)?.estimate).toBeCloseTo(hasWrong ? 5 / 6 + 1 / 12 : 1);
  });

  it('does not take what was said of a group for what was said of its images', () => {
    const beginning = untouchedState(new Int32Array(20), 2);
    const session = reviewing(beginning);
    session.say({ do: 'answer', about: 'group', images: '0-19', was: 0, is: 1 });
    expect(estimateAccuracy(beginning, session.state, session.entries)).toBeNull();
    const [first] = auditOrder(20);
    session.say({ do: 'answer', about: 'audit', images: `${first}`, was: 1, is: 0 });
    expect(estimateAccuracy(beginning, session.state, session.entries)).toMatchObject({
      audited: 1,
      estimate: 1 / 20,
    });
  });

  it('is not there before an image was drawn at random', () => {
    const beginning = untouchedState(new Int32Array(5), 1);
    expect(estimateAccuracy(beginning, beginning, [])).toBeNull();
  });
});
