// Piles of two images, images of one pixel, trainings that run away: small, odd and broken input.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRandom } from '#kindred/core/random.js';
import { readRunCard } from '#kindred/run/files/card.js';
import { runKindred } from '../support/command-line.js';
import { sharedFolder } from '../support/folders.js';
import { encodeIdx } from '../support/idx.js';
import { trained } from '../support/runs.js';

const cwd = sharedFolder();

function write(name: string, dimensions: readonly number[]): void {
  const random = createRandom(1, name);
  const size = dimensions.reduce((product, extent) => product * extent, 1);
  writeFileSync(
    join(cwd, name),
    encodeIdx(
      dimensions,
      Uint8Array.from({ length: size }, () => random.integer(256)),
    ),
  );
}

describe('small and odd piles', () => {
  it.each<[string, readonly number[], number, string]>([
    ['two images, two kinds', [2, 28, 28], 2, ''],
    ['two images, two kinds, convolutional', [2, 28, 28], 2, '--convolution'],
    ['31 images, 31 kinds', [31, 6, 6], 31, ''],
    ['one pixel, dense', [12, 1, 1], 3, ''],
    ['one pixel, convolutional', [12, 1, 1], 3, '--convolution'],
    ['20 × 31', [12, 20, 31], 3, '--hidden 7 --tied'],
    ['20 × 31, convolutional', [12, 20, 31], 3, '--convolution'],
    ['three channels', [12, 9, 8, 3], 3, ''],
    ['three channels, convolutional', [12, 9, 8, 3], 3, '--convolution --tb-embedding'],
    ['raw pixels in three channels', [12, 9, 8, 3], 3, '--method kmeans --distance cosine --tb-embedding'],
  ])('%s: trains, and predict says the same', async (name, dimensions, k, flags) => {
    const tag = name.replace(/\W+/g, '-');
    write(tag, dimensions);
    const network = flags.includes('kmeans') ? '' : '--steps 3 --encoding-size 3 --batch-size 16 ';
    const run = await trained(
      cwd,
      tag,
      `${tag} ${network}--num-clusters ${k} --threads 2 ${flags}`.trimEnd(),
    );
    const card = readRunCard(run);
    expect(card).toMatchObject({ finished: true, k, metrics: null, data: { count: dimensions[0] } });
    expect(card.clusterSizes.reduce((sum, size) => sum + size, 0)).toBe(dimensions[0]);
    if (k === dimensions[0]) expect(card.clusterSizes).toEqual(new Array(k).fill(1));

    const { code, stdout } = await runKindred(['predict', run, tag], { cwd });
    expect(code).toBe(0);
    const rows = stdout.trimEnd().split('\n').slice(1);
    const sizes = new Array<number>(k).fill(0);
    for (const row of rows) sizes[Number(row.split(',')[1])]++;
    expect(sizes).toEqual(card.clusterSizes);
  });

  it('images that are all alike, or one alone, have no kinds: a sentence, and no run', async () => {
    writeFileSync(join(cwd, 'alike'), encodeIdx([9, 4, 4], new Uint8Array(9 * 16).fill(80)));
    writeFileSync(join(cwd, 'alone'), encodeIdx([1, 4, 4], new Uint8Array(16).fill(80)));
    const train = (name: string) => runKindred(['train', name, '--log-dir', 'no-kinds'], { cwd });
    const alike = await train('alike');
    expect(alike).toMatchObject({ code: 2, stdout: '' });
    expect(alike.stderr).toContain('All 9 images of alike are alike, so there are no kinds to tell apart.');
    expect((await train('alone')).stderr).toContain('alone holds one picture that can be read');
    expect(readdirSync(join(cwd, 'no-kinds'))).toEqual([]);
  });
});

describe('a training that diverges', () => {
  it.each([
    ['dense', '--threads 1'],
    ['dense', '--threads 2'],
    ['convolutional', '--convolution --threads 2'],
  ])('%s %s: ends with 2 and one sentence, and leaves no run', async (_network, flags) => {
    write('wild', [40, 28, 28]);
    const line = `train wild --optimizer sgd --learning-rate 100 --steps 400 --batch-size 16 --log-dir wild-runs ${flags}`;
    const { code, stdout, stderr } = await runKindred(line.split(' '), { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const sentence = stderr.split('\n').filter((each) => each.startsWith('kindred: '));
    expect(sentence).toEqual([
      expect.stringMatching(/^kindred: Training diverged: .*--learning-rate 100\. Choose/),
    ]);
    expect(existsSync(join(cwd, 'wild-runs')) ? readdirSync(join(cwd, 'wild-runs')) : []).toEqual([]);
  });
});
