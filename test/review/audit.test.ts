// The estimate of the accuracy, held against reviews whose truth is known.
import { describe, expect, it } from 'vitest';
import { createRandom } from '#kindred/core/random.js';
import { auditOrder, clopperPearson, estimateAccuracy } from '#kindred/review/audit.js';
import type { Edit } from '#kindred/review/edits.js';
import type { JournalEntry } from '#kindred/review/journal.js';
import { applyEdit, stateOfRun } from '#kindred/review/state.js';

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

const IMAGES = 3000;

/** A review in which every third answer is an audit and the others correct what is wrong more often than by chance. */
function review(seed: number) {
  const random = createRandom(seed, 'review');
  const truth = Int32Array.from({ length: IMAGES }, () => random.integer(2));
  const wrongShare = 0.02 + 0.2 * random.uniform();
  const assignment = truth.map((kind) => (random.uniform() < wrongShare ? 1 - kind : kind));
  const kinds = [0, 1].map((kind) => ({ name: `${kind}`, stability: null }));
  let state = stateOfRun({ assignment, kinds });
  const entries: JournalEntry[] = [];
  const draws = auditOrder(IMAGES);
  for (let answer = 0, next = 0; answer < 240; answer++) {
    const isAudit = answer % 3 === 2;
    if (isAudit) while (state.told[draws[next]] !== -2) next += 1;
    const likely = random.uniform() < 0.7;
    const wanted = Array.from(state.told.keys()).filter(
      (image) => state.told[image] === -2 && (!likely || state.assignment[image] !== truth[image]),
    );
    const image = isAudit ? draws[next] : wanted[random.integer(wanted.length)];
    if (image === undefined) continue;
    const about = isAudit ? 'audit' : 'image';
    const what: Edit = {
      do: 'answer',
      about,
      images: `${image}`,
      was: state.assignment[image],
      is: truth[image],
    };
    state = applyEdit(state, what);
    entries.push({ edit: entries.length + 1, at: '2026-01-01T00:00:00.000Z', what, isUndone: false });
  }
  const right = state.assignment.filter((kind, image) => kind === truth[image]).length / IMAGES;
  return { estimate: estimateAccuracy(assignment, state, entries), right };
}

describe('the estimated accuracy', () => {
  it('has the truth in its interval in at least 93 % of 200 reviews, however the other questions are chosen', () => {
    const reviews = Array.from({ length: 200 }, (_, seed) => review(seed));
    const inside = reviews.filter(
      ({ estimate, right }) => estimate !== null && estimate.low <= right && right <= estimate.high,
    );
    expect(inside.length).toBeGreaterThanOrEqual(186);
    const error =
      reviews.reduce((sum, { estimate, right }) => sum + (estimate?.estimate ?? 0) - right, 0) / 200;
    expect(Math.abs(error)).toBeLessThan(0.005);
    const width = reviews.reduce((sum, { estimate }) => sum + (estimate!.high - estimate!.low), 0) / 200;
    expect(width).toBeLessThan(0.16);
  });

  it('counts what was put right, and follows kinds that were merged', () => {
    const kinds = ['a', 'b', 'c'].map((name) => ({ name, stability: null }));
    const assignment = Int32Array.from({ length: 12 }, (_, image) => image % 3);
    const edits: Edit[] = [
      { do: 'merge', kinds: [2], into: 1 },
      ...Array.from(auditOrder(12), (image): Edit => {
        const was = image % 3 === 0 ? 0 : 1;
        // One is wrong.
        const is = image === 0 ? 1 : was;
        return { do: 'answer', about: 'audit', images: `${image}`, was, is };
      }),
    ];
    const entries = edits.map((what, at) => ({ edit: at + 1, at: '', what, isUndone: false }));
    const state = edits.reduce(applyEdit, stateOfRun({ assignment, kinds }));
    expect(estimateAccuracy(assignment, state, entries)).toMatchObject({ audited: 12, estimate: 1 });
    const half = entries.slice(0, 7);
    const before = edits.slice(0, 7).reduce(applyEdit, stateOfRun({ assignment, kinds }));
    const estimate = estimateAccuracy(assignment, before, half)?.estimate ?? 0;
    const hasWrong = Array.from(auditOrder(12).subarray(0, 6)).includes(0);
    expect(estimate).toBeCloseTo(hasWrong ? 5 / 6 + 1 / 12 : 1);
  });

  it('is not there before an image was drawn at random', () => {
    const state = stateOfRun({ assignment: new Int32Array(5), kinds: [{ name: 'a', stability: null }] });
    expect(estimateAccuracy(state.assignment, state, [])).toBeNull();
  });
});
