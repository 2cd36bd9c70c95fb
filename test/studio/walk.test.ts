// A person's way through all seven views, in a real Chromium on a run of 8,000 images of MNIST: from a pile of unnamed
// kinds to named folders on disk. The details of each view are in the other tests of this room.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCsv } from '#kindred/run/files/csv.js';
import type { ImageDetail, KindImages, ReviewView } from '#kindred/studio/server/messages.js';
import { sharedFolder } from '../support/folders.js';
import { encodeDigits, firstDigits, writePile } from '../support/mnist.js';
import { hasChromium } from '../support/peers.js';
import { trained } from '../support/runs.js';
import { type RunningStudio, reviewIn, startStudio, untilJob, untilReview } from '../support/studio.js';
import {
  expectAccessible,
  expectNoOverflow,
  launchBrowser,
  openStudioPage,
  type StudioPage,
  tabTo,
  untilMapDrawn,
} from '../support/studio-page.js';

const IMAGES = 8000;
const DIGITS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const cwd = sharedFolder();
const logDir = join(cwd, 'runs');

let browser: Browser;
let studio: RunningStudio;
let shown: StudioPage;
let labels: Uint8Array;

const review = () => reviewIn(studio, 'mnist');
const until = (is: (state: ReviewView) => boolean) => untilReview(studio, 'mnist', is);

async function named(name: string): Promise<ReviewView['kinds'][number]> {
  const found = (await review()).kinds.find((kind) => kind.name === name);
  if (found === undefined) throw new Error(`there is no kind called ${name}`);
  return found;
}

/** What a person would call the kind who sees its typical images. */
function wordFor({ prototypes }: ReviewView['kinds'][number]): string {
  const votes = new Int32Array(10);
  for (const image of prototypes) votes[labels[image]]++;
  return DIGITS[votes.indexOf(Math.max(...votes))];
}

const sizeOf = ({ kinds, outside }: ReviewView) => kinds.reduce((sum, { size }) => sum + size, outside);

describe.skipIf(!hasChromium())('a walk through the studio', { timeout: 420_000 }, () => {
  beforeAll(async () => {
    const digits = firstDigits('train', IMAGES);
    labels = digits.labels;
    writeFileSync(join(cwd, 'digits'), encodeDigits(firstDigits('train', 300)));
    writePile(join(cwd, 'pile'), { train: digits });
    await trained(cwd, 'mnist', 'pile --method kin --quality fast --num-clusters 10 --threads 2');
    studio = await startStudio(logDir);
    browser = await launchBrowser();
    shown = await openStudioPage(browser, studio);
  }, 240_000);

  afterAll(async () => {
    await browser?.close();
    await studio?.close();
  });

  it('Runs: shows what there is, and begins another', async () => {
    const { page, press } = shown;
    await page.getByRole('link', { name: 'mnist', exact: true }).waitFor();
    expect(await page.locator('.runs .facts').textContent()).toMatch(
      /% right.* · kin · pile train · 8,000 images · 10 kinds in/,
    );
    await expect.poll(() => page.evaluate('document.images[9]?.naturalWidth')).toBe(28);
    await press('n');
    await page.keyboard.type(join(cwd, 'digits'));
    await tabTo(shown, 'select[name=method]');
    await page.keyboard.type('auto');
    await tabTo(shown, 'input[name=steps]');
    await page.keyboard.type('400');
    await tabTo(shown, 'input[name=tag]');
    await page.keyboard.type('small');
    await expectAccessible(shown);
    await press('Enter');
    await page.waitForURL('**/live/small');
  });

  it('Live: follows it to its end', async () => {
    const { page, press } = shown;
    await untilJob(studio, 'small', 'finished');
    await page.getByText('small is finished').waitFor();
    expect(await page.locator('.stages .stage-name').allTextContents()).toEqual(
      expect.arrayContaining(['read', 'train', 'k-means']),
    );
    await page.locator('.curves canvas').waitFor();
    await page.locator('.reconstructions').waitFor();
    await page.locator('canvas.live-map').waitFor();
    await expectAccessible(shown);
    // The run that has just been made is the newest.
    await press('1');
    await page.getByRole('link', { name: 'small', exact: true }).waitFor();
    await press('4');
    await page.waitForURL('**/kinds/small');
  });

  it('Map: shows all images, and says why one is where it is', async () => {
    const { page, press } = shown;
    await shown.open('/map/mnist');
    await untilMapDrawn(shown);
    const counts = await page.locator('.legend .row-count').allTextContents();
    expect(counts.reduce((sum, text) => sum + Number(text.replaceAll(',', '')), 0)).toBe(IMAGES);
    await expectAccessible(shown);
    await press('l', 'Enter');
    await page.getByText('Why it is here').waitFor();
    const image = Number(new URL(page.url()).searchParams.get('image'));
    const detail = (await (await studio.ask(`/runs/mnist/images/${image}`)).json()) as ImageDetail;
    const neighbours = page.locator('.neighbour img');
    expect(await neighbours.evaluateAll((all) => all.map((each) => (each as { alt?: string }).alt))).toEqual(
      detail.neighbours.map((each) => `number ${each.image}`),
    );
    await expectAccessible(shown);

    // A hand over the ring is on the same image; a lasso around it chooses it, with others.
    const ring = await page.locator('.ring').boundingBox();
    if (ring === null) throw new Error('the ring is not shown');
    await press('Escape');
    await page.mouse.move(ring.x + 200, ring.y + 200);
    await page.mouse.move(ring.x, ring.y);
    await page.locator('.under-cursor img').waitFor();
    await page.keyboard.down('Shift');
    await page.mouse.move(ring.x - 40, ring.y - 40);
    await page.mouse.down();
    for (const [right, down] of [
      [40, -40],
      [40, 40],
      [-40, 40],
    ]) {
      await page.mouse.move(ring.x + right, ring.y + down, { steps: 3 });
    }
    await page.mouse.up();
    await page.keyboard.up('Shift');
    const title = await page.locator('.chosen-panel h2').textContent();
    const chosen = Number(title?.match(/^[\d,]+/)?.[0].replace(',', ''));
    expect(chosen).toBeGreaterThan(1);
    await expectAccessible(shown);
    await press('v');
    await page.keyboard.type('from the map');
    await press('Enter');
    const moved = await until(({ kinds }) => kinds.some(({ name }) => name === 'from the map'));
    const { kind, size } = moved.kinds.find(({ name }) => name === 'from the map') ?? { kind: -1, size: -1 };
    expect(size).toBe(chosen);
    const inside = (await (
      await studio.ask(`/runs/mnist/kinds/${kind}/images?count=4096`)
    ).json()) as KindImages;
    expect(inside.images).toContain(image);
    await press('Control+z', 'Control+z');
    await until(({ kinds }) => kinds.length === 10);
  });

  it('Kinds: names ten, merges, undoes, splits and moves', async () => {
    const { page, press } = shown;
    await press('4');
    await page.locator('.kind-card').first().waitFor();
    await press('Home');
    const { kinds } = await review();
    const bySize = kinds.toSorted((a, b) => b.size - a.size || a.kind - b.kind);
    for (const view of bySize) {
      await press('n');
      await page.locator('.name-field').waitFor();
      await page.keyboard.type(wordFor(view));
      await press('Enter');
      await page.locator('.name-field').waitFor({ state: 'detached' });
    }
    const ten = await until((state) => state.kinds.every(({ isNamed }) => isNamed));
    expect(ten.kinds.map(({ name }) => name).sort()).toEqual(DIGITS.toSorted());
    await expectAccessible(shown);

    await press('Home', ' ', 'ArrowRight', ' ');
    await page.getByText('Merge 2').waitFor();
    await press('m');
    const merged = await until((state) => state.kinds.length === 9);
    expect(Math.max(...merged.kinds.map(({ size }) => size))).toBe(bySize[0].size + bySize[1].size);
    await press('Control+z');
    expect((await until((state) => state.kinds.length === 10)).kinds).toEqual(ten.kinds);

    // The sevens, of which some are written with a bar.
    const seven = await named('seven');
    await shown.open(`/kinds/mnist?kind=${seven.kind}&order=doubtful`);
    await page.locator('.wall-cell').first().waitFor();
    await press('x');
    await page.locator('.split-parts[aria-busy=false]').waitFor();
    await expectAccessible(shown);
    await press('Enter');
    const split = await until((state) => state.kinds.length === 11);
    const parts = split.kinds.filter(({ kind }) => kind === seven.kind || kind >= 10);
    expect(parts.reduce((sum, { size }) => sum + size, 0)).toBe(seven.size);

    const nine = await named('nine');
    await page.getByText('No image chosen').waitFor();
    await press(' ');
    await page.getByText('1 image chosen').waitFor();
    await press('v');
    await page.keyboard.type('nine');
    await press('Enter');
    await until((state) => state.kinds.find(({ kind }) => kind === nine.kind)?.size === nine.size + 1);
  });

  it('finds it all kept when the studio is started anew', async () => {
    expect(shown.complaints).toEqual([]);
    const before = await review();
    await shown.page.context().close();
    await studio.close();
    studio = await startStudio(logDir);
    shown = await openStudioPage(browser, studio);
    expect(await review()).toEqual(before);
    await shown.open('/kinds/mnist');
    await shown.page.locator('.kind-card').first().waitFor();
    const names = await shown.page.locator('.kind-name').allTextContents();
    expect(names).toEqual(expect.arrayContaining(DIGITS));
    expect(names).toHaveLength(11);
  });

  it('Review: asks, and keeps each answer', async () => {
    const { page, press } = shown;
    await press('5');
    await page.locator('.answer').first().waitFor({ timeout: 60_000 });
    await expectAccessible(shown);
    for (let answers = 1; answers <= 3; answers++) {
      await page.locator('.answer').first().waitFor();
      await press('1');
      await until((state) => state.answers === answers);
    }
    const { told } = await review();
    expect(told).toBeGreaterThan(3);
    await press('Control+z');
    await until((state) => state.answers === 2);
    await expect.poll(() => page.locator('.meter dd').first().textContent()).toBe('2');
  });

  it('Try: says that a drawn seven is one', async () => {
    const { page, press } = shown;
    await press('6');
    await page.locator('.try-answer[aria-busy=false]').waitFor();
    // By pen: across the top, then down in steps to the left.
    await press(...Array<string>(8).fill('ArrowUp'), ...Array<string>(6).fill('ArrowLeft'), ' ');
    await press(...Array<string>(12).fill('ArrowRight'));
    for (let step = 0; step < 8; step++) await press('ArrowDown', 'ArrowDown', 'ArrowLeft');
    await press(' ');
    await expect.poll(() => page.locator('.try-kind strong').textContent()).toBe('seven');
    await expect.poll(() => page.locator('.try-nearest img').count()).toBe(12);
    await expectAccessible(shown);
  });

  it('Apply: writes a folder a kind, as they are after all that', async () => {
    const { page, press } = shown;
    await press('7');
    await page.getByRole('heading', { name: 'What was corrected' }).waitFor();
    await expectAccessible(shown);
    await press('f');
    await page.getByText(/8,000 images, \d+ kinds in/).waitFor({ timeout: 400_000 });
    const state = await review();
    expect(sizeOf(state)).toBe(IMAGES);
    const folders = join(logDir, 'mnist', 'export', 'folders');
    for (const { name, size } of state.kinds) {
      expect(readdirSync(join(folders, name)), name).toHaveLength(size);
    }
    const [, ...rows] = parseCsv(readFileSync(join(folders, 'manifest.csv'), 'utf8'), 'manifest.csv');
    expect(rows).toHaveLength(IMAGES);
    expect(rows.every(([, file]) => existsSync(join(folders, file)))).toBe(true);
    expect(shown.complaints).toEqual([]);
  });

  it('Apply: trains a run that learns from it all, and compares the two', async () => {
    const { page, press } = shown;
    const { kinds } = await review();
    await press('r');
    await page.waitForURL('**/live/kin-1');
    await page.getByText('which learns from your edits of mnist').waitFor();
    await untilJob(studio, 'kin-1', 'finished');
    await page.getByText('is finished').waitFor();
    await press('c');
    await page.locator('.confusion').waitFor({ timeout: 60_000 });
    await expectAccessible(shown);
    const learnt = await reviewIn(studio, 'kin-1');
    expect(learnt.kinds).toHaveLength(kinds.length);
    const columns = await page.locator('.confusion thead').textContent();
    // A kind that nobody named is called after its labels there.
    for (const [at, { name, isNamed }] of kinds.entries()) {
      if (!isNamed) continue;
      expect(learnt.kinds[at].name).toBe(name);
      expect(columns).toContain(name);
    }
    expect(sizeOf(learnt)).toBe(IMAGES);
    expect(shown.complaints).toEqual([]);
  });

  it.each([
    { width: 390, height: 844, scheme: 'dark' },
    { width: 390, height: 844, scheme: 'light' },
    { width: 1280, height: 800, scheme: 'dark' },
  ] as const)('fits $width pixels, $scheme, without a barrier', async (look) => {
    const window = await openStudioPage(browser, studio, look);
    const parts = {
      '/runs': '.runs .strip',
      '/live/small': '.view-live p',
      '/map/mnist?image=7': '.neighbour',
      '/kinds/mnist': '.kind-card',
      '/kinds/mnist?kind=0': '.wall-cell',
      '/review/mnist': '.answer',
      '/try/mnist': '.try-answer[aria-busy=false]',
      '/apply/mnist': '.exports',
    };
    for (const [path, part] of Object.entries(parts)) {
      await window.open(path);
      await window.page.locator(part).first().waitFor();
      await expectAccessible(window);
      await expectNoOverflow(window);
    }
    expect(window.complaints).toEqual([]);
    await window.page.context().close();
  });
});
