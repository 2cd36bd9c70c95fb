// Try of runs whose images an encoder compares, in a real Chromium: a picture gets the answer there that `kindred predict` gives of its
// file, whatever its format, whatever the encoder takes and gives.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '#kindred/core/random.js';
import { createOnnxGraph, type OnnxGraph } from '#kindred/engine/onnx/onnx.js';
import { readRunCard } from '#kindred/run/files/card.js';
import { parseCsv } from '#kindred/run/files/csv.js';
import { writeNpy } from '#kindred/run/files/npy.js';
import { runKindred } from '../support/command-line.js';
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
const SIDE = 24;
const PARTS = 108;

/** (n, 3, SIDE, SIDE) → (n, 3, 6, 6): means of squares. */
function squares(graph: OnnxGraph, images: string): string {
  return graph.node('AveragePool', [images], { attributes: { kernel_shape: [4, 4], strides: [4, 4] } });
}

/** Encoders that take and give what people's do, and how their pictures are prepared. */
const ENCODERS: Readonly<Record<string, { readonly config: object; readonly model: () => Uint8Array }>> = {
  vectors: {
    config: {
      image_processor_type: 'CLIPImageProcessor',
      size: { shortest_edge: 28 },
      crop_size: { height: SIDE, width: SIDE },
      do_center_crop: true,
      resample: 3,
    },
    model() {
      const graph = createOnnxGraph('encoder');
      const images = graph.input('pixel_values', 'float32', ['n', 3, SIDE, SIDE]);
      graph.output('vectors', graph.reshape(squares(graph, images), [-1, PARTS]), 'float32', ['n', PARTS]);
      return graph.encode();
    },
  },
  tokens: {
    config: {
      size: { height: SIDE, width: SIDE },
      resample: 1,
      image_mean: [0.5, 0.5, 0.5],
      image_std: [0.5, 0.5, 0.5],
    },
    model() {
      const graph = createOnnxGraph('encoder');
      const images = graph.input('pixel_values', 'float32', ['n', 3, SIDE, SIDE]);
      const first = graph.reshape(squares(graph, images), [-1, 1, PARTS]);
      const second = graph.node('Neg', [first]);
      const tokens = graph.node('Concat', [first, second], { attributes: { axis: 1 } });
      graph.output('last_hidden_state', tokens, 'float32', ['n', 2, PARTS]);
      return graph.encode();
    },
  },
  // Bytes, the channels last, four images at once, and maps.
  maps: {
    config: { kindred_fit: 'whole', size: { height: SIDE, width: SIDE }, resample: 2 },
    model() {
      const graph = createOnnxGraph('encoder');
      const bytes = graph.input('image', 'uint8', [4, SIDE, SIDE, 3]);
      const random = createRandom(5, 'weights');
      const weights = Float32Array.from({ length: 32 * 3 * 9 }, () => random.normal() / 255);
      const floats = graph.node('Cast', [bytes], { attributes: { to: 1 } });
      const images = graph.node('Transpose', [floats], { attributes: { perm: [0, 3, 1, 2] } });
      const filtered = graph.node('Conv', [images, graph.constant(weights, [32, 3, 3, 3])]);
      graph.output('maps', graph.node('Tanh', [filtered]), 'float32', [4, 32, SIDE - 2, SIDE - 2]);
      return graph.encode();
    },
  },
};

/** Colours that run into each other, of a hue and a direction; `noise` is what makes kinds overlap. */
function photograph(seed: number, kind: number, [height, width]: readonly [number, number], noise = 160) {
  const random = createRandom(seed, 'photograph');
  const [across, down, phase] = [random.uniform() + 0.5, random.uniform() + 0.5, random.uniform() * 2];
  const lift = [0, 1, 2].map((channel) => (channel === kind % 3 ? 45 : 0) + noise * (random.uniform() - 0.5));
  const data = new Uint8ClampedArray(height * width * 3);
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const slope = kind < 3 ? (across * column) / width : (down * row) / height;
      const wave = 55 * Math.sin(6 * slope + phase);
      for (let channel = 0; channel < 3; channel++) {
        data[at++] = 105 + wave + lift[channel] + 12 * (random.uniform() - 0.5);
      }
    }
  }
  return sharp(Buffer.from(data.buffer), { raw: { height, width, channels: 3 } });
}

/** Pictures to try, by their files' names. */
const PICTURES: Readonly<Record<string, () => Promise<Buffer>>> = {
  'plain.png': () => photograph(901, 0, [40, 60]).png().toBuffer(),
  'tall.png': () => photograph(902, 1, [90, 31]).png().toBuffer(),
  'small.png': () => photograph(903, 2, [7, 5]).png().toBuffer(),
  'line.png': () => photograph(904, 3, [1, 64]).png().toBuffer(),
  'grey.png': () => photograph(905, 4, [50, 50]).greyscale().png().toBuffer(),
  'palette.png': () => photograph(906, 0, [50, 70]).png({ palette: true, colours: 16 }).toBuffer(),
  'photo.jpg': () => photograph(907, 1, [120, 180]).jpeg({ quality: 92 }).toBuffer(),
  'progressive.jpg': () => photograph(908, 2, [150, 100]).jpeg({ progressive: true, quality: 92 }).toBuffer(),
  'large.jpg': () => photograph(909, 3, [900, 1300]).jpeg({ quality: 92 }).toBuffer(),
  'turned.jpg': () =>
    photograph(910, 5, [80, 140]).withMetadata({ orientation: 6 }).jpeg({ quality: 92 }).toBuffer(),
  'grey.jpg': () => photograph(911, 0, [64, 64]).greyscale().jpeg({ quality: 92 }).toBuffer(),
  'wide-gamut.jpg': () => photograph(912, 1, [60, 80]).withIccProfile('p3').jpeg({ quality: 95 }).toBuffer(),
  'photo.webp': () => photograph(913, 4, [100, 80]).webp({ lossless: true }).toBuffer(),
  'photo.gif': () => photograph(914, 5, [60, 60]).gif().toBuffer(),
  'cut-out.png': async () => {
    const { data } = await photograph(915, 2, [64, 64]).raw().toBuffer({ resolveWithObject: true });
    const pixels = Buffer.alloc(64 * 64 * 4);
    for (let at = 0; at < 64 * 64; at++) {
      data.copy(pixels, at * 4, at * 3, at * 3 + 3);
      pixels[at * 4 + 3] = Math.hypot((at & 63) - 32, (at >> 6) - 32) < 24 ? 255 : (at * 7) & 127;
    }
    return sharp(pixels, { raw: { height: 64, width: 64, channels: 4 } })
      .png()
      .toBuffer();
  },
  // What a browser does not read.
  'plain.ppm': async () => {
    const { data } = await photograph(917, 4, [30, 44]).raw().toBuffer({ resolveWithObject: true });
    return Buffer.concat([Buffer.from('P6\n44 30\n255\n'), data]);
  },
  'photo.tiff': () => photograph(918, 5, [52, 40]).tiff().toBuffer(),
  // Shown darker by whoever heeds it; what reads a pile does not.
  'gamma.png': async () => withGamma(await photograph(916, 3, [48, 48]).png().toBuffer()),
};

/** With the chunk gAMA of 1/1 in front of the others. */
function withGamma(png: Buffer): Buffer {
  const chunk = Buffer.from('0000000467414d41000186a031e8965f', 'hex');
  return Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]);
}

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
    for (const file of ['large.jpg', 'cut-out.png', 'photo.webp']) {
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
