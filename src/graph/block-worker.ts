// A thread of block-team.ts.
import { workerData } from 'node:worker_threads';
import { answerRequests } from '../core/workers.js';
import { type BlockTask, performTask } from './block-arithmetic.js';
import type { BlockShare } from './block-team.js';

const { memory, firstPart, endPart } = workerData as BlockShare;

answerRequests<BlockTask, void>((task) => {
  for (let part = firstPart; part < endPart; part++) performTask(memory, task, part);
});
