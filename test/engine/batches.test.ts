import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBatchOrder } from '#kindred/engine/training/schedule.js';

const shapes = fc.record({
  count: fc.integer({ min: 1, max: 60 }),
  batchSize: fc.integer({ min: 1, max: 150 }),
  seed: fc.nat(),
});

function batchOf(count: number, batchSize: number, seed: number, step: number): number[] {
  const batch = new Uint32Array(batchSize);
  createBatchOrder(count, batchSize, seed).fill(step, 0, batch);
  return [...batch];
}

function firstSteps(count: number, batchSize: number, seed: number, steps: number): number[] {
  const order = createBatchOrder(count, batchSize, seed);
  const batch = new Uint32Array(batchSize);
  return Array.from({ length: steps }, (_, step) => {
    order.fill(step, 0, batch);
    return [...batch];
  }).flat();
}

describe('the order of batches', () => {
  it('shows every image once in every pass, whatever the size of a batch', () => {
    fc.assert(
      fc.property(shapes, ({ count, batchSize, seed }) => {
        const row = firstSteps(count, batchSize, seed, Math.ceil((3 * count) / batchSize));
        const everyImage = Array.from({ length: count }, (_, image) => image);
        for (const pass of [0, 1, 2]) {
          const images = row.slice(pass * count, (pass + 1) * count);
          expect(images.sort((a, b) => a - b)).toEqual(everyImage);
        }
      }),
    );
  });

  it('depends on the seed and the step alone, not on the steps before', () => {
    fc.assert(
      fc.property(shapes, fc.nat(20), ({ count, batchSize, seed }, step) => {
        const row = firstSteps(count, batchSize, seed, step + 1);
        expect(batchOf(count, batchSize, seed, step)).toEqual(row.slice(step * batchSize));
      }),
    );
  });

  it('can be read in any order of steps', () => {
    fc.assert(
      fc.property(shapes, fc.array(fc.nat(30), { maxLength: 12 }), ({ count, batchSize, seed }, steps) => {
        const order = createBatchOrder(count, batchSize, seed);
        for (const step of steps) {
          const batch = new Uint32Array(batchSize);
          order.fill(step, 0, batch);
          expect([...batch]).toEqual(batchOf(count, batchSize, seed, step));
        }
      }),
    );
  });

  it('gives each worker its part of the same batch', () => {
    fc.assert(
      fc.property(shapes, fc.nat(9), fc.nat(150), ({ count, batchSize, seed }, step, cut) => {
        const order = createBatchOrder(count, batchSize, seed);
        const first = Math.min(cut, batchSize);
        const [left, right] = [new Uint32Array(first), new Uint32Array(batchSize - first)];
        order.fill(step, 0, left);
        order.fill(step, first, right);
        expect([...left, ...right]).toEqual(batchOf(count, batchSize, seed, step));
      }),
    );
  });

  it('differs from pass to pass and from seed to seed', () => {
    const passes = [0, 1, 2].map((step) => batchOf(100, 100, 5, step).join());
    const seeds = [1, 2, 3].map((seed) => batchOf(100, 100, seed, 0).join());
    expect(new Set([...passes, ...seeds]).size).toBe(6);
  });
});
