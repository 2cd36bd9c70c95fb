// What a run can do after it was made by an image encoder: score what was held out, grow, learn from edits, go on after a stop. The
// encoder lies with the run, so a person's own file may be gone by then.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { open } from '#kindred/index.js';
import { readAssignments, readCodes, readKinds } from '#kindred/run/files/artefacts.js';
import { readRunCard } from '#kindred/run/files/card.js';
import { parseCsv } from '#kindred/run/files/csv.js';
import { writeNpy } from '#kindred/run/files/npy.js';
import {
  type Colour,
  colourEncoder,
  colouredPixels,
  PICTURE_SIDE,
  writeColourEncoder,
  writeColoured,
} from '../support/colour-encoder.js';
import { runKindred } from '../support/command-line.js';
import { sharedFolder } from '../support/folders.js';
import { encodeIdx } from '../support/idx.js';
import { hasPython, python } from '../support/peers.js';
import { inStage, reproducible, stopped, trained } from '../support/runs.js';

const cwd = sharedFolder();
const COLOURS: Readonly<Record<string, Colour>> = {
  red: [210, 40, 40],
  green: [40, 190, 40],
  blue: [40, 40, 210],
  yellow: [210, 200, 40],
};
const VIOLET: Colour = [190, 40, 200];
const CYAN: Colour = [30, 200, 210];
const names = Object.keys(COLOURS);
const A_COLOUR = 60;

async function kindred(line: string): Promise<string> {
  const { code, stdout, stderr } = await runKindred(line.split(' '), { cwd });
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  return stdout;
}

async function complaint(line: string): Promise<string> {
  const { code, stderr } = await runKindred(line.split(' '), { cwd });
  expect(code).toBe(2);
  return stderr.split('\n').find((each) => each.startsWith('kindred: ')) ?? '';
}

function model(tag: string, file: string): Buffer {
  return readFileSync(join(cwd, 'runs', tag, 'model', file));
}

/** Four files under MNIST's names, of pictures in colour; `wrong` of the held-out labels are another colour's. */
function writeDataset(folder: string, { wrong = 0, shuffled = false } = {}): void {
  mkdirSync(join(cwd, folder));
  for (const [part, count] of [
    ['train', A_COLOUR],
    ['t10k', 20],
  ] as const) {
    const pixels = names.map((name) => colouredPixels(COLOURS[name], count, `${part} ${name}`));
    const labels = names.flatMap((_, at) => new Array<number>(count).fill(at));
    if (part === 't10k') for (let at = 0; at < wrong; at++) labels[at] = 1;
    if (shuffled) for (const at of labels.keys()) labels[at] = at % names.length;
    const shape = [names.length * count, PICTURE_SIDE, PICTURE_SIDE, 3];
    writeFileSync(join(cwd, folder, `${part}-images-idx3-ubyte`), encodeIdx(shape, Buffer.concat(pixels)));
    writeFileSync(
      join(cwd, folder, `${part}-labels-idx1-ubyte`),
      encodeIdx([labels.length], Uint8Array.from(labels)),
    );
  }
}

beforeAll(async () => {
  writeColourEncoder(join(cwd, 'model'));
  for (const name of names) await writeColoured(join(cwd, 'pile', name), COLOURS[name], A_COLOUR);
  await trained(cwd, 'coloured', 'pile --encoder model/tiny.onnx --num-clusters 4 --labels-from folders');
}, 120_000);

describe('held-out images', () => {
  beforeAll(async () => {
    writeDataset('dataset', { wrong: 8 });
    await trained(cwd, 'split', 'dataset --encoder model/tiny.onnx --num-clusters 4');
  }, 60_000);

  it('are scored through the encoder, with their reliability', () => {
    const { metrics } = readRunCard(join(cwd, 'runs/split'));
    expect(metrics?.train.oneToOneAccuracy).toBe(1);
    // Eight of the 80 labels say something else.
    expect(metrics?.test?.oneToOneAccuracy).toBeCloseTo(0.9, 10);
    const bins = metrics?.test?.reliability?.bins ?? [];
    expect(bins.reduce((sum, { images }) => sum + images, 0)).toBe(80);
    expect(metrics?.test?.reliability?.expectedCalibrationError).toBeGreaterThan(0);
  });

  it('are what eval scores, alike, and so are other pictures', async () => {
    const { metrics } = readRunCard(join(cwd, 'runs/split'));
    const own = JSON.parse(await kindred('eval runs/split --json'));
    expect(own.count).toBe(80);
    expect(own.metrics.oneToOneAccuracy).toBe(metrics?.test?.oneToOneAccuracy);
    expect(own.metrics.reliability.expectedCalibrationError).toBeCloseTo(
      metrics?.test?.reliability?.expectedCalibrationError ?? Number.NaN,
      5,
    );
    const run = await open(join(cwd, 'runs/coloured'));
    const others = await run.evaluate(join(cwd, 'pile'), { labelsFrom: 'folders' });
    expect([others.count, others.metrics.oneToOneAccuracy]).toEqual([240, 1]);
  });

  it('change nothing but the score, whatever their labels and those of the others say', async () => {
    writeDataset('shuffled', { shuffled: true });
    await trained(cwd, 'shuffled', 'shuffled --encoder model/tiny.onnx --num-clusters 4');
    expect(reproducible(join(cwd, 'runs/shuffled'))).toEqual(reproducible(join(cwd, 'runs/split')));
    expect(readRunCard(join(cwd, 'runs/shuffled')).metrics?.train.oneToOneAccuracy).toBeLessThan(0.4);
  });
});

describe('kindred grow', () => {
  beforeAll(async () => {
    for (const [name, colour] of [
      ['red', COLOURS.red],
      ['blue', COLOURS.blue],
      ['violet', VIOLET],
    ] as const) {
      await writeColoured(join(cwd, 'fresh', name), colour, name === 'violet' ? 60 : 25);
    }
    // What cannot be read has no vector and no row.
    writeFileSync(join(cwd, 'fresh', 'red', '012.png'), 'no picture');
    await writeColoured(join(cwd, 'third', 'cyan'), CYAN, 60);
    await writeColoured(join(cwd, 'third', 'violet'), VIOLET, 20);
    await writeColoured(join(cwd, 'third', 'green'), COLOURS.green, 30);
    await kindred('grow runs/coloured fresh --tag grown');
    await kindred('grow runs/grown third --tag again');
  }, 120_000);

  /** The kinds of a run's images in the folder `prefix`, each once. */
  function kindsIn(tag: string, prefix: string): number[] {
    const { ids, assignment } = readAssignments(join(cwd, 'runs', tag));
    return [...new Set([...assignment].filter((_, at) => ids[at].startsWith(prefix)))];
  }

  it('shows a colour that the run has not seen as one new kind, and leaves the others as they were', () => {
    const run = join(cwd, 'runs/grown');
    const card = readRunCard(run);
    expect([card.k, card.growth?.newKinds.map(({ images }) => images)]).toEqual([5, [60]]);
    expect(kindsIn('grown', 'fresh/violet')).toEqual([4]);
    expect(kindsIn('grown', 'fresh/red')).toEqual(kindsIn('grown', 'red'));
    expect([card.data.count, card.data.skipped]).toEqual([240 + 109, 1]);
    expect(readAssignments(run).ids).toHaveLength(card.data.count);
    expect(readCodes(run).rows).toBe(card.data.count);
    const before = readAssignments(join(cwd, 'runs/coloured')).assignment;
    expect(readAssignments(run).assignment.subarray(0, 240)).toEqual(before);
    expect(
      readKinds(run)
        .map(({ name }) => name)
        .slice(0, 4)
        .sort(),
    ).toEqual([...names].sort());
  });

  it('keeps the encoder, and predicts and scores by it', async () => {
    for (const file of ['encoder.onnx', 'preprocessor_config.json']) {
      expect(model('grown', file).equals(model('coloured', file))).toBe(true);
    }
    const [, ...rows] = parseCsv(await kindred('predict runs/grown fresh/violet'), 'predictions');
    expect(rows.map(([, cluster, , , known]) => [cluster, known])).toEqual(rows.map(() => ['4', 'true']));
    const score = JSON.parse(await kindred('eval runs/grown --labels-from folders --json'));
    expect([score.count, score.metrics.oneToOneAccuracy]).toEqual([349, 1]);
  });

  it('grows again, and what came first stays', () => {
    const run = join(cwd, 'runs/again');
    expect(readRunCard(run).k).toBe(6);
    expect(kindsIn('again', 'third/violet')).toEqual([4]);
    expect(kindsIn('again', 'third/cyan')).toEqual([5]);
    expect(kindsIn('again', 'third/green')).toEqual(kindsIn('again', 'green'));
    const before = readAssignments(join(cwd, 'runs/grown')).assignment;
    expect(readAssignments(run).assignment.subarray(0, before.length)).toEqual(before);
  });

  it('is the same bytes a second time', async () => {
    await kindred('grow runs/coloured fresh --tag second');
    expect(reproducible(join(cwd, 'runs/second'))).toEqual(reproducible(join(cwd, 'runs/grown')));
  });

  it.skipIf(!hasPython('onnxruntime', 'numpy'))('is exported as one model with the encoder', async () => {
    symlinkSync(join(process.cwd(), 'node_modules'), join(cwd, 'node_modules'));
    await kindred('export runs/again --to onnx');
    const folder = join(cwd, 'runs/again/export/onnx');
    const program = `
import json, numpy as np, onnxruntime as ort
session = ort.InferenceSession('classifier.onnx')
images = np.stack([np.full((8, 8, 3), c, np.float32) for c in [${JSON.stringify(VIOLET)}, ${JSON.stringify(CYAN)}]])
pixels = ((images / 255 - 0.5) / 0.5).transpose(0, 3, 1, 2)
print(json.dumps(session.run(['cluster'], {'pixel_values': pixels})[0].tolist()))`;
    const { stdout, stderr } = spawnSync(python, ['-c', program], { cwd: folder, encoding: 'utf8' });
    expect([stdout.trim(), stderr]).toEqual(['[4, 5]', '']);
  });

  it('is refused, and nothing left, where the encoder is gone from the run', async () => {
    const kept = join(cwd, 'runs/coloured/model/encoder.onnx');
    renameSync(kept, `${kept}.away`);
    const said = await complaint('grow runs/coloured fresh --tag without');
    renameSync(`${kept}.away`, kept);
    expect(said).toContain('There is no runs/coloured/model/encoder.onnx, which looks at new images');
    expect(() => readRunCard(join(cwd, 'runs/without'))).toThrow('There is no run');
  });
});

it('the report says which encoder looked at the images, also after growth', async () => {
  for (const tag of ['coloured', 'grown']) {
    const report = readFileSync(join(cwd, 'runs', tag, 'report.html'), 'utf8');
    expect(report).toContain('<dt>compared by</dt><dd>tiny.onnx: encoder: 8 × 8 RGB');
    expect(report).toContain(readRunCard(join(cwd, 'runs', tag)).vectors?.sha256);
  }
});

describe('whoever goes on from a run', () => {
  it('finds the encoder there, however the file is called that is gone by now', async () => {
    const path = writeColourEncoder(join(cwd, 'elsewhere'));
    await trained(cwd, 'early', 'pile --encoder elsewhere/tiny.onnx --num-clusters 4');
    const run = await open(join(cwd, 'runs/early'));
    run.edit({ do: 'name', kind: 0, name: 'the first' });
    run.edit({ do: 'merge', kinds: [1], into: 2 });
    rmSync(join(cwd, 'elsewhere'), { recursive: true });
    await kindred('refine runs/early --tag refined');
    const card = readRunCard(join(cwd, 'runs/refined'));
    expect(card.vectors).toEqual(readRunCard(join(cwd, 'runs/early')).vectors);
    expect([card.vectors?.path, card.k]).toEqual([path, 3]);
    expect(readKinds(join(cwd, 'runs/refined')).map(({ name }) => name)).toContain('the first');
    expect(model('refined', 'encoder.onnx').equals(Buffer.from(colourEncoder()))).toBe(true);
  }, 60_000);

  it('goes on with it after a stop', async () => {
    writeColourEncoder(join(cwd, 'elsewhere'));
    const line = 'pile --encoder elsewhere/tiny.onnx --num-clusters 4 --labels-from folders';
    const { code, stderr } = await stopped(cwd, 'halted', line, 'SIGINT', inStage('neighbours'));
    expect(code, stderr).toBe(130);
    rmSync(join(cwd, 'elsewhere'), { recursive: true });
    await kindred('train --resume --tag halted');
    expect(reproducible(join(cwd, 'runs/halted'))).toEqual(reproducible(join(cwd, 'runs/coloured')));
  }, 60_000);

  it('is told where a file of vectors is another one now', async () => {
    const rows = Float32Array.from({ length: 480 }, (_, at) => Math.floor(at / 120) * 10 + (at % 17) / 50);
    writeNpy(join(cwd, 'rows.npy'), { rows: 240, columns: 2, data: rows });
    await trained(cwd, 'rows', 'pile --features rows.npy --num-clusters 4 --quality fast');
    (await open(join(cwd, 'runs/rows'))).edit({ do: 'name', kind: 0, name: 'the first' });
    writeNpy(join(cwd, 'rows.npy'), { rows: 240, columns: 2, data: rows.reverse() });
    expect(await complaint('refine runs/rows --tag other')).toContain(
      'rows.npy is not the file that run rows was made with: put that one back',
    );
  }, 60_000);
});
