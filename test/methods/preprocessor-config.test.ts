// What an encoder is given, held against the arithmetic of transformers' image processors; and the exported programs, which repeat it.
import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '#kindred/core/errors.js';
import { FILTERS } from '#kindred/core/pictures/filtering.js';
import { normalised, type Preparation, prepared, sizeAfter } from '#kindred/core/pictures/preparation.js';
import { createRandom } from '#kindred/core/random.js';
import { openSource } from '#kindred/data/formats/open.js';
import { READING_LIMITS } from '#kindred/data/pictures.js';
import { createOnnxGraph } from '#kindred/engine/onnx/onnx.js';
import { nodeProgram } from '#kindred/export/programs/node.js';
import { pythonProgram } from '#kindred/export/programs/python.js';
import { readPreparation } from '#kindred/methods/vectors/preprocessor-config.js';
import { encoderInput } from '#kindred/run/images/vectors.js';
import { sharedFolder } from '../support/folders.js';
import { hasPython, python, runPython } from '../support/peers.js';

const STANDARD = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] };
const IMAGENET = { image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] };

/** Configs as hubs have them, made small. */
const CONFIGS: Readonly<Record<string, object>> = {
  ViT: { do_resize: true, resample: 2, size: { height: 32, width: 32 }, ...STANDARD },
  'an old ViT': { resample: 2, size: 32, ...STANDARD },
  DINOv2: {
    resample: 3,
    size: { shortest_edge: 37 },
    do_center_crop: true,
    crop_size: { height: 32, width: 32 },
    ...IMAGENET,
  },
  'an old CLIP': { resample: 3, size: 32, do_center_crop: true, crop_size: 32, ...IMAGENET },
  SigLIP: { resample: 3, size: { height: 24, width: 40 }, ...STANDARD },
  ConvNext: { resample: 3, size: { shortest_edge: 32 }, crop_pct: 0.875, ...IMAGENET },
  'a large ConvNext': { resample: 3, size: { shortest_edge: 384 }, crop_pct: 0.875, ...IMAGENET },
  EfficientNet: {
    resample: 0,
    size: { height: 33, width: 35 },
    rescale_offset: true,
    rescale_factor: 1 / 127.5,
    ...IMAGENET,
  },
  'a crop that is larger': {
    resample: 1,
    size: { shortest_edge: 20 },
    do_center_crop: true,
    crop_size: { height: 31, width: 26 },
    ...STANDARD,
  },
  'at most so long': {
    resample: 5,
    size: { shortest_edge: 30, longest_edge: 50 },
    do_center_crop: true,
    crop_size: 32,
    ...STANDARD,
  },
  'no resizing': { do_resize: false, size: 32, do_center_crop: true, crop_size: 32, ...STANDARD },
  'raw values': { resample: 4, size: 32, do_rescale: false, do_normalize: false },
  SAM: {
    resample: 2,
    size: { longest_edge: 40 },
    do_pad: true,
    pad_size: { height: 40, width: 40 },
    do_normalize: false,
  },
};
const SIZES = [
  [40, 60],
  [60, 40],
  [33, 33],
  [1, 9],
  [25, 7],
  [200, 301],
  [31, 90],
] as const;

const folder = sharedFolder();
const pile = join(folder, 'pile');
const paths: string[] = [];

beforeAll(async () => {
  mkdirSync(pile);
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  for (const [index, [height, width]] of SIZES.entries()) {
    const random = createRandom(index, 'noise');
    const data = Uint8Array.from(
      { length: height * width * 3 },
      (_, at) => (random.integer(90) + at * (1 + index)) % 256,
    );
    const path = join(pile, `${index}.png`);
    await sharp(data, { raw: { height, width, channels: 3 } })
      .png()
      .toFile(path);
    paths.push(path);
  }
});

function read(config: object | string, size: number | null = null) {
  const path = join(folder, 'preprocessor_config.json');
  writeFileSync(path, typeof config === 'string' ? config : JSON.stringify(config));
  return readPreparation(path, { height: size, width: size });
}

/** (pictures, height · width · 3) as an encoder is given them. */
async function given(preparation: Preparation): Promise<Uint8Array[]> {
  const images: Uint8Array[] = [];
  const source = await openSource([pile], READING_LIMITS);
  for await (const { data, count } of encoderInput({ preparation }, source, READING_LIMITS, {})) {
    const size = data.length / count;
    for (let image = 0; image < count; image++) images.push(data.slice(image * size, (image + 1) * size));
  }
  return images;
}

describe.skipIf(!hasPython('PIL', 'numpy'))("transformers' image processors", () => {
  it('are matched picture by picture, number by number', async () => {
    const program = readFileSync(new URL('../support/transformers.py', import.meta.url), 'utf8');
    writeFileSync(
      join(folder, 'cases.json'),
      JSON.stringify(Object.values(CONFIGS).map((config) => [config, paths])),
    );
    runPython(program, join(folder, 'cases.json'), folder);
    for (const [at, [name, config]] of Object.entries(CONFIGS).entries()) {
      const { preparation } = read(config);
      for (const [index, image] of (await given(preparation)).entries()) {
        const npy = readFileSync(join(folder, `${at}-${index}.npy`));
        const bytes = npy.subarray(10 + npy.readUInt16LE(8));
        const wanted = new Float32Array(
          bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
        );
        const found = normalised(image, preparation, true);
        expect(found.length, name).toBe(wanted.length);
        const most = found.reduce(
          (worst, value, place) => Math.max(worst, Math.abs(value - wanted[place])),
          0,
        );
        expect(most, `${name} of ${SIZES[index]}`).toBeLessThan(2e-5);
      }
    }
  });
});

/** `pixel_values` → which channel is brightest, and a mean in which every value has a weight of its own. */
function telling({ height, width }: Preparation): Uint8Array {
  const graph = createOnnxGraph('telling');
  const input = graph.input('pixel_values', 'float32', ['n', 3, height, width]);
  const random = createRandom(1, 'weights');
  const weights = Float32Array.from({ length: 3 * height * width }, () => random.integer(1000) / 10);
  const each = graph.node('Mul', [input, graph.constant(weights, [1, 3, height, width])]);
  const mean = (axes: number[]) => ({
    tensor: graph.integers(axes),
    options: { attributes: { keepdims: 0 } },
  });
  const all = mean([1, 2, 3]);
  const area = mean([2, 3]);
  const channels = graph.node('ReduceMean', [input, area.tensor], area.options);
  graph.output(
    'cluster',
    graph.node('ArgMax', [channels], { attributes: { axis: 1, keepdims: 0 } }),
    'int64',
    ['n'],
  );
  graph.output('confidence', graph.node('ReduceMean', [each, all.tensor], all.options), 'float32', ['n']);
  return graph.encode();
}

describe.skipIf(!hasPython('PIL', 'numpy', 'onnxruntime'))('exported programs', () => {
  const whole = { kindred_fit: 'whole', size: 32, ...STANDARD };
  it.each(Object.entries({ ...CONFIGS, 'no config says how': whole }))(
    'for %s give the model what ours gives it',
    async (_, config) => {
      const { preparation } = read(config);
      const images = await given(preparation);
      const input = {
        how: preparation,
        values: {},
        name: 'pixel_values',
        type: 'float32',
        channelsFirst: true,
      } as const;
      const place = join(folder, 'program');
      mkdirSync(place, { recursive: true });
      writeFileSync(join(place, 'classifier.onnx'), telling(preparation));
      writeFileSync(join(place, 'labels.json'), '["red", "green", "blue"]');
      writeFileSync(join(place, 'predict.py'), pythonProgram(input));
      writeFileSync(join(place, 'predict.mjs'), nodeProgram(input));
      const dump =
        'import hashlib, json, sys\nsys.path.insert(0, ".")\nimport predict\nprint(json.dumps([hashlib.sha256(predict.image_of(path).tobytes()).hexdigest() for path in sys.argv[1:]]))';
      const bytes = spawnSync(python, ['-c', dump, ...paths], { cwd: place, encoding: 'utf8' });
      expect(JSON.parse(bytes.stdout || '[]'), bytes.stderr).toEqual(
        images.map((image) => hash('sha256', image)),
      );
      const said = [
        [python, 'predict.py'],
        [process.execPath, 'predict.mjs'],
      ].map(([command, file]) => {
        const { stdout, stderr } = spawnSync(command, [file, pile], { cwd: place, encoding: 'utf8' });
        expect(stderr).toBe('');
        return stdout
          .trimEnd()
          .split('\n')
          .map((line) => line.split('\t'));
      });
      expect(said[0].length).toBe(SIZES.length);
      said[0].forEach(([name, number, file], at) => {
        expect([said[1][at][0], said[1][at][2]]).toEqual([name, file]);
        expect(Math.abs(Number(number) - Number(said[1][at][1]))).toBeLessThanOrEqual(
          2e-3 * Math.max(1, Math.abs(Number(number))),
        );
      });
    },
  );
});

describe('a preparation', () => {
  const side = fc.integer({ min: 1, max: 60 });
  const configs = fc.constantFrom(
    ...Object.values(CONFIGS).filter((config) => !JSON.stringify(config).includes('384')),
  );

  it('gives every picture the size of the image, whatever its own', () => {
    fc.assert(
      fc.property(configs, side, side, (config, height, width) => {
        const { preparation } = read(config);
        const raster = {
          height,
          width,
          channels: 3,
          data: new Uint8Array(height * width * 3).fill(9),
        } as const;
        expect(prepared(raster, preparation).length).toBe(preparation.height * preparation.width * 3);
        const size = sizeAfter(preparation.resize, raster);
        expect(Math.min(size.height, size.width)).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 60 },
    );
  });

  it('is one plain value', () => {
    for (const config of Object.values(CONFIGS)) {
      const { preparation } = read(config);
      expect(JSON.parse(JSON.stringify(preparation))).toEqual(preparation);
    }
  });
});

describe('a config', () => {
  it('of which nothing says how keeps the picture whole, on its own ground', () => {
    for (const config of [{}, { image_mean: null }, { kindred_fit: 'whole', size: 16, resample: 2 }]) {
      expect(read(config, 16).preparation).toMatchObject({
        resize: { to: 'inside', height: 16, width: 16 },
        fill: { with: 'ground' },
      });
    }
    expect(readPreparation(join(folder, 'none.json'), { height: null, width: 20 })).toMatchObject({
      isFromFile: false,
      preparation: { height: 224, width: 20, filter: 'bicubic' },
    });
  });

  it.each(FILTERS.map((filter, resample) => [resample, filter]))('resample %s is %s', (resample, filter) => {
    expect(read({ resample, size: 8 }).preparation.filter).toBe(filter);
  });

  it.each([
    ['{', 'is no valid JSON'],
    [{ size: { max_height: 5 } }, 'cannot be used at size'],
    [{ size: -1 }, 'cannot be used at size'],
    [{ resample: 6 }, 'cannot be used at resample'],
    [{ do_flip_channel_order: true }, 'blue before red is not supported'],
    [{ size: 256 }, 'makes images of 256 × 256, and the model takes 224 × 224'],
  ])('%j is refused in one sentence', (config, sentence) => {
    expect(() => read(config, 224)).toThrow(InputError);
    expect(() => read(config, 224)).toThrow(sentence);
  });
});
