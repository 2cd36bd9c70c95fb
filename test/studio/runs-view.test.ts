// Runs, Live and Apply in a real Chromium: a run is begun, watched, stopped, gone on with, compared and exported, by
// keyboard alone.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCsv } from '#kindred/run/files/csv.js';
import type { JobView } from '#kindred/studio/server/messages.js';
import { sharedFolder } from '../support/folders.js';
import { encodeDigits, firstDigits } from '../support/mnist.js';
import { hasChromium } from '../support/peers.js';
import { trained } from '../support/runs.js';
import { jobIn, type RunningStudio, startStudio, untilJob } from '../support/studio.js';
import {
  expectAccessible,
  expectNoOverflow,
  launchBrowser,
  openStudioPage,
  type StudioPage,
  tabTo,
} from '../support/studio-page.js';

const cwd = sharedFolder();
const logDir = join(cwd, 'runs');
const phone = { width: 390, height: 844, scheme: 'dark' } as const;

let browser: Browser;
let studio: RunningStudio;
let shown: StudioPage;

const job = (tag: string) => jobIn(studio, tag);
const untilState = (tag: string, state: JobView['state']) => untilJob(studio, tag, state);

describe.skipIf(!hasChromium())('the studio’s views of runs', () => {
  beforeAll(async () => {
    writeFileSync(join(cwd, 'digits'), encodeDigits(firstDigits('train', 300)));
    await trained(cwd, 'one', 'digits --method kmeans --num-clusters 4 --restarts 1 --threads 1');
    await trained(cwd, 'two', 'digits --method kmeans --num-clusters 5 --restarts 1 --threads 1');
    studio = await startStudio(logDir);
    browser = await launchBrowser();
    shown = await openStudioPage(browser, studio);
  });

  afterAll(async () => {
    await browser?.close();
    await studio?.close();
  });

  it('lists the runs, and compares two', async () => {
    const { page } = shown;
    await shown.open('/runs');
    await page.getByRole('link', { name: 'two', exact: true }).waitFor();
    const facts = await page.locator('.runs .facts').allTextContents();
    expect(facts.join()).toMatch(/kmeans · .* · 300 images · 5 kinds in/);
    await tabTo(shown, '.compare-box input');
    await shown.press('Space', 'Tab', 'Tab', 'Space');
    await page.locator('.confusion').waitFor();
    const cells = await page.locator('.confusion td').allTextContents();
    expect(cells).toHaveLength(20);
    expect(cells.reduce((sum, text) => sum + (Number(text) || 0), 0)).toBe(300);
    expect(new URL(page.url()).searchParams.size).toBe(2);
    await page.reload();
    await page.locator('.confusion').waitFor();
    await expectAccessible(shown);
    await shown.press('c');
    await page.locator('.confusion').waitFor({ state: 'detached' });
  });

  it('begins a run, watches it, and leads to its kinds', async () => {
    const { page } = shown;
    await shown.open('/runs');
    await page.getByRole('link', { name: 'one', exact: true }).waitFor();
    await shown.press('n');
    await page.keyboard.type(join(cwd, 'digits'));
    await tabTo(shown, 'select[name=method]');
    await page.keyboard.type('K-means');
    await tabTo(shown, 'input[name=kinds]');
    await page.keyboard.type('3');
    await tabTo(shown, 'input[name=tag]');
    await page.keyboard.type('begun');
    await shown.press('Enter');
    await page.waitForURL('**/live/begun');
    await untilState('begun', 'finished');
    await page.getByText('begun is finished').waitFor();
    expect(await page.locator('.stages .stage-name').allTextContents()).toContain('k-means');
    await page.locator('canvas.live-map').waitFor();
    await expectAccessible(shown);
    await expectNoOverflow(shown);
    await tabTo(shown, '.live-tools .primary');
    await shown.press('Enter');
    await page.waitForURL('**/kinds/begun');
    expect(existsSync(join(logDir, 'begun', 'run.json'))).toBe(true);
  });

  it('compares the runs that are ticked, however late the answer about others comes', async () => {
    const { page } = shown;
    await page.route('**/compare/two', async (route) => {
      await new Promise((later) => setTimeout(later, 1500));
      await route.continue();
    });
    const late = page.waitForResponse('**/compare/two');
    await shown.open('/runs?a=one&b=two');
    await page.getByText('Comparing …').waitFor();
    const begun = page.getByRole('link', { name: 'begun', exact: true });
    await page.locator('.runs li', { has: begun }).getByRole('checkbox').check();
    await (await late).finished();
    await page.waitForTimeout(300);
    const caption = await page.locator('.confusion caption').textContent();
    expect(caption).toBe('Rows: kinds of two. Columns: kinds of begun.');
    await page.unroute('**/compare/two');
  });

  it('says at the form why a run cannot begin', async () => {
    const { page } = shown;
    await shown.open('/runs');
    await page.getByRole('link', { name: 'one', exact: true }).waitFor();
    await shown.press('n');
    await tabTo(shown, 'input[name=tag]');
    await page.keyboard.type('one');
    await shown.press('Enter');
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toMatch(/There is a run one already/);
  });

  it('stops a training and goes on with it', async () => {
    const wish = {
      sources: [join(cwd, 'digits')],
      quality: 'default',
      encoder: 'auto',
      numClusters: 3,
      seed: 0,
      convolution: false,
    };
    await studio.post('/jobs', { ...wish, method: 'autoencoder', tag: 'long', steps: 30_000 });
    await shown.open('/live/long');
    await expect.poll(async () => (await job('long'))?.curves.length, { timeout: 60_000 }).toBeGreaterThan(0);
    await shown.page.locator('.curves canvas').waitFor();
    await shown.page.locator('.reconstructions').waitFor();
    await shown.press('s');
    await untilState('long', 'stopped');
    await shown.page.getByText(/Go on with: kindred train --resume/).waitFor();
    await shown.press('r');
    await untilState('long', 'running');
    await expect.poll(async () => (await job('long'))?.stages.length, { timeout: 60_000 }).toBeGreaterThan(0);
    await shown.press('s');
    await untilState('long', 'stopped');
    await expectAccessible(shown);
  });

  it('exports the run as it was edited, and asks before it replaces anything', async () => {
    const { page } = shown;
    await studio.post('/runs/one/edits', { do: 'name', kind: 0, name: 'nought' });
    await studio.post('/runs/one/edits', { do: 'merge', kinds: [3], into: 0 });
    await shown.open('/apply/one');
    await page.getByText('named kind 0 “nought”').waitFor();
    await shown.press('f');
    await page.getByText(/300 images, 3 kinds in/).waitFor();
    const folders = join(logDir, 'one', 'export', 'folders');
    expect(readdirSync(folders)).toContain('nought');
    const [, ...rows] = parseCsv(readFileSync(join(folders, 'manifest.csv'), 'utf8'), 'manifest.csv');
    expect(rows).toHaveLength(300);
    expect(rows.every(([, file]) => existsSync(join(folders, file)))).toBe(true);
    await shown.press('f');
    await page
      .getByText(/is there already|exists|--overwrite/)
      .first()
      .waitFor();
    await expectAccessible(shown);
    await shown.press('Control+z');
    await page.locator('.history del').waitFor();
    await shown.press('Control+y');
    await page.locator('.history del').waitFor({ state: 'detached' });
  });

  it('trains a run that learns from the edits, and compares it with the one before', async () => {
    const { page } = shown;
    await shown.open('/apply/two');
    await page.getByText('There are no edits yet').waitFor();
    expect(await page.locator('.teach button').isDisabled()).toBe(true);
    await shown.open('/apply/one');
    await page.getByText('named kind 0 “nought”').waitFor();
    await tabTo(shown, '.teach select');
    await page.keyboard.type('fast');
    await tabTo(shown, '.teach input');
    await page.keyboard.type('learnt');
    await expectAccessible(shown);
    await shown.press('Enter');
    await page.waitForURL('**/live/learnt');
    await page.getByText('which learns from your edits of one').waitFor();
    await untilState('learnt', 'finished');
    await page.getByText('is finished').waitFor();
    await expectAccessible(shown);
    await shown.press('c');
    await page.locator('.confusion').waitFor();
    expect(new URL(page.url()).search).toBe('?a=one&b=learnt');
    expect(await page.locator('.confusion thead').textContent()).toContain('nought');
    await page.getByText('learnt from the edits of one').waitFor();
    // By one key, under the next free name.
    await shown.open('/apply/one');
    await page.getByText('named kind 0 “nought”').waitFor();
    await tabTo(shown, '.teach select');
    await page.keyboard.type('fast');
    await tabTo(shown, '.teach button');
    await shown.press('r');
    await page.waitForURL('**/live/kin-1');
    await untilState('kin-1', 'finished');
  });

  it('fits a phone, in the dark, and complains of nothing', async () => {
    const small = await openStudioPage(browser, studio, phone);
    for (const path of ['/runs', '/runs?a=one&b=two', '/live/long', '/apply/one']) {
      await small.open(path);
      await small.page.locator('h1').waitFor();
      await small.page.waitForLoadState('networkidle').catch(() => {});
      await expectAccessible(small);
      await expectNoOverflow(small);
    }
    await small.page.context().close();
    expect(shown.complaints.filter((text) => !/status of 4\d\d/.test(text))).toEqual([]);
    expect(small.complaints).toEqual([]);
  });
});
