import { describe, expect, it } from 'vitest';
import { InputError } from '#kindred/core/errors.js';
import { openDataset } from '#kindred/data/formats/open.js';
import type { PictureSource } from '#kindred/data/pictures.js';
import { scoreSource } from '#kindred/score/labelled-source.js';
import { directoryOf, encodeLabels, patternImages } from '../support/idx.js';

/** All rows of a source. */
function rows({ origin, count }: PictureSource) {
  return { origin, ids: Array.from({ length: count ?? 0 }, (_, row) => String(row)) };
}

describe('scoreSource', () => {
  it('reads the labels beside the images and judges every image', async () => {
    const { train, test } = await openDataset([
      directoryOf({
        'train-images-idx3-ubyte': patternImages(5),
        'train-labels-idx1-ubyte': encodeLabels(7, 7, 7, 9, 9),
        't10k-images-idx3-ubyte': patternImages(3),
        't10k-labels-idx1-ubyte': encodeLabels(9, 7, 9),
      }),
    ]);
    const fitted = await scoreSource({ images: rows(train), assignment: Int32Array.of(1, 1, 0, 0, 0), k: 2 });
    expect(fitted?.metrics.majorityAccuracy).toBe(4 / 5);
    expect(fitted?.verdicts).toEqual({
      labels: ['7', '7', '7', '9', '9'],
      names: ['7', '7', '9', '9', '9'],
      correct: [true, true, false, true, true],
    });
    const heldOut = await scoreSource(
      { images: rows(test!), assignment: Int32Array.of(0, 0, -1), k: 2 },
      fitted!,
    );
    expect(heldOut?.metrics.majorityAccuracy).toBe(1 / 3);
    expect(heldOut?.verdicts.names).toEqual(['9', '9', null]);
    expect(heldOut?.verdicts.correct).toEqual([true, false, false]);
  });

  it('is null without labels and refuses labels of other images', async () => {
    const bare = await openDataset([directoryOf({ 'train-images-idx3-ubyte': patternImages(2) })]);
    expect(await scoreSource({ images: rows(bare.train), assignment: Int32Array.of(0, 0), k: 1 })).toBeNull();
    const wrong = await openDataset([
      directoryOf({
        'train-images-idx3-ubyte': patternImages(2),
        'train-labels-idx1-ubyte': encodeLabels(1),
      }),
    ]);
    const scoring = scoreSource({ images: rows(wrong.train), assignment: Int32Array.of(0, 0), k: 1 });
    await expect(scoring).rejects.toThrow(InputError);
  });
});
