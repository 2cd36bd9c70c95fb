// Copies, tiny piles and rare kinds out of public bug reports, tried on the command line.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readAssignments } from '../../dist/run/files/artefacts.js';
import { readRunCard } from '../../dist/run/files/card.js';
import { unpackCase } from '../support/cases.js';
import { runKindred } from '../support/command-line.js';
import { sharedFolder } from '../support/folders.js';

const cwd = sharedFolder();

function train(source: string, tag: string, ...more: string[]) {
  return runKindred(['train', source, '--tag', tag, ...more], { cwd });
}

/** A run of a file of the case that was unpacked. */
async function fast(source: string, tag: string, ...more: string[]) {
  const { code, stdout, stderr } = await train(source, tag, '--quality', 'fast', ...more);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  const folder = join(cwd, 'runs', tag);
  return { stdout, card: readRunCard(folder), ...readAssignments(folder) };
}

describe('every picture many times (hdbscan #548, umap #564, BERTopic #1751)', () => {
  beforeAll(() => {
    unpackCase('43-every-picture-many-times', cwd);
  });

  it.each(['times1', 'times4', 'times5', 'times12', 'tenth-times15'])(
    '%s shows the six kinds of the pictures',
    async (name) => {
      const { card } = await fast(`${name}.npz`, name);
      expect(card).toMatchObject({ k: 6, outside: 0, metrics: { train: { oneToOneAccuracy: 1 } } });
      expect(card.clusterSizes.reduce((sum, size) => sum + size, 0)).toBe(card.data.count);
    },
  );
});

it('one picture in 33 encodings beside 60 others is one kind more (czkawka #1540)', async () => {
  unpackCase('15-orientation', cwd);
  const { card, ids, assignment } = await fast('album', 'album');
  expect(card.k).toBe(7);
  const ofLetter = assignment.filter((_, image) => ids[image].startsWith('F-tag'));
  expect(new Set(ofLetter).size).toBe(1);
});

it('a placeholder shown 64 times is a kind of its own (VibeSorter #14)', async () => {
  unpackCase('32-placeholder', cwd);
  const { card, ids, assignment } = await fast('with', 'placeholder');
  expect(card.k).toBe(7);
  const kinds = assignment.filter((_, image) => ids[image].includes('placeholder'));
  expect(kinds).toHaveLength(64);
  expect(assignment.filter((kind) => kind === kinds[0])).toHaveLength(64);
});

describe('three pictures twenty times each (scikit-learn #10059)', () => {
  beforeAll(() => {
    unpackCase('10-copies', cwd);
  });

  it('are three kinds', async () => {
    const { stdout, card } = await fast('three', 'three');
    expect(stdout).toMatch(/^3 kinds in 60 images/);
    expect(card.clusterSizes).toEqual([20, 20, 20]);
  });

  it('cannot be ten', async () => {
    const { code, stderr } = await train('three', 'ten', '--quality', 'fast', '--num-clusters', '10');
    expect(code).toBe(2);
    expect(stderr).toContain('The 60 images show 3 different pictures, so there cannot be 10 kinds');
    expect(() => readFileSync(join(cwd, 'runs/ten/run.json'))).toThrow();
  });

  it.each(['same', 'black'])('are refused where all are alike: %s', async (name) => {
    const { code, stderr } = await train(name, name, '--quality', 'fast');
    expect(code).toBe(2);
    expect(stderr).toContain('are alike');
  });
});

describe('a handful of pictures (fastdup #340, phoenix #835)', () => {
  it.each(['n2', 'n3', 'n9'])('%s trains no network, and says why', async (name) => {
    unpackCase('11-tiny', cwd);
    const { code, stdout, stderr } = await train(name, name);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^\d kinds? in \d images/);
    expect(stdout).not.toContain('1 kinds');
    expect(stdout).toMatch(/Stopped at the graph: (there is one kind|\d different pictures are too few)/);
    expect(stderr).not.toContain('networks: ');
  });
});

it('a rare picture inside a large kind is not sure to be of it (imagecluster #18)', async () => {
  unpackCase('22-imbalance', cwd);
  const { assignment, confidence } = await fast('x.npy', 'rare');
  const sizes = new Map<number, number>();
  for (const kind of assignment) sizes.set(kind, (sizes.get(kind) ?? 0) + 1);
  // The first 600 are discs; 12 crosses, 12 bars and 3 squares follow.
  for (let image = 600; image < 627; image++) {
    if ((sizes.get(assignment[image]) ?? 0) > 100) expect(confidence[image]).toBeLessThan(0.6);
  }
  expect(confidence.subarray(0, 600).reduce((sum, one) => sum + one, 0) / 600).toBeGreaterThan(0.9);
});

it('200 pairs are 200 kinds where they are asked for (Unsupervised-Classification #55)', async () => {
  const { assignment } = await fast('pairs.npy', 'pairs', '--num-clusters', '200', '--encoder', 'none');
  const kindOf = new Map<number, number>();
  for (const kind of assignment) kindOf.set(kind, (kindOf.get(kind) ?? 0) + 1);
  expect([...kindOf.values()].filter((size) => size === 2).length).toBeGreaterThan(160);
});

it('colour that plays no part is said to play none (deepcluster #90)', async () => {
  unpackCase('41-colour-only', cwd);
  const words = ['train', 'sweets', '--tag', 'sweets', '--quality', 'fast', '--num-clusters', '4'];
  const { code, stderr } = await runKindred(words, { cwd });
  expect(code).toBe(0);
  expect(stderr).toContain('kin compares shapes in grey: colour alone tells no kinds apart');
});
