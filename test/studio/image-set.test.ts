// The page writes sets of images itself, and the journal must read them.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as journal from '#kindred/review/image-set.js';
import * as page from '../../src/studio/web/image-set.js';

const COUNT = 300;

it('writes sets that the journal reads, and reads them back', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(COUNT - 1), { minLength: 1 }), (images) => {
      const text = page.writeImageSet(images);
      const sorted = [...images].sort((a, b) => a - b);
      expect(Array.from(journal.readImageSet(text, COUNT))).toEqual(sorted);
      expect(page.readImageSet(text, COUNT)).toEqual(sorted);
    }),
  );
});

it.each(['', 'x', '3-', '1,,2', '-4', `${COUNT}`, `0-${COUNT}`])(
  'reads %j from an address as no image',
  (text) => {
    expect(page.readImageSet(text, COUNT)).toEqual([]);
  },
);
