// A thread of block-team.ts.
import { workerData } from 'node:worker_threads';
import { answerRequests } from '../../core/workers.js';
import { type BlockTask, startArithmetic } from './block-arithmetic.js';
import type { BlockShare } from './block-team.js';

const { module, memory, firstPart, endPart } = workerData as BlockShare;
const starting = startArithmetic(module, memory);

answerRequests<BlockTask, void>(async (task) => {
  const performTask = await starting;
  for (let part = firstPart; part < endPart; part++) performTask(task, part);
});
