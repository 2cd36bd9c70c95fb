import { describe, expect, it } from 'vitest';
import { type Images, takeImages } from '#kindred/data/source.js';

const images: Images = {
  height: 1,
  width: 2,
  channels: 1,
  count: 3,
  data: Uint8Array.of(1, 2, 3, 4, 5, 6),
  ids: ['a', 'b', 'c'],
};

describe('takeImages', () => {
  it('takes rows in the order asked for, some of them twice', () => {
    expect(takeImages(images, [2, 0])).toMatchObject({ count: 2, ids: ['c', 'a'] });
    // As many rows as there are images are not all images.
    const { data, ids } = takeImages(images, [1, 1, 2]);
    expect([...data]).toEqual([3, 4, 3, 4, 5, 6]);
    expect(ids).toEqual(['b', 'b', 'c']);
  });

  it('copies nothing where it takes everything', () => {
    expect(takeImages(images, [0, 1, 2])).toBe(images);
  });
});
