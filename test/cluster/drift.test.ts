// Drift: planted, absent, and too little to tell.
import { describe, expect, it } from 'vitest';
import { driftOf } from '#kindred/cluster/growing/drift.js';
import { crowds } from './crowds.js';

const options = { seed: 0, threads: 1 };

function side(count: number, at: readonly number[], name: string) {
  return crowds([{ count, at }], name).points;
}

describe('drift', () => {
  it('is told of a kind that has moved, by more the farther it went', async () => {
    const effects: number[] = [];
    for (const distance of [1.5, 3, 8]) {
      const drift = await driftOf(
        side(500, [0], 'before'),
        side(200, [0, distance], `moved ${distance}`),
        options,
      );
      expect(drift?.isDrifted).toBe(true);
      effects.push(drift!.effect);
    }
    expect(effects[0]).toBeLessThan(effects[1]);
    expect(effects[1]).toBeLessThan(effects[2]);
    expect(effects[2]).toBeCloseTo(1, 2);
  });

  it('is not told of one that has not: 30 draws', async () => {
    const effects: number[] = [];
    for (let draw = 0; draw < 30; draw++) {
      const { points } = crowds([{ count: 400, at: [0] }], `still ${draw}`);
      const old = { data: points.data.subarray(0, 300 * 8), rows: 300, columns: 8 };
      const fresh = { data: points.data.subarray(300 * 8), rows: 100, columns: 8 };
      const drift = await driftOf(old, fresh, options);
      expect(drift?.isDrifted).toBe(false);
      effects.push(drift!.effect);
    }
    const mean = effects.reduce((sum, effect) => sum + effect, 0) / effects.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
  });

  it('does not hang on how many images there are of a side', async () => {
    const effect = async (old: number, fresh: number) =>
      (await driftOf(side(old, [0], `old ${old}`), side(fresh, [0, 2], `fresh ${fresh}`), options))!.effect;
    const equal = await effect(300, 300);
    expect(Math.abs((await effect(3000, 300)) - equal)).toBeLessThan(0.08);
    expect(Math.abs((await effect(300, 3000)) - equal)).toBeLessThan(0.08);
  });

  it('cannot be told of a handful', async () => {
    expect(await driftOf(side(500, [0], 'many'), side(19, [9], 'few'), options)).toBeNull();
    expect(await driftOf(side(0, [0], 'none'), side(100, [9], 'some'), options)).toBeNull();
  });

  it('is the same twice', async () => {
    const once = () => driftOf(side(400, [0], 'a'), side(300, [1], 'b'), options);
    expect(await once()).toEqual(await once());
  });
});
