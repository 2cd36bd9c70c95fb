// A thread of layout.ts: moves the nodes of its parts, once a request.
import { workerData } from 'node:worker_threads';
import { startKernel } from '../core/kernels.js';
import { answerRequests } from '../core/workers.js';
import type { LayoutPass, LayoutShare } from './layout.js';

interface Kernel {
  pass(
    offsets: number,
    neighbours: number,
    chances: number,
    before: number,
    after: number,
    from: number,
    to: number,
    nodes: number,
    rate: number,
    repulsion: number,
    seed: number,
  ): void;
}

const { module, layout, first, step } = workerData as LayoutShare;
const { memory, nodes, offsets, neighbours, chances, places, parts } = layout;
const kernel = startKernel<Kernel>(module, memory);

answerRequests<LayoutPass, void>(async ({ index, rate, repulsion, seeds }) => {
  const [before, after] = [places[index % 2], places[(index + 1) % 2]];
  for (let part = first; part < parts.length - 1; part += step) {
    const [from, to] = [parts[part], parts[part + 1]];
    kernel.pass(offsets, neighbours, chances, before, after, from, to, nodes, rate, repulsion, seeds[part]);
  }
});
