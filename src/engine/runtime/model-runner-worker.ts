// One thread of model-runner.ts: its own session over the same model, a block of rows a request.
import { workerData } from 'node:worker_threads';
import { answerRequests } from '../../core/workers.js';
import { createSession, hostTensor, type Session } from './session.js';

const { model, rows, outputs, results } = workerData as ModelShare;
const rowLength = rows.shape.reduce((product, extent) => product * extent, 1);
// Not before it is asked: a worker that is ended while its session opens takes the whole process down.
let opening: Promise<Session> | undefined;

answerRequests<BlockRequest, void>(async ({ firstRow, count }) => {
  opening ??= createSession(model);
  const session = await opening;
  // A copy: the runtime does not take shared memory.
  const block = rows.data.slice(firstRow * rowLength, (firstRow + count) * rowLength);
  const result = await session.run({ [rows.inputName]: hostTensor(block, [count, ...rows.shape]) });
  outputs.forEach(({ name, columns }, index) => {
    const values = result[name].data as Float32Array | Uint8Array | BigInt64Array;
    const target = results[index].subarray(firstRow * columns, (firstRow + count) * columns);
    if (values instanceof BigInt64Array)
      values.forEach((value, row) => {
        target[row] = Number(value);
      });
    else target.set(values);
  });
});

// What model-runner.ts and its workers say to each other, and what a model is run on.

/** A model's result for every row. */
export interface ModelOutput {
  readonly name: string;
  /** Values a row. */
  readonly columns: number;
  /** How its values are kept; float32 by default. */
  readonly type?: 'float32' | 'uint8';
}

export interface ModelRows {
  /** The model's input, without the extent of the batch: [28, 28, 1] for images, [64] for codes. */
  readonly shape: readonly number[];
  readonly inputName: string;
  /** The rows one after the other. */
  readonly data: Uint8Array | Float32Array;
  readonly count: number;
}

export interface ModelShare {
  readonly model: Uint8Array;
  readonly rows: ModelRows;
  readonly outputs: readonly ModelOutput[];
  /** Where each output's rows go, in shared memory. */
  readonly results: readonly (Float32Array | Uint8Array)[];
}

export interface BlockRequest {
  readonly firstRow: number;
  readonly count: number;
}
