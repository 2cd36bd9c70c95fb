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

/** Lets waiting events run. Throws an InterruptedError if `signal` has aborted. */
export async function takeTurn(signal?: AbortSignal): Promise<void> {
  await turn();
  if (signal?.aborted) throw new InterruptedError('Stopped before the end');
}
