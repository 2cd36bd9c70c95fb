// An encoder on all cores: a thread a core, each with its own session, which is asked one image at a time. Larger batches leave the
// cache and take longer (docs/log.md); and so no vector depends on what it was made beside.
import { InputError } from '../../core/errors.js';
import { openGate } from '../../core/gate.js';
import { type Matrix, matrix } from '../../core/matrix.js';
import { memoryHere } from '../../core/memory.js';
import type { EncoderUse } from '../../core/pictures/encoding.js';
import { openWorkerTeam, type WorkerTeam } from '../../core/workers.js';

/** How a model is asked. May be sent to a thread. */
export interface EncoderCall extends EncoderUse {
  /** Of the model, for what is said of it. */
  readonly path: string;
}

export interface EncodingTeam {
  /** Images that a thread is given at once: as many as the model was exported for, else one. */
  readonly atOnce: number;
  /** How many requests are worth having under way. */
  readonly size: number;
  /**
   * data: up to `atOnce` images, uint8 (n, height, width, 3) → float32 (n, d), each row of unit length. Throws an InputError where one
   * has a value that is no number.
   */
  encode(data: Uint8Array): Promise<Matrix>;
  /** Ends the threads, each behind the images that it has in hand. */
  close(): Promise<void>;
}

/** What each thread has to know. */
export interface EncoderShare {
  readonly model: Uint8Array;
  readonly call: EncoderCall;
  readonly atOnce: number;
  /** Cores of one session. */
  readonly threads: number;
}

/** Rows of numbers, or what is wrong with the encoder. */
export type EncodedRows = { readonly values: Float32Array } | { readonly problem: string };

/** Sessions hold the weights, widened and packed, and the maps of an image. */
const BYTES_A_WEIGHT_BYTE = 3;
const BYTES_OF_MAPS = 64 * 2 ** 20;
/** All sessions together may take so much, and no more than a quarter of the memory. */
const MOST_BYTES = 4 * 2 ** 30;

/** How `threads` cores are shared: sessions, and the cores of each. A large encoder gets few sessions, each of several cores. */
export function sharedThreads(
  threads: number,
  modelBytes: number,
  memoryBytes = memoryHere(),
): { readonly sessions: number; readonly threads: number } {
  const each = BYTES_A_WEIGHT_BYTE * modelBytes + BYTES_OF_MAPS;
  const room = Math.floor(Math.min(MOST_BYTES, memoryBytes / 4) / each);
  const sessions = Math.max(1, Math.min(threads, room));
  return { sessions, threads: Math.max(1, Math.floor(threads / sessions)) };
}

/** Starts no thread before there is work for it. */
export function openEncodingTeam({
  sessions,
  ...share
}: EncoderShare & { readonly sessions: number }): EncodingTeam {
  const { atOnce, call } = share;
  const pixels = call.preparation.height * call.preparation.width * 3;
  const gate = openGate(sessions);
  const teams: (WorkerTeam<Uint8Array, EncodedRows> | undefined)[] = [];
  const worker = (place: number) => {
    teams[place] ??= openWorkerTeam(new URL('./encoder-worker.js', import.meta.url), [share], {
      runsSessions: true,
    });
    return teams[place];
  };
  return {
    atOnce,
    size: sessions + 1,
    async encode(data) {
      const rows = data.length / pixels;
      const images = filledUp(data, atOnce * pixels);
      const answer = await gate.through((place) => worker(place).ask(0, images));
      if ('problem' in answer) throw new InputError(answer.problem);
      const columns = answer.values.length / atOnce;
      return matrix(rows, columns, answer.values.subarray(0, rows * columns));
    },
    async close() {
      gate.close();
      await Promise.all(teams.map((team) => team?.close()));
    },
  };
}

/** What a model of a fixed number of images lacks at the end is black. */
export function filledUp(data: Uint8Array, length: number): Uint8Array {
  if (data.length === length) return data;
  const filled = new Uint8Array(length);
  filled.set(data);
  return filled;
}
