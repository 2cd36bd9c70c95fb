// The models that leave the house: what the ONNX checker and Python's ONNX Runtime say about them.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeFileAtomic } from '#kindred/core/files.js';
import { writeInto, writeModel } from '#kindred/engine/lowering.js';
import { createOnnxGraph } from '#kindred/engine/onnx/onnx.js';
import { parametersAsConstants } from '#kindred/engine/parameters.js';
import { ANY, byteInput, type Value } from '#kindred/engine/program.js';
import { stretch } from '#kindred/engine/training/flat.js';
import { optimizerNamed } from '#kindred/engine/training/optimizers.js';
import {
  stepOfLoss,
  writeGradientStep,
  writeUpdateStep,
  writeWholeSteps,
} from '#kindred/engine/training/train-step.js';
import { autoencoder } from '#kindred/models/autoencoder.js';
import {
  buildNetwork,
  discs,
  formulaParameters,
  lossOf,
  NETWORKS,
  type NetworkName,
  pixelsOf,
} from '../models/examples.js';
import { temporaryFolder } from '../support/folders.js';
import { relativeError } from '../support/numbers.js';
import { hasPython, runPython } from '../support/peers.js';
import { runProgram } from '../support/program.js';

const NAMES = Object.keys(NETWORKS) as NetworkName[];

/** The encoder of a trained network, for any number of images. */
function encoder(name: NetworkName): Value {
  const shape = NETWORKS[name];
  const { declare } = parametersAsConstants(formulaParameters(buildNetwork(shape, 1).specs));
  return autoencoder(byteInput('images', [ANY, pixelsOf(shape)]), shape, declare).code;
}

const CHECK = `
import sys, json, onnx
model = onnx.load(sys.argv[1])
onnx.checker.check_model(model, full_check=True)
shape = lambda value: [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]
print(json.dumps({
  'producer': model.producer_name,
  'metadata': {p.key: p.value for p in model.metadata_props},
  'inputs': {i.name: shape(i) for i in model.graph.input},
  'outputs': {o.name: shape(o) for o in model.graph.output},
}))`;

function check(model: Uint8Array) {
  const path = join(temporaryFolder(), 'model.onnx');
  writeFileAtomic(path, model);
  return JSON.parse(runPython(CHECK, path));
}

describe.skipIf(!hasPython('onnx'))('the ONNX checker', () => {
  it.each(NAMES)('accepts the encoder of %s, with its metadata', (name) => {
    const metadata = { kindred: '0.1.0', kinds: '["0","ﬁve"]' };
    const graph = createOnnxGraph('encoder');
    const [code] = writeInto(graph, [encoder(name)]);
    graph.output('code', code, 'float32', ['n', NETWORKS[name].encodingSize]);
    expect(check(graph.encode(metadata))).toEqual({
      producer: 'kindred',
      metadata,
      inputs: { images: ['n', pixelsOf(NETWORKS[name])] },
      outputs: { code: ['n', NETWORKS[name].encodingSize] },
    });
  });

  it.each(NAMES)('accepts the training steps of %s', (name) => {
    const shape = { images: 33, imagesInStep: 70, pixels: pixelsOf(NETWORKS[name]) };
    const step = stepOfLoss(lossOf(NETWORKS[name]), shape);
    const whole = check(writeWholeSteps(step, optimizerNamed('adam')).model);
    expect(whole.inputs.batch).toEqual(['k', 33, shape.pixels]);
    expect(whole.outputs.loss).toEqual(['k']);
    const shared = check(writeGradientStep(step).stages[0].model);
    expect(Object.keys(shared.outputs)[0]).toBe('loss');
  });

  it.each(['sgd', 'adagrad', 'adam'] as const)('accepts the update of %s', (optimizer) => {
    const { model } = writeUpdateStep(stretch('parameters', 20, [10]), 0, optimizerNamed(optimizer));
    expect(check(model).outputs['updated:parameters/20']).toEqual([10]);
  });
});

const ENCODE = `
import sys, json, numpy, onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1], providers=['CPUExecutionProvider'])
images = numpy.fromfile(sys.argv[2], dtype=numpy.uint8).reshape(int(sys.argv[3]), -1)
codes, = session.run(['code'], {'images': images})
print(json.dumps([list(codes.shape), codes.astype(float).ravel().tolist()]))`;

describe.skipIf(!hasPython('onnxruntime', 'numpy'))("Python's ONNX Runtime", () => {
  it.each(NAMES)('encodes as we do: %s', async (name) => {
    const folder = temporaryFolder();
    const code = encoder(name);
    const images = discs(3, NETWORKS[name]);
    writeFileAtomic(join(folder, 'encoder.onnx'), writeModel({ code }, 'encoder'));
    writeFileAtomic(join(folder, 'images'), images);
    const printed = runPython(ENCODE, join(folder, 'encoder.onnx'), join(folder, 'images'), '3');
    const [shape, codes] = JSON.parse(printed);
    const ours = await runProgram({ code }, { images });
    expect(shape).toEqual([3, NETWORKS[name].encodingSize]);
    expect(relativeError(ours.code, codes)).toBeLessThan(2e-6);
  });
});

describe('writing a graph', () => {
  it('gives the same bytes for the same program', () => {
    const bytes = () => Buffer.from(writeModel({ code: encoder('colour') }, 'encoder'));
    expect(bytes().equals(bytes())).toBe(true);
  });

  it('stores equal small constants once, and fresh ones every time', () => {
    const graph = createOnnxGraph('test');
    expect(graph.scalar(2)).toBe(graph.scalar(2));
    expect(graph.integers([1, 2])).toBe(graph.integers([1, 2]));
    expect(graph.integers([1, 2])).not.toBe(graph.integers([1, 2], [1, 2]));
    expect(graph.integers([2])).not.toBe(graph.scalar(2));
    expect(graph.freshIntegers([1, 2], [2])).not.toBe(graph.freshIntegers([1, 2], [2]));
  });
});
