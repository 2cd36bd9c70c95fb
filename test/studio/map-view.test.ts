// The map in a real Chromium, by keys alone: what is looked at, what is chosen and what is said stand in its address, on
// the page and in what the server keeps.
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImageDetail, KindImages } from '#kindred/studio/server/messages.js';
import { toUnitSquare } from '../../src/studio/web/map/point-index.js';
import { sharedFolder } from '../support/folders.js';
import { firstDigits, writePile } from '../support/mnist.js';
import { hasChromium } from '../support/peers.js';
import { trained } from '../support/runs.js';
import { type RunningStudio, reviewIn, startStudio, untilReview } from '../support/studio.js';
import {
  expectAccessible,
  expectAllKeysPressed,
  launchBrowser,
  openStudioPage,
  type StudioPage,
  tabTo,
  untilMapDrawn,
} from '../support/studio-page.js';

const IMAGES = 1000;
const cwd = sharedFolder();
let browser: Browser;
let studio: RunningStudio;
let shown: StudioPage;

const chosenIn = (name: string) => new URL(shown.page.url()).searchParams.get(name);
const expectChosen = (name: string) => expect.poll(() => chosenIn(name));

/** The centre of the window on the map, and the zoom. */
async function camera(): Promise<[x: number, y: number, zoom: number]> {
  // The address follows the camera a moment later.
  let before = '';
  await expect
    .poll(async () => {
      const now = shown.page.url();
      const isSame = now === before;
      before = now;
      await shown.page.waitForTimeout(400);
      return isSame;
    })
    .toBe(true);
  const [x, y, zoom] = (chosenIn('at') ?? '0.5,0.5,1').split(',').map(Number);
  return [x, y, zoom];
}

async function places(): Promise<Float32Array> {
  const bytes = await (await studio.ask('/runs/digits/arrays/layout')).arrayBuffer();
  return toUnitSquare(new Float32Array(bytes));
}

async function imagesOf(name: string): Promise<ReadonlySet<number>> {
  const { kinds } = await untilReview(studio, 'digits', (now) =>
    now.kinds.some((each) => each.name === name),
  );
  const found = kinds.find((each) => each.name === name);
  const answer = await studio.ask(`/runs/digits/kinds/${found?.kind}/images?count=4096`);
  return new Set(((await answer.json()) as KindImages).images);
}

const chosenCount = async () =>
  Number(
    (await shown.page.locator('.chosen-panel > header h2').textContent())?.split(' ')[0].replace(',', ''),
  );

describe.skipIf(!hasChromium())('the map', () => {
  beforeAll(async () => {
    writePile(join(cwd, 'pile'), { train: firstDigits('train', IMAGES) });
    await trained(cwd, 'digits', 'pile --method kin --quality fast --num-clusters 6 --threads 2');
    studio = await startStudio(join(cwd, 'runs'));
    browser = await launchBrowser();
    shown = await openStudioPage(browser, studio);
    await shown.open('/map/digits');
  });

  afterAll(async () => {
    await browser?.close();
    await studio?.close();
  });

  it('moves and zooms, and comes back to where it was', async () => {
    const { press } = shown;
    await untilMapDrawn(shown);
    await press('+', '+', '+');
    const [x, y, zoom] = await camera();
    expect(zoom).toBeGreaterThan(2);
    await press('ArrowRight', 'ArrowDown');
    const [right, down] = await camera();
    expect(right).toBeGreaterThan(x);
    expect(down).toBeGreaterThan(y);
    await press('ArrowLeft', 'ArrowUp');
    const [left, up] = await camera();
    expect(Math.abs(left - x) + Math.abs(up - y)).toBeLessThan(0.001);
    const address = shown.page.url();
    await shown.page.reload();
    await untilMapDrawn(shown);
    await camera();
    expect(shown.page.url()).toBe(address);
    await press('-');
    expect((await camera())[2]).toBeLessThan(zoom);
    await press('0');
    await expectChosen('at').toBe(null);
  });

  it('goes from image to image, and says why one is where it is', async () => {
    const { page, press } = shown;
    const at = await places();
    const cursor = async () =>
      Number(/image (\d+):/.exec((await page.locator('.ring span').textContent()) ?? '')?.[1]);
    await press('l');
    let image = await cursor();
    const steps: [string, 0 | 1, 1 | -1][] = [
      ['l', 0, 1],
      ['h', 0, -1],
      ['j', 1, 1],
      ['k', 1, -1],
    ];
    for (const [key, axis, sign] of steps) {
      await press(key);
      const next = await cursor();
      expect(sign * (at[2 * next + axis] - at[2 * image + axis]), key).toBeGreaterThan(0);
      image = next;
    }
    await press('Enter');
    await expectChosen('image').toBe(`${image}`);
    await page.getByText('Why it is here').waitFor();
    const detail = (await (await studio.ask(`/runs/digits/images/${image}`)).json()) as ImageDetail;
    expect(await page.locator('.neighbour').count()).toBe(detail.neighbours.length);
    expect(await page.locator('.votes li').count()).toBe(detail.votes.length);
    await expectAccessible(shown);
    await tabTo(shown, '.neighbour');
    await press('Enter');
    await expectChosen('image').toBe(`${detail.neighbours[0].image}`);
    await page.evaluate('document.activeElement.blur()');
    await press('Escape');
    await expectChosen('image').toBe(null);
  });

  it('colours by everything that is known, and makes one value stand out', async () => {
    const { page, press } = shown;
    for (const colour of ['name', 'confidence', 'label', 'finding', 'told', null]) {
      await press('c');
      await expectChosen('colour').toBe(colour);
      const counts = await page.locator('.legend .row-count').allTextContents();
      expect(counts.reduce((sum, text) => sum + Number(text.replace(',', '')), 0)).toBe(IMAGES);
      await expectAccessible(shown);
    }
    // The address follows a moment later.
    await press(']');
    await expectChosen('row').not.toBe(null);
    const first = chosenIn('row');
    await press(']');
    await expectChosen('row').not.toBe(first);
    expect(await page.locator('.legend [aria-pressed=true]').count()).toBe(1);
    await press('[');
    await expectChosen('row').toBe(first);
    await press('Escape');
    await expectChosen('row').toBe(null);
  });

  it('chooses one image, a kind, a window', async () => {
    const { page, press } = shown;
    await press('l', 's');
    expect(await chosenCount()).toBe(1);
    await press('s');
    await page.locator('.chosen-panel').waitFor({ state: 'detached' });
    await press('L');
    const kind = /: (.*), \d+ % sure/.exec((await page.locator('.ring span').textContent()) ?? '')?.[1];
    const { kinds } = await reviewIn(studio, 'digits');
    expect(await chosenCount()).toBe(kinds.find(({ name }) => name === kind)?.size);
    await press('z');
    await expectChosen('at').not.toBe(null);
    await press('0', 'w');
    expect(await chosenCount()).toBe(IMAGES);
    await press('g');
    await page.locator('dialog.chosen-grid .choice').first().waitFor();
    await expectAccessible(shown);
    await tabTo(shown, 'dialog.chosen-grid .choice');
    await press('Enter', 'Escape');
    await page.locator('dialog.chosen-grid').waitFor({ state: 'detached' });
    expect(await chosenCount()).toBe(IMAGES - 1);
    await press('Escape');
    await page.locator('.chosen-panel').waitFor({ state: 'detached' });
  });

  it('lays a lasso, and moves what is in it to a new kind', async () => {
    const { page, press } = shown;
    await press('0', 'o');
    await page.locator('.cross').waitFor();
    // A triangle, laid and given up, leaves nothing.
    await press('o', 'ArrowRight', 'o', 'ArrowDown', 'o', 'Escape');
    await page.locator('.cross').waitFor({ state: 'detached' });
    expect(await page.locator('.chosen-panel').count()).toBe(0);
    // A rectangle, whose corners the address tells.
    const corners: [number, number][] = [];
    await press('0', 'o', ...Array<string>(3).fill('ArrowLeft'));
    for (const side of ['ArrowRight', 'ArrowDown', 'ArrowLeft', null]) {
      const [x, y] = await camera();
      corners.push([x, y]);
      await press('o');
      if (side !== null) await press(...Array<string>(side === 'ArrowDown' ? 2 : 5).fill(side));
    }
    expect(await page.locator('.stage [role=status]').textContent()).toBe('Lasso with 4 corners');
    await expectAccessible(shown);
    await press('Enter');
    await page.locator('.cross').waitFor({ state: 'detached' });
    const chosen = await chosenCount();
    await press('v');
    await page.keyboard.type('in the lasso');
    await press('Enter');
    const inside = await imagesOf('in the lasso');
    expect(inside.size).toBe(chosen);
    const [xs, ys] = [0, 1].map((axis) => corners.map((corner) => corner[axis]));
    const at = await places();
    // The address rounds to the fourth place.
    const isWithin = (image: number, room: number) =>
      at[2 * image] > Math.min(...xs) - room &&
      at[2 * image] < Math.max(...xs) + room &&
      at[2 * image + 1] > Math.min(...ys) - room &&
      at[2 * image + 1] < Math.max(...ys) + room;
    const all = Array.from({ length: IMAGES }, (_, image) => image);
    expect(all.filter((image) => isWithin(image, -0.0002) && !inside.has(image))).toEqual([]);
    expect([...inside].filter((image) => !isWithin(image, 0.0002))).toEqual([]);
    expect(inside.size).toBeGreaterThan(20);
    expect(inside.size).toBeLessThan(IMAGES / 2);
    await page.getByText(`${chosen} images → in the lasso`).waitFor();
  });

  it('has no key that these tests leave out, and a page that complains of nothing', async () => {
    await shown.press('s');
    await expectAllKeysPressed(shown, 'Map');
    expect(shown.complaints).toEqual([]);
  });
});
