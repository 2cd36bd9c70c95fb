// A whole model as a part of another graph: equal names do not meet, and the numbers are those of the model alone.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { protobuf } from '#kindred/core/protobuf.js';
import { createOnnxGraph, float } from '#kindred/engine/onnx/onnx.js';
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

  it('refuses a model that does not fit', () => {
    const graph = createOnnxGraph('host');
    expect(() => graph.embed(scaling(1), 'a_', {})).toThrow("embed: the model's input x is not given");
    const other = protobuf().message(7, protobuf()).message(8, protobuf().string(1, '').varint(2, 7));
    expect(() => graph.embed(other.encode(), 'b_', {})).toThrow('operator set 7 and not of 21');
    const body = createOnnxGraph('body', 'inner_');
    const outer = createOnnxGraph('outer');
    outer.node('Loop', [outer.integers([1], [])], { attributes: { body: { graph: body } } });
    expect(() => graph.embed(outer.encode(), 'c_', {})).toThrow('a graph within a node');
  });
});
