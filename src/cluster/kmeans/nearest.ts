// The two nearest centres of many rows, by matrix multiplication.
//
// ‖x − c‖² = ‖x‖² − 2·(x·c − ‖c‖²/2), so the nearest centre has the greatest score x·c − ‖c‖²/2: one Gemm
// with a bias. TopK picks the two greatest in the same program; on 1024 × 256 scores it costs 0.1 ms where a
// loop in JavaScript costs 0.6 ms. Equal scores go to the lower index.

import { squaredNorm } from '../../core/matrix.js';
import { createOnnxGraph } from '../../engine/onnx/onnx.js';
import { createSession, hostTensor } from '../../engine/runtime/session.js';

/** Finds the two nearest of k centres for up to `blockRows` rows at a time. */
export interface NearestTwo {
  readonly blockRows: number;
  /** (blockRows, 2): the greatest score of each row and the next. */
  readonly scores: Float32Array;
  /**
   * (blockRows, 2) int64 as its 32-bit words: the centre of `scores[s]` is `centreWords[2 * s]`
   * (every machine that Node runs on is little-endian, and no index needs the upper word).
   */
  readonly centreWords: Int32Array;
  setCentres(centres: Float32Array): void;
  /** x (≤ blockRows, columns), not in shared memory → `scores` and `centreWords`. */
  find(x: Float32Array): Promise<void>;
}

/** a (m, columns), b (n, columns) → products (m, n): a·bᵀ. None may lie in shared memory. */
export type MultiplyRows = (a: Float32Array, b: Float32Array, products: Float32Array) => Promise<void>;

/** A block's scores should stay in the second-level cache, and a block should not be many. */
const BLOCK_SCORES = 2 ** 18;
const BLOCK_ROWS_RANGE = [16, 4096] as const;

export async function createNearestTwo(columns: number, k: number): Promise<NearestTwo> {
  const graph = createOnnxGraph('two nearest centres');
  const x = graph.input('x', 'float32', ['n', columns]);
  const c = graph.input('centres', 'float32', [k, columns]);
  const cBias = graph.input('bias', 'float32', [k]);
  const all = graph.node('Gemm', [x, c, cBias], { attributes: { transB: 1 } });
  const [scores, indices] = graph.nodes('TopK', [all, graph.integers([2])], 2);
  graph.output('top', scores, 'float32', ['n', 2]);
  graph.output('index', indices, 'int64', ['n', 2]);
  const session = await createSession(graph.encode());

  const [least, most] = BLOCK_ROWS_RANGE;
  const blockRows = Math.min(most, Math.max(least, Math.floor(BLOCK_SCORES / k)));
  const top = new Float32Array(blockRows * 2);
  const index = new BigInt64Array(blockRows * 2);
  const centres = new Float32Array(k * columns);
  const bias = new Float32Array(k);
  const inputs = { centres: hostTensor(centres, [k, columns]), bias: hostTensor(bias, [k]) };
  return {
    blockRows,
    scores: top,
    centreWords: new Int32Array(index.buffer),
    setCentres(values) {
      centres.set(values);
      writeBias(centres, columns, bias);
    },
    async find(x) {
      const rows = x.length / columns;
      await session.run(
        { ...inputs, x: hostTensor(x, [rows, columns]) },
        {
          top: hostTensor(top.subarray(0, rows * 2), [rows, 2]),
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

/** centres (k, columns) → bias (k): −‖c‖²/2. */
function writeBias(centres: Float32Array, columns: number, bias: Float32Array): void {
  for (let centre = 0; centre < bias.length; centre++)
    bias[centre] = -squaredNorm(centres, columns, centre) / 2;
}
