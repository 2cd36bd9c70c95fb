// Every key of the views Runs, Kinds, Review, Try and Apply does what the list of keys says, and nothing else is needed;
// the map's are in map-view.test.ts. At the end of each view its list is held against the keys that were pressed.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReviewView } from '#kindred/studio/server/messages.js';
import { sharedFolder } from '../support/folders.js';
import { encodeDigits, firstDigits } from '../support/mnist.js';
import { hasChromium } from '../support/peers.js';
import { trained } from '../support/runs.js';
import { type RunningStudio, reviewIn, startStudio, untilReview } from '../support/studio.js';
import {
  expectAllKeysPressed,
  launchBrowser,
  openStudioPage,
  type StudioPage,
  tabTo,
} from '../support/studio-page.js';

const cwd = sharedFolder();
let browser: Browser;
let studio: RunningStudio;
let shown: StudioPage;

const review = () => reviewIn(studio, 'digits');
const until = (is: (state: ReviewView) => boolean) => untilReview(studio, 'digits', is);

/** What the address says under `name`, soon. */
function expectChosen(name: string) {
  return expect.poll(() => new URL(shown.page.url()).searchParams.get(name));
}

/** The sizes of the kinds and how they are named: what a correction changes. */
async function state(): Promise<string> {
  const { kinds, outside } = await review();
  return JSON.stringify([kinds.map(({ kind, size, name }) => [kind, size, name]), outside]);
}

/** Presses a key that corrects something, sees that it did, and undoes it. */
async function correctsBy(...keys: string[]): Promise<void> {
  const before = await state();
  await shown.press(...keys);
  await expect.poll(async () => (await state()) !== before).toBe(true);
  for (let steps = 0; steps < 4 && (await state()) !== before; steps++) {
    const { revision } = await review();
    await shown.press('Control+z');
    await until((now) => now.revision > revision);
  }
  expect(await state()).toBe(before);
}

describe.skipIf(!hasChromium())('every key of the studio', () => {
  beforeAll(async () => {
    writeFileSync(join(cwd, 'pile'), encodeDigits(firstDigits('train', 600)));
    const line = 'pile --quality fast --num-clusters 5 --threads 2';
    await trained(cwd, 'digits', `${line} --method kin`);
    await trained(cwd, 'other', `${line} --method kin --seed 1`);
    studio = await startStudio(join(cwd, 'runs'));
    browser = await launchBrowser();
    shown = await openStudioPage(browser, studio);
  });

  afterAll(async () => {
    await browser?.close();
    await studio?.close();
  });

  it('anywhere: goes to each view, undoes, does again', async () => {
    const { page, press } = shown;
    await shown.open('/kinds/digits');
    await page.locator('.kind-card').first().waitFor();
    for (const [at, view] of ['runs', 'live', 'map', 'kinds', 'review', 'try', 'apply'].entries()) {
      await shown.open('/apply/digits');
      await page.locator('h1').waitFor();
      await press(`${at + 1}`);
      await expect.poll(() => new URL(page.url()).pathname.split('/')[1]).toBe(view);
    }
    await studio.post('/runs/digits/edits', { do: 'name', kind: 0, name: 'renamed' });
    const renamed = await state();
    for (const redo of ['Control+Shift+Z', 'Control+y']) {
      await press('Control+z');
      await expect.poll(state).not.toBe(renamed);
      await press(redo);
      await expect.poll(state).toBe(renamed);
    }
    await press('?');
    await page.locator('dialog.keys').waitFor();
    await press('Escape');
    await page.locator('dialog.keys').waitFor({ state: 'detached' });
    await expectAllKeysPressed(shown, 'Anywhere');
  });

  it('anywhere: hints go and stay away, the theme changes, another run is picked', async () => {
    const { page, press } = shown;
    await shown.open('/kinds/digits');
    await page.locator('.hint').waitFor();
    await tabTo(shown, '.hint button');
    await press('Enter');
    await page.locator('.hint').waitFor({ state: 'detached' });
    await page.reload();
    await page.locator('.kind-card').first().waitFor();
    expect(await page.locator('.hint').count()).toBe(0);
    await tabTo(shown, '[title^="Light, dark"]');
    await press('Enter', 'Enter');
    expect(await page.evaluate('getComputedStyle(document.documentElement).colorScheme')).toBe('dark');
    await press('Enter');
    await page.evaluate('document.activeElement.blur()');
    await tabTo(shown, '.run-picker');
    await press('o');
    await page.waitForURL('**/kinds/other');
  });

  it('runs', async () => {
    const { page, press } = shown;
    await shown.open('/runs?a=digits&b=other');
    await page.locator('.confusion').waitFor();
    await press('c');
    await page.locator('.confusion').waitFor({ state: 'detached' });
    await press('n');
    await expect.poll(() => page.evaluate('document.activeElement.name')).toBe('sources');
    await page.evaluate('document.activeElement.blur()');
    await expectAllKeysPressed(shown, 'Runs');
  });

  it('kinds', async () => {
    const { page, press } = shown;
    await shown.open('/kinds/digits?sort=name');
    await page.locator('.kind-card').first().waitFor();
    const { kinds } = await review();
    const byName = kinds.toSorted((a, b) => a.name.localeCompare(b.name)).map(({ kind }) => `${kind}`);
    const columns = 4;
    const moves: [string, number][] = [
      ['End', 4],
      ['Home', 0],
      ['ArrowRight', 1],
      ['ArrowLeft', 0],
      ['ArrowDown', columns],
      ['ArrowUp', 0],
    ];
    for (const [key, at] of moves) {
      await press(key);
      await expectChosen('at').toBe(byName[at]);
    }
    await press(' ');
    await expectChosen('kinds').toBe(byName[0]);
    await press('Escape');
    await expectChosen('kinds').toBe(null);
    await press('o');
    await expectChosen('sort').not.toBe('name');
    await press('Home', 'm');
    await page.locator('dialog.chooser').waitFor();
    await correctsBy('ArrowDown', 'Enter');
    await page.locator('dialog.chooser').waitFor({ state: 'detached' });
    await correctsBy('j');
    await press('x');
    await page.locator('.split-parts[aria-busy=false]').waitFor();
    await correctsBy('Enter');
    await press('n');
    await page.locator('.name-field').waitFor();
    await page.keyboard.type('another name');
    await correctsBy('Enter');
    await press('Enter');
    await page.locator('.wall-cell').first().waitFor();
    await press('Escape');
    await page.locator('.kind-card').first().waitFor();
    await expectAllKeysPressed(shown, 'Kinds');
  });

  it('one kind', async () => {
    const { page, press } = shown;
    const [{ kind, size }] = (await review()).kinds.toSorted((a, b) => b.size - a.size);
    await shown.open(`/kinds/digits?kind=${kind}`);
    await page.locator('.wall-cell').first().waitFor();
    const columns = Math.floor(
      Number(await page.evaluate("document.querySelector('.wall').clientWidth")) / 68,
    );
    const moves: [string, number][] = [
      ['End', size - 1],
      ['Home', 0],
      ['ArrowRight', 1],
      ['ArrowDown', columns + 1],
      ['ArrowLeft', columns],
      ['ArrowUp', 0],
      ['PageDown', Math.min(columns * 9, size - 1)],
      ['PageUp', 0],
    ];
    for (const [key, at] of moves) {
      await press(key);
      await expect.poll(() => page.evaluate('document.activeElement.dataset.at')).toBe(`${at}`);
    }
    await press(' ', 'ArrowRight', 'ArrowRight', 'r');
    await page.getByText('3 images chosen').waitFor();
    await press('Escape', 'a');
    await page.getByText(`${size} images chosen`).waitFor();
    await press('Escape', 'o');
    await expectChosen('order').toBe('doubtful');
    await press(' ', 'v');
    await page.locator('dialog.chooser').waitFor();
    await correctsBy('Enter');
    await page.getByText('No image chosen').waitFor();
    await press(' ');
    await page.getByText('1 image chosen').waitFor();
    await correctsBy('j');
    await press('n');
    await page.locator('.name-field').waitFor();
    await page.keyboard.type('one more name');
    await correctsBy('Enter');
    await press('x');
    await page.locator('.split-parts[aria-busy=false]').waitFor();
    await correctsBy('Enter');
    await expectAllKeysPressed(shown, 'This kind');
  });

  it('review', async () => {
    const { page, press } = shown;
    await shown.open('/review/digits');
    await page.locator('.answer').first().waitFor();
    const answersBy = async (...keys: string[]) => {
      const { answers } = await review();
      await page.locator('.answer').first().waitFor();
      await press(...keys);
      await until((now) => now.answers === answers + 1);
    };
    await answersBy('1');
    await answersBy('2');
    while ((await page.locator('.answer').count()) < 3) await answersBy('1');
    await answersBy('3');
    await answersBy('j');
    await answersBy('u');
    await answersBy(' ');
    await page.locator('.answer').first().waitFor();
    await press('o');
    await page.locator('dialog.chooser').waitFor();
    await answersBy('Enter');
    await press('+');
    await page.locator('dialog.chooser').waitFor();
    await page.keyboard.type('never seen');
    await answersBy('Enter');
    const { answers } = await review();
    await press('Control+z');
    await until((now) => now.answers < answers);
    await expectAllKeysPressed(shown, 'Review');
  });

  it('try', async () => {
    const { page, press } = shown;
    await shown.open('/try/digits');
    await page.locator('.try-answer[aria-busy=false]').waitFor();
    const pen = () => page.locator('.pad-pen').getAttribute('style');
    const places = new Set<string | null>();
    const arrows = ['ArrowLeft', 'ArrowUp', 'ArrowRight', 'ArrowDown'];
    for (const key of [...arrows, ...arrows.map((arrow) => `Shift+${arrow}`)]) {
      const before = places.size === 0 ? null : await pen();
      await press(key);
      await expect.poll(pen).not.toBe(before);
      places.add(await pen());
    }
    const brush = () => page.locator('.brush input').inputValue();
    const width = Number(await brush());
    await press(']');
    await expect.poll(async () => Number(await brush())).toBeGreaterThan(width);
    await press('[');
    await expect.poll(async () => Number(await brush())).toBe(width);
    await press(' ', 'ArrowDown', 'ArrowDown', ' ');
    await page.locator('.try-kind').waitFor();
    await press('c');
    await page.getByText('Draw something').waitFor();
    const chooser = page.waitForEvent('filechooser');
    // The browser is told to hand it over before it opens.
    await page.evaluate('0');
    await press('p');
    expect((await chooser).isMultiple()).toBe(false);
    await press('i');
    await page.keyboard.type('17');
    await press('Enter');
    await expectChosen('image').toBe('17');
    await page.locator('.try-kind').waitFor();
    await expectAllKeysPressed(shown, 'Try');
  });

  it('apply', async () => {
    const { page, press } = shown;
    await shown.open('/apply/digits');
    await page.locator('.exports').waitFor();
    const written = page.locator('.outcome code');
    for (const [at, key] of ['f', 'c', 'p', 'o', 'l', 'h'].entries()) {
      await press(key);
      await expect.poll(() => written.count()).toBe(at + 1);
    }
    // The one format whose letter another has.
    await page.getByRole('button', { name: 'ONNX' }).focus();
    await press('Tab', 'Enter');
    await expect.poll(() => written.count()).toBe(7);
    const folders = readdirSync(join(cwd, 'runs', 'digits', 'export'));
    expect(folders.length).toBe(7);
    await expectAllKeysPressed(shown, 'Export');
  });

  it('reaches two windows at once, and neither loses what the other does', async () => {
    const second = await openStudioPage(browser, studio);
    for (const window of [shown, second]) {
      await window.open('/kinds/digits?sort=name');
      await window.page.locator('.kind-card').first().waitFor();
    }
    await shown.press('Home', 'n');
    await second.press('End', 'n');
    for (const [window, name] of [
      [shown, 'from the one'],
      [second, 'from the other'],
    ] as const) {
      await window.page.locator('.name-field').waitFor();
      await window.page.keyboard.type(name);
    }
    await Promise.all([shown.press('Enter'), second.press('Enter')]);
    for (const { page } of [shown, second]) {
      await page.getByText('from the one', { exact: true }).waitFor();
      await page.getByText('from the other', { exact: true }).waitFor();
    }
    const names = (await review()).kinds.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['from the one', 'from the other']));
    expect([...shown.complaints, ...second.complaints]).toEqual([]);
  });
});
