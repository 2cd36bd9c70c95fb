// Encoders and the classifier of their vectors joined into one model, in Python's onnxruntime: the answers are those of the encoder, what is
// done with its vectors here, and the classifier, one after the other.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '#kindred/core/errors.js';
import type { Matrix } from '#kindred/core/matrix.js';
import type { Pixels } from '#kindred/core/pictures/encoding.js';
import { createRandom } from '#kindred/core/random.js';
import type { Images } from '#kindred/data/source.js';
import { createOnnxGraph } from '#kindred/engine/onnx/onnx.js';
import { encoderView } from '#kindred/features/encoder-view.js';
import { askedVectors, type Classified, classify } from '#kindred/methods/classify.js';
import { writeVectorClassifier } from '#kindred/methods/kin/kin-classifier.js';
import { openImageEncoder } from '#kindred/methods/vectors/image-encoder.js';
import { openJoinedModels } from '#kindred/run/reading/joined-models.js';
import { sharedFolder, temporaryFolder } from '../support/folders.js';
import { hasPython, runPython } from '../support/peers.js';
import { classifyInWebRuntime } from '../support/web-runtime.js';

const [HEIGHT, WIDTH] = [8, 10];
/** Neither a multiple of what the fixed encoders take, nor less. */
const ASKED = 7;
const context = { threads: 1, report: () => {}, signal: new AbortController().signal };

/** Images of three kinds: a colour each, and noise. */
function someImages(count: number, seed: number): Images {
  const random = createRandom(seed, 'images');
  const size = HEIGHT * WIDTH * 3;
  const data = Uint8Array.from({ length: count * size }, (_, at) => {
    const isLoud = at % 3 === Math.floor(at / size) % 3;
    return random.integer(isLoud ? 256 : 40);
  });
  return {
    height: HEIGHT,
    width: WIDTH,
    channels: 3,
    data,
    count,
    ids: Array.from({ length: count }, String),
  };
}

/** Of each folder: what its models take, say of themselves and answer to the pixels in it. */
const CHECK = `
import json, sys, numpy, onnx, onnxruntime
onnxruntime.set_default_logger_severity(3)

def look(folder, kind, shape):
    pixels = numpy.fromfile(f'{folder}/pixels', kind).reshape(shape)
    found = {}
    for file in ['classifier.onnx', 'encoder.onnx']:
        onnx.checker.check_model(f'{folder}/{file}', full_check=True)
        model = onnx.load(f'{folder}/{file}')
        used = {node.domain for node in model.graph.node} | {node.domain for f in model.functions for node in f.node}
        assert {each.domain for each in model.opset_import} == used | {''}, model.opset_import
        session = onnxruntime.InferenceSession(f'{folder}/{file}', providers=['CPUExecutionProvider'])
        [taken] = session.get_inputs()
        found['input'] = [taken.name, taken.type, taken.shape]
        found['metadata'] = {each.key: each.value for each in model.metadata_props}
        for each, values in zip(session.get_outputs(), session.run(None, {'pixel_values': pixels})):
            found[each.name] = dict(type=values.dtype.name, shape=each.shape, values=values.ravel().tolist())
        alone = session.run(None, {'pixel_values': pixels[:1]})
        assert all(len(values) == 1 for values in alone)
        assert numpy.allclose(alone[-1].astype(float), values[:1].astype(float), atol=1e-5)
    return found

print(json.dumps({name: look(*of) for name, of in json.load(open(sys.argv[1])).items()}))
`;

interface Found {
  readonly input: [string, string, unknown[]];
  readonly metadata: Record<string, string>;
  readonly [output: string]: unknown;
}

type Output = { type: string; shape: unknown[]; values: number[] };

/** A run's folder with the encoder and a classifier of what it says of images of three kinds. */
async function folderOf(encoderFile: string, folder: string) {
  mkdirSync(join(folder, 'model'), { recursive: true });
  writeFileSync(join(folder, 'model', 'encoder.onnx'), readFileSync(encoderFile));
  writeFileSync(
    join(folder, 'model', 'preprocessor_config.json'),
    JSON.stringify({ size: { height: HEIGHT, width: WIDTH } }),
  );
  const encoder = await openImageEncoder(join(folder, 'model', 'encoder.onnx'), 1);
  const stored = await encoder.encode(someImages(60, 1));
  const view = await encoderView(stored, context);
  const classifier = writeVectorClassifier(
    { columns: stored.columns, addViews: view.addViews },
    {
      views: view.views,
      known: { rows: view.reach, noveltyThreshold: 0.6 },
      references: { images: Int32Array.from({ length: 60 }, (_, at) => at), noveltyThreshold: 0.6 },
      assignment: Int32Array.from({ length: 60 }, (_, at) => at % 3),
      k: 3,
      neighbours: 5,
      temperature: 0.7,
    },
  );
  writeFileSync(join(folder, 'model', 'classifier.onnx'), classifier);
  return { folder, encoder, classifier };
}

const encoders = sharedFolder();
const NAMES = [
  ...[11, 13, 14, 17, 18, 20, 22, 24].map((opset) => `opset-${opset}`),
  ...['tokens', 'maps', 'halves', 'bytes-last', 'bytes-first', 'floats-last', 'branches'],
  ...['fixed-1', 'fixed-4', 'fixed-bytes', 'fixed-unsaid', 'open-sides', 'runtime', 'functions'],
];

interface Joined {
  readonly vectors: Matrix;
  readonly wanted: Classified;
  readonly sides: readonly number[];
  readonly pixels: Pixels;
}

/** Joins one encoder's models in a folder of their own. */
async function joinedOf(name: string): Promise<Joined & { readonly of: [string, string, number[]] }> {
  const { folder, encoder, classifier } = await folderOf(
    join(encoders, `${name}.onnx`),
    join(encoders, name),
  );
  const images = someImages(ASKED, 2);
  const vectors = await encoder.encode(images);
  const wanted = await classify(classifier, askedVectors(vectors), 1, context);
  const pixels = encoder.pixels(images);
  await encoder.close();
  writeFileSync(join(folder, 'pixels'), pixels.values);
  const { files, input } = await openJoinedModels(folder, vectors.columns, ['red', 'fünf', 'blue'], 1);
  for await (const { file, pieces } of files()) writeFileSync(join(folder, file), Buffer.concat(pieces));
  return {
    vectors,
    wanted,
    pixels,
    sides: input.sides,
    of: [folder, pixels.values instanceof Uint8Array ? 'uint8' : 'float32', [...pixels.shape]],
  };
}

describe.skipIf(!hasPython('onnx', 'onnxruntime', 'numpy'))(
  'an encoder and its classifier in one model',
  () => {
    const joined = new Map<string, Joined>();
    let answers: Record<string, Found>;

    beforeAll(async () => {
      runPython(readFileSync('test/support/image-encoders.py', 'utf8'), encoders);
      const asked: Record<string, unknown> = {};
      for (const name of NAMES) {
        const { of, ...rest } = await joinedOf(name);
        joined.set(name, rest);
        asked[name] = of;
      }
      writeFileSync(join(encoders, 'asked.json'), JSON.stringify(asked));
      answers = JSON.parse(runPython(CHECK, join(encoders, 'asked.json')));
    });

    it('are tried for every encoder that there is', () => {
      const there = readdirSync(encoders).filter((file) => file.endsWith('.onnx'));
      expect(there.sort()).toEqual(NAMES.map((name) => `${name}.onnx`).sort());
    });

    it('of bytes see the same picture, whichever axis the channels are', () => {
      const [last, first] = ['bytes-last', 'bytes-first'].map((name) => joined.get(name)!.vectors.data);
      first.forEach((value, at) => {
        expect(Math.abs(value - last[at])).toBeLessThan(1e-6);
      });
    });

    it.each(NAMES)("%s: answers so in a browser's runtime too", async (name) => {
      const { wanted, pixels } = joined.get(name)!;
      const model = readFileSync(join(encoders, name, 'classifier.onnx'));
      const found = await classifyInWebRuntime(model, pixels.values, pixels.shape, 'pixel_values');
      expect(found.cluster).toEqual([...wanted.assignment]);
      found.confidence.forEach((value, at) => {
        expect(Math.abs(value - wanted.confidence[at])).toBeLessThan(2e-4);
      });
    });

    it.each(NAMES)('%s: answers as the two do', (name) => {
      const { vectors, wanted, sides } = joined.get(name)!;
      const found = answers[name];
      const { cluster, confidence, known, features } = found as unknown as Record<string, Output>;
      expect([cluster.type, confidence.type, known.type, features.type]).toEqual([
        'int64',
        'float32',
        'bool',
        'float32',
      ]);
      for (const output of [cluster, confidence, known]) expect(output.shape).toEqual(['n']);
      expect(features.shape).toEqual(['n', vectors.columns]);
      expect(found.input[0]).toBe('pixel_values');
      expect(found.input[2]).toEqual(['n', ...sides]);
      expect(found.input[1]).toBe(name.includes('bytes') ? 'tensor(uint8)' : 'tensor(float)');
      expect(JSON.parse(found.metadata['kindred.kinds'])).toEqual(['red', 'fünf', 'blue']);
      expect(found.metadata['kindred.input']).toContain('pixel_values');
      expect(found.metadata.author).toBeUndefined();

      expect(cluster.values).toEqual([...wanted.assignment]);
      expect(new Set(cluster.values).size).toBeGreaterThan(1);
      expect(known.values.map(Boolean)).toEqual([...wanted.known]);
      confidence.values.forEach((value, at) => {
        expect(Math.abs(value - wanted.confidence[at])).toBeLessThan(2e-4);
      });
      features.values.forEach((value, at) => {
        expect(Math.abs(value - vectors.data[at])).toBeLessThan(1e-5);
      });
    });
  },
);

/** float32 (n, 3, 8, 10) → (n, 3): the sum of each channel, times `factor`. */
function sums(factor: number, opset = 21): Uint8Array {
  const graph = createOnnxGraph('sums', '', opset);
  const images = graph.input('images', 'float32', ['n', 3, HEIGHT, WIDTH]);
  const sum = graph.node('ReduceSum', [images, graph.integers([2, 3])], { attributes: { keepdims: 0 } });
  graph.output('sums', graph.node('Mul', [sum, graph.scalar(factor)]), 'float32', ['n', 3]);
  return graph.encode();
}

describe('vectors of any size', () => {
  it.each([1, 1e30, 1e-32])('times %d have unit length', async (factor) => {
    const path = join(temporaryFolder(), 'sums.onnx');
    writeFileSync(path, sums(factor));
    const { folder, encoder } = await folderOf(path, temporaryFolder());
    await encoder.close();
    const { files } = await openJoinedModels(folder, 3, ['a', 'b', 'c'], 1);
    const written: string[] = [];
    for await (const { file } of files()) written.push(file);
    // Each was found to say what the encoder says alone.
    expect(written).toEqual(['classifier.onnx', 'encoder.onnx']);
  });
});

it('an encoder that cannot be joined is refused by its file', async () => {
  const path = join(temporaryFolder(), 'sums.onnx');
  writeFileSync(path, sums(1));
  const { folder, encoder } = await folderOf(path, temporaryFolder());
  await encoder.close();
  const opened = await openJoinedModels(folder, 3, ['a', 'b', 'c'], 1);
  // Another model in its place since: it runs, and says something else.
  writeFileSync(join(folder, 'model', 'encoder.onnx'), sums(-1));
  const next = opened.files().next();
  await expect(next).resolves.toMatchObject({ value: { file: 'classifier.onnx' } });
  const files = opened.files();
  await files.next();
  const second = files.next();
  await expect(second).rejects.toThrow(InputError);
  await expect(second).rejects.toThrow(/encoder.onnx gives other vectors within a joined model than alone/);
});
