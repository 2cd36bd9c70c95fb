// A training of jobs.ts: takes one request from its parent, carries it out, and says how far it is.
import { InputError, InterruptedError } from '../../core/errors.js';
import type { ReconstructedImages } from '../../methods/autoencoder/probe.js';
import { type RefineChoices, refineRun } from '../../review/refine.js';
import { encodeImage, layOutRows, pixelsOf } from '../../run/tensorboard/images.js';
import type { RunContext, TrainRequest } from '../../run/writing/plan.js';
import { trainRun } from '../../run/writing/train.js';
import type { StageView } from './messages.js';

/** A run to train, or the folder of one to refine. */
export type TrainingOrder =
  | { readonly train: TrainRequest }
  | { readonly refine: string; readonly choices: RefineChoices };

export type TrainingMessage =
  | {
      readonly say: 'progress';
      readonly progress: Omit<StageView, 'seconds'>;
      readonly secondsLeft: number | null;
    }
  | { readonly say: 'notice'; readonly line: string }
  | { readonly say: 'loss'; readonly curve: string; readonly at: number; readonly loss: number }
  /** `png` in base64. */
  | { readonly say: 'picture'; readonly png: string }
  | { readonly say: 'first' | 'finished' }
  | { readonly say: 'stopped' | 'failed'; readonly text: string };

/** Progress is told so often at most. */
const MILLISECONDS_BETWEEN = 150;

const stopping = new AbortController();
process.on('message', (message: TrainingOrder | 'stop') => {
  if (message === 'stop') stopping.abort();
  else void carryOut(message);
});
// Without its parent nobody would hear the end: stop in order, so that it can be gone on with.
process.on('disconnect', () => stopping.abort());

function say(message: TrainingMessage): void {
  if (process.connected) process.send?.(message);
}

async function carryOut(order: TrainingOrder): Promise<void> {
  try {
    if ('train' in order) await trainRun(order.train, watched());
    else await refineRun(order.refine, order.choices, watched());
    say({ say: 'finished' });
  } catch (error) {
    say(ending(error));
  }
  if (process.connected) process.disconnect();
}

function watched(): RunContext {
  let toldAt = 0;
  let stageTold = '';
  return {
    signal: stopping.signal,
    report({ stage, done, total, unit, detail, secondsLeft }) {
      const now = performance.now();
      const isDone = total !== null && done >= total;
      if (stage === stageTold && !isDone && now - toldAt < MILLISECONDS_BETWEEN) return;
      [toldAt, stageTold] = [now, stage];
      const progress = { stage, done, total, unit, detail: detail ?? null };
      say({ say: 'progress', progress, secondsLeft: secondsLeft ?? null });
    },
    notice: (line) => say({ say: 'notice', line }),
    onFirstResult: () => say({ say: 'first' }),
    onLoss: (curve, at, loss) => say({ say: 'loss', curve, at, loss }),
    onPictures: (pictures) => void tellPictures(pictures),
  };
}

/** Inputs above, reconstructions below. */
async function tellPictures({ inputs, reconstructions, ...shape }: ReconstructedImages): Promise<void> {
  const rows = [inputs, pixelsOf(reconstructions)].map((data) => ({ ...shape, data }));
  const { png } = await encodeImage(layOutRows(rows, { gapPixels: 0 }));
  say({ say: 'picture', png: Buffer.from(png).toString('base64') });
}

function ending(error: unknown): TrainingMessage {
  if (error instanceof InterruptedError) return { say: 'stopped', text: error.message };
  if (error instanceof InputError) return { say: 'failed', text: error.message };
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return { say: 'failed', text: 'The training failed: the terminal of the studio has the details.' };
}
