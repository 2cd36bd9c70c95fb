// Who does the block arithmetic: worker threads, or the calling thread where starting workers would take
// longer than the work.
import { takeTurn } from '../../core/abort.js';
import { compileKernel, type KernelModule } from '../../core/kernels.js';
import { openWorkerTeam } from '../../core/workers.js';
import { type BlockTask, blockKernel, startArithmetic } from './block-arithmetic.js';
import type { BlockMemory } from './block-memory.js';

export interface BlockTeam {
  perform(task: BlockTask): Promise<void>;
  close(): Promise<void>;
}

/** What a worker gets at its start: the memory and the parts that are its own. */
export interface BlockShare {
  readonly module: KernelModule;
  readonly memory: BlockMemory;
  readonly firstPart: number;
  readonly endPart: number;
}

export async function openBlockTeam(
  memory: BlockMemory,
  threads: number,
  signal?: AbortSignal,
): Promise<BlockTeam> {
  const module = compileKernel(blockKernel);
  const parts = memory.parts.length - 1;
  const size = Math.min(threads, parts);
  if (size === 1) return callingThread(module, memory, signal);
  const shares = Array.from(
    { length: size },
    (_, index): BlockShare => ({
      module,
      memory,
      firstPart: Math.floor((parts * index) / size),
      endPart: Math.floor((parts * (index + 1)) / size),
    }),
  );
  const workers = openWorkerTeam<BlockTask, void>(new URL('./block-worker.js', import.meta.url), shares, {
    signal,
  });
  return {
    async perform(task) {
      await workers.askAll(task);
    },
    close: () => workers.close(),
  };
}

async function callingThread(
  module: KernelModule,
  memory: BlockMemory,
  signal?: AbortSignal,
): Promise<BlockTeam> {
  const performTask = await startArithmetic(module, memory);
  return {
    async perform(task) {
      // Lets the signal's timer or keystroke come through.
      if (signal !== undefined) await takeTurn(signal);
      for (let part = 0; part < memory.parts.length - 1; part++) performTask(task, part);
    },
    close: async () => {},
  };
}
