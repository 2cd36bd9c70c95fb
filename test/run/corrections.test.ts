// corrections.csv is what a resumed run goes by: it comes back as it was written.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  methodCorrections,
  readCorrections,
  SAID,
  writeCorrections,
} from '#kindred/run/files/corrections.js';
import { temporaryFolder } from '../support/folders.js';
import { refusal } from '../support/refusal.js';

const corrections = {
  assignment: Int32Array.of(0, 1, -1, 1),
  before: Int32Array.of(0, 0, 1, -1),
  said: Uint8Array.of(SAID.nothing, SAID.ofGroup, SAID.ofSeveral, SAID.ofItself),
};

function written(): string {
  const folder = temporaryFolder();
  writeCorrections(folder, ['a', 'b,c', 'd', 'e'], corrections);
  return folder;
}

describe('corrections.csv', () => {
  it('is read as it was written', () => {
    const folder = written();
    expect(readCorrections(folder)).toEqual(corrections);
    expect(readFileSync(join(folder, 'corrections.csv'), 'utf8')).toBe(
      'id,cluster,before,said\na,0,0,\n"b,c",1,0,group\nd,-1,1,several\ne,1,-1,itself\n',
    );
  });

  it('is not there where a run refines no other', () => {
    expect(readCorrections(temporaryFolder())).toBeNull();
  });

  it('holds images that were spoken of themselves, and vouches for those of groups', () => {
    const { held, vouched, k } = methodCorrections(corrections, 2);
    expect([k, [...held], [...vouched]]).toEqual([2, [0, 0, 1, 1], [0, 1, 0, 0]]);
  });

  it.each([
    ['a,0,0,', 'a,x,0,', /row 1 has "x"/],
    ['e,1,-1,itself', 'e,1,-1,perhaps', /row 4 has "perhaps"/],
  ])('with %s as %s is refused', (from, to, sentence) => {
    const folder = written();
    const path = join(folder, 'corrections.csv');
    writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
    expect(refusal(() => readCorrections(folder))).toMatch(sentence);
  });
});
