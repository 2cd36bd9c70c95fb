// Stopping: waiting that ends at once when somebody asks, and long arithmetic in the main thread that gives way now and
// then, so that progress shows and Ctrl-C is heard.
import { setImmediate as turn } from 'node:timers/promises';
import { InterruptedError } from './errors.js';

const STOPPED = 'Stopped while the images were read';

/** What `promise` gives; throws an InterruptedError as soon as the signal aborts, whatever goes on behind it then. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const stop = () => reject(new InterruptedError(STOPPED));
    if (signal.aborted) {
      // Nobody waits for its failure any more.
      promise.catch(() => {});
      stop();
      return;
    }
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** Throws an InterruptedError once the signal has aborted. */
export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new InterruptedError(STOPPED);
}

/** A computation in the calling thread that yields where it may be put off for a moment. */
export type Steps<T> = Generator<undefined, T>;

/** Often enough for progress and Ctrl-C; a turn costs some microseconds. */
const TURN_MILLISECONDS = 20;

/** Goes through the steps and lets waiting events run now and then. Throws an InterruptedError if `signal` has aborted. */
export async function inTurns<T>(steps: Steps<T>, signal?: AbortSignal): Promise<T> {
  let turned = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() - turned < TURN_MILLISECONDS) continue;
    await takeTurn(signal);
    turned = performance.now();
  }
}

/** Goes through the steps at once, for few of them. */
export function atOnce<T>(steps: Steps<T>): T {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/** Lets waiting events run. Throws an InterruptedError if `signal` has aborted. */
export async function takeTurn(signal?: AbortSignal): Promise<void> {
  await turn();
  if (signal?.aborted) throw new InterruptedError('Stopped before the end');
}
