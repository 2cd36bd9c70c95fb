// The report in a real browser: nothing is fetched, nothing sticks out, nothing complains.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium as playwright } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReportInput } from '#kindred/run/report/input.js';
import { writeReport } from '#kindred/run/report/page.js';
import { temporaryFolder } from '../support/folders.js';
import { chromium, hasChromium } from '../support/peers.js';
import { exampleReport } from '../support/report-input.js';

/** Where to keep screenshots for a person to look at; none are taken without it. */
const screenshots = process.env.KINDRED_SCREENSHOTS;

const scenes: [name: string, input: () => ReportInput][] = [
  ['ten kinds', () => exampleReport()],
  ['sixty kinds', () => exampleReport({ k: 60 })],
  ['no labels, no training', () => withoutLabels()],
  ['a source of long paths', () => fromLongPaths()],
];

function fromLongPaths(): ReportInput {
  const { card, ...rest } = exampleReport();
  const name = `${'/mnt/scans/of/the/whole/house/'.repeat(5)}${'x'.repeat(60)}, scans-2/${'y'.repeat(90)}`;
  return { ...rest, card: { ...card, data: { ...card.data, name } } };
}

function withoutLabels(): ReportInput {
  const { card, kinds, ...rest } = exampleReport();
  return {
    ...rest,
    card: { ...card, method: 'kmeans', training: null, metrics: null },
    kinds: kinds.map((kind) => ({
      ...kind,
      name: `a-long-name-${'x'.repeat(60)}-${kind.cluster}`,
      purity: null,
    })),
    confusion: null,
    curves: null,
    reconstructions: null,
  };
}

describe.skipIf(!hasChromium())('the report in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await playwright.launch({
      executablePath: chromium,
      args: [
        ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
        ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      ],
    });
  });
  afterAll(() => browser.close());

  it.each(scenes)('shows %s', async (scene, input) => {
    const folder = temporaryFolder();
    await writeReport(folder, input());
    const address = pathToFileURL(join(folder, 'report.html')).href;
    for (const width of [1280, 390]) {
      const page = await browser.newPage({ viewport: { width, height: 900 } });
      const complaints: string[] = [];
      const requests: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('request', (request) => requests.push(request.url()));
      await page.goto(address);
      expect(complaints).toEqual([]);
      expect(requests.filter((url) => url !== address && !url.startsWith('data:'))).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      const broken = '[...document.images].filter((image) => image.naturalWidth === 0).length';
      expect(await page.evaluate(broken)).toBe(0);
      const narrowest = 'Math.min(...[...document.images].map((image) => image.clientWidth))';
      expect(await page.evaluate(narrowest)).toBeGreaterThan(200);
      for (const colorScheme of ['light', 'dark'] as const) {
        if (screenshots === undefined) continue;
        await page.emulateMedia({ colorScheme });
        const name = `${scene.replaceAll(/\W+/g, '-')}-${width}-${colorScheme}.png`;
        writeFileSync(join(screenshots, name), await page.screenshot({ fullPage: true }));
      }
      await page.close();
    }
  });

  it('is told as a table with headings to a reader that does not see it', async () => {
    const folder = temporaryFolder();
    await writeReport(folder, exampleReport());
    const page = await browser.newPage({ viewport: { width: 390, height: 900 } });
    await page.goto(pathToFileURL(join(folder, 'report.html')).href);
    const kinds = page
      .getByRole('table')
      .filter({ has: page.getByRole('rowheader', { name: '3 cluster 3' }) });
    expect(await kinds.getByRole('row').count()).toBe(12);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('10 kinds in 3,000 images');
    expect(await page.getByRole('img', { name: '3: 16 typical images and 8 boundary cases' }).count()).toBe(
      1,
    );
    await page.close();
  });

  it('prints on paper', async () => {
    const folder = temporaryFolder();
    await writeReport(folder, exampleReport());
    const page = await browser.newPage({ colorScheme: 'dark' });
    await page.goto(pathToFileURL(join(folder, 'report.html')).href);
    await page.emulateMedia({ media: 'print' });
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(252, 252, 250)');
    const pdf = await page.pdf({ format: 'A4' });
    if (screenshots !== undefined) writeFileSync(join(screenshots, 'print.pdf'), pdf);
    expect(pdf.toString('latin1', 0, 5)).toBe('%PDF-');
    await page.close();
  });
});
