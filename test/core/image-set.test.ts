import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imagesIn, readImageSet, writeImageSet } from '#kindred/core/image-set.js';
import { refusal } from '../support/refusal.js';

describe('a set of images as text', () => {
  it('joins neighbours to ranges', () => {
    expect(writeImageSet([9, 0, 1, 2, 7, 5, 4])).toBe('0-2,4-5,7,9');
    expect(writeImageSet([])).toBe('');
  });

  it('comes back as it went', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(500)), (images) => {
        const sorted = [...images].sort((a, b) => a - b);
        expect([...readImageSet(writeImageSet(images), 501)]).toEqual(sorted);
      }),
    );
  });

  it.each(['1-', 'a', '3,2', '2-1', '1,1', '0-10', '5,,6', ' 1'])('refuses "%s"', (text) => {
    expect(refusal(() => readImageSet(text, 10))).toMatch(/set of images/);
  });

  it('takes no text for a set', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          const images = readImageSet(text, 1000);
          expect(writeImageSet(images).length).toBeLessThanOrEqual(text.length);
        } catch (error) {
          expect(error).toHaveProperty('name', 'InputError');
        }
      }),
    );
  });

  it.each(['', 'x', '3-', '1,,2', '-4', '3,2', '300', '0-300'])(
    'is empty where %j stands in an address',
    (text) => {
      expect(imagesIn(text, 300)).toEqual([]);
      expect(imagesIn('0-2,7', 300)).toEqual([0, 1, 2, 7]);
    },
  );
});
