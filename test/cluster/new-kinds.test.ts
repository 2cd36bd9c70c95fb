// New kinds among new points: planted ones are found, and none where there is none.
import { describe, expect, it } from 'vitest';
import { findNewKinds, oldnessOf } from '#kindred/cluster/growing/new-kinds.js';
import { type Crowd, crowds, neighboursOf } from './crowds.js';

const OLD: readonly Crowd[] = [
  { count: 400, at: [0] },
  { count: 400, at: [7] },
  { count: 400, at: [0, 7] },
];
const options = { seed: 0, threads: 1 };

/** Old crowds, then new ones; `answers` are what the old classifier says of each new crowd. */
async function grown(fresh: readonly Crowd[], answers: readonly number[], name: string) {
  const oldCount = OLD.reduce((sum, { count }) => sum + count, 0);
  const { points, crowdOf } = crowds([...OLD, ...fresh], name);
  const assignment = Int32Array.from(crowdOf, (crowd) =>
    crowd < OLD.length ? crowd : answers[crowd - OLD.length],
  );
  const pile = { ...(await neighboursOf(points)), oldCount, assignment, k: OLD.length };
  const groups = await findNewKinds(pile, options);
  const describeGroup = (group: (typeof groups)[number]) => {
    const members = Array.from(group.nodes, (node) => crowdOf[node] - OLD.length);
    const [crowd] = members;
    return {
      crowd,
      purity: members.filter((member) => member === crowd).length / members.length,
      recall: members.length / fresh[crowd].count,
      partOf: group.partOf,
      stability: group.stability,
    };
  };
  return { pile, groups, found: groups.map(describeGroup) };
}

const asBefore: readonly Crowd[] = OLD.map(({ at }) => ({ count: 150, at }));

describe('new kinds', () => {
  it('are found: one crowd away from all, whole and pure', async () => {
    const { found } = await grown([...asBefore, { count: 60, at: [0, 0, 7] }], [0, 1, 2, 0], 'one new');
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ crowd: 3, purity: 1, partOf: null });
    expect(found[0].recall).toBeGreaterThan(0.9);
    expect(found[0].stability).toBeGreaterThan(0.9);
  });

  it('are two where two crowds are new, beside each other or far apart', async () => {
    for (const second of [
      [6, 0, 7],
      [0, 0, -7],
    ]) {
      const fresh = [...asBefore, { count: 90, at: [0, 0, 7] }, { count: 90, at: second }];
      const { found } = await grown(fresh, [0, 1, 2, 0, 1], `two new ${second}`);
      expect(found.map(({ crowd, partOf }) => [crowd, partOf]).sort()).toEqual([
        [3, null],
        [4, null],
      ]);
      for (const { purity } of found) expect(purity).toBeGreaterThan(0.97);
    }
  });

  it('are none among new images of old kinds, however many of each', async () => {
    for (const [index, counts] of [
      [150, 150, 150],
      [400, 400, 400],
      [900, 20, 20],
      [0, 600, 0],
      [10, 0, 0],
    ].entries()) {
      for (const seed of [1, 2, 3]) {
        const fresh = OLD.map(({ at }, kind) => ({ count: counts[kind], at }));
        expect((await grown(fresh, [0, 1, 2], `none ${index} ${seed}`)).found).toEqual([]);
      }
    }
  });

  it('are none where a few odd images lie far out', async () => {
    const odd = Array.from({ length: 12 }, (_, place) => ({ count: 3, at: [0, 0, 0, 8 + 6 * place] }));
    const { found } = await grown([...asBefore, ...odd], [0, 1, 2, ...odd.map(() => 0)], 'odd');
    expect(found).toEqual([]);
  });

  it('are none where a kind has moved: that is a changed part of it', async () => {
    const [first, ...others] = asBefore;
    const moved = { ...first, at: [0, 0, 0, 3] };
    const { found } = await grown([moved, ...others], [0, 1, 2], 'moved');
    expect(found.map(({ crowd, partOf }) => [crowd, partOf])).toEqual([[0, 0]]);
    // Far away, and nothing else is left of the kind.
    const gone = await grown([{ ...first, at: [0, 0, 0, 9] }, ...others], [0, 1, 2], 'gone');
    expect(gone.found.map(({ crowd, partOf }) => [crowd, partOf])).toEqual([[0, 0]]);
  });

  it('are the same twice', async () => {
    const fresh = [...asBefore, { count: 60, at: [0, 0, 7] }];
    const [one, two] = [await grown(fresh, [0, 1, 2, 0], 'twice'), await grown(fresh, [0, 1, 2, 0], 'twice')];
    expect(two.groups).toEqual(one.groups);
  });
});

describe('oldness', () => {
  it('is about 1 in old kinds, however many new images there are, and about 0 in a new one', async () => {
    const fresh = [
      { count: 100, at: [0] },
      { count: 400, at: [7] },
      { count: 100, at: [0, 0, 9] },
    ];
    const { pile } = await grown(fresh, [0, 1, 2], 'oldness');
    const oldness = oldnessOf(pile);
    const mean = (from: number, to: number) =>
      oldness.subarray(from, to).reduce((sum, value) => sum + value, 0) / (to - from);
    expect(mean(0, 100)).toBeGreaterThan(0.85);
    expect(mean(0, 100)).toBeLessThan(1.15);
    expect(mean(100, 500)).toBeGreaterThan(0.85);
    expect(mean(100, 500)).toBeLessThan(1.15);
    expect(mean(500, 600)).toBeLessThan(0.02);
  });
});
