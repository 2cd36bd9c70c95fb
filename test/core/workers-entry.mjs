// The worker of workers.test.ts.
import { workerData } from 'node:worker_threads';
import { answerRequests } from '#kindred/core/workers.js';

answerRequests((request) => {
  if (request === 'fail') throw new RangeError(`worker ${workerData} was asked to fail`);
  if (request === 'die') process.exit(3);
  if (request === 'hang') return new Promise(() => {});
  if (request === 'work') return new Promise((resolve) => setTimeout(resolve, 300, 'done'));
  return `${workerData}: ${request}`;
});
