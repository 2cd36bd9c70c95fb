// Runs a model over many rows of raw images or vectors on all cores: the rows are dealt out in blocks, and
// each result is written where its row is, so that the number of threads changes nothing.
import type { Work } from '../../core/progress.js';
import { inSharedMemory, sharedBytes, sharedFloats } from '../../core/shared-memory.js';
import { openWorkerTeam } from '../../core/workers.js';
import type { BlockRequest, ModelOutput, ModelRows, ModelShare } from './model-runner-worker.js';

export interface RunModelOptions extends Required<Work> {
  readonly stage: string;
  readonly unit: string;
  /** Rows a block; by default 256: large enough for the kernels, small enough for the caches. */
  readonly blockRows?: number;
}

const BLOCK_ROWS = 256;

type Values<Type> = Type extends 'uint8' ? Uint8Array : Float32Array;

/** One array an output, by its name. */
export type ModelResults<Outputs extends readonly ModelOutput[]> = {
  readonly [Output in Outputs[number] as Output['name']]: Values<Output['type']>;
};

/**
 * The outputs of `model` for each row, (count · columns) each, in shared memory: as float32 (whole numbers and
 * truth values become numbers), or as bytes where the output says so. Throws an InterruptedError when the signal aborts.
 */
export async function runModel<const Outputs extends readonly ModelOutput[]>(
  model: Uint8Array,
  rows: ModelRows,
  outputs: Outputs,
  { threads, stage, unit, report, signal, blockRows = BLOCK_ROWS }: RunModelOptions,
): Promise<ModelResults<Outputs>> {
  const shared = { ...rows, data: inSharedMemory(rows.data) };
  const runner = openModelRunner(model, shared, outputs, { threads, signal, blockRows });
  try {
    return await runner.run(rows.count, (done) => report({ stage, done, total: rows.count, unit }));
  } finally {
    await runner.close();
  }
}

/** A model that stands ready on all cores. */
export interface ModelRunner<Outputs extends readonly ModelOutput[]> {
  /**
   * The outputs for the first `count` of the rows that the runner was opened with; their values may have been replaced
   * since the last call. The results are overwritten by the next call.
   */
  run(count: number, onDone?: (rowsDone: number) => void): Promise<ModelResults<Outputs>>;
  close(): Promise<void>;
}

/**
 * Opens a model for rows in shared memory, at most `rows.count` at a time. `close` must be called. When the signal
 * aborts, `run` throws an InterruptedError.
 */
export function openModelRunner<const Outputs extends readonly ModelOutput[]>(
  model: Uint8Array,
  rows: ModelRows,
  outputs: Outputs,
  { threads, signal, blockRows = BLOCK_ROWS }: Pick<RunModelOptions, 'threads' | 'signal' | 'blockRows'>,
): ModelRunner<Outputs> {
  const results = outputs.map(({ columns, type }) =>
    (type === 'uint8' ? sharedBytes : sharedFloats)(rows.count * columns),
  );
  const size = Math.max(1, Math.min(threads, Math.ceil(rows.count / blockRows)));
  const share: ModelShare = { model, rows, outputs, results };
  const team = openWorkerTeam<BlockRequest, void>(
    new URL('./model-runner-worker.js', import.meta.url),
    Array.from({ length: size }, () => share),
    { signal, runsSessions: true },
  );
  return {
    async run(count, onDone = () => {}) {
      const blocks = Math.ceil(count / blockRows);
      let next = 0;
      let done = 0;
      const takeBlocks = async (worker: number): Promise<void> => {
        while (next < blocks) {
          const firstRow = next++ * blockRows;
          const inBlock = Math.min(blockRows, count - firstRow);
          await team.ask(worker, { firstRow, count: inBlock });
          done += inBlock;
          onDone(done);
        }
      };
      await Promise.all(Array.from({ length: size }, (_, worker) => takeBlocks(worker)));
      const named = outputs.map(
        ({ name, columns }, index) => [name, results[index].subarray(0, count * columns)] as const,
      );
      return Object.fromEntries(named) as ModelResults<Outputs>;
    },
    close: () => team.close(),
  };
}
