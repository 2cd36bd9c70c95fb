// The SIMD kernel against the plain loops.
import { describe, expect, it } from 'vitest';
import { compileKernel } from '#kindred/core/kernels.js';
import { createRandom } from '#kindred/core/random.js';
import { connectedComponents } from '#kindred/graph/connected-components.js';
import {
  type BlockTask,
  blockKernel,
  startArithmetic,
} from '#kindred/graph/eigenvectors/block-arithmetic.js';
import {
  addSums,
  type BlockMemory,
  blockAt,
  blockValues,
  createBlockMemory,
} from '#kindred/graph/eigenvectors/block-memory.js';
import { degrees } from '#kindred/graph/sparse.js';
import { cycle, type Edge, graphOf } from './graphs.js';
import { performPlainly } from './plain-block-arithmetic.js';

const NODES = 203;
const random = createRandom(1, 'chords');
const chords = Array.from(
  { length: NODES },
  (_, i): Edge => [i, (i + 2 + random.integer(90)) % NODES, 0.5 + random.uniform()],
);
const graph = graphOf(NODES + 1, [...cycle(NODES), ...chords]);

function memoryWith(width: number, finished: number): BlockMemory {
  const { order } = connectedComponents(graph);
  const memory = createBlockMemory(graph, degrees(graph), order, width, finished);
  const values = createRandom(2, 'values');
  for (const place of memory.work) {
    blockValues(memory, blockAt(place, width)).forEach((_, at, block) => {
      block[at] = values.normal();
    });
  }
  const coefficients = new Float32Array(memory.kernel.buffer, memory.coefficients, width * width);
  coefficients.forEach((_, at) => {
    coefficients[at] = values.normal();
  });
  return memory;
}

describe('block arithmetic', () => {
  // Every remainder of the kernel's tiles: 32, 8 and 4 columns.
  for (const width of [4, 8, 12, 40, 44]) {
    it(`does ${width} columns as the plain loops do`, async () => {
      const fast = memoryWith(width, width);
      const plain = memoryWith(width, width);
      const perform = await startArithmetic(await compileKernel(blockKernel), fast);
      const [a, b, c] = fast.work.map((place) => blockAt(place, width));
      const tasks: BlockTask[] = [
        { kind: 'step', out: c, x: a, previous: c, alpha: 1.5, beta: -0.25, gamma: 0.75 },
        { kind: 'combine', out: b, a: c, gamma: 0.5 },
        { kind: 'combine', out: a, a: b, gamma: 0 },
        { kind: 'cross', a, b: c, symmetric: false },
        { kind: 'residual', x: b, y: c },
      ];
      for (const task of tasks) {
        for (let part = 0; part < fast.parts.length - 1; part++) {
          perform(task, part);
          performPlainly(plain, task, part);
        }
        const length = task.kind === 'cross' ? width * width : width;
        const pairs = [
          ...[a, b, c].map((block) => [blockValues(fast, block), blockValues(plain, block)]),
          ...(task.kind === 'cross' || task.kind === 'residual'
            ? [[addSums(fast, length), addSums(plain, length)]]
            : []),
        ];
        for (const [ours, expected] of pairs) {
          const scale = Math.max(...Array.from(expected, Math.abs));
          expect(scale).toBeGreaterThan(0);
          const worst = Math.max(...Array.from(ours, (value, at) => Math.abs(value - expected[at])));
          expect(worst / scale, task.kind).toBeLessThan(2e-6);
        }
      }
    });
  }

  it('computes a symmetric product on and above the diagonal', async () => {
    const memory = memoryWith(20, 20);
    const perform = await startArithmetic(await compileKernel(blockKernel), memory);
    const [a] = memory.work.map((place) => blockAt(place, 20));
    const products = [true, false].map((symmetric) => {
      for (let part = 0; part < memory.parts.length - 1; part++)
        perform({ kind: 'cross', a, b: a, symmetric }, part);
      return addSums(memory, 400);
    });
    for (let at = 0; at < 400; at++) {
      if (at % 20 >= Math.floor(at / 20)) expect(products[0][at]).toBe(products[1][at]);
    }
  });

  it('shares all rows out among its parts', () => {
    const { parts } = memoryWith(4, 4);
    expect([parts[0], parts.at(-1)]).toEqual([0, NODES + 1]);
    expect(parts.every((start, index) => index === 0 || start >= parts[index - 1])).toBe(true);
  });
});
