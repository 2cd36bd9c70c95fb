// One thread of model-runner.ts: its own session over the same model, a block of rows a request.
import { workerData } from 'node:worker_threads';
import { answerRequests } from '../core/workers.js';
import type { BlockRequest, ModelShare } from './model-runner-messages.js';
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
