// The two nearest centres of many rows, by matrix multiplication (engine/onnx/nearest-rows.ts).
import { squaredNorms } from '../../core/matrix.js';
import { addNearestBeside } from '../../engine/onnx/nearest-rows.js';
import { createOnnxGraph } from '../../engine/onnx/onnx.js';
import { createSession, hostTensor } from '../../engine/runtime/session.js';

/** Finds the two nearest of k centres for up to `blockRows` rows at a time. */
export interface NearestTwo {
  readonly blockRows: number;
  /** (blockRows, 2): ‖x − c‖² − ‖x‖² for the nearest centre of each row and the next. */
  readonly beside: Float32Array;
  /**
   * (blockRows, 2) int64 as its 32-bit words: the centre of `beside[s]` is `centreWords[2 * s]`
   * (every machine that Node runs on is little-endian, and no index needs the upper word).
   */
  readonly centreWords: Int32Array;
  setCentres(centres: Float32Array): void;
  /** x (≤ blockRows, columns), not in shared memory → `beside` and `centreWords`. */
  find(x: Float32Array): Promise<void>;
}

/** a (m, columns), b (n, columns) → products (m, n): a·bᵀ. None may lie in shared memory. */
export type MultiplyRows = (a: Float32Array, b: Float32Array, products: Float32Array) => Promise<void>;

/** A block's products should stay in the second-level cache, and a block should not be many. */
const BLOCK_PRODUCTS = 2 ** 18;
const BLOCK_ROWS_RANGE = [16, 4096] as const;

export async function createNearestTwo(columns: number, k: number): Promise<NearestTwo> {
  const graph = createOnnxGraph('two nearest centres');
  const x = graph.input('x', 'float32', ['n', columns]);
  const compared = {
    minusTwice: graph.input('minusTwice', 'float32', [k, columns]),
    norms: graph.input('norms', 'float32', [k]),
  };
  const nearest = addNearestBeside(graph, x, compared, 2);
  graph.output('beside', nearest.beside, 'float32', ['n', 2]);
  graph.output('index', nearest.indices, 'int64', ['n', 2]);
  const session = await createSession(graph.encode());

  const [least, most] = BLOCK_ROWS_RANGE;
  const blockRows = Math.min(most, Math.max(least, Math.floor(BLOCK_PRODUCTS / k)));
  const beside = new Float32Array(blockRows * 2);
  const index = new BigInt64Array(blockRows * 2);
  const minusTwice = new Float32Array(k * columns);
  const norms = new Float32Array(k);
  const inputs = { minusTwice: hostTensor(minusTwice, [k, columns]), norms: hostTensor(norms, [k]) };
  return {
    blockRows,
    beside,
    centreWords: new Int32Array(index.buffer),
    setCentres(centres) {
      for (let at = 0; at < centres.length; at++) minusTwice[at] = -2 * centres[at];
      norms.set(squaredNorms({ data: centres, rows: k, columns }));
    },
    async find(x) {
      const rows = x.length / columns;
      await session.run(
        { ...inputs, x: hostTensor(x, [rows, columns]) },
        {
          beside: hostTensor(beside.subarray(0, rows * 2), [rows, 2]),
          index: hostTensor(index.subarray(0, rows * 2), [rows, 2]),
        },
      );
    },
  };
}

export async function createMultiplyRows(columns: number): Promise<MultiplyRows> {
  const graph = createOnnxGraph('products of rows');
  const a = graph.input('a', 'float32', ['m', columns]);
  const b = graph.input('b', 'float32', ['n', columns]);
  const products = graph.node('Gemm', [a, b], { attributes: { transB: 1 } });
  graph.output('products', products, 'float32', ['m', 'n']);
  const session = await createSession(graph.encode());
  return async (a, b, products) => {
    const [m, n] = [a.length / columns, b.length / columns];
    await session.run(
      { a: hostTensor(a, [m, columns]), b: hostTensor(b, [n, columns]) },
      { products: hostTensor(products, [m, n]) },
    );
  };
}
