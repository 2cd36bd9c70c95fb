// Piles that do not fit are refused before they are read.
import { describe, expect, it } from 'vitest';
import { InputError } from '#kindred/core/errors.js';
import { openDataset } from '#kindred/data/formats/open.js';
import { collectImages, type ImageSource } from '#kindred/data/source.js';
import { completeOptions } from '#kindred/methods/defaults.js';
import { requireRoom, roomHere } from '#kindred/run/images/memory.js';

const GIGABYTE = 1e9;

describe('room for a pile', () => {
  const kin = completeOptions({ method: 'kin' });
  const colour = { height: 64, width: 64, channels: 3 };

  it('is asked for before the images are read, array by array and in all', async () => {
    const { train } = await openDataset();
    const pile = (count: number | null) => ({ train: { ...train, name: 'many', count }, test: null });
    const room = { arrayBytes: 2 ** 32, memoryBytes: 64 * GIGABYTE };
    expect(() => requireRoom(pile(349_000), colour, kin, room)).not.toThrow();
    expect(() => requireRoom(pile(350_000), colour, kin, room)).toThrow(
      'many holds 350000 images of 64 × 64 in colour, which take 4.30 GB in one array, and one may have 4.29 GB: choose a smaller size or color gray, or name fewer (at most 349525).',
    );
    const little = { ...room, memoryBytes: GIGABYTE };
    expect(() => requireRoom(pile(100_000), colour, kin, little)).toThrow(InputError);
    expect(() => requireRoom(pile(100_000), colour, kin, little)).toThrow(
      /take at least 1\.59 GB of memory, and there are 1\.00 GB/,
    );
    // Small images need more for what they are compared by than for their pixels.
    expect(() => requireRoom(pile(3_000_000), { height: 28, width: 28, channels: 1 }, kin, room)).toThrow(
      /4\.70 GB in one array/,
    );
    expect(() => requireRoom(pile(null), colour, kin, little)).not.toThrow();
    expect(roomHere().memoryBytes).toBeGreaterThan(2 ** 28);
  });

  it('is asked for again where nobody knew how many images there are', async () => {
    const shape = { height: 2, width: 2, channels: 1 };
    const source: ImageSource = {
      name: 'endless',
      origin: { format: 'tar', path: '/endless.tar' },
      shape,
      count: null,
      async *batches(batchSize) {
        for (let from = 0; from < 12_000; from += batchSize) {
          const ids = Array.from({ length: batchSize }, (_, index) => String(from + index));
          yield { ...shape, data: new Uint8Array(4 * batchSize), count: batchSize, ids };
        }
      },
    };
    expect((await collectImages(source, () => {}, { mostBytes: 60_000 })).count).toBe(12_288);
    await expect(collectImages(source, () => {}, { mostBytes: 40_000 })).rejects.toThrow(
      'endless holds 12288 images of 2 × 2, and memory takes 10000 of them in one piece: choose a smaller size, or fewer images.',
    );
  });
});
