// The same images in every format have the same kinds.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import sharp from 'sharp';
import { beforeAll, expect, it } from 'vitest';
import { parseCsv } from '#kindred/run/files/csv.js';
import { encodeNpy, encodeTar, encodeZip } from '../support/archives.js';
import { runKindred } from '../support/command-line.js';
import { sharedFolder } from '../support/folders.js';
import { encodeDigits, firstDigits } from '../support/mnist.js';
import { trained } from '../support/runs.js';

const COUNT = 400;
const cwd = sharedFolder();
const digits = firstDigits('t10k', COUNT);

beforeAll(async () => {
  const files: Record<string, Buffer> = {};
  for (let image = 0; image < COUNT; image++) {
    const pixels = digits.pixels.slice(image * 784, (image + 1) * 784);
    files[`${String(image).padStart(4, '0')}.png`] = await sharp(pixels, {
      raw: { width: 28, height: 28, channels: 1 },
    })
      .png()
      .toBuffer();
  }
  mkdirSync(join(cwd, 'folder'));
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(cwd, 'folder', name), bytes);
  const entries = Object.entries(files).map(([name, bytes]) => ({ name, bytes }));
  const array = encodeNpy("'|u1'", `(${COUNT}, 28, 28)`, digits.pixels);
  const header = Array.from({ length: 784 }, (_, at) => `pixel${at}`).join();
  const rows = Array.from({ length: COUNT }, (_, image) =>
    digits.pixels.subarray(image * 784, (image + 1) * 784).join(),
  );
  const images = Object.values(files).map((bytes) => new Uint8Array(bytes));
  const columnData = [{ name: 'image', data: images, type: 'BYTE_ARRAY' as const }];
  const written: Record<string, Uint8Array | string> = {
    idx: encodeDigits(digits),
    'images.zip': encodeZip(entries),
    'images.tar.gz': gzipSync(await encodeTar(files)),
    'images.npy': array,
    'images.npz': encodeZip([{ name: 'x.npy', bytes: array, deflated: true }]),
    'images.csv': [header, ...rows].join('\n'),
    'paths.csv': ['path', ...Object.keys(files).map((name) => `folder/${name}`)].join('\n'),
    'images.parquet': new Uint8Array(parquetWriteBuffer({ columnData })),
  };
  for (const [name, bytes] of Object.entries(written)) writeFileSync(join(cwd, name), bytes);
  await trained(cwd, 'run', 'idx --quality fast --num-clusters 8');
}, 120_000);

async function clusters(source: string): Promise<string[]> {
  const { stdout, stderr, code } = await runKindred(['predict', 'runs/run', source], { cwd });
  expect(code, stderr).toBe(0);
  return parseCsv(stdout, source)
    .slice(1)
    .map(([, cluster]) => cluster);
}

it('folder, zip, tar, npy, npz, csv, paths, parquet and IDX give the same column', async () => {
  const wanted = await clusters('idx');
  expect(wanted).toHaveLength(COUNT);
  expect(new Set(wanted).size).toBe(8);
  for (const source of [
    'folder',
    'images.zip',
    'images.tar.gz',
    'images.npy',
    'images.npz',
    'images.csv',
    'paths.csv',
    'images.parquet',
  ]) {
    expect(await clusters(source), source).toEqual(wanted);
  }
}, 120_000);
