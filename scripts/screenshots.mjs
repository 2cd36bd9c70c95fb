// Pictures of every view of the studio, to be looked at: at a desk's and a phone's width, light and dark.
//
// npm run screenshots -- RUN OUT [--hints] [--only VIEW,…]
//
// RUN is the folder of a finished run of the bundled MNIST; it is copied, and stays as it is. --hints: as on the first visit.
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { openStudio } from '../dist/studio/server/studio.js';

const CHROMIUM = process.env.KINDRED_CHROMIUM ?? '/usr/bin/chromium';
const SIZES = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
];
const SCHEMES = ['light', 'dark'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { hints: { type: 'boolean', default: false }, only: { type: 'string' } },
});
const [run, out] = positionals;
if (out === undefined) {
  console.error('node scripts/screenshots.mjs RUN OUT [--hints] [--only VIEW,…]');
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'kindred-screenshots-'));
const logDir = join(folder, 'runs');
const TAG = 'mnist';
/** Every scene is an address, what is waited for, and what is done then. */
const SCENES = {
  live: { path: '/live/live', ready: '.reconstructions' },
  runs: { path: '/runs', ready: '.runs .strip' },
  'runs-compared': { path: `/runs?a=${TAG}&b=small`, ready: '.confusion' },
  map: { path: `/map/${TAG}`, ready: '.stage', act: mapDrawn },
  'map-image': { path: `/map/${TAG}?image=11&at=0.5,0.5,1`, ready: '.neighbours', act: zoomToOpened },
  kinds: { path: `/kinds/${TAG}`, ready: '.kind-card' },
  kind: { path: `/kinds/${TAG}?kind=2&order=doubtful`, ready: '.wall-cell' },
  split: { path: `/kinds/${TAG}`, ready: '.kind-card', act: split },
  review: { path: `/review/${TAG}`, ready: '.question .picture' },
  try: { path: `/try/${TAG}`, ready: '.try-answer[aria-busy=false]', act: drawSeven },
  apply: { path: `/apply/${TAG}`, ready: '.exports' },
  keys: { path: `/map/${TAG}`, ready: '.stage', act: (page) => page.keyboard.press('?') },
};
const wanted = values.only?.split(',') ?? Object.keys(SCENES);

cpSync(run, join(logDir, TAG), { recursive: true });
mkdirSync(out, { recursive: true });
const studio = await openStudio({
  logDir,
  host: '127.0.0.1',
  port: 0,
  threads: 2,
  onFault: (error) => console.error(error),
});
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
try {
  await prepare();
  const windows = [];
  for (const size of SIZES) for (const scheme of SCHEMES) windows.push(await openWindow(size, scheme));
  for (const name of wanted) {
    for (const window of windows) await take(window, name);
    // What is trained takes the time of all that comes after.
    if (name === 'live') await ask('/jobs/live/stop', {});
  }
} finally {
  await browser.close();
  await studio.close();
  rmSync(folder, { recursive: true, force: true });
}

/** A second run to compare with, a training to watch, and some edits. */
async function prepare() {
  const wish = {
    sources: [],
    quality: 'fast',
    encoder: 'auto',
    numClusters: null,
    seed: 0,
    steps: null,
    convolution: false,
  };
  await review(12);
  if (wanted.includes('runs') || wanted.includes('runs-compared')) {
    await ask('/jobs', { ...wish, method: 'kmeans', tag: 'small' });
    await until('small', ({ state }) => state === 'finished');
  }
  if (wanted.includes('live')) {
    await ask('/jobs', { ...wish, method: 'autoencoder', tag: 'live', steps: 40_000 });
    await until('live', ({ reconstructions, curves }) => reconstructions > 0 && curves[0]?.points.length > 4);
  }
}

/** Names the kinds and answers questions as somebody would who agrees with the run. */
async function review(answers) {
  const { kinds } = await ask(`/runs/${TAG}/review`);
  for (const { kind, name } of kinds) await ask(`/runs/${TAG}/edits`, { do: 'name', kind, name });
  for (const { about, images, was, candidates } of await ask(`/runs/${TAG}/questions?count=${answers}`)) {
    const answer = { do: 'answer', about, images, was, is: candidates[0].kind };
    await ask(`/runs/${TAG}/edits`, answer);
  }
}

async function ask(path, body) {
  const answer = await fetch(`http://127.0.0.1:${studio.port}/api${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${studio.token}`, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  return answer.json();
}

async function until(tag, is) {
  for (;;) {
    const job = (await ask('/jobs')).find((each) => each.tag === tag);
    if (job.state === 'failed') throw new Error(job.notices.at(-1));
    if (is(job)) return;
    await new Promise((later) => setTimeout(later, 300));
  }
}

async function openWindow({ width, height }, scheme) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme });
  const page = await context.newPage();
  page.on('console', (message) => message.type() === 'error' && console.error(message.text()));
  if (!values.hints) {
    const seen = () => {
      for (const view of ['runs', 'live', 'map', 'kinds', 'review', 'try', 'apply']) {
        localStorage.setItem(`kindred-hint-${view}`, 'dismissed');
      }
    };
    await page.addInitScript(seen);
  }
  await page.goto(studio.url);
  return { page, width, scheme };
}

async function take({ page, width, scheme }, name) {
  const { path, ready, act } = SCENES[name];
  await page.goto(`http://127.0.0.1:${studio.port}${path}`);
  await page.locator(ready).first().waitFor({ timeout: 120_000 });
  await act?.(page);
  const isLoaded = () =>
    [...document.images].every(({ complete, loading }) => complete || loading === 'lazy');
  await page.waitForFunction(isLoaded);
  await page.waitForTimeout(600);
  const file = join(out, `${name}-${width}-${scheme}.png`);
  await page.screenshot({ path: file });
  await page.goto('about:blank');
  console.log(file);
}

async function mapDrawn(page) {
  await page.waitForFunction(() => performance.getEntriesByName('map drawn').length > 0, null, {
    timeout: 120_000,
  });
  await page.waitForFunction(() => !/settling/.test(document.querySelector('.map-tools').textContent), null, {
    timeout: 120_000,
  });
}

async function zoomToOpened(page) {
  await mapDrawn(page);
  await page.locator('.neighbour').first().click();
  await page.locator('.stage').focus();
  for (let step = 0; step < 12; step++) await page.keyboard.press('+');
  await page.waitForTimeout(5000);
}

async function split(page) {
  await page.keyboard.press('x');
  await page.locator('.split-parts[aria-busy=false]').waitFor();
}

async function drawSeven(page) {
  const { x, y, width, height } = await page.locator('.pad canvas').boundingBox();
  const at = (right, down) => [x + right * width, y + down * height];
  await page.mouse.move(...at(0.28, 0.25));
  await page.mouse.down();
  await page.mouse.move(...at(0.72, 0.24), { steps: 8 });
  await page.mouse.move(...at(0.45, 0.8), { steps: 8 });
  await page.mouse.up();
  await page.locator('.try-nearest img').first().waitFor();
}
