// Programs as graphs: the order of evaluation, and what happens to deep and shared ones.
import { describe, expect, it } from 'vitest';
import { add, relu, scale } from '#kindred/engine/operations.js';
import { input, sizeOf, topologicalOrder, type Value } from '#kindred/engine/program.js';
import { runProgram } from '../support/program.js';

const x = input('x', [2]);

describe('the order of a program', () => {
  it('has every value once, after its inputs', () => {
    const shared = relu(x);
    const outputs = [add(shared, scale(shared, 2)), shared];
    const order = topologicalOrder(outputs);
    expect(new Set(order).size).toBe(order.length);
    expect(order).toHaveLength(4);
    for (const value of order) {
      for (const source of value.inputs) {
        expect(order.indexOf(source)).toBeLessThan(order.indexOf(value));
      }
    }
  });

  it('is found for programs deeper than the call stack', () => {
    let deep: Value = x;
    for (let depth = 0; depth < 50_000; depth++) deep = relu(deep);
    expect(topologicalOrder([deep])).toHaveLength(50_001);
  });

  it('does not grow with the ways through a program', () => {
    let value: Value = x;
    for (let depth = 0; depth < 60; depth++) value = add(value, value);
    expect(topologicalOrder([value])).toHaveLength(61);
  });
});

describe('outputs', () => {
  it('may be inputs, and may also be used inside', async () => {
    const doubled = scale(x, 2);
    const results = await runProgram(
      { same: x, doubled, more: relu(doubled) },
      { x: Float32Array.of(-1, 3) },
    );
    expect([...results.same]).toEqual([-1, 3]);
    expect([...results.doubled]).toEqual([-2, 6]);
    expect([...results.more]).toEqual([0, 6]);
  });

  it('may be one value under two names', async () => {
    const doubled = scale(x, 2);
    const results = await runProgram({ one: doubled, other: doubled }, { x: Float32Array.of(-1, 3) });
    expect([...results.other]).toEqual([...results.one]);
  });
});

it('the size of a shape is the product of its extents', () => {
  expect([[], [0, 4], [2, 3, 4]].map(sizeOf)).toEqual([1, 0, 24]);
});
