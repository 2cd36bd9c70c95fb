// Kin on vectors made elsewhere: by a small encoder of our own making, and in a file.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { protobuf } from '#kindred/core/protobuf.js';
import { readAssignments } from '#kindred/run/files/artefacts.js';
import { readRunCard } from '#kindred/run/files/card.js';
import { parseCsv } from '#kindred/run/files/csv.js';
import { writeNpy } from '#kindred/run/files/npy.js';
import { colourEncoder, writeColourEncoder } from '../support/colour-encoder.js';
import { runKindred } from '../support/command-line.js';
import { sharedFolder } from '../support/folders.js';
import { hasPython, python } from '../support/peers.js';
import { trained } from '../support/runs.js';

const cwd = sharedFolder();
const COLOURS = ['#d02020', '#20d020', '#2020d0', '#d0d020'];
const A_COLOUR = 30;

/** An encoder with one weight in the file `weights`, as exporters write large ones. */
function outside(): Uint8Array {
  const place = protobuf().string(1, 'location').string(2, 'weights');
  const weight = protobuf().varint(1, 3).varint(2, 1).string(8, 'w').message(13, place).varint(14, 1);
  return Buffer.concat([colourEncoder(), protobuf().message(7, protobuf().message(5, weight)).encode()]);
}

beforeAll(async () => {
  const rows: number[] = [];
  for (const [place, colour] of COLOURS.entries()) {
    mkdirSync(join(cwd, 'pile', colour.slice(1)), { recursive: true });
    for (let n = 0; n < A_COLOUR; n++) {
      const { r, g, b } = { r: (n * 37) % 23, g: (n * 11) % 19, b: (n * 53) % 29 };
      const image = sharp({ create: { width: 12, height: 12, channels: 3, background: colour } });
      const dot = await sharp({ create: { width: 4, height: 4, channels: 3, background: { r, g, b } } })
        .png()
        .toBuffer();
      await image
        .composite([{ input: dot, left: n % 8, top: (n * 3) % 8 }])
        .png()
        .toFile(join(cwd, 'pile', colour.slice(1), `${String(n).padStart(2, '0')}.png`));
      rows.push(place * 10 + n / 100, (n % 7) / 50);
    }
  }
  writeNpy(join(cwd, 'rows.npy'), { rows: rows.length / 2, columns: 2, data: Float32Array.from(rows) });
  writeNpy(join(cwd, 'few.npy'), { rows: 3, columns: 2, data: Float32Array.of(1, 2, 3, 4, 5, 6) });
  const broken = Float32Array.from(rows);
  broken[5] = Number.NaN;
  writeNpy(join(cwd, 'nan.npy'), { rows: rows.length / 2, columns: 2, data: broken });
  writeColourEncoder(join(cwd, 'model'));
  mkdirSync(join(cwd, 'bad'));
  writeFileSync(join(cwd, 'bad', 'noise.onnx'), 'no model');
  writeFileSync(join(cwd, 'bad', 'outside.onnx'), outside());
});

describe('--encoder', () => {
  it('finds the colours that shapes do not tell, keeps the encoder and predicts by it', async () => {
    const run = await trained(
      cwd,
      'coloured',
      'pile --encoder model/tiny.onnx --num-clusters 4 --labels-from folders',
    );
    const card = readRunCard(run);
    expect(card.metrics?.train.oneToOneAccuracy).toBe(1);
    expect(card.vectors).toMatchObject({ kind: 'encoder', columns: 3 });
    expect(card.kin?.networks).toEqual({
      state: 'stopped',
      reason: '120 different pictures are too few for heads, which need 5000',
    });
    expect(readFileSync(join(run, 'model', 'encoder.onnx')).equals(Buffer.from(colourEncoder()))).toBe(true);
    const { stdout } = await runKindred(['predict', 'runs/coloured', 'pile'], { cwd });
    const [, ...rows] = parseCsv(stdout, 'predictions');
    const { ids, assignment } = readAssignments(run);
    expect(rows.map(([id, cluster]) => [id, Number(cluster)])).toEqual(
      ids.map((id, at) => [id, assignment[at]]),
    );
  });
});

describe('export --to onnx of a run of an encoder', () => {
  it.skipIf(!hasPython('onnxruntime', 'numpy'))(
    'holds the encoder in its models, and its programs answer as predict does',
    async () => {
      symlinkSync(join(process.cwd(), 'node_modules'), join(cwd, 'node_modules'));
      const { code, stderr } = await runKindred(['export', 'runs/coloured', '--to', 'onnx'], { cwd });
      expect([code, stderr]).toEqual([0, '']);
      const folder = join(cwd, 'runs/coloured/export/onnx');
      expect(readdirSync(folder).sort()).toEqual(
        [
          'README.md',
          'classifier.onnx',
          'encoder.onnx',
          'examples.npy',
          'labels.json',
          'predict.mjs',
          'predict.py',
          'preprocessor_config.json',
        ].sort(),
      );
      const predicted = await runKindred(['predict', 'runs/coloured', 'pile'], { cwd });
      const [, ...rows] = parseCsv(predicted.stdout, 'predictions');
      const wanted = rows.slice(0, 16).map(([, , name, confidence]) => ({ name, sure: Number(confidence) }));
      for (const [program, file] of [
        [python, 'predict.py'],
        [process.execPath, 'predict.mjs'],
      ]) {
        const { stdout, stderr: complaint } = spawnSync(program, [file], { cwd: folder, encoding: 'utf8' });
        const found = stdout.trimEnd().split('\n');
        expect(
          found.map((line) => line.split('\t')[0]),
          complaint,
        ).toEqual(wanted.map(({ name }) => name));
        found.forEach((line, at) => {
          expect(Math.abs(Number(line.split('\t')[1]) - wanted[at].sure)).toBeLessThan(1e-3);
        });
      }
      const card = readFileSync(join(folder, 'README.md'), 'utf8');
      expect(card).toContain('`pixel_values`: float32 (n, 3, 8, 8)');
      expect(card).toContain('`features`: float32 (n, 3), of unit length');
      expect(card).toContain(readRunCard(join(cwd, 'runs/coloured')).vectors?.sha256);
      expect(card).toContain('make it RGB; fit it into 8 × 8');
      expect(card).toContain('scale 0.00784314, 0.00784314, 0.00784314 and shift -1, -1, -1');
    },
  );

  it('is refused, and nothing left, where the encoder is gone', async () => {
    const model = join(cwd, 'runs/coloured/model/encoder.onnx');
    const kept = readFileSync(model);
    rmSync(model);
    const { code, stderr } = await runKindred(['export', 'runs/coloured', '--to', 'onnx', '--out', 'gone'], {
      cwd,
    });
    writeFileSync(model, kept);
    expect(stderr).toContain('There is no file runs/coloured/model/encoder.onnx to read an encoder from');
    expect([code, existsSync(join(cwd, 'gone'))]).toEqual([2, false]);
  });
});

describe('--features', () => {
  it('are compared as they are, and new rows are told by them', async () => {
    const run = await trained(
      cwd,
      'rows',
      'pile --features rows.npy --num-clusters 4 --labels-from folders --quality fast',
    );
    expect(readRunCard(run).metrics?.train.oneToOneAccuracy).toBe(1);
    const { stdout } = await runKindred(['predict', 'runs/rows', 'rows.npy'], { cwd });
    const [, ...rows] = parseCsv(stdout, 'predictions');
    expect(rows.map(([, cluster]) => Number(cluster))).toEqual([...readAssignments(run).assignment]);
  });
});

describe('what cannot be', () => {
  it.each([
    ['train pile --encoder none.onnx', 'There is no file none.onnx to read an encoder from'],
    ['train pile --encoder bad/noise.onnx', 'bad/noise.onnx is no ONNX model that runs here'],
    [
      'train pile --encoder bad/outside.onnx',
      'bad/outside.onnx keeps weights in other files: write it as one',
    ],
    ['train pile --features few.npy', 'few.npy has 3 rows for 120 images'],
    ['train pile --features nan.npy', 'nan.npy holds NaN at [2, 1]'],
    ['train pile --features model/tiny.onnx', 'is in no format'],
    ['train pile --features rows.npy --encoder model/tiny.onnx', 'both bring vectors'],
    ['train pile --features rows.npy --method kmeans', '--features is about kin'],
    ['eval runs/rows', 'compares images by vectors from a file, and eval makes none'],
    ['grow runs/rows pile', 'compares images by vectors from a file, and growing makes none'],
    ['export runs/rows --to onnx', 'compares images by vectors made elsewhere'],
    ['predict runs/rows few.npy rows.npy', 'is one too many'],
  ])('kindred %s: one sentence', async (line, sentence) => {
    const { code, stderr } = await runKindred(line.split(' '), { cwd });
    expect(stderr.split('\n').find((each) => each.startsWith('kindred: '))).toContain(sentence);
    expect(code).toBe(2);
  });
});
