// A small pile stands on an edge more often than a large one: the number of kinds is still what the images say, not their order.
import { expect, it } from 'vitest';
import { createRandom } from '#kindred/core/random.js';
import { completeOptions } from '#kindred/methods/defaults.js';
import { findKin } from '#kindred/methods/kin/kin.js';
import { firstDigits, reordered } from '../support/mnist.js';

const COUNT = 300;
const options = completeOptions({ method: 'kin', quality: 'fast', threads: 2 });

it('does not depend on the order of 300 images', async () => {
  const digits = firstDigits('train', COUNT);
  const found: number[] = [];
  for (let seed = 0; seed < 5; seed++) {
    const order = [...createRandom(seed, 'order').permutation(COUNT)];
    const { pixels } = reordered(digits, order);
    const { k } = await findKin(
      { data: pixels, count: COUNT, height: 28, width: 28, channels: 1, ids: order.map(String) },
      options as Parameters<typeof findKin>[1],
      {
        signal: new AbortController().signal,
        report: () => {},
        vectors: null,
        corrections: null,
        onFirstKinds: () => {},
      },
    );
    found.push(k);
  }
  expect(found).toEqual([10, 10, 10, 10, 10]);
});
