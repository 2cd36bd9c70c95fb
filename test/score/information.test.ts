import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { confusionOf } from '#kindred/score/confusion.js';
import {
  adjustedMutualInformation,
  adjustedRandIndex,
  normalizedMutualInformation,
} from '#kindred/score/information.js';

function tableOf(classes: readonly number[], clusters: readonly number[]) {
  return confusionOf({
    assignment: Int32Array.from(clusters),
    k: Math.max(...clusters, 0) + 1,
    labels: {
      values: Int32Array.from(classes),
      names: Array.from({ length: Math.max(...classes) + 1 }, (_, index) => String(index)),
    },
  });
}

describe('NMI, ARI and AMI', () => {
  // normalized_mutual_info_score and adjusted_rand_score of scikit-learn 1.2.1, adjusted_mutual_info_score of 1.9.1.
  const recorded: [string, number[], number[], number, number, number][] = [
    ['identical', [0, 0, 1, 1], [0, 0, 1, 1], 1, 1, 1],
    ['renamed', [0, 0, 1, 1], [1, 1, 0, 0], 1, 1, 1],
    [
      'one class split',
      [0, 0, 1, 1],
      [0, 0, 1, 2],
      0.7999999999999999,
      0.5714285714285714,
      0.5714285714285715,
    ],
    ['one cluster', [0, 0, 1, 1], [0, 0, 0, 0], 0, 0, 0],
    ['all singletons', [0, 0, 1, 1], [0, 1, 2, 3], 0.6666666666666666, 0, 0],
    ['one class, one cluster', [0, 0, 0], [0, 0, 0], 1, 1, 1],
    ['singletons both', [0, 1, 2], [2, 0, 1], 1, 1, 1],
    ['one class, singletons', [0, 0, 0], [0, 1, 2], 0, 0, 0],
    ['independent', [0, 0, 1, 1], [0, 1, 0, 1], 0, -0.5, -0.5],
    [
      'mixed',
      [0, 0, 0, 1, 1, 1, 2, 2, 2, 2],
      [0, 0, 1, 1, 1, 2, 2, 2, 0, 0],
      0.39464837163589433,
      0.09090909090909091,
      0.17152423540072848,
    ],
    [
      'some outside',
      [0, 0, 0, 1, 1, 1],
      [0, 0, -1, 1, -1, -1],
      0.4398695005110288,
      0.11764705882352941,
      0.1828238172792423,
    ],
  ];
  for (const [what, classes, clusters, nmi, ari, ami] of recorded) {
    it(`agree with scikit-learn: ${what}`, () => {
      const table = tableOf(classes, clusters);
      expect(normalizedMutualInformation(table)).toBeCloseTo(nmi, 12);
      expect(adjustedRandIndex(table)).toBeCloseTo(ari, 12);
      expect(adjustedMutualInformation(table)).toBeCloseTo(ami, 12);
    });
  }

  it('agree with scikit-learn on 2,000 images', () => {
    let state = 7;
    const next = () => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return state >> 16;
    };
    const classes = Array.from({ length: 2000 }, () => next() % 10);
    const clusters = classes.map((value) => (next() % 3 ? value : next() % 15));
    const table = tableOf(classes, clusters);
    expect(normalizedMutualInformation(table)).toBeCloseTo(0.5006871352678443, 12);
    expect(adjustedRandIndex(table)).toBeCloseTo(0.5099060874941773, 12);
    expect(adjustedMutualInformation(table)).toBeCloseTo(0.4939535226483735, 12);
  });

  it('do not change when clusters are renamed or exchanged with the classes', () => {
    const images = fc.array(fc.tuple(fc.nat(4), fc.nat(5)), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(images, (pairs) => {
        const classes = pairs.map(([value]) => value);
        const clusters = pairs.map(([, value]) => value);
        const table = tableOf(classes, clusters);
        const renamed = tableOf(
          classes,
          clusters.map((cluster) => (cluster * 5 + 3) % 7),
        );
        const exchanged = tableOf(clusters, classes);
        for (const score of [normalizedMutualInformation, adjustedMutualInformation, adjustedRandIndex]) {
          expect(score(renamed)).toBeCloseTo(score(table), 12);
          expect(score(exchanged)).toBeCloseTo(score(table), 12);
          expect(score(table)).toBeLessThanOrEqual(1);
        }
        expect(normalizedMutualInformation(table)).toBeGreaterThanOrEqual(0);
      }),
      // Equal partitions whose AMI was 1 and two units in the last place.
      {
        numRuns: 200,
        examples: [
          [
            [
              [1, 0],
              [2, 1],
              [3, 4],
              [3, 4],
              [3, 4],
              [0, 5],
            ],
          ],
        ],
      },
    );
  });
});
