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
import { encodeDigits, firstDigits } from '../support/mnist.js';
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

  it('are refused where there are no codes', async () => {
    for (const method of ['kmeans', 'kin']) {
      const end = await runKindred(['train', 'digits', '--method', method, '--whiten'], { cwd });
      expect(end.code).toBe(2);
      expect(end.stderr).toMatch(/^kindred: --whiten is .*Leave one of them out\.\n$/s);
    }
  });
});
