import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { abandon, createLocalCollective, createLocalMemory, shardOffsets } from '#kindred/core/collective.js';

const CAPACITY = 37;

interface Outcome {
  readonly wrong: readonly string[];
  readonly sums: Float32Array;
}

function runRanks(size: number, rounds: number, pauses: boolean): Promise<Outcome[]> {
  const memory = createLocalMemory(size, CAPACITY);
  const entry = new URL('./collective-worker.mjs', import.meta.url);
  return Promise.all(
    Array.from({ length: size }, (_, rank) => {
      const worker = new Worker(entry, { workerData: { memory, rank, rounds, pauses } });
      return new Promise<Outcome>((resolve, reject) => {
        worker.on('message', resolve);
        worker.on('error', reject);
      });
    }),
  );
}

describe.each([
  [2, 'pauses', 150, true],
  [3, 'pauses', 150, true],
  [4, 'pauses', 150, true],
  [2, 'no pause', 1000, false],
] as const)('%i ranks with %s', (size, _, rounds, pauses) => {
  it(`agree over ${rounds} rounds`, async () => {
    const outcomes = await runRanks(size, rounds, pauses);
    expect(outcomes.flatMap((outcome) => outcome.wrong)).toEqual([]);
    for (const { sums } of outcomes) expect(sums).toEqual(outcomes[0].sums);
  });
});

describe('one rank', () => {
  it('keeps what it has', () => {
    const collective = createLocalCollective(createLocalMemory(1, 3), 0);
    const values = Float32Array.of(1, 2, 3);
    collective.allReduceSum(values);
    collective.reduceScatterSum(values, [0, 3]);
    collective.allGather(values, [0, 3]);
    expect([...values]).toEqual([1, 2, 3]);
  });
});

describe('abandoned', () => {
  it.each(['before', 'while'])('%s a rank waits for the others: it fails', async (when) => {
    const memory = createLocalMemory(2, CAPACITY);
    if (when === 'before') abandon(memory);
    const entry = new URL('./collective-worker.mjs', import.meta.url);
    const worker = new Worker(entry, { workerData: { memory, rank: 0, rounds: 1, pauses: false } });
    const failure = new Promise((_, reject) => worker.on('error', reject));
    if (when === 'while') {
      // Until the rank has come to the barrier.
      while (Atomics.load(new Int32Array(memory.barrier), 0) === 0) await setTimeout(1);
      abandon(memory);
    }
    await expect(failure).rejects.toThrow('The training was abandoned');
  });
});

describe('too long a vector', () => {
  it('is refused before anybody waits', () => {
    const collective = createLocalCollective(createLocalMemory(2, 3), 0);
    expect(() => collective.allReduceSum(new Float32Array(4))).toThrow(
      'collective: 4 floats, but room for 3',
    );
  });
});

describe('shards', () => {
  it('cover the vector without a gap and differ by one element at most', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.integer({ min: 1, max: 64 }), (length, size) => {
        const offsets = shardOffsets(length, size);
        const sizes = offsets.slice(1).map((end, rank) => end - offsets[rank]);
        expect([offsets[0], offsets[size]]).toEqual([0, length]);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
