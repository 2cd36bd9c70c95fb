// Try of runs whose images an encoder compares, in a real Chromium: a picture gets the answer there that `kindred predict` gives of its
// file, whatever its format, whatever the encoder takes and gives.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRunCard } from '#kindred/run/files/card.js';
import { parseCsv } from '#kindred/run/files/csv.js';
import { writeNpy } from '#kindred/run/files/npy.js';
import { runKindred } from '../support/command-line.js';
import { ENCODERS, PICTURES, photograph, SIDE } from '../support/encoded-pictures.js';
import { sharedFolder } from '../support/folders.js';
import { hasChromium } from '../support/peers.js';
import { trained } from '../support/runs.js';
import { type RunningStudio, startStudio, untilJob } from '../support/studio.js';
import {
  expectAccessible,
  expectNoOverflow,
  launchBrowser,
  openStudioPage,
  type StudioPage,
} from '../support/studio-page.js';

const cwd = sharedFolder();
/** Row by row what `kindred predict` says of files. */
async function predictions(tag: string, source: string): Promise<ReadonlyMap<string, [string, number]>> {
  const { stdout, stderr, code } = await runKindred(['predict', `runs/${tag}`, source], { cwd });
  expect(code, stderr).toBe(0);
  const [, ...rows] = parseCsv(stdout, 'predictions');
  return new Map(rows.map(([id, , name, confidence]) => [id, [name, Number(confidence)]]));
}

let browser: Browser;
let studio: RunningStudio;
let shown: StudioPage;

async function openTry(tag: string): Promise<void> {
  await shown.open(`/try/${tag}`);
  await shown.page.locator('.try-answer[aria-busy=false]').waitFor();
}

/** Shows a file to the page, and waits for what is said of it. */
async function tried(file: string): Promise<[string, number]> {
  const { page, press } = shown;
  await press('c');
  await page.getByText('Draw something').waitFor();
  await page.locator('input[type=file]').setInputFiles(file);
  return said();
}

async function said(): Promise<[string, number]> {
  const { page } = shown;
  const name = (await page.locator('.try-kind strong').textContent()) ?? '';
  const sure = await page.locator('.try-kind + p').textContent();
  return [name, Number(sure?.match(/([\d.]+) % sure/)?.[1]) / 100];
}

/** The page writes a thousandth of one. */
const WRITTEN = 1e-3;

/** Names of what is wider than its label. */
const STICKING_OUT = `[...document.querySelector('.new-run form').elements]
  .filter((each) => each.labels?.[0] && each.getBoundingClientRect().right > each.labels[0].getBoundingClientRect().right + 1)
  .map(({ name }) => name)`;

function isAnswer([name, sure]: [string, number], [wanted, wantedSure]: [string, number]): boolean {
  return name === wanted && Math.abs(sure - wantedSure) <= WRITTEN;
}

/** What `kindred predict` says of what is on the pad. */
async function saidOfPad(tag: string): Promise<[string, number]> {
  const drawn = (await shown.page.evaluate("document.querySelector('.pad canvas').toDataURL()")) as string;
  mkdirSync(join(cwd, 'drawn'), { recursive: true });
  writeFileSync(join(cwd, 'drawn', 'it.png'), Buffer.from(drawn.split(',')[1], 'base64'));
  return (await predictions(tag, 'drawn')).get('it.png') as [string, number];
}

describe.skipIf(!hasChromium())('Try of runs by an encoder', { timeout: 240_000 }, () => {
  beforeAll(async () => {
    mkdirSync(join(cwd, 'pile'));
    mkdirSync(join(cwd, 'pictures'));
    for (let n = 0; n < 168; n++) {
      const size = [24 + ((n * 7) % 40), 24 + ((n * 13) % 50)] as const;
      await photograph(n, n % 6, size)
        .png()
        .toFile(join(cwd, 'pile', `${String(n).padStart(3, '0')}.png`));
    }
    for (const [name, make] of Object.entries(PICTURES))
      writeFileSync(join(cwd, 'pictures', name), await make());
    for (const [name, { config, model }] of Object.entries(ENCODERS)) {
      mkdirSync(join(cwd, name));
      writeFileSync(join(cwd, name, 'model.onnx'), model());
      writeFileSync(join(cwd, name, 'preprocessor_config.json'), JSON.stringify(config));
      await trained(cwd, name, `pile --encoder ${name}/model.onnx --num-clusters 6 --threads 2`);
    }
    const rows = Float32Array.from({ length: 168 * 2 }, (_, at) => ((at >> 1) % 6) + (at % 7) / 50);
    writeNpy(join(cwd, 'rows.npy'), { rows: 168, columns: 2, data: rows });
    await trained(cwd, 'rows', 'pile --features rows.npy --num-clusters 6 --threads 2');
    studio = await startStudio(join(cwd, 'runs'));
    browser = await launchBrowser();
    shown = await openStudioPage(browser, studio);
  }, 240_000);

  afterAll(async () => {
    await browser?.close();
    await studio?.close();
  });

  it.each(Object.keys(ENCODERS))(
    'by %s: says of each picture what kindred predict says of its file',
    async (tag) => {
      const wanted = await predictions(tag, 'pictures');
      expect([...wanted.keys()].sort()).toEqual(Object.keys(PICTURES).sort());
      // Were it all the same, nothing would be compared.
      expect(new Set([...wanted.values()].map(([, sure]) => sure)).size).toBeGreaterThan(3);
      await openTry(tag);
      const found = new Map<string, [string, number]>();
      for (const file of wanted.keys()) found.set(file, await tried(join(cwd, 'pictures', file)));
      const apart = [...wanted].filter(([file, [name, sure]]) => {
        const [foundName, foundSure] = found.get(file) as [string, number];
        return name !== foundName || Math.abs(sure - foundSure) > WRITTEN;
      });
      expect(apart.map(([file, answer]) => [file, answer, found.get(file)])).toEqual([]);
      expect(shown.complaints).toEqual([]);
    },
  );

  it('says of an image of the dataset what the run says of its file, and finds it nearest to itself', async () => {
    const wanted = await predictions('vectors', 'pile');
    for (const image of [5, 140]) {
      await shown.open(`/try/vectors?image=${image}`);
      const [name, sure] = await said();
      const [wantedName, wantedSure] = wanted.get(`${String(image).padStart(3, '0')}.png`) as [
        string,
        number,
      ];
      expect([name, Math.abs(sure - wantedSure) <= WRITTEN]).toEqual([wantedName, true]);
      const nearest = shown.page.locator('.try-nearest img').first();
      expect(await nearest.getAttribute('alt')).toBe(`Number ${image} of the dataset`);
    }
  });

  it('says of a drawing what kindred predict says of the same pixels', async () => {
    const { press } = shown;
    await openTry('tokens');
    await press('ArrowUp', 'ArrowLeft', ' ', ...Array<string>(9).fill('ArrowRight'));
    await press(...Array<string>(8).fill('ArrowDown'), ' ');
    // Each stroke was asked about, and the last answer stays.
    const wanted = await saidOfPad('tokens');
    await expect.poll(() => said().then((found) => isAnswer(found, wanted))).toBe(true);
    await expectAccessible(shown);
    expect(shown.complaints).toEqual([]);
  });

  it('begins runs from the page that compare what pictures show, or outlines', async () => {
    const { page, press } = shown;
    await shown.open('/runs');
    for (const [tag, choice] of [
      ['packaged', 'photo'],
      ['outlines', 'none'],
    ]) {
      await page.getByText('New run').waitFor();
      await press('n');
      await page.keyboard.type(join(cwd, 'pile'));
      await page.locator('input[name=kinds]').fill('6');
      await page.locator('select[name=quality]').selectOption('fast');
      await page.locator('select[name=encoder]').selectOption(choice);
      await page.locator('input[name=tag]').fill(tag);
      await expectAccessible(shown);
      expect(await page.evaluate(STICKING_OUT)).toEqual([]);
      await page.getByRole('button', { name: 'Begin' }).click();
      await page.waitForURL(`**/live/${tag}`);
      await untilJob(studio, tag, 'finished');
      await shown.open('/runs');
    }
    await page.getByText('compared by what they show (efficientnet-lite2/model.onnx)').waitFor();
    await page.getByText('compared by outlines').waitFor();
    const { command, vectors } = readRunCard(join(cwd, 'runs/outlines'));
    expect([command.slice(-2), vectors]).toEqual([['--encoder', 'none'], null]);
    const wish = { sources: [], method: 'kin', quality: 'fast', encoder: 'model.onnx', numClusters: null };
    const refused = await studio.post('/jobs', {
      ...wish,
      seed: 0,
      tag: null,
      steps: null,
      convolution: false,
    });
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('encoder')]);
  });

  it('asks the encoder in the package, which looks longer than a stroke takes', async () => {
    const { page, press } = shown;
    const wanted = await predictions('packaged', 'pictures');
    expect(new Set([...wanted.values()].map(([, sure]) => sure)).size).toBeGreaterThan(3);
    await openTry('packaged');
    for (const file of wanted.keys()) {
      const [name, sure] = wanted.get(file) as [string, number];
      const [found, foundSure] = await tried(join(cwd, 'pictures', file));
      expect([file, found, Math.abs(foundSure - sure) <= WRITTEN]).toEqual([file, name, true]);
    }
    await press('c', ' ');
    let asked = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('/nearest')) asked++;
    });
    const strokes = 40;
    await press(...Array<string>(strokes).fill('ArrowRight'), ' ');
    const last = await saidOfPad('packaged');
    await expect.poll(() => said().then((found) => isAnswer(found, last))).toBe(true);
    // What a newer stroke made old was passed over.
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThan(strokes);
    expect(shown.complaints).toEqual([]);
  });

  it('loads the models of a run once, in a thread of their own', async () => {
    const loads: string[] = [];
    const listen = (request: { url(): string }) => {
      if (request.url().endsWith('/model/encoder.onnx')) loads.push(request.url());
    };
    shown.page.context().on('request', listen);
    await openTry('maps');
    expect(loads).toHaveLength(1);
    await shown.press('4');
    await shown.page.locator('.kind-card').first().waitFor();
    await shown.press('6');
    await shown.page.locator('.try-answer[aria-busy=false]').waitFor();
    await tried(join(cwd, 'pictures', 'plain.png'));
    // The same file again.
    await tried(join(cwd, 'pictures', 'plain.png'));
    expect(loads).toHaveLength(1);
    expect(shown.page.workers()).toHaveLength(1);
    // Those of another run take their place.
    await shown.page.getByLabel('Run', { exact: true }).selectOption('tokens');
    await expect.poll(() => loads.length).toBe(2);
    await shown.page.locator('.try-answer[aria-busy=false]').waitFor();
    expect(shown.page.workers()).toHaveLength(1);
    shown.page.context().off('request', listen);
  });

  it('says in a sentence what cannot be read, and what is gone', async () => {
    const { page } = shown;
    await openTry('vectors');
    await tried(join(cwd, 'pictures', 'plain.png'));
    writeFileSync(join(cwd, 'torn.png'), readFileSync(join(cwd, 'pictures', 'plain.png')).subarray(0, 400));
    await page.locator('input[type=file]').setInputFiles(join(cwd, 'torn.png'));
    await page.getByText('This picture cannot be read: it is damaged or cut short').waitFor();
    // No answer to another picture stands beside it.
    await page.getByText('Draw something').waitFor();
    const model = join(cwd, 'runs/tokens/model/encoder.onnx');
    renameSync(model, `${model}.away`);
    try {
      await studio.close();
      studio = await startStudio(join(cwd, 'runs'));
      await page.context().close();
      shown = await openStudioPage(browser, studio);
      await shown.open('/try/tokens');
      await shown.page.getByText('encoder.onnx to read an encoder from: check the path').waitFor();
    } finally {
      renameSync(`${model}.away`, model);
    }
    await shown.press('4');
    await shown.page.locator('.kind-card').first().waitFor();
    await shown.press('6');
    await shown.page.locator('.try-answer[aria-busy=false]').waitFor();
    await tried(join(cwd, 'pictures', 'plain.png'));
  });

  it('tries nothing where vectors came in a file, and every card says what its images were compared by', async () => {
    const { page } = shown;
    await shown.open('/try/rows');
    await page.getByText('vectors that were made elsewhere (--features), so nothing').waitFor();
    expect(await page.locator('main').textContent()).not.toContain('--encoder');
    await shown.open('/runs');
    await page.getByText('compared by what they show (tokens/model.onnx)').waitFor();
    await page.getByText('compared by vectors in rows.npy').waitFor();
    await expectAccessible(shown);
  });

  it('takes a picture from its own page alone, and as such', async () => {
    const body = readFileSync(join(cwd, 'pictures', 'plain.png'));
    const post = (headers: Record<string, string>, sent: Buffer = body) =>
      studio.ask('/runs/vectors/encoder/picture', { method: 'POST', headers, body: new Uint8Array(sent) });
    const type = { 'content-type': 'application/octet-stream' };
    expect((await (await post(type)).arrayBuffer()).byteLength).toBe(SIDE * SIDE * 3);
    expect((await post({ 'content-type': 'image/png' })).status).toBe(400);
    expect((await post({ ...type, authorization: 'Bearer nobody' })).status).toBe(401);
    expect((await post({ ...type, origin: 'http://elsewhere.example' })).status).toBe(403);
    expect((await post(type, Buffer.alloc(0))).status).toBe(400);
    expect((await studio.ask('/runs/rows/encoder')).status).toBe(400);
    expect((await studio.ask('/runs/vectors/encoder/images/168')).status).toBe(404);
  });

  it.each([
    { width: 390, height: 844, scheme: 'dark' },
    { width: 1280, height: 800, scheme: 'light' },
  ] as const)('fits $width pixels, $scheme, without a barrier', async (look) => {
    const window = await openStudioPage(browser, studio, look);
    await window.open('/try/vectors?image=3');
    await window.page.locator('.try-nearest img').first().waitFor();
    await expectAccessible(window);
    await expectNoOverflow(window);
    expect(window.complaints).toEqual([]);
    await window.page.context().close();
  });
});
