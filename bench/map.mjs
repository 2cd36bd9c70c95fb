// The studio's map under software WebGL (Chromium without a screen, SwiftShader): 70,000 images of MNIST laid out by
// kindred, 1,000,000 synthetic ones, and beside TensorBoard's projector as many as that shows of 150,000, and ten times as many.
// Time from opening the page until the first and until all points are drawn, frames a second while a pointer drags the map
// (intervals between animation frames), and memory of the page's script, its process and the one that draws.
//
// npm run bench -- map [--rounds 3] [--record], with tensorboard from PyPI: PEER_PYTHON=… names its Python.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { createRandom } from '../dist/core/random.js';
import { mapOf } from '../dist/review/map.js';
import { serveProjector } from './map-projector.mjs';
import { serveMap } from './map-server.mjs';
import { median, table } from './measure.mjs';
import { hasPeer } from './peer.mjs';
import { recordTable } from './results.mjs';
import { codesOf, openMnist, wholeNumber } from './training.mjs';

const SYNTHETIC = 1_000_000;
/** More than the projector shows: its limit is found by trying. */
const OFFERED = 150_000;
const DRAG_SECONDS = 5;
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--no-sandbox'];

export async function run(words) {
  const options = { record: { type: 'boolean', default: false }, rounds: { type: 'string', default: '3' } };
  const { values } = parseArgs({ args: words, options });
  const rounds = wholeNumber('rounds', values.rounds);
  if (!hasPeer(['tensorboard'], { name: 'TensorBoard', packages: 'tensorboard', isFromPyPI: true })) return;
  const real = await layoutOfMnist();
  const most = await shownByProjector(scattered(real, OFFERED));
  const sizes = [...new Set([most, SYNTHETIC, 10 * most])].map((count) => scattered(real, count));
  const contestants = [
    ["TensorBoard's projector", sizes[0], measureProjector],
    ...[...sizes, real].map((layout) => ['kindred', layout, measureOurs]),
  ];
  const results = contestants.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [at, [, layout, measure]] of contestants.entries()) results[at].push(await measure(layout));
  }
  const middle = (runs, name) => median(runs.map((one) => one[name]));
  const rows = contestants.map(([who, layout], at) => {
    const runs = results[at];
    return [
      (layout.length / 2).toLocaleString('en'),
      who,
      (middle(runs, 'firstMilliseconds') / 1000).toFixed(1),
      (middle(runs, 'wholeMilliseconds') / 1000).toFixed(1),
      middle(runs, 'framesASecond').toFixed(1),
      middle(runs, 'slowestMilliseconds').toFixed(0),
      ...['heapBytes', 'pageBytes', 'drawingBytes'].map((name) => Math.round(middle(runs, name) / 2 ** 20)),
    ];
  });
  const head = [
    'points',
    'who',
    'first points, s',
    'all points, s',
    'frames a second',
    '1 in 20 frames over, ms',
    'script’s heap, MiB',
    'page, MiB',
    'drawing, MiB',
  ];
  const frames = (at) => middle(results[at], 'framesASecond');
  console.log(`${table(head, rows)}\n`);
  const tenfold = contestants.findIndex(([, layout]) => layout.length / 2 === 10 * most);
  console.log(`ratio projector ${(frames(1) / frames(0)).toFixed(2)}`);
  console.log(`ratio projector-tenfold ${(frames(tenfold) / frames(0)).toFixed(2)}`);
  const note =
    `Medians of ${rounds}, in Chromium without a screen and without a GPU (SwiftShader), 1280 × 800. Of ` +
    `${OFFERED.toLocaleString('en')} rows the projector shows the first ${most.toLocaleString('en')}. 70,000 are MNIST, ` +
    'the others scattered around its places.';
  if (values.record) await recordTable('map', { head, rows, note });
}

/** Training and test images together. */
async function layoutOfMnist() {
  const { train, test } = await openMnist();
  const data = Buffer.concat([train.data, test.data]);
  const all = { ...train, data, count: train.count + test.count, ids: [...train.ids, ...test.ids] };
  const { data: layout } = await mapOf(await codesOf(all, 2), { seed: 1, threads: 2 });
  return layout;
}

/** `count` points around those of a layout. */
function scattered(layout, count) {
  const random = createRandom(1, 'map');
  return Float32Array.from(
    { length: 2 * count },
    (_, at) => layout[at % layout.length] + random.normal() * 0.1,
  );
}

/** Ten kinds: sectors around the middle, for the colours. */
function sectors(layout) {
  return Int32Array.from({ length: layout.length / 2 }, (_, image) => {
    const turn = Math.atan2(layout[2 * image], layout[2 * image + 1]) / (2 * Math.PI) + 0.5;
    return Math.min(Math.floor(turn * 10), 9);
  });
}

async function measureOurs(layout) {
  const { url, close } = await serveMap({ layout, kind: sectors(layout) });
  const drawn = (name) => performance.getEntriesByName(name)[0]?.startTime;
  try {
    return await inBrowser(async (page) => {
      await page.goto(url);
      const time = async (name) =>
        (await page.waitForFunction(drawn, name, { timeout: 120_000 })).jsonValue();
      const [first, whole] = [await time('map begun'), await time('map drawn')];
      const stage = await page.locator('.stage').boundingBox();
      return { firstMilliseconds: first, wholeMilliseconds: whole, stage };
    });
  } finally {
    close();
  }
}

/** How many of these points the projector shows. */
function shownByProjector(layout) {
  return withProjector(layout, (url) => withPage((page) => openProjector(page, url)));
}

function measureProjector(layout) {
  return withProjector(layout, (url) =>
    inBrowser(async (page) => {
      await openProjector(page, url);
      const milliseconds = await page.evaluate(() => performance.now());
      await page.waitForTimeout(5000);
      // Flat, as the data are; there it is the right button that moves.
      await page.locator('#z-checkbox').click();
      const stage = await page.locator('canvas').first().boundingBox();
      return { firstMilliseconds: milliseconds, wholeMilliseconds: milliseconds, stage, button: 'right' };
    }),
  );
}

async function openProjector(page, url) {
  await page.goto(url);
  const shown = page.getByText(/Points: [1-9]/).first();
  await shown.waitFor({ timeout: 240_000 });
  return Number(/\d+/.exec(await shown.textContent())[0]);
}

async function withProjector(layout, visit) {
  const { url, close } = await serveProjector(layout);
  try {
    return await visit(url);
  } finally {
    close();
  }
}

/** Opens a page, then drags where it says the map is. */
function inBrowser(open) {
  return withPage(async (page) => {
    const { stage, button = 'left', ...opened } = await open(page);
    await page.waitForTimeout(2000);
    const intervals = await drag(page, stage, button);
    const slow = intervals.toSorted((a, b) => a - b)[Math.floor(intervals.length * 0.95)];
    const total = intervals.reduce((sum, each) => sum + each, 0);
    const framesASecond = (1000 * intervals.length) / total;
    return { ...opened, ...(await memoryOf(page)), framesASecond, slowestMilliseconds: slow };
  });
}

async function withPage(visit) {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  try {
    return await visit(await browser.newPage({ viewport: { width: 1280, height: 800 } }));
  } finally {
    await browser.close();
  }
}

/** Milliseconds between animation frames while a pointer drags in loops. */
async function drag(page, { x, y, width, height }, button) {
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down({ button });
  await page.evaluate(() => {
    window.frames_ = [];
    const note = (time) => {
      window.frames_.push(time);
      requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
  });
  const end = performance.now() + DRAG_SECONDS * 1000;
  for (let move = 0; performance.now() < end; move++) {
    const [right, down] = [Math.sin(move / 25) * width * 0.4, Math.sin(move / 40) * height * 0.4];
    await page.mouse.move(x + width / 2 + right, y + height / 2 + down);
  }
  const times = await page.evaluate(() => window.frames_);
  await page.mouse.up({ button });
  return times.slice(1).map((time, at) => time - times[at]);
}

async function memoryOf(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  const heapBytes = metrics.find(({ name }) => name === 'JSHeapUsedSize').value;
  const whole = await page.context().browser().newBrowserCDPSession();
  const { processInfo } = await whole.send('SystemInfo.getProcessInfo');
  const resident = (type) =>
    Math.max(...processInfo.filter((each) => each.type === type).map(({ id }) => residentBytes(id)));
  return { heapBytes, pageBytes: resident('renderer'), drawingBytes: resident('GPU') };
}

function residentBytes(process) {
  const status = readFileSync(`/proc/${process}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}
