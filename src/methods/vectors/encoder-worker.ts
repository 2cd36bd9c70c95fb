// A thread of encoding-team.ts, with a session of its own.
import { workerData } from 'node:worker_threads';
import { InputError } from '../../core/errors.js';
import { answerRequests } from '../../core/workers.js';
import { createSession, type Session } from '../../engine/runtime/session.js';
import { encodedBy } from './encoder-session.js';
import type { EncodedRows, EncoderShare } from './encoding-team.js';

const { model, call, atOnce, threads } = workerData as EncoderShare;
// Not before it is asked: a worker that is ended while its session opens takes the whole process down.
let opening: Promise<Session> | undefined;

answerRequests<Uint8Array, EncodedRows>(
  async (data) => {
    opening ??= createSession(model, { threads, isQuiet: true });
    try {
      return { values: (await encodedBy(await opening, call, { data, count: atOnce })).data };
    } catch (error) {
      if (error instanceof InputError) return { problem: error.message };
      throw error;
    }
  },
  (answer) => ('values' in answer ? [answer.values] : []),
);
