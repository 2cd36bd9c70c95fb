// The run's own models, in a thread of the page (classify-worker.ts): loaded once, when Try is opened, for ONNX Runtime's compiled part and
// an encoder are large. The thread is kept until another run is tried, and ended then: a WebAssembly memory never shrinks.
import type { Raster } from '../../core/pictures/raster.js';
import type { ImageShape } from '../../data/source.js';
import type { EncoderView, RunDetail } from '../server/messages.js';
import { fetchJson, runPath } from './api.js';

export interface Classified {
  /** Kind of the run as it was found, before any edit. */
  readonly kind: number;
  readonly confidence: number;
  /** Is it like the images of that kind at all? */
  readonly isKnown: boolean;
  /** Whose nearest images the server finds. */
  readonly code: readonly number[];
}

/** What a model may be asked about. */
export type Shown =
  /** Pixels of the run's own shape. */
  | { readonly is: 'image'; readonly image: Raster }
  /** To be prepared for the run's encoder: pixels of any size, a picture file, an image of the dataset. */
  | { readonly is: 'raster'; readonly raster: Raster }
  | { readonly is: 'file'; readonly file: Blob }
  | { readonly is: 'number'; readonly image: number };

export interface Answer {
  readonly found: Classified;
  /** What the model was shown. */
  readonly seen: Raster;
}

export interface Classifier {
  /** Null where something newer was asked about before the models were free. */
  classify(shown: Shown): Promise<Answer | null>;
}

/** What the thread begins with. `encoder`: null where the models take images of `shape`. */
export interface Opening {
  readonly tag: string;
  readonly shape: ImageShape;
  readonly encoder: EncoderView | null;
}

/** What the thread says: first that it is ready, then an answer to each question, or why there is none. */
export type Reply = { readonly answer: Answer | null } | { readonly failed: string };

export interface Loading {
  /** The encoder's file, in bytes; null where there is none to wait for. */
  readonly bytes: number | null;
  readonly classifier: Promise<Classifier>;
}

let kept: { readonly of: string; readonly end: () => void; readonly loading: Promise<Loading> } | null = null;

/** The models of a run; those of the run before are let go. */
export function loadClassifier(run: RunDetail): Promise<Loading> {
  // A run may be made anew under its name.
  const of = `${run.tag} ${run.card.startedAt} ${run.card.seconds.total}`;
  if (kept?.of === of) return kept.loading;
  kept?.end();
  const worker = new Worker(new URL('./classify-worker.js', import.meta.url), { type: 'module' });
  const loading = load(worker, run);
  const mine = { of, end: () => worker.terminate(), loading };
  kept = mine;
  const forget = () => {
    worker.terminate();
    if (kept === mine) kept = null;
  };
  // What failed is tried again when Try is opened again.
  loading.then(({ classifier }) => classifier.catch(forget), forget);
  return loading;
}

async function load(worker: Worker, run: RunDetail): Promise<Loading> {
  const { tag, height, width, channels } = run;
  const hasEncoder = run.card.vectors?.kind === 'encoder';
  const encoder = hasEncoder ? await fetchJson<EncoderView>(runPath(tag, 'encoder')) : null;
  const opening: Opening = { tag, shape: { height, width, channels }, encoder };
  return { bytes: encoder?.bytes ?? null, classifier: open(worker, opening) };
}

async function open(worker: Worker, opening: Opening): Promise<Classifier> {
  await asked(worker, opening);
  let waiting: { readonly shown: Shown; readonly take: (answer: Promise<Answer | null>) => void } | null =
    null;
  let isBusy = false;

  async function work(): Promise<void> {
    isBusy = true;
    while (waiting !== null) {
      const { shown, take } = waiting;
      waiting = null;
      const answer = asked(worker, shown);
      take(answer);
      await answer.catch(() => {});
    }
    isBusy = false;
  }

  return {
    classify: (shown) =>
      new Promise((resolve) => {
        // A drawing grows faster than a large encoder looks at it: what was passed over is of no interest any more.
        waiting?.take(Promise.resolve(null));
        waiting = { shown, take: resolve };
        if (!isBusy) void work();
      }),
  };
}

/** One question at a time. */
function asked(worker: Worker, question: Opening | Shown): Promise<Answer | null> {
  return new Promise((resolve, reject) => {
    const listening = new AbortController();
    const { signal } = listening;
    worker.addEventListener(
      'message',
      ({ data }: MessageEvent<Reply>) => {
        listening.abort();
        if ('failed' in data) reject(new Error(data.failed));
        else resolve(data.answer);
      },
      { signal },
    );
    worker.addEventListener(
      'error',
      () => {
        listening.abort();
        reject(
          new Error('This browser cannot run the models of the run: kindred predict answers for files.'),
        );
      },
      { signal },
    );
    worker.postMessage(question);
  });
}
