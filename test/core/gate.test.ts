import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { openGate } from '#kindred/core/gate.js';

describe('a gate', () => {
  test('lets so many through at a time, in their order, each in a place of its own', async () => {
    const gate = openGate(2);
    const inside = new Set<number>();
    const begun: number[] = [];
    const work = (name: number) => async (place: number) => {
      expect(inside.has(place)).toBe(false);
      inside.add(place);
      begun.push(name);
      expect(inside.size).toBeLessThanOrEqual(2);
      await turn();
      inside.delete(place);
      return name;
    };
    const names = [0, 1, 2, 3, 4];
    expect(await Promise.all(names.map((name) => gate.through(work(name))))).toEqual(names);
    expect(begun).toEqual(names);
  });

  test('goes on when work fails', async () => {
    const gate = openGate(1);
    const failing = gate.through(() => Promise.reject(new Error('no')));
    const next = gate.through(async () => 'yes');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('yes');
  });

  test('lets nothing more through once it is closed', async () => {
    const gate = openGate(1);
    const done: string[] = [];
    const first = gate.through(async () => {
      await turn();
      done.push('begun before');
    });
    gate.through(async () => done.push('waiting'));
    gate.close();
    gate.through(async () => done.push('too late'));
    await first;
    await turn();
    expect(done).toEqual(['begun before']);
  });
});
