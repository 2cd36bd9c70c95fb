// A run that learns from a person's edits: what was said holds, it spreads, nothing of the labels gets in, and it ends like
// any other run.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openJournal } from '#kindred/review/journal/journal.js';
import { readAssignments, readKinds } from '#kindred/run/files/artefacts.js';
import { readRunCard } from '#kindred/run/files/card.js';
import { ended, runKindred, startKindred } from '../support/command-line.js';
import { sharedFolder } from '../support/folders.js';
import { type Digits, firstDigits, reordered, writePile } from '../support/mnist.js';
import { reproducible, trained } from '../support/runs.js';

const IMAGES = 1500;
const cwd = sharedFolder();
const digits = firstDigits('train', IMAGES);
const test = firstDigits('t10k', 500);
/** The wrong images that are put right, and the others. */
const CORRECTIONS = 40;

function folderOf(tag: string): string {
  return join(cwd, 'runs', tag);
}

/** Each kind's digit, by most of its images. */
function digitsOf(assignment: Int32Array, k: number): number[] {
  const counts = Array.from({ length: k }, () => new Array<number>(10).fill(0));
  assignment.forEach((kind, image) => {
    if (kind >= 0) counts[kind][digits.labels[image]]++;
  });
  return counts.map((row) => row.indexOf(Math.max(...row)));
}

function shareRight(folder: string, images: readonly number[]): number {
  const { assignment } = readAssignments(folder);
  const names = digitsOf(assignment, readRunCard(folder).k);
  return images.filter((image) => names[assignment[image]] === digits.labels[image]).length / images.length;
}

/** Names all kinds, merges two of one digit where there are such, and moves the first wrong images. */
function review(folder: string): number[] {
  const journal = openJournal(folder);
  const { found, card } = journal;
  const names = digitsOf(found.assignment, card.k);
  names.forEach((digit, kind) => {
    journal.append({ do: 'name', kind, name: `digit ${digit}` });
  });
  const order = [...found.assignment.keys()].sort(
    (a, b) => found.confidence[a] - found.confidence[b] || a - b,
  );
  const wrong = order.filter((image) => {
    const label = digits.labels[image];
    return found.assignment[image] >= 0 && names[found.assignment[image]] !== label && names.includes(label);
  });
  const moved = wrong.slice(0, CORRECTIONS);
  for (const image of moved) {
    journal.append({ do: 'move', images: `${image}`, to: names.indexOf(digits.labels[image]) });
  }
  journal.append({ do: 'move', images: `${order.at(-1)}`, to: -1 });
  return moved;
}

/** The same digits with their labels shuffled. */
function mislabelled(pile: Digits): Digits {
  const order = Array.from({ length: pile.count }, (_, image) => (image * 7919) % pile.count);
  return { ...pile, labels: reordered(pile, order).labels };
}

describe('kindred refine', () => {
  let moved: number[];

  beforeAll(async () => {
    writePile(join(cwd, 'pile'), { train: digits, test });
    writePile(join(cwd, 'mislabelled'), { train: mislabelled(digits), test: mislabelled(test) });
    const how = '--quality fast --num-clusters 10 --threads 2';
    await trained(cwd, 'first', `pile ${how}`);
    moved = review(folderOf('first'));
    const { code, stderr } = await runKindred(['refine', 'runs/first', '--tag', 'learnt'], { cwd });
    expect(stderr).not.toMatch(/Error/);
    expect(code).toBe(0);
  });

  it('keeps what was said and is no worse on what was not', () => {
    const [before, after] = [folderOf('first'), folderOf('learnt')];
    const names = readKinds(after).map(({ name }) => name);
    const { assignment } = readAssignments(after);
    for (const image of moved) expect(names[assignment[image]]).toBe(`digit ${digits.labels[image]}`);
    const touched = new Set(moved);
    const untouched = Array.from({ length: IMAGES }, (_, image) => image).filter(
      (image) => !touched.has(image),
    );
    expect(shareRight(after, untouched)).toBeGreaterThanOrEqual(shareRight(before, untouched));
    expect(assignment.filter((kind) => kind === -1).length).toBe(1 + readRunCard(before).outside);
  });

  it('says where it comes from, and is a run like any other', async () => {
    const card = readRunCard(folderOf('learnt'));
    expect(card.refinedFrom).toMatchObject({ tag: 'first', told: CORRECTIONS + 1, vouched: 0 });
    expect(card.refinedFrom?.names.every((name) => name?.startsWith('digit '))).toBe(true);
    expect(card.finished).toBe(true);
    expect(card.metrics?.test?.oneToOneAccuracy).toBeGreaterThan(0.8);
    expect(card.framing).toEqual(readRunCard(folderOf('first')).framing);
    expect(readFileSync(join(folderOf('learnt'), 'report.html'), 'utf8')).toMatch(
      /learns from.*first, \d+ edits/,
    );
    const predicted = await runKindred(['predict', 'runs/learnt', 'pile'], { cwd });
    expect(predicted.code).toBe(0);
    expect(predicted.stdout.split('\n')[1]).toMatch(/digit \d/);
  });

  it('goes on from what was said: nobody is asked it again', () => {
    const { state } = openJournal(folderOf('learnt'));
    for (const image of moved) expect(state.told[image]).toBe(state.assignment[image]);
    expect(state.kinds.every(({ isNamed }) => isNamed)).toBe(true);
  });

  it('gives the same bytes again, also where the labels are others', async () => {
    const again = await runKindred(['refine', 'runs/first', '--tag', 'again'], { cwd });
    expect(again.code).toBe(0);
    expect(reproducible(folderOf('again'))).toEqual(reproducible(folderOf('learnt')));
    await trained(cwd, 'other', 'mislabelled --quality fast --num-clusters 10 --threads 2');
    expect(reproducible(folderOf('other'))).toEqual(reproducible(folderOf('first')));
    expect(review(folderOf('other'))).toEqual(moved);
    const { code } = await runKindred(['refine', 'runs/other', '--tag', 'other-learnt'], { cwd });
    expect(code).toBe(0);
    expect(reproducible(folderOf('other-learnt'))).toEqual(reproducible(folderOf('learnt')));
  });

  it('trains networks where it is asked to, and goes on after an interruption to the same bytes', async () => {
    const words = ['refine', 'runs/first', '--quality', 'default', '--threads', '2'];
    const whole = await runKindred([...words, '--tag', 'whole'], { cwd });
    expect(whole.code).toBe(0);
    const { kin } = readRunCard(folderOf('whole'));
    const child = startKindred([...words, '--tag', 'broken'], { cwd });
    const end = ended(child);
    await expect
      .poll(() => existsSync(join(folderOf('broken'), 'assignments.csv')), { timeout: 60_000 })
      .toBe(true);
    child.kill('SIGINT');
    const { code, stderr } = await end;
    if (kin?.networks.state === 'trained') {
      expect(code).toBe(130);
      expect(stderr).toMatch(/train --resume --tag broken/);
      const resumed = await runKindred(['train', '--resume', '--tag', 'broken'], { cwd });
      expect(resumed.code).toBe(0);
    }
    expect(reproducible(folderOf('broken'))).toEqual(reproducible(folderOf('whole')));
  }, 400_000);

  it.each([
    [['refine', 'runs/again'], /Nobody has edited again yet/],
    [['refine', 'runs/none'], /no run at runs\/none/],
    [['refine', 'runs/first', '--tag', 'learnt'], /learnt.*(exists|already)/],
    [['refine', 'runs/first', '--overwrite'], /--overwrite got no --tag/],
    [['refine', 'runs/first', '--num-clusters', '3'], /--num-clusters/],
    [['refine'], /RUN/],
  ])('refuses %j in one sentence', async (words, sentence) => {
    const { code, stderr } = await runKindred(words, { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(sentence);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('refuses images that have changed since, and leaves nothing behind', async () => {
    const path = join(cwd, 'pile', 'train-images-idx3-ubyte');
    const whole = readFileSync(path);
    writePile(join(cwd, 'pile'), {
      train: reordered(
        digits,
        Array.from({ length: IMAGES }, (_, i) => IMAGES - 1 - i),
      ),
    });
    const { code, stderr } = await runKindred(['refine', 'runs/first', '--tag', 'never'], { cwd });
    expect([code, existsSync(folderOf('never'))]).toEqual([2, false]);
    expect(stderr).toMatch(/are not those that the run began with/);
    writePile(join(cwd, 'pile'), { train: digits });
    expect(readFileSync(path).equals(whole)).toBe(true);
  });
});
