// The studio's map under software WebGL (Chromium without a screen, SwiftShader): 70,000 images of MNIST laid out by
// kindred, 1,000,000 synthetic ones, and beside TensorBoard's projector 100,000, the most that it takes. Time from opening
// the page until all points are drawn, frames a second while a pointer drags the map (intervals between animation frames),
// and memory of the page's script, its process and the one that draws.
//
// npm run bench -- map [--record], with tensorboard from PyPI: PEER_PYTHON=… names its Python.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { createRandom } from '../dist/core/random.js';
import { imageFeatures } from '../dist/features/features.js';
import { fuzzyGraph } from '../dist/graph/fuzzy-weights.js';
import { layoutGraph } from '../dist/graph/layout.js';
import { nearestNeighbours } from '../dist/graph/nearest-neighbours.js';
import { serveMap } from './map-server.mjs';
import { median, table } from './measure.mjs';
import { hasPeer, PEER_PYTHON } from './peer.mjs';
import { recordTable } from './results.mjs';
import { CONTEXT, openMnist } from './training.mjs';

const REAL = 70_000;
const SYNTHETIC = 1_000_000;
/** The projector's own limit. */
const PEER_MOST = 100_000;
const DRAG_SECONDS = 5;
const ROUNDS = 3;
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--no-sandbox'];

export async function run(words) {
  const { values } = parseArgs({ args: words, options: { record: { type: 'boolean', default: false } } });
  if (!hasPeer(['tensorboard'], { name: 'TensorBoard', packages: 'tensorboard', isFromPyPI: true })) return;
  const real = await layoutOfMnist();
  const contestants = [
    ['kindred', REAL, () => measureOurs(real)],
    ['kindred', PEER_MOST, () => measureOurs(scattered(real, PEER_MOST))],
    ['kindred', SYNTHETIC, () => measureOurs(scattered(real, SYNTHETIC))],
    ["TensorBoard's projector", PEER_MOST, () => measureProjector(scattered(real, PEER_MOST))],
  ];
  const results = contestants.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [at, [, , measure]] of contestants.entries()) results[at].push(await measure());
  }
  const middle = (runs, name) => median(runs.map((one) => one[name]));
  const rows = contestants.map(([who, points], at) => {
    const runs = results[at];
    return [
      points.toLocaleString('en'),
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
    'script, MiB',
    'page, MiB',
    'drawing, MiB',
  ];
  const frames = (at) => middle(results[at], 'framesASecond');
  console.log(`${table(head, rows)}\n`);
  console.log(`ratio projector ${(frames(1) / frames(3)).toFixed(2)}`);
  console.log(`ratio projector-tenfold ${(frames(2) / frames(3)).toFixed(2)}`);
  if (values.record) await recordTable('map', { head, rows });
}

/** Training and test images together. */
async function layoutOfMnist() {
  const { train, test } = await openMnist();
  const data = Buffer.concat([train.data, test.data]);
  const all = { ...train, data, count: train.count + test.count, ids: [...train.ids, ...test.ids] };
  const { views } = await imageFeatures(all, { ...CONTEXT, threads: 2 });
  const graph = fuzzyGraph(await nearestNeighbours(views[0].features, { k: 15, threads: 2 }));
  const { data: layout } = await layoutGraph(graph, { seed: 1, threads: 2 });
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

async function measureProjector(layout) {
  const folder = mkdtempSync(join(tmpdir(), 'kindred-projector-'));
  const lines = Array.from(
    { length: layout.length / 2 },
    (_, at) => `${layout[2 * at]}\t${layout[2 * at + 1]}\t0`,
  );
  writeFileSync(join(folder, 'tensors.tsv'), `${lines.join('\n')}\n`);
  const config = 'embeddings {\n  tensor_name: "map"\n  tensor_path: "tensors.tsv"\n}\n';
  writeFileSync(join(folder, 'projector_config.pbtxt'), config);
  const port = await freePort();
  const words = ['-m', 'tensorboard.main', '--logdir', folder, '--port', `${port}`, '--host', '127.0.0.1'];
  const server = spawn(PEER_PYTHON, words, { stdio: 'ignore' });
  try {
    const origin = `http://127.0.0.1:${port}`;
    await answers(origin);
    return await inBrowser(async (page) => {
      await page.goto(`${origin}/data/plugin/projector/projector_binary.html`);
      await page.getByText(`Points: ${layout.length / 2}`).waitFor({ timeout: 240_000 });
      const milliseconds = await page.evaluate(() => performance.now());
      await page.waitForTimeout(5000);
      // Flat, as the data are; there it is the right button that moves.
      await page.locator('#z-checkbox').click();
      const stage = await page.locator('canvas').first().boundingBox();
      return { firstMilliseconds: milliseconds, wholeMilliseconds: milliseconds, stage, button: 'right' };
    });
  } finally {
    server.kill();
    rmSync(folder, { recursive: true });
  }
}

/** Opens a page, then drags where it says the map is. */
async function inBrowser(open) {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const { stage, button = 'left', ...opened } = await open(page);
    await page.waitForTimeout(2000);
    const intervals = await drag(page, stage, button);
    const slow = intervals.toSorted((a, b) => a - b)[Math.floor(intervals.length * 0.95)];
    const total = intervals.reduce((sum, each) => sum + each, 0);
    const memory = await memoryOf(browser, page);
    return {
      ...opened,
      ...memory,
      framesASecond: (1000 * intervals.length) / total,
      slowestMilliseconds: slow,
    };
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

async function memoryOf(browser, page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  const heapBytes = metrics.find(({ name }) => name === 'JSHeapUsedSize').value;
  const whole = await browser.newBrowserCDPSession();
  const { processInfo } = await whole.send('SystemInfo.getProcessInfo');
  const resident = (type) =>
    Math.max(...processInfo.filter((each) => each.type === type).map(({ id }) => residentBytes(id)));
  return { heapBytes, pageBytes: resident('renderer'), drawingBytes: resident('GPU') };
}

function residentBytes(process) {
  const status = readFileSync(`/proc/${process}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}

async function freePort() {
  const server = createServer();
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

async function answers(origin) {
  for (let attempt = 0; attempt < 120; attempt++) {
    const isUp = await fetch(origin).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return;
    await new Promise((later) => setTimeout(later, 500));
  }
  throw new Error('TensorBoard did not start within a minute.');
}
