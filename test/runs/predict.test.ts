// predict and eval on a finished run: the classifier is one graph, whoever runs it.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { beforeAll, describe, expect, it } from 'vitest';
import { readRunCard } from '#kindred/run/files/card.js';
import { classifyInPython } from '../support/classify-in-python.js';
import { type Ended, runKindred } from '../support/command-line.js';
import { sharedFolder } from '../support/folders.js';
import { encodeIdx } from '../support/idx.js';
import { encodeDigits, firstDigits, writePile } from '../support/mnist.js';
import { hasPython } from '../support/peers.js';
import { trained } from '../support/runs.js';
import { classifyInWebRuntime } from '../support/web-runtime.js';

interface Row {
  readonly id: string;
  readonly cluster: number;
  readonly name: string;
  readonly confidence: number;
  readonly known: boolean;
}

const cwd = sharedFolder();
const train = firstDigits('train', 500);
const test = firstDigits('t10k', 1000);
let run: string;

beforeAll(async () => {
  writePile(join(cwd, 'pile'), { train, test });
  writeFileSync(join(cwd, 'train-images'), encodeDigits(train));
  writeFileSync(join(cwd, 'test-images'), encodeDigits(test));
  run = await trained(cwd, 'run1', 'pile --steps 120 --encoding-size 16 --num-clusters 12 --threads 2');
});

async function kindred(line: string): Promise<Ended> {
  const end = await runKindred(line.split(' '), { cwd });
  if (end.code !== 0) throw new Error(`kindred ${line} ended with ${end.code}: ${end.stderr}`);
  return end;
}

async function predictions(source: string): Promise<Row[]> {
  const { stdout } = await kindred(`predict runs/run1 ${source} --format json`);
  return JSON.parse(stdout) as Row[];
}

describe('kindred predict', () => {
  it('gives the training images the kinds that they have', async () => {
    const { stdout } = await kindred('predict runs/run1 train-images');
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('id,cluster,name,confidence,known');
    const withoutNames = lines.map((line) =>
      line.split(',').filter((_, column) => column !== 2 && column < 4),
    );
    const assignments = readFileSync(join(run, 'assignments.csv'), 'utf8').trimEnd().split('\n');
    expect(withoutNames).toEqual(assignments.map((line) => line.split(',')));
    const kinds = readFileSync(join(run, 'kinds.csv'), 'utf8').trimEnd().split('\n').slice(1);
    const nameOf = new Map(kinds.map((line) => [line.split(',')[0], line.split(',')[3]]));
    for (const line of lines.slice(1)) {
      const [, cluster, name] = line.split(',');
      expect(name).toBe(nameOf.get(cluster));
    }
    // All but the farthest image of a kind are within its reach.
    const known = lines.slice(1).filter((line) => line.endsWith(',true')).length;
    expect(known).toBeGreaterThanOrEqual(train.count - 12);
  });

  it('says the same as CSV, as JSON and in a file, with one thread or two', async () => {
    const rows = await predictions('test-images');
    expect(rows).toHaveLength(1000);
    const { stdout } = await kindred('predict runs/run1 test-images --threads 1');
    const fromCsv = stdout
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => {
        const [id, cluster, name, confidence, known] = line.split(',');
        return {
          id,
          cluster: Number(cluster),
          name,
          confidence: Number(confidence),
          known: known === 'true',
        };
      });
    expect(fromCsv).toEqual(rows);
    const toFile = await kindred('predict runs/run1 pile --threads 2 --out kinds.csv');
    expect(toFile.stdout).toBe('');
    // Of a directory with test images, those are meant.
    expect(readFileSync(join(cwd, 'kinds.csv'), 'utf8')).toBe(stdout);
  });

  it('does not claim to know negatives, and knows most digits that it never saw', async () => {
    const negatives = firstDigits('t10k', 50).pixels.map((value) => 255 - value);
    writeFileSync(join(cwd, 'negatives'), encodeIdx([50, 28, 28], negatives));
    const rows = await predictions('negatives --polarity keep');
    expect(rows.map(({ known }) => known)).toEqual(new Array(50).fill(false));
    // Left to itself it sees their light ground, and turns them back.
    const turned = await predictions('negatives');
    expect(turned).toEqual((await predictions('test-images')).slice(0, 50));
    const digits = await predictions('test-images');
    expect(digits.filter(({ known }) => known).length).toBeGreaterThan(800);
  });

  it('brings images of another size to the size of the run', async () => {
    const { pixels } = firstDigits('t10k', 50);
    const doubled = Uint8Array.from({ length: 50 * 56 * 56 }, (_, at) => {
      const [image, row, column] = [Math.floor(at / 3136), Math.floor(at / 56) % 56, at % 56];
      return pixels[image * 784 + (row >> 1) * 28 + (column >> 1)];
    });
    writeFileSync(join(cwd, 'doubled'), encodeIdx([50, 56, 56], doubled));
    const found = (await predictions('doubled')).map(({ cluster }) => cluster);
    const same = (await predictions('test-images'))
      .slice(0, 50)
      .filter((row, at) => row.cluster === found[at]);
    expect(same.length).toBeGreaterThan(45);
  });
});

function expectSame(found: { cluster: number[]; confidence: number[] }, rows: readonly Row[]): void {
  expect(found.cluster).toEqual(rows.map(({ cluster }) => cluster));
  const differences = found.confidence.map((value, index) => Math.abs(value - rows[index].confidence));
  // Four decimals are printed, and float32 sums are taken in another order.
  expect(Math.max(...differences)).toBeLessThan(1e-3);
}

describe('predictions as Parquet', () => {
  it('are what CSV says, and need a file', async () => {
    await kindred('predict runs/run1 test-images --format parquet --out kinds.parquet');
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(join(cwd, 'kinds.parquet')) });
    const written = await predictions('test-images');
    expect(rows.map(({ id, cluster, known }) => ({ id, cluster, known }))).toEqual(
      written.map(({ id, cluster, known }) => ({ id, cluster, known })),
    );
    const { code, stderr } = await runKindred('predict runs/run1 test-images --format parquet'.split(' '), {
      cwd,
    });
    expect(code).toBe(2);
    expect(stderr).toContain('--format parquet is no text to print. Add --out FILE.');
  });

  it('stopped half-way leave nothing', async () => {
    const before = readdirSync(cwd);
    writeFileSync(join(cwd, 'half.csv'), 'path\nrun1.png\n');
    const { code, stderr } = await runKindred(
      'predict runs/run1 test-images half.csv --strict --out half.out'.split(' '),
      { cwd },
    );
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the first is half.csv/run1.png: the file is gone'),
    });
    expect(readdirSync(cwd).filter((name) => !before.includes(name))).toEqual(['half.csv']);
  });
});

describe('classifier.onnx elsewhere, on 1,000 test images', () => {
  it.skipIf(!hasPython('numpy', 'onnxruntime'))(
    "gives the same clusters in Python's onnxruntime",
    async () => {
      const model = join(run, 'model/classifier.onnx');
      const found = classifyInPython(model, join(cwd, 'test-images'));
      expect(found).toMatchObject({ input: ['images', 'tensor(uint8)'], types: ['int64', 'float32'] });
      expectSame(found, await predictions('test-images'));
    },
  );

  it('gives the same clusters in onnxruntime-web', async () => {
    const model = readFileSync(join(run, 'model/classifier.onnx'));
    const found = await classifyInWebRuntime(model, test.pixels, [test.count, 28, 28, 1]);
    expectSame(found, await predictions('test-images'));
  });
});

describe('kindred eval', () => {
  it("without a source gives the card's figures of the test images", async () => {
    const { stdout } = await kindred('eval runs/run1 --json');
    const evaluation = JSON.parse(stdout) as { count: number; metrics: unknown; confusion: unknown };
    expect(evaluation.metrics).toEqual(readRunCard(run).metrics!.test);
    expect(evaluation).toMatchObject({ count: 1000, confusion: { labels: [...'0123456789'] } });
    const table = await kindred('eval runs/run1');
    expect(table.stdout).toMatch(/^accuracy, majority vote +\d/m);
  });

  it("with the training images gives the card's figures of those", async () => {
    mkdirSync(join(cwd, 'other'));
    for (const kind of ['images-idx3', 'labels-idx1']) {
      copyFileSync(join(cwd, `pile/train-${kind}-ubyte`), join(cwd, `other/${kind}-ubyte`));
    }
    const { stdout } = await kindred('eval runs/run1 other --json');
    expect(JSON.parse(stdout)).toMatchObject({ count: 500, metrics: readRunCard(run).metrics!.train });
  });

  it('on images without labels ends with 2 and one sentence', async () => {
    const { code, stdout, stderr } = await runKindred(['eval', 'runs/run1', 'test-images'], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('kindred: There are no labels beside test-images');
  });
});
