// Kinds, Review and Try in a real Chromium on 2,500 digits: what each does to images, to the number. Names, restarts and
// the rest of the way are in walk.test.ts, single keys in keys.test.ts.
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QuestionView, ReviewView } from '#kindred/studio/server/messages.js';
import { sharedFolder } from '../support/folders.js';
import { firstDigits, writePile } from '../support/mnist.js';
import { hasChromium } from '../support/peers.js';
import { trained } from '../support/runs.js';
import { type RunningStudio, reviewIn, startStudio, untilReview } from '../support/studio.js';
import { expectAccessible, launchBrowser, openStudioPage, type StudioPage } from '../support/studio-page.js';

const IMAGES = 2500;
const cwd = sharedFolder();
const digits = firstDigits('train', IMAGES);

let browser: Browser;
let studio: RunningStudio;
let shown: StudioPage;

const review = () => reviewIn(studio, 'digits');
const until = (is: (state: ReviewView) => boolean) => untilReview(studio, 'digits', is);

async function named(name: string): Promise<ReviewView['kinds'][number]> {
  const found = (await review()).kinds.find((kind) => kind.name === name);
  if (found === undefined) throw new Error(`there is no kind called ${name}`);
  return found;
}

/** The digit that most of a kind's typical images are. */
function digitOf({ prototypes }: ReviewView['kinds'][number]): number {
  const votes = new Int32Array(10);
  for (const image of prototypes) votes[digits.labels[image]]++;
  return votes.indexOf(Math.max(...votes));
}

describe.skipIf(!hasChromium())('the studio’s views of kinds', () => {
  beforeAll(async () => {
    writePile(join(cwd, 'pile'), { train: digits, labelled: false });
    await trained(cwd, 'digits', 'pile --method kin --quality fast --num-clusters 10 --threads 2');
    studio = await startStudio(join(cwd, 'runs'));
    const bySize = (await review()).kinds.toSorted((a, b) => b.size - a.size || a.kind - b.kind);
    for (const [at, { kind }] of bySize.entries()) {
      await studio.post('/runs/digits/edits', { do: 'name', kind, name: `kind of ${at}` });
    }
    browser = await launchBrowser();
    shown = await openStudioPage(browser, studio);
  });

  afterAll(async () => {
    await browser?.close();
    await studio?.close();
  });

  it('leaves a name as it was at Esc', async () => {
    const { page, press } = shown;
    await shown.open('/kinds/digits');
    await page.locator('.kind-card').first().waitFor();
    await press('Home', 'n');
    await page.locator('.name-field').waitFor();
    await page.keyboard.type('not this');
    await press('Escape');
    await page.locator('.name-field').waitFor({ state: 'detached' });
    expect((await review()).kinds.map(({ name }) => name)).not.toContain('not this');
    await expectAccessible(shown);
  });

  it('ticks the kinds that are chosen, and no others', async () => {
    const { page, press } = shown;
    const boxes = page.locator('.kind-card input[type=checkbox]');
    const ticked = () => page.locator('.kind-card input[type=checkbox]:checked').count();
    const offered = () => page.locator('.bar button', { hasText: 'Merge' }).textContent();
    await boxes.nth(0).click();
    expect([await ticked(), await offered()]).toEqual([1, 'Merge  m']);
    await boxes.nth(1).click();
    expect([await ticked(), await offered()]).toEqual([2, 'Merge 2 m']);
    await boxes.nth(1).press(' ');
    expect([await ticked(), await boxes.nth(1).isChecked()]).toEqual([1, false]);
    await boxes.nth(1).press(' ');
    expect(await ticked()).toBe(2);
    await press('Escape');
    expect(await ticked()).toBe(0);
  });

  it('says at the top that pictures are missing', async () => {
    const { page } = shown;
    const problem = '1 of the run’s 2500 images are not at pile any more';
    await page.route('**/missing', (route) => route.fulfill({ json: { images: '3', count: 1, problem } }));
    await shown.open('/kinds/digits');
    await page.locator('.banner', { hasText: problem }).waitFor();
    await expectAccessible(shown);
    await page.unroute('**/missing');
    await shown.open('/kinds/digits');
    await page.locator('.kind-card').first().waitFor();
    expect(await page.locator('.banner').count()).toBe(0);
  });

  it('splits a kind into as many parts as were looked at', async () => {
    const { page, press } = shown;
    const { size, kind } = await named('kind of 0');
    await press('Home', 'x', '3');
    await page.locator('.split-parts[aria-busy=false] li:nth-child(3)').waitFor();
    await expectAccessible(shown);
    await press('Enter');
    const { kinds } = await until((state) => state.kinds.length === 12);
    const parts = kinds.filter((each) => each.kind === kind || each.kind >= 10);
    expect(parts).toHaveLength(3);
    expect(parts.reduce((sum, part) => sum + part.size, 0)).toBe(size);
  });

  it('moves chosen images to a new kind and to another, and calls some junk', async () => {
    const { page, press } = shown;
    const { kind } = await named('kind of 5');
    await shown.open(`/kinds/digits?kind=${kind}&order=doubtful`);
    await page.locator('.wall-cell').first().waitFor();
    await press(' ', 'ArrowRight', 'ArrowRight', 'r');
    await page.getByText('3 images chosen').waitFor();
    expect(page.url()).toContain('images=');
    await expectAccessible(shown);
    await press('v');
    await page.keyboard.type('odd ones');
    await expectAccessible(shown);
    await press('Enter');
    await until(({ kinds }) => kinds.some(({ name, size }) => name === 'odd ones' && size === 3));

    const target = await named('kind of 6');
    await page.getByText('No image chosen').waitFor();
    await press(' ');
    await page.getByText('1 image chosen').waitFor();
    await press('v');
    await page.keyboard.type('kind of 6');
    await press('Enter');
    await until(({ kinds }) => kinds.find((each) => each.kind === target.kind)?.size === target.size + 1);

    const { outside } = await review();
    await page.getByText('No image chosen').waitFor();
    await press(' ');
    await page.getByText('1 image chosen').waitFor();
    await press('j');
    await until((state) => state.outside === outside + 1);
    await page.getByText('No image chosen').waitFor();
    const whole = await named('kind of 5');
    await press('j');
    await until((state) => state.outside === outside + 1 + whole.size);
    await page.locator('.kind-card').first().waitFor();
  });

  it('asks one question after the other, and takes an answer back', async () => {
    const { page, press } = shown;
    const { kinds, answers } = await review();
    const [first, second, third] = kinds;
    const question = (about: QuestionView['about'], images: readonly number[]): QuestionView => ({
      id: `${about} ${images[0]}`,
      about,
      images: images.join(),
      shown: images,
      was: first.kind,
      candidates: [first, second, third].map(({ kind }, at) => ({ kind, share: [0.5, 0.3, 0.2][at] })),
      reason: 'They lie between two kinds.',
    });
    // What is worth asking is not what is tested here.
    const queue = [
      question('group', [1, 2, 3]),
      question('image', [5]),
      question('audit', [8]),
      question('image', [9]),
    ];
    const asked = new Set<string>();
    await page.route('**/questions?*', async (route) => {
      await route.fulfill({ json: queue.filter(({ images }) => !asked.has(images)) });
    });
    await shown.open('/review/digits');
    await page.getByText('Which kind are these 3?').waitFor();
    await expectAccessible(shown);
    for (const { images } of queue) asked.add(images);
    await press('2');
    await until((state) => state.answers === answers + 1);
    for (const image of [1, 2, 3]) {
      expect(await (await studio.ask(`/runs/digits/images/${image}`)).json()).toMatchObject({
        kind: second.kind,
        told: second.kind,
      });
    }
    await press('+');
    await page.keyboard.type('quite new');
    await press('Enter');
    await until((state) => state.kinds.some(({ name, size }) => name === 'quite new' && size === 1));
    await page.getByText('Drawn at random', { exact: true }).waitFor();
    await press(' ');
    await until((state) => state.answers === answers + 3);
    await press('j');
    await page.getByText('Nothing is left that is worth asking').waitFor();
    await expectAccessible(shown);
    await until((state) => state.answers === answers + 4);
    await press('Control+z');
    await until((state) => state.answers === answers + 3);
    await page.getByText('Which kind is this?').waitFor();
    await press('Control+z');
    await page.getByText('Drawn at random', { exact: true }).waitFor();
    await press('Control+z');
    const back = await until((state) => state.answers === answers + 1);
    expect(back.kinds.map(({ name }) => name)).not.toContain('quite new');
  });

  it('says the kind of what is drawn, by pointer and by keyboard', async () => {
    const { page, press } = shown;
    await shown.open('/try/digits');
    await page.locator('.try-answer[aria-busy=false]').waitFor();
    await press(...Array<string>(7).fill('ArrowUp'), ' ', ...Array<string>(15).fill('ArrowDown'), ' ');
    const { kinds } = await review();
    const saidDigit = async () => {
      const name = await page.locator('.try-kind strong').textContent();
      const kind = kinds.find((each) => each.name === name);
      return kind && digitOf(kind);
    };
    expect(await saidDigit()).toBe(1);
    await expect.poll(() => page.locator('.try-nearest img').count()).toBeGreaterThan(4);
    await expectAccessible(shown);

    await press('c');
    await page.getByText('Draw something').waitFor();
    const box = await page.locator('.pad canvas').boundingBox();
    if (box === null) throw new Error('the pad is not shown');
    const [x, y] = [
      (share: number) => box.x + share * box.width,
      (share: number) => box.y + share * box.height,
    ];
    await page.mouse.move(x(0.3), y(0.25));
    await page.mouse.down();
    await page.mouse.move(x(0.7), y(0.25), { steps: 8 });
    await page.mouse.move(x(0.45), y(0.8), { steps: 8 });
    await page.mouse.up();
    expect(await saidDigit()).toBe(7);
    expect(shown.complaints).toEqual([]);
  });

  it('takes an image of the dataset by its address, and finds it nearest to itself', async () => {
    await shown.open('/try/digits?image=17');
    await expect
      .poll(() => shown.page.locator('.try-nearest img').first().getAttribute('alt'))
      .toBe('Number 17 of the dataset');
  });
});
