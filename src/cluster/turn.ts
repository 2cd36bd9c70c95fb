// Long arithmetic in the main thread gives way now and then, so that progress shows and Ctrl-C is heard.
import { setImmediate as turn } from 'node:timers/promises';
import { InterruptedError } from '../core/errors.js';

/** Lets waiting events run. Throws an InterruptedError if `signal` has aborted. */
export async function takeTurn(signal?: AbortSignal): Promise<void> {
  await turn();
  if (signal?.aborted) throw new InterruptedError('Stopped before the end');
}
