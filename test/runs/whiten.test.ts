// kindred train --whiten: K-means on codes whose directions count alike.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { squaredNorm } from '#kindred/core/matrix.js';
import { readAssignments, readCodes } from '#kindred/run/files/artefacts.js';
import { readRunCard } from '#kindred/run/files/card.js';
import { parseCsv } from '#kindred/run/files/csv.js';
import { runKindred } from '../support/command-line.js';
import { sharedFolder } from '../support/folders.js';
import { encodeDigits, firstDigits, reordered } from '../support/mnist.js';
import { trained } from '../support/runs.js';

const cwd = sharedFolder();
const COUNT = 600;
const few = '--method autoencoder --steps 60 --encoding-size 12 --threads 1 --num-clusters 6 --seed 3';

beforeAll(() => {
  writeFileSync(join(cwd, 'digits'), encodeDigits(firstDigits('train', COUNT)));
});

describe('whitened codes', () => {
  it('have no two directions in common, each of variance 1, and new images get the same', async () => {
    const folder = await trained(cwd, 'white', `digits ${few} --whiten`);
    const plain = await trained(cwd, 'plain', `digits ${few}`);
    expect(readRunCard(folder).options.clustering.whiten).toBe(true);
    expect(readRunCard(plain).options.clustering.whiten).toBe(false);
    const { data, rows, columns } = readCodes(folder);
    expect(rows).toBe(COUNT);
    const moment = (a: number, b: number) => {
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += data[row * columns + a] * data[row * columns + b];
      return sum / rows;
    };
    for (let a = 0; a < columns; a++) {
      for (let b = 0; b < columns; b++) expect(moment(a, b)).toBeCloseTo(a === b ? 1 : 0, 2);
    }
    // As many as there are directions: ReLUs of 12 units rarely all live.
    expect(columns).toBeGreaterThan(3);
    expect(columns).toBeLessThanOrEqual(12);
    expect(squaredNorm(data, rows * columns, 0) / rows).toBeCloseTo(columns, 2);

    const { assignment } = readAssignments(folder);
    const end = await runKindred(['predict', 'runs/white', 'digits'], { cwd });
    expect(end.code, end.stderr).toBe(0);
    const predicted = parseCsv(end.stdout, '').slice(1);
    expect(predicted.map(([, cluster]) => Number(cluster))).toEqual(Array.from(assignment));
    expect(Array.from(readAssignments(plain).assignment)).not.toEqual(Array.from(assignment));
  });

  it('are the same bytes again, and what --resume keeps to', async () => {
    const again = await trained(cwd, 'again', `digits ${few} --whiten`);
    const bytes = (tag: string) => readFileSync(join(cwd, 'runs', tag, 'model', 'classifier.onnx'));
    expect(bytes('again').equals(bytes('white'))).toBe(true);
    const end = await runKindred(['train', '--resume', '--tag', 'again', '--steps', '20'], { cwd });
    expect(end.code, end.stderr).toBe(0);
    expect(readRunCard(again).options.clustering.whiten).toBe(true);
  });

  // scikit-learn #29534: what is left of a direction in which nothing varies is rounding, and whitening makes it large. scipy #3504:
  // where nothing varies at all, a division by zero.
  it.each([
    ['of two pictures', 2, '--steps 20'],
    [
      'of a network that is dead',
      40,
      '--convolution --steps 30 --warm-up-steps 1 --learning-rate 20 --seed 0',
    ],
  ])('%s hold no rounding in the place of directions', async (name, different, training) => {
    const file = name.replaceAll(' ', '-');
    const order = Array.from({ length: 40 }, (_, at) => at % different);
    writeFileSync(join(cwd, file), encodeDigits(reordered(firstDigits('train', different), order)));
    const flags =
      '--method autoencoder --encoding-size 4 --threads 1 --num-clusters 2 --batch-size 8 --whiten';
    const { data, columns } = readCodes(await trained(cwd, file, `${file} ${flags} ${training}`));
    if (different === 2) expect(columns).toBe(1);
    expect(data.every((value) => Number.isFinite(value) && Math.abs(value) < 100)).toBe(true);
  });

  it('are refused where there are no codes', async () => {
    for (const method of ['kmeans', 'kin']) {
      const end = await runKindred(['train', 'digits', '--method', method, '--whiten'], { cwd });
      expect(end.code).toBe(2);
      expect(end.stderr).toMatch(/^kindred: --whiten is .*Leave one of them out\.\n$/s);
    }
  });
});
