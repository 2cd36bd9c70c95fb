import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accuracyUnder, fitMajority, fitOneToOne } from '#kindred/score/accuracy.js';
import { confusionOf, countOf } from '#kindred/score/confusion.js';
import { nameClusters, scoreHeldOut, scorePartition } from '#kindred/score/score.js';

const labelsOf = (values: readonly number[], names: readonly string[]) => ({
  values: Int32Array.from(values),
  names,
});

/*
 * By hand: 12 images, 3 classes, 5 clusters; cluster 3 is empty, one image is outside.
 *            clusters  0  1  2  3  4   outside
 *   class '1'          3  0  0  0  1   0
 *   class '4'          1  2  2  0  0   1
 *   class '9'          0  0  1  0  1   0
 */
const clustered = {
  assignment: Int32Array.of(0, 0, 0, 4, 0, 1, 1, 2, 2, -1, 2, 4),
  k: 5,
  labels: labelsOf([0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2], ['1', '4', '9']),
};

describe('a table of 12 images counted by hand', () => {
  const table = confusionOf(clustered);

  it('has classes as rows and clusters as columns', () => {
    expect(table).toMatchObject({ classes: 3, clusters: 5, total: 12 });
    expect([...table.counts]).toEqual([3, 0, 0, 0, 1, 1, 2, 2, 0, 0, 0, 0, 1, 0, 1]);
    expect([...table.outside]).toEqual([0, 1, 0]);
    expect(countOf(table, 1, 2)).toBe(2);
  });

  it('gives majority names: the smallest label at a tie, none to an empty cluster', () => {
    expect([...fitMajority(table)]).toEqual([0, 1, 1, -1, 0]);
    expect(nameClusters(table, clustered.labels.names)).toEqual(['1', '4', '4', null, '1']);
    // 3 + 2 + 2 + 1 of 12.
    expect(accuracyUnder(fitMajority(table), table)).toBe(8 / 12);
  });

  it('gives one-to-one names: no label twice', () => {
    // '1' takes 0 (3), then '4' takes 1 or 2 (2), '9' takes 4 or 2 (1): 6 of 12.
    const classOfCluster = fitOneToOne(table);
    const taken = [...classOfCluster].filter((classIndex) => classIndex !== -1);
    expect([...taken].sort()).toEqual([0, 1, 2]);
    expect(classOfCluster[3]).toBe(-1);
    expect(accuracyUnder(classOfCluster, table)).toBe(6 / 12);
  });

  it('is scored whole', () => {
    const { metrics, clusterNames, classNames, confusion } = scorePartition(clustered);
    expect(metrics).toMatchObject({ majorityAccuracy: 8 / 12, oneToOneAccuracy: 6 / 12 });
    expect(clusterNames.majority).toEqual(['1', '4', '4', null, '1']);
    expect(classNames).toEqual(['1', '4', '9']);
    expect(confusion).toEqual(table);
  });
});

describe('images held out', () => {
  const { clusterNames } = scorePartition(clustered);

  it('are scored by the names of the others, matched by name and not by index', () => {
    // Test images know '4', '7' and '9' only: indices differ from those of the train labels.
    const held = scoreHeldOut(
      {
        assignment: Int32Array.of(1, 2, 0, 3, 4, -1),
        k: 5,
        labels: labelsOf([0, 0, 1, 1, 2, 0], ['4', '7', '9']),
      },
      clusterNames,
    );
    // Majority: 1 → '4' right, 2 → '4' right, 0 → '1' wrong, 3 has no name, 4 → '1' wrong, outside wrong.
    expect(held.metrics.majorityAccuracy).toBe(2 / 6);
    expect(held.clusterNames).toBe(clusterNames);
  });

  it('are not named by their own labels', () => {
    const swapped = {
      assignment: Int32Array.of(0, 0, 1, 1),
      k: 2,
      labels: labelsOf([0, 0, 1, 1], ['a', 'b']),
    };
    const names = { majority: ['b', 'a'], oneToOne: ['b', 'a'] };
    expect(scorePartition(swapped).metrics.majorityAccuracy).toBe(1);
    expect(scoreHeldOut(swapped, names).metrics).toEqual({
      majorityAccuracy: 0,
      oneToOneAccuracy: 0,
      nmi: 1,
      ami: 1,
      ari: 1,
    });
  });

  it('are refused under names for another number of clusters', () => {
    expect(() => scoreHeldOut({ ...clustered, k: 6 }, clusterNames)).toThrow('5 names for 6 clusters');
  });
});

const partition = fc
  .record({ k: fc.integer({ min: 1, max: 7 }), classes: fc.integer({ min: 1, max: 5 }) })
  .chain(({ k, classes }) => {
    const image = fc.tuple(fc.integer({ min: -1, max: k - 1 }), fc.nat(classes - 1));
    return fc.record({
      k: fc.constant(k),
      names: fc.constant(Array.from({ length: classes }, (_, index) => `label ${index}`)),
      images: fc.array(image, { minLength: 1, maxLength: 50 }),
      order: fc.shuffledSubarray(
        Array.from({ length: k }, (_, cluster) => cluster),
        { minLength: k },
      ),
    });
  })
  .map(({ k, names, images, order }) => ({
    order,
    partition: {
      k,
      assignment: Int32Array.from(images, ([cluster]) => cluster),
      labels: labelsOf(
        images.map(([, label]) => label),
        names,
      ),
    },
  }));

describe('scores of any partition', () => {
  it('do not change when clusters are renamed', () => {
    fc.assert(
      fc.property(partition, ({ partition: before, order }) => {
        const assignment = before.assignment.map((cluster) => (cluster === -1 ? -1 : order[cluster]));
        const scored = scorePartition(before);
        const renamed = scorePartition({ ...before, assignment });
        expect(renamed.metrics.majorityAccuracy).toBe(scored.metrics.majorityAccuracy);
        expect(renamed.metrics.oneToOneAccuracy).toBe(scored.metrics.oneToOneAccuracy);
        expect(renamed.metrics.nmi).toBeCloseTo(scored.metrics.nmi, 12);
        expect(renamed.metrics.ari).toBeCloseTo(scored.metrics.ari, 12);
        order.forEach((renamedCluster, cluster) => {
          expect(renamed.clusterNames.majority[renamedCluster]).toBe(scored.clusterNames.majority[cluster]);
        });
      }),
      { numRuns: 200 },
    );
  });

  it('count each image right or wrong, as one by one', () => {
    fc.assert(
      fc.property(partition, ({ partition: any }) => {
        const { metrics, clusterNames } = scorePartition(any);
        const rightUnder = (names: readonly (string | null)[]) => {
          let right = 0;
          any.assignment.forEach((cluster, image) => {
            if (cluster !== -1 && names[cluster] === any.labels.names[any.labels.values[image]]) right++;
          });
          return right / any.assignment.length;
        };
        expect(metrics.majorityAccuracy).toBe(rightUnder(clusterNames.majority));
        expect(metrics.oneToOneAccuracy).toBe(rightUnder(clusterNames.oneToOne));
        expect(metrics.oneToOneAccuracy).toBeLessThanOrEqual(metrics.majorityAccuracy);
        const once = clusterNames.oneToOne.filter((name) => name !== null);
        expect(new Set(once).size).toBe(once.length);
        expect(scoreHeldOut(any, clusterNames).metrics).toEqual(metrics);
      }),
      { numRuns: 200 },
    );
  });

  it('are perfect for the planted classes, and one-to-one punishes splitting them', () => {
    const values = Array.from({ length: 60 }, (_, image) => image % 3);
    const labels = labelsOf(values, ['a', 'b', 'c']);
    const planted = { assignment: Int32Array.from(values, (value) => 2 - value), k: 3, labels };
    expect(scorePartition(planted).metrics).toEqual({
      majorityAccuracy: 1,
      oneToOneAccuracy: 1,
      nmi: 1,
      ami: 1,
      ari: 1,
    });
    const split = {
      assignment: Int32Array.from(values, (value, image) => value + 3 * (image % 2)),
      k: 6,
      labels,
    };
    expect(scorePartition(split).metrics).toMatchObject({ majorityAccuracy: 1, oneToOneAccuracy: 0.5 });
  });

  it('are worst where every image is outside', () => {
    const outside = { ...clustered, assignment: new Int32Array(12).fill(-1) };
    expect(scorePartition(outside).metrics).toEqual({
      majorityAccuracy: 0,
      oneToOneAccuracy: 0,
      nmi: 0,
      ami: 0,
      ari: 0,
    });
  });

  it('are refused for assignments that do not fit', () => {
    const short = { ...clustered, assignment: clustered.assignment.subarray(1) };
    expect(() => scorePartition(short)).toThrow('11 assignments, wanted one for each of 12 labels');
    expect(() => scorePartition({ ...clustered, k: 4 })).toThrow('image 3 is in cluster 4, wanted −1 to 3');
  });
});
