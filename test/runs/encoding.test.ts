// What is encoded, what was known, and that the bytes are the same either way.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '#kindred/core/random.js';
import { createOnnxGraph } from '#kindred/engine/onnx/onnx.js';
import { readAssignments, readVectors } from '#kindred/run/files/artefacts.js';
import { readRunCard } from '#kindred/run/files/card.js';
import { ended, runKindred, startKindred } from '../support/command-line.js';
import { sharedFolder } from '../support/folders.js';
import { hasPython, runPython } from '../support/peers.js';
import { reproducible } from '../support/runs.js';

const cwd = sharedFolder();
const COLOURS = ['#c02020', '#20c020', '#2020c0'];
const EACH = 14;
const COUNT = COLOURS.length * EACH;
const SIDE = 16;
const TRAIN = ['train', 'pile', '--encoder', 'tiny.onnx', '--num-clusters', '3', '--tag'];

/** float32 (rows, 3, 16, 16) → (rows, 12): each channel's mean in four quarters, times `rounds` convolutions that change nothing. */
function encoder(rows: number | 'n' = 'n', side = SIDE, rounds = 0): Uint8Array {
  const graph = createOnnxGraph('encoder');
  let pixels = graph.input('pixel_values', 'float32', [rows, 3, side, side]);
  const middle = Float32Array.from({ length: 3 * 3 * 9 }, (_, at) => (at % 36 === 4 ? 1 : 0));
  for (let round = 0; round < rounds; round++) {
    pixels = graph.node('Conv', [pixels, graph.constant(middle, [3, 3, 3, 3])], {
      attributes: { pads: [1, 1, 1, 1] },
    });
  }
  const half = side / 2;
  const attributes = { kernel_shape: [half, half], strides: [half, half] };
  const quarters = graph.node('AveragePool', [pixels], { attributes });
  const vectors = graph.node('Reshape', [quarters, graph.integers([rows === 'n' ? -1 : rows, 12])]);
  graph.output('vectors', vectors, 'float32', [rows, 12]);
  return graph.encode();
}

async function picture(path: string, colour: string, seed: number): Promise<void> {
  const random = createRandom(seed, 'dots');
  const dot = { create: { width: 6, height: 6, channels: 3 as const, background: '#d0d0d0' } };
  const input = await sharp(dot).png().toBuffer();
  await sharp({ create: { width: 24, height: 24, channels: 3, background: colour } })
    .composite([{ input, left: random.integer(18), top: random.integer(18) }])
    .png()
    .toFile(path);
}

beforeAll(async () => {
  mkdirSync(join(cwd, 'pile'));
  for (let n = 0; n < COUNT; n++) {
    await picture(join(cwd, 'pile', `${String(n).padStart(3, '0')}.png`), COLOURS[n % 3], n);
  }
  writeFileSync(join(cwd, 'pile', '020-broken.png'), 'no picture');
  writeFileSync(join(cwd, 'tiny.onnx'), encoder());
  writeFileSync(join(cwd, 'eight.onnx'), encoder(8));
  writeFileSync(join(cwd, 'slow.onnx'), encoder('n', 512, 40));
});

/** Runs kindred with the cache `cache`; gives standard output and the number of vectors that were known. */
async function kindred(words: readonly string[], cache: string) {
  const environment = { KINDRED_CACHE: cache === 'off' ? cache : join(cwd, cache) };
  const { code, stderr, stdout } = await runKindred(words, { cwd, environment });
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  const known = /vectors of ([\d,]+) images were known/.exec(stderr)?.[1] ?? '0';
  return { known: Number(known), stdout, stderr };
}

const run = (tag: string) => join(cwd, 'runs', tag);
const bytes = (tag: string) => ({
  ...reproducible(run(tag)),
  vectors: readFileSync(join(run(tag), 'vectors.npy'), 'base64'),
});

describe('a second run on the same pictures', () => {
  it('encodes nothing, says so, and is the same, byte by byte', async () => {
    expect((await kindred([...TRAIN, 'first'], 'cache')).known).toBe(0);
    expect((await kindred([...TRAIN, 'second'], 'cache')).known).toBe(COUNT);
    expect((await kindred([...TRAIN, 'without'], 'off')).known).toBe(0);
    expect(bytes('second')).toEqual(bytes('first'));
    expect(bytes('without')).toEqual(bytes('first'));
  });

  it('is the same on another number of threads', async () => {
    await kindred([...TRAIN, 'alone', '--threads', '1'], 'off');
    expect(bytes('alone').vectors).toEqual(bytes('first').vectors);
  });

  it('finds the pictures under other names, and elsewhere', async () => {
    mkdirSync(join(cwd, 'moved'));
    for (const n of [4, 5, 6, 7]) {
      copyFileSync(join(cwd, 'pile', `00${n}.png`), join(cwd, 'moved', `holiday ${n}.png`));
    }
    const { known, stdout } = await kindred(['predict', 'runs/first', 'moved'], 'cache');
    expect(known).toBe(4);
    const off = await kindred(['predict', 'runs/first', 'moved'], 'off');
    expect([off.known, off.stdout]).toEqual([0, stdout]);
  });

  it('encodes just what is new: changed, turned, and beside what was known', async () => {
    mkdirSync(join(cwd, 'mixed'));
    for (let n = 0; n < 12; n++) {
      const name = `${String(n).padStart(3, '0')}.png`;
      const [from, to] = [join(cwd, 'pile', name), join(cwd, 'mixed', name)];
      if (n % 3 === 0) copyFileSync(from, to);
      // Turned, or drawn anew.
      else if (n % 3 === 1) await sharp(from).rotate(90).png().toFile(to);
      else await picture(to, COLOURS[0], 1000 + n);
    }
    const { known, stdout } = await kindred(['predict', 'runs/first', 'mixed'], 'cache');
    expect(known).toBe(4);
    expect((await kindred(['predict', 'runs/first', 'mixed'], 'off')).stdout).toBe(stdout);
    expect((await kindred(['predict', 'runs/first', 'mixed'], 'cache')).known).toBe(12);
  });

  it('knows nothing of another encoder', async () => {
    const eight = TRAIN.map((word) => word.replace('tiny', 'eight'));
    expect((await kindred([...eight, 'eight'], 'cache')).known).toBe(0);
    expect((await kindred([...eight, 'eight-again'], 'cache')).known).toBe(COUNT);
    // What is exported for eight images gives what one of any number gives.
    expect(bytes('eight').vectors).toEqual(bytes('first').vectors);
  });
});

describe('vectors.npy', () => {
  it('has a row an image, of unit length, in half precision', () => {
    const vectors = readVectors(run('first'));
    expect([vectors?.rows, vectors?.columns]).toEqual([COUNT, 12]);
    expect(readRunCard(run('first')).vectors).toMatchObject({ columns: 12 });
    for (let row = 0; row < COUNT; row++) {
      const values = vectors?.data.subarray(row * 12, (row + 1) * 12) ?? [];
      expect(Math.hypot(...values)).toBeCloseTo(1, 3);
    }
  });

  it.skipIf(!hasPython('numpy', 'PIL'))('is what NumPy reads and computes', () => {
    const { ids } = readAssignments(run('first'));
    const program = `
import json, sys, numpy as np
from PIL import Image
kept = np.load(sys.argv[1]); assert kept.dtype == np.float16, kept.dtype
rows = []
for name in json.loads(sys.argv[3]):
    image = Image.open(sys.argv[2] + '/' + name).convert('RGB').resize((16, 16), Image.BICUBIC)
    pixels = (np.asarray(image, np.float64) / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    quarters = pixels.reshape(2, 8, 2, 8, 3).mean((1, 3)).transpose(2, 0, 1).ravel()
    rows.append(quarters / np.linalg.norm(quarters))
print(np.abs(np.stack(rows) - kept).max())`;
    const off = runPython(program, join(run('first'), 'vectors.npy'), join(cwd, 'pile'), JSON.stringify(ids));
    expect(Number(off)).toBeLessThan(0.02);
  });
});

describe('a run that is broken off while it encodes', () => {
  it('ends within two seconds, and what it had encoded is known', async () => {
    const words = ['train', 'pile', '--encoder', 'slow.onnx', '--num-clusters', '3', '--tag', 'slow'];
    const environment = { KINDRED_CACHE: join(cwd, 'slow-cache') };
    const child = startKindred(words, { cwd, environment });
    let stderr = '';
    child.stderr?.on('data', (text: string) => {
      stderr += text;
    });
    const end = ended(child);
    while (child.exitCode === null && !stderr.includes('encode: ')) await delay(5);
    await delay(3000);
    const asked = performance.now();
    child.kill('SIGINT');
    const { code } = await end;
    expect([code, performance.now() - asked < 2000]).toEqual([130, true]);
    const { known } = await kindred(words, 'slow-cache');
    expect(known).toBeGreaterThan(0);
    expect(known).toBeLessThan(COUNT);
  });
});

it('a cache that cannot be written costs a line and nothing else', async () => {
  writeFileSync(join(cwd, 'a-file'), '');
  const { stderr } = await kindred([...TRAIN, 'nowhere'], 'a-file');
  expect(stderr).toMatch(
    /vectors could not be kept in .*a-file.* for another time \(it is not a directory\)/,
  );
  expect(bytes('nowhere')).toEqual(bytes('first'));
  rmSync(join(cwd, 'a-file'));
});
