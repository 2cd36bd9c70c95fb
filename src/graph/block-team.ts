// Who does the block arithmetic: worker threads, or the calling thread where starting workers would take
// longer than the work.
import { setImmediate as turn } from 'node:timers/promises';
import { InterruptedError } from '../core/errors.js';
import { openWorkerTeam } from '../core/workers.js';
import { type BlockTask, performTask } from './block-arithmetic.js';
import type { BlockMemory } from './block-memory.js';

export interface BlockTeam {
  perform(task: BlockTask): Promise<void>;
  close(): Promise<void>;
}

/** What a worker gets at its start: the memory and the parts that are its own. */
export interface BlockShare {
  readonly memory: BlockMemory;
  readonly firstPart: number;
  readonly endPart: number;
}

export function openBlockTeam(memory: BlockMemory, threads: number, signal?: AbortSignal): BlockTeam {
  const parts = memory.parts.length - 1;
  const size = Math.min(threads, parts);
  if (size === 1) return callingThread(memory, parts, signal);
  const shares = Array.from(
    { length: size },
    (_, index): BlockShare => ({
      memory,
      firstPart: Math.floor((parts * index) / size),
      endPart: Math.floor((parts * (index + 1)) / size),
    }),
  );
  const workers = openWorkerTeam<BlockTask, void>(
    new URL('./block-worker.js', import.meta.url),
    shares,
    signal,
  );
  return {
    async perform(task) {
      await workers.askAll(task);
    },
    close: () => workers.close(),
  };
}

function callingThread(memory: BlockMemory, parts: number, signal?: AbortSignal): BlockTeam {
  return {
    async perform(task) {
      // Lets the signal's timer or keystroke come through.
      if (signal !== undefined) await turn();
      if (signal?.aborted) throw new InterruptedError('Stopped before the end');
      for (let part = 0; part < parts; part++) performTask(memory, task, part);
    },
    close: async () => {},
  };
}
