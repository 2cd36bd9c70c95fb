// Both views to 64 numbers an image, and the principal components behind them.
import { beforeAll, describe, expect, it } from 'vitest';
import { type Matrix, matrix } from '#kindred/core/matrix.js';
import type { Progress } from '#kindred/core/progress.js';
import type { ImageShape } from '#kindred/data/source.js';
import { createOnnxGraph } from '#kindred/engine/onnx/onnx.js';
import { createSession, floatValues, hostTensor } from '#kindred/engine/runtime/session.js';
import { addDeskew } from '#kindred/features/deskew.js';
import { addFeatures, type ImageFeatures, imageFeatures } from '#kindred/features/features.js';
import { addFrame } from '#kindred/features/frame.js';
import { fitPrincipalComponents, project } from '#kindred/features/pca.js';
import { firstDigits } from '../support/mnist.js';
import { bytes, normals, relativeError } from '../support/numbers.js';
import { recorded, unpacked } from './recorded.js';
import { DIGIT, picture, runStages } from './views.js';

const quiet = { report: () => {}, signal: new AbortController().signal };
const run = { ...quiet, threads: 1, stage: 'features', unit: 'rows' };

function features(
  data: Uint8Array,
  shape: ImageShape,
  threads = 1,
  report: (progress: Progress) => void = () => {},
) {
  const count = data.length / (shape.height * shape.width * shape.channels);
  const ids = Array.from({ length: count }, (_, index) => String(index));
  return imageFeatures({ ...shape, data, count, ids }, { ...quiet, threads, report });
}

/** (rows, columns) with a large mean and falling spread, from whole numbers. */
function recordedRows(rows: number, columns: number): Matrix {
  const x = matrix(rows, columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      x.data[i * columns + j] = ((i * 37 + j * 101 + i * j * 13) % 97) * (columns - j) + 500;
    }
  }
  return x;
}

describe('principal components', () => {
  it('agree with scikit-learn up to sign', async () => {
    const { rows, columns, dimensions, mean, components } = recorded.pca;
    const fitted = await fitPrincipalComponents(recordedRows(rows, columns), dimensions, run);
    expect(relativeError(fitted.mean, unpacked(mean))).toBeLessThan(1e-6);
    const expected = unpacked(components);
    for (let row = 0; row < dimensions; row++) {
      const ours = fitted.components.data.subarray(row * columns, (row + 1) * columns);
      const theirs = expected.subarray(row * columns, (row + 1) * columns);
      const sign = ours[0] * theirs[0] < 0 ? -1 : 1;
      expect(
        relativeError(
          ours,
          theirs.map((value) => sign * value),
        ),
      ).toBeLessThan(1e-4);
      const [least, most] = [Math.min(...ours), Math.max(...ours)];
      expect(most).toBeGreaterThanOrEqual(-least);
    }
  });

  it('are the same bits with any number of threads', async () => {
    const x = matrix(1003, 20, normals(1003 * 20, 'components'));
    const one = await fitPrincipalComponents(x, 8, run);
    const two = await fitPrincipalComponents(x, 8, { ...run, threads: 2 });
    expect(two).toEqual(one);
  });

  it('end where the rank of the data does', async () => {
    const x = matrix(4, 30, normals(4 * 30, 'few'));
    const { components, mean } = await fitPrincipalComponents(x, 10, run);
    const lengths = Array.from({ length: 10 }, (_, row) =>
      Math.hypot(...components.data.subarray(row * 30, (row + 1) * 30)),
    );
    lengths.forEach((length, row) => {
      expect(length).toBeCloseTo(row < 3 ? 1 : 0, 6);
    });
    // Three directions hold all distances between four points.
    const projected = await project(x, { components, mean }, run);
    const distance = ({ data, columns }: Matrix, a: number, b: number) =>
      Math.hypot(
        ...Array.from({ length: columns }, (_, at) => data[a * columns + at] - data[b * columns + at]),
      );
    expect(distance(projected, 0, 3)).toBeCloseTo(distance(x, 0, 3), 4);
    expect(distance(projected, 1, 2)).toBeCloseTo(distance(x, 1, 2), 4);
  });

  it('are the same from the products of few rows as from the covariances of many', async () => {
    const few = matrix(25, 40, normals(25 * 40, 'both ways'));
    // Every row three times: the same mean and covariances, and more rows than columns.
    const many = matrix(
      75,
      40,
      Float32Array.from({ length: 75 * 40 }, (_, at) => few.data[at % (25 * 40)]),
    );
    const [one, other] = [
      await fitPrincipalComponents(few, 12, run),
      await fitPrincipalComponents(many, 12, run),
    ];
    expect(relativeError(one.mean, other.mean)).toBeLessThan(1e-5);
    expect(relativeError(one.components.data, other.components.data)).toBeLessThan(1e-4);
  });

  it('refuse more dimensions than columns', async () => {
    await expect(fitPrincipalComponents(matrix(3, 4), 5, run)).rejects.toThrow(RangeError);
  });
});

describe('imageFeatures', () => {
  const digits = firstDigits('train', 300);
  const reports: Progress[] = [];
  let views: ImageFeatures['views'];
  beforeAll(async () => {
    ({ views } = await features(digits.pixels, DIGIT, 2, (progress) => reports.push(progress)));
  });

  it('has two views, and their graph gives the same numbers', async () => {
    const graph = createOnnxGraph('both');
    const images = graph.input('images', 'uint8', ['n', 28, 28, 1]);
    const frame = addFrame(graph, images, DIGIT);
    const names = ['raw', 'deskewed'];
    [frame, addDeskew(graph, frame)].forEach((view, index) => {
      graph.output(names[index], addFeatures(graph, view, views[index].projection), 'float32', ['n', 64]);
    });
    const session = await createSession(graph.encode());
    const result = await session.run({ images: hostTensor(digits.pixels.slice(), [300, 28, 28, 1]) });
    for (const [index, view] of views.entries()) {
      expect([view.features.rows, view.features.columns]).toEqual([300, 64]);
      expect(view.features.data.buffer).toBeInstanceOf(SharedArrayBuffer);
      expect(relativeError(floatValues(result[names[index]]), view.features.data)).toBeLessThan(1e-5);
    }
    await session.release();
  });

  it('has the views as bytes', async () => {
    expect(Buffer.compare(views[0].pixels, digits.pixels)).toBe(0);
    const { deskewed } = await runStages(digits.pixels, DIGIT);
    expect(views[1].pixels).toEqual(Uint8Array.from(deskewed, (value) => Math.round(value * 255)));
    expect(views[1].pixels.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it('takes images in shared memory as its raw view, without a copy', async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(20 * 784));
    shared.set(digits.pixels.subarray(0, shared.length));
    const taken = await features(shared, DIGIT);
    expect(taken.views[0].pixels).toBe(shared);
  });

  it('gives the same bits with any number of threads', async () => {
    const one = await features(digits.pixels, DIGIT, 1);
    expect(one.views).toEqual(views);
  });

  it('puts digits of a kind together', () => {
    for (const { features: x } of views) {
      const same = Array.from({ length: 300 }, (_, row) => nearest(x, row)).filter(
        (other, row) => digits.labels[other] === digits.labels[row],
      );
      expect(same.length / 300).toBeGreaterThan(0.8);
    }
  });

  it('reports images up to all of them, in order', () => {
    expect(reports.at(-1)).toEqual({ stage: 'features', done: 300, total: 300, unit: 'images' });
    const done = reports.map((progress) => progress.done);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
  });

  const shapes: [string, ImageShape][] = [
    ['8 × 8', { height: 8, width: 8, channels: 1 }],
    ['64 × 64', { height: 64, width: 64, channels: 1 }],
    ['a strip', { height: 1, width: 50, channels: 1 }],
    ['tall and coloured', { height: 31, width: 17, channels: 3 }],
    ['a single pixel', { height: 1, width: 1, channels: 1 }],
  ];
  it.each(shapes)('takes any shape: %s', async (_, shape) => {
    const size = shape.height * shape.width * shape.channels;
    const three = await features(bytes(3 * size, 'shapes'), shape);
    for (const view of three.views) {
      expect(view.pixels.length).toBe(3 * 784);
      expect(view.features.data.every(Number.isFinite)).toBe(true);
    }
  });

  it('gives equal images equal numbers, blank ones too', async () => {
    const blank = picture(DIGIT, () => 0);
    const ink = picture(DIGIT, (row, column) => (Math.abs(row - column) < 3 ? 255 : 0));
    const equal = await features(Buffer.concat(Array.from({ length: 40 }, () => ink)), DIGIT);
    expect(equal.views.every(({ features: x }) => x.data.every((value) => value === 0))).toBe(true);
    const mixed = await features(Buffer.concat([blank, ink, blank]), DIGIT);
    for (const { features: x } of mixed.views) {
      expect(x.data.every(Number.isFinite)).toBe(true);
      expect(x.data.slice(0, 64)).toEqual(x.data.slice(128));
      expect(x.data.slice(0, 64)).not.toEqual(x.data.slice(64, 128));
    }
    const one = await features(blank, DIGIT);
    expect(one.views.every(({ features: x }) => x.data.every((value) => value === 0))).toBe(true);
  });

  it('stops when it is asked to', async () => {
    const signal = AbortSignal.abort();
    const images = { ...DIGIT, data: digits.pixels, count: 300, ids: [] };
    await expect(imageFeatures(images, { threads: 1, report: () => {}, signal })).rejects.toThrow('Stopped');
  });
});

/** The row nearest to `row`, other than itself. */
function nearest({ data, rows, columns }: Matrix, row: number): number {
  let [best, least] = [-1, Infinity];
  for (let other = 0; other < rows; other++) {
    if (other === row) continue;
    let sum = 0;
    for (let at = 0; at < columns; at++) sum += (data[other * columns + at] - data[row * columns + at]) ** 2;
    if (sum < least) [best, least] = [other, sum];
  }
  return best;
}
