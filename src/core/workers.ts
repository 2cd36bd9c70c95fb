// A team of worker threads that answer typed requests: one thread a core, every thread with the same code
// and its own share of the work. Large arrays travel as views of a SharedArrayBuffer, so nothing is copied.
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, Worker } from 'node:worker_threads';
import { InterruptedError } from './errors.js';

/** Threads at work. Each may have one request under way at a time. */
export interface WorkerTeam<Request, Answer> {
  readonly size: number;
  /** Sends `request` to one worker. */
  ask(workerIndex: number, request: Request): Promise<Answer>;
  /** Sends `request` to every worker; answers come in the order of the workers, whoever is first. */
  askAll(request: Request): Promise<Answer[]>;
  /** Ends the threads. Afterwards nothing of the team keeps the process alive. */
  close(): Promise<void>;
}

type Reply<Answer> = { readonly answer: Answer } | { readonly error: unknown };

interface Waiting<Answer> {
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

export interface TeamOptions {
  readonly signal?: AbortSignal;
  /**
   * Do the threads call ONNX Runtime? A thread that is ended inside a call takes the whole process down (`terminate called after throwing
   * an instance of 'Napi::Error'`, onnxruntime-node 1.30), so close() waits for requests under way.
   */
  readonly runsSessions?: boolean;
  /** May the threads be ended inside a call? Where not, close() waits for requests under way just so. */
  readonly isInterruptible?: boolean;
}

/** A request takes milliseconds; opening a session on a machine that is busy with others takes seconds. */
const PATIENCE_MILLISECONDS = 20_000;

/**
 * Starts one worker per element of `shares`; worker i finds `shares[i]` as its `workerData`. `entry` is the
 * compiled file of the worker, next to its caller: `new URL('./name-worker.js', import.meta.url)`.
 *
 * An error inside a worker rejects the request with that error, its stack intact. When `signal` aborts,
 * requests reject with an InterruptedError; `close` must still be called.
 */
export function openWorkerTeam<Request, Answer>(
  entry: URL,
  shares: readonly unknown[],
  { signal, runsSessions = false, isInterruptible = !runsSessions }: TeamOptions = {},
): WorkerTeam<Request, Answer> {
  let failure: unknown;
  const busy = new Set<number>();
  let onIdle = (): void => {};
  const waiting: (Waiting<Answer> | undefined)[] = shares.map(() => undefined);
  const workers = shares.map((share, index) => {
    // Node's own arguments are not inherited: under `node --input-type=module -e …` no worker file would start.
    const worker = new Worker(entry, { workerData: share, execArgv: [] });
    worker.on('message', (reply: Reply<Answer>) => {
      rest(index);
      const request = waiting[index];
      waiting[index] = undefined;
      if ('error' in reply) request?.reject(reply.error);
      else request?.resolve(reply.answer);
    });
    worker.on('error', fail);
    worker.on('exit', (code) => {
      rest(index);
      fail(new Error(`a worker of ${entry.pathname} ended with code ${code}`));
    });
    return worker;
  });

  function fail(error: unknown): void {
    failure ??= error;
    for (const [index, request] of waiting.entries()) {
      waiting[index] = undefined;
      request?.reject(failure);
    }
  }

  function rest(index: number): void {
    busy.delete(index);
    if (busy.size === 0) onIdle();
  }

  function interrupt(): void {
    fail(new InterruptedError('Stopped before the end'));
  }

  if (signal?.aborted) interrupt();
  else signal?.addEventListener('abort', interrupt, { once: true });

  function ask(index: number, request: Request): Promise<Answer> {
    if (failure !== undefined) return Promise.reject(failure);
    return new Promise((resolve, reject) => {
      waiting[index] = { resolve, reject };
      busy.add(index);
      workers[index].postMessage(request);
    });
  }

  return {
    size: workers.length,
    ask,
    askAll: (request) => Promise.all(workers.map((_, index) => ask(index, request))),
    async close() {
      signal?.removeEventListener('abort', interrupt);
      if (!isInterruptible && busy.size > 0) {
        const idle = new Promise<void>((resolve) => {
          onIdle = resolve;
        });
        const patience = new AbortController();
        const late = delay(PATIENCE_MILLISECONDS, undefined, { signal: patience.signal }).catch(() => {});
        await Promise.race([idle, late]);
        patience.abort();
      }
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

/**
 * The worker's side: answers each request with what `handle` returns or throws, in the order of arrival. Arrays that
 * an answer was made of for this once may be `handedOver` instead of copied.
 */
export function answerRequests<Request, Answer>(
  handle: (request: Request) => Answer | Promise<Answer>,
  handedOver: (answer: Answer) => readonly Float32Array[] = () => [],
): void {
  if (parentPort === null) throw new Error('answerRequests: this file runs as a worker only');
  const port = parentPort;
  port.on('message', async (request: Request) => {
    try {
      const answer = await handle(request);
      const buffers = handedOver(answer).flatMap(({ buffer }) =>
        buffer instanceof ArrayBuffer ? [buffer] : [],
      );
      port.postMessage({ answer }, buffers);
    } catch (error) {
      port.postMessage({ error });
    }
  });
}
