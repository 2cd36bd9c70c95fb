// The same seed gives the same bytes, another one others.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sharedFolder } from '../support/folders.js';
import { firstDigits, writePile } from '../support/mnist.js';
import { reproducible, reproducibleFiles, trained } from '../support/runs.js';

const cwd = sharedFolder();
writePile(join(cwd, 'seeded'), { train: firstDigits('train', 150), labelled: false });

describe.each([
  ['dense', '--encoding-size 8 --steps 40', 40],
  ['convolutional', '--convolution --batch-size 16 --steps 8', 8],
  ['K-means on pixels', '--method kmeans', null],
])('%s', (name, flags, steps) => {
  it.each([1, 2])('the same bytes twice, and others with another seed (%i threads)', async (threads) => {
    const run = (tag: string, seed: number) =>
      trained(
        cwd,
        `${name.replace(/\W/g, '')}-${tag}-${threads}`,
        `seeded ${flags} --threads ${threads} --seed ${seed}`,
      );
    const first = reproducible(await run('first', 7));
    expect(Object.keys(first)).toEqual(reproducibleFiles(steps));
    expect(reproducible(await run('second', 7))).toEqual(first);
    const other = reproducible(await run('other', 8));
    for (const [path, digest] of Object.entries(first)) {
      // Pixels are what they are: a seed only moves the centres.
      const isFixed = steps === null && /codes|encoder/.test(path);
      if (isFixed) expect(other[path], path).toBe(digest);
      else expect(other[path], path).not.toBe(digest);
    }
  });
});
