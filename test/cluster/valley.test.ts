// One crowd or two: planted.
import { describe, expect, it } from 'vitest';
import { findValley } from '#kindred/cluster/growing/valley.js';
import { type Crowd, crowds, graphOf } from './crowds.js';

const options = { least: 20, seed: 0, threads: 1 };

async function valleyOf(parts: readonly Crowd[], name: string) {
  const { points, crowdOf } = crowds(parts, name);
  return { valley: await findValley(await graphOf(points), options), crowdOf };
}

describe('a valley', () => {
  it('lies deep between two crowds, and parts them', async () => {
    for (const [a, b] of [
      [200, 200],
      [300, 60],
    ]) {
      const parts = [
        { count: a, at: [0] },
        { count: b, at: [6] },
      ];
      const { valley, crowdOf } = await valleyOf(parts, `two ${a} ${b}`);
      expect(valley?.depth).toBeLessThan(0.1);
      const same = crowdOf.filter(
        (crowd, node) => (valley?.sides[node] === valley?.sides[0]) === (crowd === 0),
      );
      expect(same.length).toBeGreaterThan(0.98 * crowdOf.length);
    }
  });

  it('is shallow in one crowd, round or long, small or large', async () => {
    for (const [count, length] of [
      [100, 1],
      [400, 1],
      [400, 8],
      [1500, 8],
    ]) {
      const { valley } = await valleyOf([{ count, at: [0], length }], `one ${count} ${length}`);
      expect(valley?.depth).toBeGreaterThan(0.4);
    }
  });

  it('is looked for in the largest component; the rest is on side 0', async () => {
    const parts = [
      { count: 5, at: [0, 1000] },
      { count: 100, at: [0] },
      { count: 100, at: [7] },
    ];
    const { valley } = await valleyOf(parts, 'far');
    expect([...valley!.sides.subarray(0, 5)]).toEqual([0, 0, 0, 0, 0]);
    expect(valley!.sides.reduce((sum, side) => sum + side, 0)).toBe(100);
  });

  it('is none where there are too few nodes for two sides', async () => {
    expect((await valleyOf([{ count: 39, at: [0] }], 'few')).valley).toBeNull();
    const empty = {
      count: 0,
      offsets: new Int32Array(1),
      neighbours: new Int32Array(0),
      weights: new Float32Array(0),
    };
    expect(await findValley(empty, options)).toBeNull();
  });
});
