// The tasks of src/graph/eigenvectors/block-arithmetic.ts in plain words: what its kernel must agree with.
import type { BlockTask } from '#kindred/graph/eigenvectors/block-arithmetic.js';
import { type BlockMemory, blockValues, sparseMatrix } from '#kindred/graph/eigenvectors/block-memory.js';

/** Does `task` for the rows of part `part`. */
export function performPlainly(memory: BlockMemory, task: BlockTask, part: number): void {
  const [from, to] = [memory.parts[part], memory.parts[part + 1]];
  switch (task.kind) {
    case 'step':
      step(memory, task, from, to);
      break;
    case 'cross':
      cross(memory, task, part, from, to);
      break;
    case 'combine':
      combine(memory, task, from, to);
      break;
    case 'residual':
      residual(memory, task, part, from, to);
      break;
  }
}

type Task<Kind extends BlockTask['kind']> = Extract<BlockTask, { kind: Kind }>;

function step(memory: BlockMemory, task: Task<'step'>, from: number, to: number): void {
  const { starts, columns, values } = sparseMatrix(memory);
  const [out, x, previous] = [task.out, task.x, task.previous].map((block) => blockValues(memory, block));
  const { alpha, beta, gamma } = task;
  const width = task.x.stride;
  for (let row = from; row < to; row++) {
    const [first, end, base] = [starts[row], starts[row + 1], row * width];
    for (let column = 0; column < width; column += 4) {
      let [a, b, c, d] = [0, 0, 0, 0];
      for (let at = first; at < end; at++) {
        const value = values[at];
        const source = columns[at] * width + column;
        a += value * x[source];
        b += value * x[source + 1];
        c += value * x[source + 2];
        d += value * x[source + 3];
      }
      const own = base + column;
      out[own] = alpha * a + beta * x[own] + gamma * previous[own];
      out[own + 1] = alpha * b + beta * x[own + 1] + gamma * previous[own + 1];
      out[own + 2] = alpha * c + beta * x[own + 2] + gamma * previous[own + 2];
      out[own + 3] = alpha * d + beta * x[own + 3] + gamma * previous[own + 3];
    }
  }
}

function cross(memory: BlockMemory, task: Task<'cross'>, part: number, from: number, to: number): void {
  const [a, b] = [blockValues(memory, task.a), blockValues(memory, task.b)];
  const [p, q] = [task.a.stride, task.b.stride];
  const sums = partSums(memory, part, p * q);
  sums.fill(0);
  for (let row = from; row < to; row++) {
    for (let i = 0; i < p; i++) {
      const value = a[row * p + i];
      for (let j = 0; j < q; j++) sums[i * q + j] += value * b[row * q + j];
    }
  }
}

function combine(memory: BlockMemory, task: Task<'combine'>, from: number, to: number): void {
  const [out, a] = [blockValues(memory, task.out), blockValues(memory, task.a)];
  const [p, q] = [task.a.stride, task.out.stride];
  const coefficients = new Float32Array(memory.kernel.buffer, memory.coefficients, p * q);
  const sums = new Float64Array(q);
  for (let row = from; row < to; row++) {
    for (let j = 0; j < q; j++) sums[j] = task.gamma === 0 ? 0 : task.gamma * out[row * q + j];
    for (let i = 0; i < p; i++) {
      const value = a[row * p + i];
      for (let j = 0; j < q; j++) sums[j] += value * coefficients[i * q + j];
    }
    out.set(sums, row * q);
  }
}

function residual(memory: BlockMemory, task: Task<'residual'>, part: number, from: number, to: number): void {
  const [x, y] = [blockValues(memory, task.x), blockValues(memory, task.y)];
  const width = task.x.stride;
  const lambdas = new Float32Array(memory.kernel.buffer, memory.coefficients, width);
  const sums = partSums(memory, part, width);
  sums.fill(0);
  for (let row = from; row < to; row++) {
    for (let j = 0; j < width; j++) {
      const error = y[row * width + j] - lambdas[j] * x[row * width + j];
      sums[j] += error * error;
    }
  }
}

function partSums(memory: BlockMemory, part: number, length: number): Float64Array {
  return new Float64Array(memory.kernel.buffer, memory.sums + part * memory.sumsLength * 8, length);
}
