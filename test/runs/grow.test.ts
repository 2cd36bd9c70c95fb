// kindred grow: a new pile against an old run, with digits that the run has and has not seen.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readAssignments, readKinds } from '#kindred/run/files/artefacts.js';
import { readRunCard } from '#kindred/run/files/card.js';
import { parseCsv } from '#kindred/run/files/csv.js';
import { runKindred } from '../support/command-line.js';
import { sharedFolder } from '../support/folders.js';
import { encodeIdx, encodeLabels } from '../support/idx.js';
import { firstDigits } from '../support/mnist.js';
import { reproducible, trained } from '../support/runs.js';

const cwd = sharedFolder();
const NEW_DIGIT = 7;
const all = firstDigits('train', 3600);
let old: string;

/** Writes the digits for which `wanted` holds, with labels beside them; gives their labels. */
function write(name: string, wanted: (digit: number, place: number) => boolean): number[] {
  const places = [...all.labels.keys()].filter((place) => wanted(all.labels[place], place));
  const pixels = Buffer.concat(places.map((place) => all.pixels.subarray(place * 784, (place + 1) * 784)));
  const labels = places.map((place) => all.labels[place]);
  writeFileSync(join(cwd, `${name}-images-idx3-ubyte`), encodeIdx([places.length, 28, 28], pixels));
  writeFileSync(join(cwd, `${name}-labels-idx1-ubyte`), encodeLabels(...labels));
  return labels;
}

async function grow(line: string): Promise<string> {
  const { code, stdout, stderr } = await runKindred(['grow', 'runs/old', ...line.split(' ')], { cwd });
  expect(code, stderr).toBe(0);
  return stdout;
}

let freshLabels: number[];

beforeAll(async () => {
  write('old', (digit, place) => digit !== NEW_DIGIT && place < 2400);
  freshLabels = write('fresh', (_, place) => place >= 2400);
  write('known', (digit, place) => digit !== NEW_DIGIT && place >= 2400);
  old = await trained(cwd, 'old', 'old-images-idx3-ubyte --quality fast --num-clusters 9');
}, 120_000);

describe('a pile with a digit that the run has not seen', () => {
  let grown: string;
  let stdout: string;

  beforeAll(async () => {
    stdout = await grow('fresh-images-idx3-ubyte --tag grown');
    grown = join(cwd, 'runs', 'grown');
  }, 120_000);

  it('shows it as one new kind, of which nearly all are that digit', () => {
    const card = readRunCard(grown);
    expect(card.k).toBe(10);
    expect(card.growth?.newKinds).toHaveLength(1);
    expect(stdout).toMatch(/new kind kind-9: \d+ images/);
    const { assignment } = readAssignments(grown);
    const fresh = assignment.subarray(assignment.length - freshLabels.length);
    const members = freshLabels.filter((_, place) => fresh[place] === 9);
    const right = members.filter((label) => label === NEW_DIGIT).length;
    expect(right / members.length).toBeGreaterThan(0.9);
    expect(right / freshLabels.filter((label) => label === NEW_DIGIT).length).toBeGreaterThan(0.85);
  });

  it('leaves the old images and names where they were', () => {
    const before = readAssignments(old);
    const after = readAssignments(grown);
    expect(after.assignment.subarray(0, before.assignment.length)).toEqual(before.assignment);
    const names = (run: string) => readKinds(run).map(({ name }) => name);
    expect(names(grown).slice(0, 9)).toEqual(names(old));
  });

  it('predicts the new kind from then on', async () => {
    const predicted = await runKindred(['predict', 'runs/grown', 'fresh-images-idx3-ubyte'], { cwd });
    const [, ...rows] = parseCsv(predicted.stdout, 'predictions');
    const sevens = rows.filter((_, place) => freshLabels[place] === NEW_DIGIT);
    expect(sevens.filter(([, cluster]) => cluster === '9').length / sevens.length).toBeGreaterThan(0.85);
  });

  it('is the same bytes a second time, and without labels', async () => {
    writeFileSync(join(cwd, 'bare'), readFileSync(join(cwd, 'fresh-images-idx3-ubyte')));
    await grow('fresh-images-idx3-ubyte --tag again');
    expect(reproducible(join(cwd, 'runs', 'again'))).toEqual(reproducible(grown));
    await grow('bare --tag bare');
    const models = (run: string) => {
      const { 'model/classifier.onnx': classifier, 'codes.npy': codes } = reproducible(
        join(cwd, 'runs', run),
      );
      return { classifier, codes };
    };
    expect(models('bare')).toEqual(models('grown'));
  }, 120_000);
});

it('a pile of known digits brings no new kind', async () => {
  const stdout = await grow('known-images-idx3-ubyte --tag known');
  expect(stdout).toContain('no new kind');
  expect(readRunCard(join(cwd, 'runs', 'known')).k).toBe(9);
}, 60_000);

it.each([
  ['grow', 'got no RUN'],
  ['grow runs/old', 'got no SOURCE'],
  ['grow runs/none fresh-images-idx3-ubyte', 'There is no run at runs/none'],
  ['grow runs/old gone', 'There is no file or directory gone'],
  ['grow runs/old fresh-images-idx3-ubyte --tag old', 'exists already'],
])('kindred %s: one sentence', async (line, sentence) => {
  const { code, stderr } = await runKindred(line.split(' '), { cwd });
  expect(stderr.split('\n').find((each) => each.startsWith('kindred: '))).toContain(sentence);
  expect(code).toBe(2);
});
