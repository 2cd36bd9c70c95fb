// Files written by our writer, read by TensorBoard's own reader.
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEventWriter } from '#kindred/run/tensorboard/event-writer.js';
import { histogramOf } from '#kindred/run/tensorboard/histogram.js';
import { encodeImage } from '#kindred/run/tensorboard/images.js';
import { crc32c, frameRecord, maskedCrc32c } from '#kindred/run/tensorboard/records.js';
import { summarise } from '#kindred/run/tensorboard/summaries.js';
import { hasPython, runPython } from '../support/peers.js';
import { freePort, startBoard } from '../support/tensorboard.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kindred-board-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const fixedClock = () => 1_700_000_000.25;

describe('CRC-32C', () => {
  it('gives the check values of RFC 3720, B.4', () => {
    const bytes = (make: (index: number) => number) =>
      Uint8Array.from({ length: 32 }, (_, index) => make(index));
    expect(crc32c(bytes(() => 0))).toBe(0x8a9136aa);
    expect(crc32c(bytes(() => 0xff))).toBe(0x62a8ab43);
    expect(crc32c(bytes((index) => index))).toBe(0x46dd794e);
    expect(crc32c(bytes((index) => 31 - index))).toBe(0x113fdb5c);
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(0))).toBe(0);
  });

  it('is masked by rotation and a constant that can be undone', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const rotated = (maskedCrc32c(bytes) - 0xa282ead8) >>> 0;
        expect(((rotated >>> 17) | (rotated << 15)) >>> 0).toBe(crc32c(bytes));
      }),
    );
  });
});

describe('the events file', () => {
  it('begins with the file version, as TensorFlow wrote it', () => {
    const writer = createEventWriter(directory, { clock: fixedClock });
    writer.close();
    const bytes = readFileSync(writer.path);
    expect(bytes.readBigUInt64LE(0)).toBe(BigInt(bytes.length - 16));
    expect(bytes.includes('brain.Event:2')).toBe(true);
    expect(writer.path).toMatch(/events\.out\.tfevents\.1700000000\./);
  });

  it('holds the same bytes for the same calls', () => {
    const write = (folder: string) => {
      const writer = createEventWriter(join(directory, folder), { clock: fixedClock });
      writer.hyperparameters({ steps: 5, hidden: [3, 2] });
      summarise(writer, 'code', 1, Float32Array.of(1, 2, 3));
      writer.close('success');
      return readFileSync(writer.path);
    };
    expect(write('a').equals(write('b'))).toBe(true);
  });

  it('reaches the disk with flush, in whole records', () => {
    const writer = createEventWriter(directory);
    const sizeAtStart = statSync(writer.path).size;
    writer.scalar('loss', 1, 0.5);
    writer.flush();
    expect(statSync(writer.path).size).toBeGreaterThan(sizeAtStart);
    writer.close();
    writer.close();
    expect(() => writer.scalar('loss', 2, 0.5)).toThrow('is closed');
  });

  it('sorts after its predecessors even if the clock stands still or went back', () => {
    const paths = [100, 100, 99].map((seconds) => {
      const writer = createEventWriter(directory, { clock: () => seconds });
      writer.close();
      return writer.path;
    });
    expect(paths.toSorted()).toEqual(paths);
    expect(new Set(paths).size).toBe(3);
  });
});

/** What TensorBoard's reader finds in a log directory: everything it would keep, by run. */
const READER = `
import base64, json, math, sys
from tensorboard.backend.event_processing import event_accumulator, event_multiplexer
board = event_multiplexer.EventMultiplexer(
    size_guidance=event_accumulator.STORE_EVERYTHING_SIZE_GUIDANCE).AddRunsFromDirectory(sys.argv[1]).Reload()
def histogram(e):
    h = e.histogram_value
    return dict(step=e.step, minimum=h.min, maximum=h.max, count=h.num, sum=h.sum,
        sumOfSquares=h.sum_squares, limits=h.bucket_limit, counts=h.bucket)
runs = {}
for run in board.Runs():
    a = board.GetAccumulator(run)
    tags = a.Tags()
    runs[run] = dict(
        scalars={t: [[e.step, e.value if math.isfinite(e.value) else str(e.value), e.wall_time] for e in a.Scalars(t)] for t in tags['scalars']},
        histograms={t: [histogram(e) for e in a.Histograms(t)] for t in tags['histograms']},
        images={t: [[e.step, e.width, e.height, base64.b64encode(e.encoded_image_string).decode()]
            for e in a.Images(t)] for t in tags['images']},
        version=a.file_version)
print(json.dumps(runs))
`;

interface ReadRun {
  /** Values that JSON cannot carry as Python prints them. */
  scalars: Record<string, [step: number, value: number | string, wallSeconds: number][]>;
  histograms: Record<string, unknown[]>;
  images: Record<string, [step: number, width: number, height: number, png: string][]>;
  version: number;
}

function readBoard(): Record<string, ReadRun> {
  return JSON.parse(runPython(READER, directory));
}

/** Steps and values of a curve. */
function curve(run: ReadRun, tag: string): [step: number, value: number | string][] {
  return run.scalars[tag].map(([step, value]) => [step, value]);
}

describe.skipIf(!hasPython('tensorboard'))("TensorBoard's reader", () => {
  it('finds every scalar, histogram and image with its exact value, in two runs of one board', async () => {
    const weights = Float32Array.from(
      { length: 500 },
      (_, index) => Math.sin(index) * 10 ** ((index % 9) - 5),
    );
    const picture = { data: Uint8Array.from({ length: 30 }, (_, index) => index * 8), height: 2, width: 5 };
    const image = await encodeImage({ ...picture, channels: 3 });
    const training = createEventWriter(join(directory, 'run1'), { clock: fixedClock });
    for (const step of [0, 1, 2 ** 40]) training.scalar('loss', step, 1 / (step + 3));
    training.histogram('encoder/weights', 7, weights);
    training.image('images/reconstructions', 7, image);
    summarise(training, 'encoder/biases', 7, Float32Array.of(1, 2, 3, 6));
    training.close();
    const heldout = createEventWriter(join(directory, 'run1', 'heldout'), { clock: fixedClock });
    heldout.scalar('loss', 1, Number.NEGATIVE_INFINITY);
    heldout.close();

    const board = readBoard();
    expect(Object.keys(board).sort()).toEqual(['run1', 'run1/heldout']);
    const run = board.run1;
    expect(run.version).toBe(2);
    expect(run.scalars.loss).toEqual(
      [0, 1, 2 ** 40].map((step) => [step, Math.fround(1 / (step + 3)), 1_700_000_000.25]),
    );
    expect(run.histograms['encoder/weights']).toEqual([{ step: 7, ...histogramOf(weights) }]);
    expect(run.images['images/reconstructions']).toEqual([
      [7, 5, 2, Buffer.from(image.png).toString('base64')],
    ]);
    expect(Object.keys(run.scalars).sort()).toEqual([
      'encoder/biases/summaries/max',
      'encoder/biases/summaries/mean',
      'encoder/biases/summaries/min',
      'encoder/biases/summaries/stddev',
      'loss',
    ]);
    expect(curve(run, 'encoder/biases/summaries/mean')).toEqual([[7, 3]]);
    expect(curve(run, 'encoder/biases/summaries/max')).toEqual([[7, 6]]);
    expect(curve(run, 'encoder/biases/summaries/min')).toEqual([[7, 1]]);
    expect(curve(run, 'encoder/biases/summaries/stddev')).toEqual([[7, Math.fround(Math.sqrt(3.5))]]);
    expect(run.histograms['encoder/biases/summaries/histogram']).toHaveLength(1);
    expect(board['run1/heldout'].scalars).toEqual({ loss: [[1, '-inf', 1_700_000_000.25]] });
  });

  it('shows no point twice when a run goes on from a step', () => {
    const first = createEventWriter(directory);
    for (const step of [1, 2, 3, 4]) first.scalar('loss', step, step);
    first.close();
    const resumed = createEventWriter(directory, { resumeAtStep: 3 });
    for (const step of [3, 4, 5]) resumed.scalar('loss', step, step * 10);
    resumed.close();
    expect(curve(readBoard()['.'], 'loss')).toEqual([
      [1, 1],
      [2, 2],
      [3, 30],
      [4, 40],
      [5, 50],
    ]);
  });

  it('reads a file that was cut anywhere, up to the last whole record, and goes on to the next file', () => {
    const first = createEventWriter(directory);
    first.scalar('loss', 1, 1);
    first.flush();
    const size = statSync(first.path).size;
    first.scalar('loss', 2, 2);
    first.close();
    const whole = readFileSync(first.path);
    for (const kept of [size + 3, size + 14, whole.length - 1]) {
      writeFileSync(first.path, whole);
      truncateSync(first.path, kept);
      expect(curve(readBoard()['.'], 'loss'), `${kept} bytes`).toEqual([[1, 1]]);
    }
    const resumed = createEventWriter(directory, { resumeAtStep: 2 });
    resumed.scalar('loss', 2, 20);
    resumed.close();
    expect(curve(readBoard()['.'], 'loss')).toEqual([
      [1, 1],
      [2, 20],
    ]);
    expect(readdirSync(directory)).toHaveLength(2);
  });

  it("frames records as TensorFlow's own writer does", () => {
    const theirs = runPython(`
import io
from tensorboard.summary.writer.record_writer import RecordWriter
file = io.BytesIO()
RecordWriter(file).write(bytes(range(256)) * 3)
print(file.getvalue().hex())
`).trim();
    const payload = Uint8Array.from({ length: 768 }, (_, index) => index);
    expect(Buffer.from(frameRecord(payload)).toString('hex')).toBe(theirs);
  });
});

describe.skipIf(!hasPython('tensorboard'))("TensorBoard's server", () => {
  it('serves curves without doubled points, pictures, and the table of hyper-parameters', async () => {
    const parameters = {
      steps: 4,
      learningRate: 0.05,
      optimizer: 'adagrad',
      tied: false,
      hidden: [500, 20],
      miniBatch: null,
    };
    const picture = await encodeImage({
      data: Uint8Array.of(0, 80, 160, 255),
      height: 2,
      width: 2,
      channels: 1,
    });
    const first = createEventWriter(join(directory, 'run1'));
    first.hyperparameters(parameters);
    for (const step of [1, 2, 3]) first.scalar('loss', step, 1 / step);
    summarise(first, 'code', 3, Float32Array.of(-1, 0, 0.5));
    first.image('images', 3, picture);
    first.flush();
    const resumed = createEventWriter(join(directory, 'run1'), { resumeAtStep: 3 });
    for (const step of [3, 4]) resumed.scalar('loss', step, 1 / step);
    resumed.close('success');
    const heldout = createEventWriter(join(directory, 'run1', 'heldout'));
    heldout.scalar('loss', 4, 0.5);
    heldout.close();
    const other = createEventWriter(join(directory, 'run2'));
    other.hyperparameters({ ...parameters, steps: 9, tied: true, learningRate: Number.NaN });
    other.close('failure');

    const port = await freePort();
    const board = await startBoard(['--logdir', directory, '--port', String(port)], port);
    try {
      const json = async <T>(path: string) => (await board.get(`/data${path}`)).json() as Promise<T>;
      const request = (body: object) => `request=${encodeURIComponent(JSON.stringify(body))}`;
      expect((await json<string[]>('/runs')).toSorted()).toEqual(['run1', 'run1/heldout', 'run2']);
      const loss = await json<number[][]>('/plugin/scalars/scalars?tag=loss&run=run1');
      expect(loss.map(([, step, value]: number[]) => [step, value])).toEqual(
        [1, 2, 3, 4].map((step) => [step, Math.fround(1 / step)]),
      );
      const [[, step, buckets]] = await json<[number, number, number[][]][]>(
        '/plugin/histograms/histograms?tag=code/summaries/histogram&run=run1',
      );
      expect(step).toBe(3);
      expect(buckets.reduce((sum, [, , count]) => sum + count, 0)).toBe(3);
      const [{ query }] = await json<{ query: string }[]>(
        '/plugin/images/images?tag=images&run=run1&sample=0',
      );
      const served = await board.get(`/data/plugin/images/individualImage?${query}`);
      expect(new Uint8Array(await served.arrayBuffer())).toEqual(new Uint8Array(picture.png));

      const { hparamInfos } = await json<{ hparamInfos: { name: string; type: string }[] }>(
        `/plugin/hparams/experiment?${request({ experimentName: '' })}`,
      );
      expect(Object.fromEntries(hparamInfos.map(({ name, type }) => [name, type]))).toEqual({
        hidden: 'DATA_TYPE_STRING',
        // One of the runs has none that is a number.
        learningRate: 'DATA_TYPE_STRING',
        optimizer: 'DATA_TYPE_STRING',
        steps: 'DATA_TYPE_FLOAT64',
        tied: 'DATA_TYPE_BOOL',
      });
      const allowedStatuses = ['UNKNOWN', 'SUCCESS', 'FAILURE', 'RUNNING'].map(
        (status) => `STATUS_${status}`,
      );
      const everything = { experimentName: '', startIndex: 0, sliceSize: 10, colParams: [], allowedStatuses };
      type Session = {
        name: string;
        hparams: object;
        sessions: { status: string }[];
        metricValues: { name: { tag: string } }[];
      };
      const { sessionGroups } = await json<{ sessionGroups: Session[] }>(
        `/plugin/hparams/session_groups?${request(everything)}`,
      );
      const byName = new Map(sessionGroups.map((group) => [group.name, group]));
      expect([...byName.keys()].sort()).toEqual(['run1', 'run2']);
      expect(byName.get('run1')).toMatchObject({
        hparams: { steps: 4, learningRate: 0.05, optimizer: 'adagrad', tied: false, hidden: '500,20' },
        sessions: [{ status: 'STATUS_SUCCESS' }],
      });
      expect(byName.get('run2')).toMatchObject({
        hparams: { steps: 9, tied: true, learningRate: 'NaN' },
        sessions: [{ status: 'STATUS_FAILURE' }],
      });
      const losses = byName.get('run1')!.metricValues.filter(({ name }) => name.tag === 'loss');
      expect(losses).toMatchObject([
        { name: { group: '', tag: 'loss' }, value: 0.25, trainingStep: 4 },
        { name: { group: 'heldout', tag: 'loss' }, value: 0.5, trainingStep: 4 },
      ]);
    } finally {
      await board.close();
    }
  });
});
