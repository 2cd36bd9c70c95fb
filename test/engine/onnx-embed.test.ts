// A whole model as a part of another graph: equal names do not meet, and the numbers are those of the model alone.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError } from '#kindred/core/errors.js';
import { type ProtobufMessage, protobuf } from '#kindred/core/protobuf.js';
import { createOnnxGraph, float } from '#kindred/engine/onnx/onnx.js';
import { opsetFor } from '#kindred/engine/onnx/raising.js';
import { createSession, floatValues, hostTensor } from '#kindred/engine/runtime/session.js';
import { temporaryFolder } from '../support/folders.js';
import { hasPython, runPython } from '../support/peers.js';

/** x (n, 3) → `scaled`: LeakyRelu(x) · factor, and `x` itself again as `same`. */
function scaling(factor: number): Uint8Array {
  const graph = createOnnxGraph('scaling');
  const x = graph.input('x', 'float32', ['n', 3]);
  const bent = graph.node('LeakyRelu', [x], { attributes: { alpha: float(0.5) } });
  const large = graph.constant(new Float32Array(96).fill(factor), [32, 3]);
  const row = graph.node('Slice', [large, graph.integers([0]), graph.integers([1]), graph.integers([0])]);
  graph.output('scaled', graph.node('Mul', [bent, row]), 'float32', ['n', 3]);
  graph.output('same', x, 'float32', ['n', 3]);
  return graph.encode();
}

function both(): Uint8Array {
  const graph = createOnnxGraph('both');
  const images = graph.input('images', 'float32', ['n', 3]);
  const first = graph.embed(scaling(2), 'first_', { x: images });
  const second = graph.embed(scaling(10), 'second_', { x: first.scaled });
  graph.output('sum', graph.node('Add', [first.scaled, second.scaled]), 'float32', ['n', 3]);
  graph.output('direct', second.scaled, 'float32', ['n', 3]);
  graph.output('same', second.same, 'float32', ['n', 3]);
  return graph.encode({ 'kindred.test': 'yes' });
}

describe('embedding', () => {
  it('joins two models with the same names inside', async () => {
    const session = await createSession(both());
    const { sum, direct, same } = await session.run({
      images: hostTensor(Float32Array.of(1, -1, 4, 0, 0.5, -2), [2, 3]),
    });
    // LeakyRelu(…)·2, then LeakyRelu of that · 10.
    expect([...floatValues(direct)]).toEqual([20, -5, 80, 0, 10, -10]);
    expect([...floatValues(same)]).toEqual([2, -1, 8, 0, 1, -2]);
    expect([...floatValues(sum)]).toEqual([22, -6, 88, 0, 11, -12]);
    await session.release();
  });

  it('works on what was joined before', async () => {
    const graph = createOnnxGraph('nested');
    const images = graph.input('images', 'float32', ['n', 3]);
    const { direct } = graph.embed(both(), 'old_', { images });
    graph.output('twice', graph.node('Add', [direct, direct]), 'float32', ['n', 3]);
    const session = await createSession(graph.encode());
    const { twice } = await session.run({ images: hostTensor(Float32Array.of(1, -1, 0), [1, 3]) });
    expect([...floatValues(twice)]).toEqual([40, -10, 0]);
    await session.release();
  });

  it.skipIf(!hasPython('onnx'))("passes ONNX's own checker", () => {
    const file = join(temporaryFolder(), 'both.onnx');
    writeFileSync(file, both());
    const check = 'import onnx, sys; onnx.checker.check_model(sys.argv[1], full_check=True); print("valid")';
    expect(runPython(check, file)).toBe('valid\n');
  });

  it('calls what a body sees by the names that outputs got', async () => {
    const body = createOnnxGraph('body', 'inner_');
    const outer = createOnnxGraph('outer');
    const x = outer.input('x', 'float32', ['n', 3]);
    const doubled = outer.node('Add', [x, x]);
    body.output('inner_then', body.node('Neg', [doubled]), 'float32', ['n', 3]);
    const other = createOnnxGraph('other', 'other_');
    other.output('other_else', other.node('Abs', [doubled]), 'float32', ['n', 3]);
    const isTrue = outer.node('Greater', [outer.integers([2], []), outer.integers([1], [])]);
    const attributes = { then_branch: { graph: body }, else_branch: { graph: other } };
    outer.output('chosen', outer.node('If', [isTrue], { attributes }), 'float32', ['n', 3]);
    outer.output('doubled', doubled, 'float32', ['n', 3]);
    // What is embedded has bodies too, whose outer tensors are called otherwise once more.
    const host = createOnnxGraph('host');
    const given = host.input('given', 'float32', ['n', 3]);
    const found = host.embed(outer.encode(), 'a_', { x: given });
    host.output('chosen', found.chosen, 'float32', ['n', 3]);
    host.output('doubled', found.doubled, 'float32', ['n', 3]);
    for (const [model, input] of [
      [outer, 'x'],
      [host, 'given'],
    ] as const) {
      const session = await createSession(model.encode());
      const { chosen, doubled: twice } = await session.run({
        [input]: hostTensor(Float32Array.of(1, 2, -3), [1, 3]),
      });
      expect([...floatValues(chosen)]).toEqual([-2, -4, 6]);
      expect([...floatValues(twice)]).toEqual([2, 4, -6]);
      await session.release();
    }
  });

  it('leaves behind what no wanted output needs, and keeps what a body sees', async () => {
    const many = createOnnxGraph('many');
    const x = many.input('x', 'float32', ['n', 3]);
    const seen = many.constant(new Float32Array(300).fill(2), [100, 3]);
    const head = many.constant(new Float32Array(30_000).fill(1), [3, 10_000]);
    const row = many.node('Gather', [seen, many.integers([0], [])]);
    const body = createOnnxGraph('body', 'inner_');
    body.output('inner_then', body.node('Mul', [x, row]), 'float32', ['n', 3]);
    const other = createOnnxGraph('other', 'other_');
    other.output('other_else', other.node('Neg', [x]), 'float32', ['n', 3]);
    const isTrue = many.node('Greater', [many.integers([2], []), many.integers([1], [])]);
    const attributes = { then_branch: { graph: body }, else_branch: { graph: other } };
    many.output('vectors', many.node('If', [isTrue], { attributes }), 'float32', ['n', 3]);
    many.output('logits', many.node('MatMul', [x, head]), 'float32', ['n', 10_000]);
    const host = createOnnxGraph('host');
    const given = host.input('given', 'float32', ['n', 3]);
    const found = host.embed(many.encode(), 'a_', { x: given }, { wanted: ['vectors'] });
    expect(Object.keys(found)).toEqual(['vectors']);
    host.output('doubled', found.vectors, 'float32', ['n', 3]);
    const model = host.encode();
    expect(many.encode().length).toBeGreaterThan(120_000);
    expect(model.length).toBeLessThan(4000);
    const session = await createSession(model);
    const { doubled } = await session.run({ given: hostTensor(Float32Array.of(1, 2, -3), [1, 3]) });
    expect([...floatValues(doubled)]).toEqual([2, 4, -6]);
    await session.release();
  });

  it('takes weights that are named among the inputs, and leaves metadata behind', async () => {
    const weight = protobuf()
      .varint(1, 1)
      .varint(2, 1)
      .string(8, 'w')
      .bytes(9, new Uint8Array([0, 0, 0, 64]));
    const node = protobuf().string(1, 'x').string(1, 'w').string(2, 'y').string(4, 'Mul');
    const graph = protobuf().message(1, node).string(2, 'old').message(5, weight);
    for (const name of ['x', 'w']) graph.message(11, protobuf().string(1, name));
    graph.message(12, protobuf().string(1, 'y'));
    const old = modelOf(graph, 11);
    const host = createOnnxGraph('host');
    const x = host.input('images', 'float32', ['n']);
    host.output('z', host.embed(old, 'old_', { x }).y, 'float32', ['n']);
    const session = await createSession(host.encode());
    const { z } = await session.run({ images: hostTensor(Float32Array.of(1, -4), [2]) });
    expect([...floatValues(z)]).toEqual([2, -8]);
    await session.release();
  });
});

function modelOf(graph: ProtobufMessage, opset: number, domain = ''): Uint8Array {
  return protobuf()
    .varint(1, 8)
    .message(7, graph)
    .message(8, protobuf().string(1, domain).varint(2, opset))
    .encode();
}

function oneNode(type: string, rest: (node: ProtobufMessage) => ProtobufMessage = (node) => node) {
  return protobuf().message(1, rest(protobuf().string(1, 'x').string(2, 'y').string(4, type)));
}

const text = (name: string, value: string) => protobuf().string(1, name).string(4, value).varint(20, 3);
const elsewhere = protobuf().varint(1, 3).varint(2, 1).string(8, 'w').varint(14, 1);

describe('what cannot be joined', () => {
  it.each<readonly [string, Uint8Array, string]>([
    ['too old', modelOf(oneNode('Abs'), 7), 'is of operator set 7, where 11 to 26 are wanted'],
    ['too new', modelOf(oneNode('Abs'), 27), 'is of operator set 27, where 11 to 26 are wanted'],
    ['unknown', modelOf(oneNode('Wonder'), 13), 'has a node Wonder of operator set 13'],
    ['given up', modelOf(oneNode('Upsample'), 11), 'has a node Upsample of operator set 11'],
    [
      'a mode that is gone',
      modelOf(
        oneNode('Resize', (node) =>
          node.message(5, text('coordinate_transformation_mode', 'tf_half_pixel_for_nn')),
        ),
        11,
      ),
      'has a node Resize of operator set 11',
    ],
    [
      'training',
      modelOf(
        oneNode('BatchNormalization', (node) => node.string(2, 'mean')),
        11,
      ),
      'has a node BatchNormalization of operator set 11',
    ],
    ['elsewhere', modelOf(protobuf().message(5, elsewhere), 13), 'keeps weights in other files'],
    [
      'elsewhere, in a constant within a branch',
      modelOf(
        oneNode('If', (node) =>
          node.message(
            5,
            protobuf()
              .string(1, 'then_branch')
              .message(
                6,
                oneNode('Constant', (each) =>
                  each.message(5, protobuf().string(1, 'value').message(5, elsewhere)),
                ),
              ),
          ),
        ),
        13,
      ),
      'keeps weights in other files',
    ],
    ['sparse', modelOf(protobuf().message(15, protobuf()), 13), 'keeps weights as sparse initializers'],
  ])('%s: one sentence', (_, model, sentence) => {
    const graph = createOnnxGraph('host');
    const embed = () => graph.embed(model, 'a_', {}, { called: 'some.onnx' });
    expect(embed).toThrow(InputError);
    expect(embed).toThrow(`some.onnx ${sentence}`);
    expect(embed).toThrow(/: (export it again with|write it as one, which) [^:]*\.$/);
  });

  it('two versions of a domain', () => {
    const own = (version: number) =>
      modelOf(
        oneNode('Guess', (node) => node.string(7, 'own')),
        version,
        'own',
      );
    const graph = createOnnxGraph('host');
    graph.embed(own(1), 'a_', {});
    expect(() => graph.embed(own(2), 'b_', {})).toThrow('version 1 and version 2 of the operators own');
  });

  it('more than a file holds, before any of it is copied', () => {
    const graph = createOnnxGraph('vast');
    const values = new Float32Array(2 ** 28);
    for (let copy = 0; copy < 3; copy++) graph.constant(values, [2 ** 28]);
    expect(() => graph.encode()).toThrow('The model vast would be of 3.0 GiB, where an ONNX file holds two');
  });

  it('a model whose input is not given, or that is newer than the graph', () => {
    const graph = createOnnxGraph('host');
    expect(() => graph.embed(scaling(1), 'a_', {})).toThrow("embed: the model's input x is not given");
    expect(() => graph.embed(modelOf(oneNode('Abs'), 23), 'b_', {})).toThrow(
      'of operator set 23, the graph of 21',
    );
    expect(opsetFor([scaling(1), modelOf(oneNode('Abs'), 23)], 'both')).toBe(23);
  });
});
