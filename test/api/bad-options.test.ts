// What a program may give by mistake: each is refused before anything is read, drawn or written, in a sentence that names it.
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { open, type Run, train } from '#kindred/api/run.js';
import type { Source } from '#kindred/api/sources.js';
import { InputError } from '#kindred/core/errors.js';
import { listRuns } from '#kindred/run/files/card.js';
import { sharedFolder } from '../support/folders.js';
import { firstDigits } from '../support/mnist.js';
import { refusal } from '../support/refusal.js';

const COUNT = 200;
const SHAPE = [COUNT, 28, 28];
const { pixels } = firstDigits('train', COUNT);
const logDir = join(sharedFolder(), 'runs');
const nowhere = join(sharedFolder(), 'nowhere');

async function refused(work: Promise<unknown>): Promise<InputError> {
  const error: unknown = await work.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(InputError);
  expect((error as InputError).message).toMatch(/^[^\n]+[.?]$/);
  return error as InputError;
}

describe('train refuses', () => {
  const options: [unknown, string | null, string][] = [
    [{ numCluster: 4 }, null, 'numCluster is no option of train. Did you mean numClusters?'],
    [{ training: { step: 1 } }, null, 'training.step is no option of train. Did you mean steps?'],
    [{ toString: 1 }, null, 'toString is no option of train.'],
    [{ 'num-clusters': 4 }, null, 'Did you mean numClusters?'],
    [{ numClusters: Number.NaN }, 'numClusters', 'numClusters is NaN. Choose a whole number from 2 to'],
    [{ numClusters: 3.5 }, 'numClusters', 'numClusters is 3.5.'],
    [{ numClusters: 4n }, 'numClusters', 'numClusters is 4n.'],
    [{ numClusters: 'auto' }, 'numClusters', "numClusters is 'auto'."],
    [{ seed: -1 }, 'seed', 'seed is -1. Choose a whole number from 0 to 4,294,967,295.'],
    [{ seed: null }, 'seed', 'seed is null.'],
    [{ seed: 1e12 }, 'seed', 'seed is 1000000000000.'],
    [{ threads: 0 }, 'threads', 'threads is 0. Choose a whole number from 1 to 256.'],
    [{ threads: Number.POSITIVE_INFINITY }, 'threads', 'threads is Infinity.'],
    [{ quality: 'fats' }, 'quality', "quality is 'fats'. Choose fast, default or best."],
    [{ method: 'umap' }, 'method', "method is 'umap'. Choose kin, autoencoder or kmeans."],
    [{ size: -3 }, 'size', 'size is -3. Choose a whole number from 4 to 1,024.'],
    [{ color: 'blue' }, 'color', 'Choose auto, gray or rgb.'],
    [{ limits: { pixels: '64' } }, 'limits.pixels', "limits.pixels is '64'."],
    [{ limits: { exclude: '*.png' } }, 'limits.exclude', 'Choose texts in an array.'],
    [{ limits: null }, null, 'The limits are null: give an object, or leave them out.'],
    [
      { network: { hidden: '500,500' } },
      'hidden',
      'Choose up to 16 whole numbers from 1 to 16,384 in an array.',
    ],
    [{ training: { learningRate: Number.NaN } }, 'learningRate', 'Choose a number above 0, at most 100.'],
    [{ tag: 7 }, 'tag', 'tag is 7. Choose a text.'],
    [{ resume: 'yes' }, 'resume', "resume is 'yes'. Choose true or false."],
    [{ signal: new AbortController() }, 'signal', 'Choose the signal of an AbortController.'],
    [{ onProgress: console }, 'onProgress', 'Choose a function.'],
    [null, null, 'The options of train are null: give an object, or leave them out.'],
    ['fast', null, "The options of train are 'fast'"],
  ];
  it.each(options)('the options %o', async (given, name, sentence) => {
    const asked = typeof given === 'object' && given !== null ? { logDir: nowhere, ...given } : given;
    const error = await refused(train({ pixels, shape: SHAPE }, asked as object));
    expect(error.message).toContain(sentence);
    expect(error.option).toBe(name);
    expect(existsSync(nowhere)).toBe(false);
  });

  it('options before it looks at vectors', async () => {
    const vectors = { vectors: new Float32Array(3), shape: [2, 5] };
    expect((await refused(train(vectors, { seed: -1 }))).option).toBe('seed');
    expect((await refused(train(vectors, { method: 'kmeans' }))).option).toBe('features');
  });

  const sources: [string, unknown, string][] = [
    ['nothing', undefined, 'A source without pixels or vectors is undefined'],
    ['null', null, 'is null'],
    ['no source at all', [], 'The list of sources is empty'],
    ['a URL', pathToFileURL('/pile'), 'fileURLToPath'],
    ['a list in a list', [['pile']], 'A source without pixels or vectors'],
    ['a generator', (function* () {})(), 'A source without pixels or vectors'],
    ['pixels bare', pixels, 'A source without pixels or vectors'],
    ['pixels 0 … 1', { pixels: new Float32Array(pixels.length), shape: SHAPE }, 'Uint8Array'],
    ['pixels of 16 bits', { pixels: new Uint16Array(pixels), shape: SHAPE }, 'The pixels are Uint16Array'],
    ['pixels of 64 bits', { pixels: new BigInt64Array(4), shape: [1, 2, 2] }, 'The pixels are BigInt64Array'],
    ['pixels in an array', { pixels: [1, 2, 3, 4], shape: [1, 2, 2] }, 'Uint8Array'],
    ['a bare buffer', { pixels: new ArrayBuffer(4), shape: [1, 2, 2] }, 'Uint8Array'],
    ['no shape', { pixels }, 'have the shape undefined'],
    ['a shape in words', { pixels, shape: '200x28x28' }, "have the shape '200x28x28'"],
    ['a negative shape', { pixels, shape: [-COUNT, -28, 28] }, 'have the shape [ -200, -28, 28 ]'],
    [
      'half an image',
      { pixels: new Uint8Array(1568), shape: [0.5, 56, 56] },
      'have the shape [ 0.5, 56, 56 ]',
    ],
    ['no images', { pixels: new Uint8Array(0), shape: [0, 28, 28] }, 'have the shape [ 0, 28, 28 ]'],
    ['four channels', { pixels: new Uint8Array(16), shape: [1, 2, 2, 4] }, '1 or 3'],
    ['vectors of 64 bits', { vectors: new Float64Array(10), shape: [2, 5] }, 'give a Float32Array'],
    ['vectors in an array', { vectors: [1, 2, 3, 4], shape: [2, 2] }, 'give a Float32Array'],
    ['vectors without rows', { vectors: new Float32Array(0), shape: [0, 5] }, 'have the shape [ 0, 5 ]'],
  ];
  it.each(sources)('%s', async (_, source, sentence) => {
    const error = await refused(train(source as Source, { logDir: nowhere }));
    expect(error.message).toContain(sentence);
    expect(existsSync(nowhere)).toBe(false);
  });
});

describe('a run', () => {
  let run: Run;
  // A view into a larger buffer that threads share, clamped, in frozen records.
  const shared = new Uint8ClampedArray(new SharedArrayBuffer(pixels.length + 9), 9);
  shared.set(pixels);
  const array = Object.freeze({ pixels: shared as unknown as Uint8Array, shape: Object.freeze([...SHAPE]) });

  it('is made of any view of bytes, and leaves what it was given as it is', async () => {
    const options = Object.freeze({
      logDir,
      tag: 'ü #1 %20',
      quality: 'fast',
      threads: 2,
      limits: Object.freeze({}),
    });
    run = await train(array, options);
    expect(run.card.data.count).toBe(COUNT);
    expect(Buffer.compare(Buffer.from(shared), Buffer.from(pixels))).toBe(0);
  });

  const calls: [string, (run: Run) => Promise<unknown>, string][] = [
    ['predict', (run) => run.predict(array, { thread: 1 } as object).next(), 'Did you mean threads?'],
    ['predict', (run) => run.predict(array, { threads: -1 }).next(), 'threads is -1.'],
    ['predict', (run) => run.predict([]).next(), 'The list of sources is empty'],
    ['evaluate', (run) => run.evaluate([]), 'The list of sources is empty'],
    ['evaluate', (run) => run.evaluate(array as unknown as string), 'A source is'],
    [
      'evaluate',
      (run) => run.evaluate(undefined, { labelsFrom: 'folder' as 'folders' }),
      'Choose source or folders.',
    ],
    ['refine', (run) => run.refine({ qualty: 'best' } as object), 'Did you mean quality?'],
    ['grow', (run) => run.grow(array, { tg: 'more' } as object), 'Did you mean tag?'],
    ['grow', (run) => run.grow(array, { threads: 0.5 }), 'threads is 0.5.'],
    ['export', (run) => run.export('yolo' as 'csv'), "format is 'yolo'. Choose onnx, csv,"],
    ['export', (run) => run.export('toString' as 'csv'), "format is 'toString'."],
    ['export', (run) => run.export(undefined as unknown as 'csv'), "format is 'undefined'."],
    ['export', (run) => run.export('csv', { overwite: true } as object), 'Did you mean overwrite?'],
    ['export', (run) => run.export('csv', { out: new URL('file:///x') as unknown as string }), 'out is URL'],
  ];
  it.each(calls)('refuses %s %s', async (_, call, sentence) => {
    expect((await refused(call(run))).message).toContain(sentence);
  });

  it('goes on with its own sources and choices alone', async () => {
    const again = { logDir, tag: run.card.tag, resume: true };
    const other = { pixels: pixels.map((value) => 255 - value), shape: SHAPE };
    const files = listRuns(logDir).length;
    expect((await refused(train(other, again))).message).toContain(
      "resume goes on with the run's own images",
    );
    expect((await refused(train('elsewhere', again))).message).toContain('Leave elsewhere out');
    expect(await refused(train(array, { ...again, seed: 5 }))).toMatchObject({ option: 'seed' });
    expect(await refused(train(array, { ...again, quality: 'best' }))).toMatchObject({ option: 'quality' });
    expect(await refused(train(array, { ...again, size: 14 }))).toMatchObject({ option: 'size' });
    expect((await refused(train(array, { ...again, seed: 0, quality: 'fast' }))).message).toContain(
      'is finished',
    );
    expect(listRuns(logDir)).toHaveLength(files);
  });

  it('is named by its path, wherever the process stands afterwards', async () => {
    const opened = await open(relative(process.cwd(), run.folder));
    expect(opened.folder).toBe(run.folder);
    const url = pathToFileURL(run.folder) as unknown as string;
    expect((await refused(open(url))).message).toContain('fileURLToPath');
    expect((await refused(open(undefined as unknown as string))).message).toContain('is undefined, no path');
    expect(refusal(() => listRuns(pathToFileURL(logDir) as unknown as string))).toContain('fileURLToPath');
  });
});
