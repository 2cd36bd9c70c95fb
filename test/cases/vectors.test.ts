// Vectors and arrays of every type and order, out of public bug reports: through the command line.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../dist/core/random.js';
import { unpackCase } from '../support/cases.js';
import { type Ended, runKindred } from '../support/command-line.js';
import { sharedFolder } from '../support/folders.js';
import { encodeVectorParquet } from '../support/parquet.js';

const shared = sharedFolder();

/** The files of a case, in a folder of its own. */
function caseFolder(name: string, folderName = name): string {
  const folder = join(shared, folderName);
  mkdirSync(folder);
  return unpackCase(name, folder);
}

function train(cwd: string, tag: string, ...words: string[]): Promise<Ended> {
  return runKindred(['train', ...words, '--quality', 'fast', '--log-dir', 'out', '--tag', tag], { cwd });
}

function cardOf(cwd: string, tag: string) {
  return JSON.parse(readFileSync(join(cwd, 'out', tag, 'run.json'), 'utf8'));
}

describe.concurrent('vectors', () => {
  it('04: are read in every type and order, and refused before a picture is read', async () => {
    const cwd = caseFolder('04-vector-types');
    const sizes = async (file: string, tag: string) => {
      const { code, stderr } = await train(cwd, tag, 'pics', '--features', file);
      expect(code, `${file}: ${stderr}`).toBe(0);
      return cardOf(cwd, tag).clusterSizes;
    };
    const wanted = await sizes('f32.npy', 'f32');
    for (const name of ['f64', 'fortran', 'big']) expect(await sizes(`${name}.npy`, name)).toEqual(wanted);
    expect(await sizes('vectors.npz', 'npz')).toEqual(wanted);
    for (const name of ['f16', 'int8']) await sizes(`${name}.npy`, name);
    for (const [name, sentence] of [
      ['constant', 'rows of constant.npy are alike'],
      ['nan', 'nan.npy holds NaN at ['],
    ]) {
      const { code, stderr } = await train(cwd, name, 'pics', '--features', `${name}.npy`);
      expect(code).toBe(2);
      expect(stderr).toContain(sentence);
      expect(stderr).not.toContain('read:');
      expect(existsSync(join(cwd, 'out', name))).toBe(false);
    }
    // A file that cannot be read drops its row.
    const names = readdirSync(join(cwd, 'pics')).sort();
    writeFileSync(join(cwd, 'pics', names[0]), 'no picture');
    await sizes('f32.npy', 'dropped');
    expect(cardOf(cwd, 'dropped').data).toMatchObject({ count: names.length - 1, skipped: 1 });
  });

  it('in Parquet go by the pictures that they name, in whatever order (fiftyone, pandas)', async () => {
    const cwd = caseFolder('04-vector-types', 'named');
    const names = readdirSync(join(cwd, 'pics')).sort();
    const bytes = Uint8Array.from(readFileSync(join(cwd, 'f32.npy')).subarray(-60 * 16 * 4));
    const values = new Float32Array(bytes.buffer);
    const order = Array.from(createRandom(2, 'rows').permutation(names.length));
    const write = (file: string, path: (name: string) => string, rows = order) =>
      writeFileSync(
        join(cwd, file),
        encodeVectorParquet(
          { path: rows.map((row) => path(names[row])), kind: rows.map(() => 'unknown') },
          rows.map((row) => Array.from(values.subarray(16 * row, 16 * row + 16))),
        ),
      );
    write('whole.parquet', (name) => name);
    write('longer.parquet', (name) => `C:\\data\\pics\\${name}`);
    write('short.parquet', (name) => name, order.slice(1));
    const kinds = async (file: string) => {
      const { code, stderr } = await train(cwd, file, 'pics', '--features', file);
      expect(code, stderr).toBe(0);
      return readFileSync(join(cwd, 'out', file, 'assignments.csv'), 'utf8');
    };
    const wanted = await kinds('f32.npy');
    expect(await kinds('whole.parquet')).toBe(wanted);
    expect(await kinds('longer.parquet')).toBe(wanted);
    const { code, stderr } = await train(cwd, 'short', 'pics', '--features', 'short.parquet');
    expect(code).toBe(2);
    expect(stderr).toContain(
      `names 1 of the 60 images in no row, or in several; the first is ${names[order[0]]}`,
    );
    expect(existsSync(join(cwd, 'out', 'short'))).toBe(false);
  });

  it('24: an array stored column by column is the array', async () => {
    const cwd = caseFolder('24-arrays');
    const { code, stderr } = await train(cwd, 'fortran', 'fortran.npy');
    expect(code, stderr).toBe(0);
    expect(cardOf(cwd, 'fortran').k).toBe(6);
  });
});
