// The four loops in which the eigensolver spends its time, over tall blocks: WebAssembly SIMD.
// test/graph/plain-block-arithmetic.ts has the same in plain words.
import { type KernelModule, startKernel } from '../../core/kernels.js';
import type { Block, BlockMemory } from './block-memory.js';

/** One loop over all rows. Blocks are of the same memory; `out` may be `previous` but no other operand. */
export type BlockTask =
  /** out = α S x + β x + γ previous: a step of a polynomial in S. */
  | {
      readonly kind: 'step';
      readonly out: Block;
      readonly x: Block;
      readonly previous: Block;
      readonly alpha: number;
      readonly beta: number;
      readonly gamma: number;
    }
  /** sums (a.stride, b.stride) = aᵀ b; for a `symmetric` product those below the diagonal need not be right. */
  | { readonly kind: 'cross'; readonly a: Block; readonly b: Block; readonly symmetric: boolean }
  /** out = γ out + a C, with C (a.stride, out.stride) from the coefficients. */
  | { readonly kind: 'combine'; readonly out: Block; readonly a: Block; readonly gamma: number }
  /** sums (x.stride) = Σ over rows of (y − λ x)², with λ (x.stride) from the coefficients. */
  | { readonly kind: 'residual'; readonly x: Block; readonly y: Block };

/** Does a task for the rows of one part of the memory. */
export type PerformTask = (task: BlockTask, part: number) => void;

/** kernels/graph/eigenvectors/block-arithmetic.ts; every place is a byte offset, every stride in floats. */
interface Kernel {
  step(
    starts: number,
    columns: number,
    values: number,
    out: number,
    x: number,
    previous: number,
    width: number,
    alpha: number,
    beta: number,
    gamma: number,
    from: number,
    to: number,
  ): void;
  cross(
    a: number,
    p: number,
    b: number,
    q: number,
    symmetric: boolean,
    sums: number,
    from: number,
    to: number,
  ): void;
  combine(
    out: number,
    q: number,
    a: number,
    p: number,
    coefficients: number,
    gamma: number,
    from: number,
    to: number,
  ): void;
  residual(
    x: number,
    y: number,
    width: number,
    lambdas: number,
    sums: number,
    from: number,
    to: number,
  ): void;
}

/** Where the compiled kernel lies: for compileKernel. */
export const blockKernel = new URL('./block-arithmetic.wasm', import.meta.url);

/** The loops, for one thread. */
export async function startArithmetic(module: KernelModule, memory: BlockMemory): Promise<PerformTask> {
  const kernel = startKernel<Kernel>(module, memory.kernel);
  const { starts, columns, values, coefficients, parts } = memory;
  return (task, part) => {
    const [from, to] = [parts[part], parts[part + 1]];
    const sums = memory.sums + part * memory.sumsLength * 8;
    switch (task.kind) {
      case 'step': {
        const { out, x, previous, alpha, beta, gamma } = task;
        const places = [out.offset, x.offset, previous.offset] as const;
        return kernel.step(starts, columns, values, ...places, x.stride, alpha, beta, gamma, from, to);
      }
      case 'cross': {
        const { a, b, symmetric } = task;
        return kernel.cross(a.offset, a.stride, b.offset, b.stride, symmetric, sums, from, to);
      }
      case 'combine': {
        const { out, a, gamma } = task;
        return kernel.combine(out.offset, out.stride, a.offset, a.stride, coefficients, gamma, from, to);
      }
      case 'residual': {
        const { x, y } = task;
        return kernel.residual(x.offset, y.offset, x.stride, coefficients, sums, from, to);
      }
    }
  };
}
