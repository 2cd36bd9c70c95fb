import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError } from '#kindred/core/errors.js';
import { matrix } from '#kindred/core/matrix.js';
import {
  readAssignments,
  readCodes,
  readKinds,
  writeAssignments,
  writeCodes,
  writeKinds,
  writeScores,
} from '#kindred/run/files/artefacts.js';
import { temporaryFolder } from '../support/folders.js';

describe('the tables of a run', () => {
  it('writes assignments with four decimals, and −1 for what belongs nowhere', () => {
    const folder = temporaryFolder();
    const ids = ['cats/1', 'a "b", c'];
    writeAssignments(folder, {
      ids,
      assignment: Int32Array.of(3, -1),
      confidence: Float32Array.of(0.987654, 0),
    });
    const text = readFileSync(join(folder, 'assignments.csv'), 'utf8');
    expect(text).toBe('id,cluster,confidence\ncats/1,3,0.9877\n"a ""b"", c",-1,0.0000\n');
    expect(readAssignments(folder)).toEqual({
      ids,
      assignment: Int32Array.of(3, -1),
      confidence: Float32Array.of(0.9877, 0),
    });
  });

  it('keeps 70,000 rows in order', () => {
    const folder = temporaryFolder();
    const count = 70_000;
    const written = {
      ids: Array.from({ length: count }, (_, index) => String(index)),
      assignment: Int32Array.from({ length: count }, (_, index) => (index % 11) - 1),
      confidence: Float32Array.from({ length: count }, (_, index) => (index % 10_001) / 10_000),
    };
    writeAssignments(folder, written);
    expect(readAssignments(folder)).toEqual(written);
  });

  it('refuses columns of different lengths', () => {
    const folder = temporaryFolder();
    const columns = { ids: ['0'], assignment: Int32Array.of(0, 1), confidence: Float32Array.of(1) };
    expect(() => writeAssignments(folder, columns)).toThrow(RangeError);
  });

  it('writes kinds, with an empty stability where there is none', () => {
    const folder = temporaryFolder();
    const kinds = [
      { cluster: 0, size: 12, stability: null, name: 'kind-0' },
      { cluster: 1, size: 7, stability: 0.925, name: 'cats, small' },
    ];
    writeKinds(folder, kinds);
    expect(readFileSync(join(folder, 'kinds.csv'), 'utf8')).toBe(
      'cluster,size,stability,name\n0,12,,kind-0\n1,7,0.9250,"cats, small"\n',
    );
    expect(readKinds(folder)).toEqual(kinds);
  });

  it('writes scores of the images that have a label', () => {
    const folder = temporaryFolder();
    writeScores(folder, {
      ids: ['0', '1', '2', '3'],
      labels: ['5', '0', null, '7'],
      names: ['5', '6', '6', null],
      correct: [true, false, null, false],
    });
    expect(readFileSync(join(folder, 'scores.csv'), 'utf8')).toBe(
      'id,label,name,correct\n0,5,5,true\n1,0,6,false\n3,7,,false\n',
    );
  });

  it('keeps the codes', () => {
    const folder = temporaryFolder();
    const codes = matrix(2, 2, Float32Array.of(1, 2, 3, 4));
    writeCodes(folder, codes);
    expect(readCodes(folder)).toEqual(codes);
  });

  it.each([
    ['no-number', '0,x,0.5', /row 1 has "x" where a whole number from -1 belongs/],
    ['a cluster below −1', '0,-2,0.5', /row 1 has "-2"/],
    ['a confidence above 1', '0,1,1.5', /row 1 has "1\.5" where a number from 0 to 1 belongs/],
  ])('refuses assignments with %s', (_, line, message) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'assignments.csv'), `id,cluster,confidence\n${line}\n`);
    expect(() => readAssignments(folder)).toThrow(InputError);
    expect(() => readAssignments(folder)).toThrow(message);
  });

  it('says that an unfinished run has no assignments yet', () => {
    expect(() => readAssignments(temporaryFolder())).toThrow(
      /has no assignments\.csv: it is not a finished run/,
    );
  });
});
