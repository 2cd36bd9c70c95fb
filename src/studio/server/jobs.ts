// Trainings that were started from the page: a process each, so that the studio answers while they work, and what is
// known of them.
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../../core/errors.js';
import { METHODS, QUALITIES } from '../../methods/options.js';
import { PHOTO_ENCODER } from '../../methods/vectors/photo-encoder.js';
import { readRunCard } from '../../run/files/card.js';
import { checkTag } from '../../run/files/folder.js';
import { completeRequest, type TrainRequest } from '../../run/writing/plan.js';
import type { Hub } from './hub.js';
import type { JobView, RefineForm, StageView, TrainingForm } from './messages.js';
import { runFolder } from './open-run.js';
import type { TrainingMessage, TrainingOrder } from './training-process.js';

export const trainingFormSchema: z.ZodType<TrainingForm> = z.object({
  sources: z.array(z.string().min(1)).max(1000),
  method: z.enum(METHODS),
  quality: z.enum(QUALITIES),
  encoder: z.enum(['auto', 'none', 'photo']),
  numClusters: z.int().min(2).nullable(),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1),
  tag: z.string().nullable(),
  steps: z.int().min(1).max(10_000_000).nullable(),
  convolution: z.boolean(),
});

export const refineFormSchema: z.ZodType<RefineForm> = z.object({
  quality: z.enum(QUALITIES),
  tag: z.string().nullable(),
});

export interface Jobs {
  list(): JobView[];
  /** Tags of the runs that are being trained. */
  running(): ReadonlySet<string>;
  /** Throws an InputError where the run cannot begin. */
  start(form: TrainingForm): JobView;
  /** Begins a run that learns from the edits of the run `tag`. Throws an InputError where it cannot begin. */
  refine(tag: string, form: RefineForm): JobView;
  stop(tag: string): JobView;
  /** Finishes a run that was interrupted. */
  resume(tag: string): JobView;
  reconstructions(tag: string): Uint8Array | null;
  /** Stops all of them and waits for their end; the tags of those that were under way. */
  close(): Promise<string[]>;
}

interface Job {
  view: JobView;
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  picture: Uint8Array | null;
  stageBegan: number;
}

const MOST_NOTICES = 200;

const VECTORS: Readonly<Record<TrainingForm['encoder'], TrainRequest['vectors']>> = {
  auto: 'auto',
  none: null,
  photo: { kind: 'encoder', path: PHOTO_ENCODER },
};

/** `onWritten` hears of each run whose files are new. */
export function createJobs(logDir: string, hub: Hub, onWritten: (tag: string) => void): Jobs {
  const jobs = new Map<string, Job>();

  function begin(
    order: TrainingOrder,
    { tag, method, refines }: Pick<JobView, 'tag' | 'method' | 'refines'>,
  ): JobView {
    const child = fork(new URL('./training-process.js', import.meta.url), [], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [],
      // Ctrl-C at the terminal goes to the studio, which stops its trainings in order.
      detached: true,
    });
    const view: JobView = {
      tag,
      state: 'running',
      method,
      refines,
      startedAt: new Date().toISOString(),
      stages: [],
      secondsLeft: null,
      curves: [],
      notices: [],
      hasFirstResult: false,
      reconstructions: 0,
    };
    const ended = new Promise<void>((resolve) => {
      child.once('close', (code) => {
        const text = `The training ended by itself with code ${code}.`;
        if (isUnderWay(job.view)) take(job, { say: 'failed', text });
        hub.send({ type: 'runs' });
        resolve();
      });
    });
    const job: Job = { view, child, ended, picture: null, stageBegan: performance.now() };
    jobs.set(tag, job);
    child.on('message', (message: TrainingMessage) => take(job, message));
    child.send(order);
    hub.send({ type: 'job', job: view });
    return view;
  }

  function take(job: Job, message: TrainingMessage): void {
    if (message.say === 'picture') job.picture = Buffer.from(message.png, 'base64');
    if (message.say === 'first' || message.say === 'finished') onWritten(job.view.tag);
    if (message.say === 'first') hub.send({ type: 'runs' });
    show(job, newsIn(message, job));
  }

  /** What is new of a training, told to every page. */
  function show(job: Job, news: Partial<JobView>): JobView {
    job.view = { ...job.view, ...news };
    hub.send({ type: 'job', job: job.view });
    return job.view;
  }

  function underWay(): Job[] {
    return [...jobs.values()].filter(({ view }) => isUnderWay(view));
  }

  function jobOf(tag: string): Job {
    const job = jobs.get(tag);
    if (job === undefined)
      throw new InputError(`No training of ${tag} was started here: choose one of the list.`);
    return job;
  }

  function refuseSecond(tag: string): void {
    const job = jobs.get(tag);
    if (job === undefined || !isUnderWay(job.view)) return;
    throw new InputError(`${tag} is being trained already: wait for it, or stop it first.`);
  }

  /** A name for a new run. Throws an InputError where it cannot be had. */
  function freeTag(asked: string | null, method: string): string {
    const tag = asked ?? nextFreeTag(logDir, method, jobs);
    checkTag(tag);
    refuseSecond(tag);
    if (existsSync(join(logDir, tag))) {
      throw new InputError(`There is a run ${tag} already: choose another name.`);
    }
    return tag;
  }

  return {
    list: () => [...jobs.values()].map(({ view }) => view),
    running: () => new Set(underWay().map(({ view }) => view.tag)),
    start(form) {
      const tag = freeTag(form.tag, form.method);
      const { method, quality, encoder, numClusters, seed, steps, convolution, sources } = form;
      // The form sends every field; a method is told those that it has.
      const ofMethod = {
        kin: { quality },
        autoencoder: { training: { steps: steps ?? undefined }, network: { convolution } },
        kmeans: {},
      };
      const clustering = { numClusters: numClusters ?? undefined };
      const options = { method, seed, clustering, ...ofMethod[method] };
      const command = ['train', ...sources, '--method', method, '--seed', `${seed}`, '--tag', tag];
      if (method === 'kin') command.push('--encoder', encoder);
      const vectors = method === 'kin' ? VECTORS[encoder] : null;
      const order = { train: completeRequest({ sources, logDir, tag, command, options, vectors }) };
      return begin(order, { tag, method, refines: null });
    },
    refine(refined, { quality, tag: asked }) {
      const tag = freeTag(asked, 'kin');
      const folder = runFolder(logDir, refined);
      const command = ['refine', folder, '--quality', quality, '--tag', tag];
      const order = {
        refine: folder,
        choices: { logDir, tag, overwrite: false, command, options: { quality } },
      };
      return begin(order, { tag, method: 'kin', refines: refined });
    },
    stop(tag) {
      const job = jobOf(tag);
      if (job.view.state !== 'running') throw new InputError(`${tag} is not being trained.`);
      job.child.send('stop');
      return show(job, { state: 'stopping' });
    },
    resume(tag) {
      refuseSecond(tag);
      const { method, command, refinedFrom } = readRunCard(runFolder(logDir, tag));
      const order = { train: completeRequest({ logDir, tag, command, resume: true }) };
      return begin(order, { tag, method, refines: refinedFrom?.tag ?? null });
    },
    reconstructions: (tag) => jobs.get(tag)?.picture ?? null,
    async close() {
      const stopped = underWay();
      for (const { child } of stopped) child.send('stop');
      await Promise.all(stopped.map(({ ended }) => ended));
      return stopped.map(({ view }) => view.tag);
    },
  };
}

function isUnderWay({ state }: JobView): boolean {
  return state === 'running' || state === 'stopping';
}

function newsIn(message: TrainingMessage, job: Job): Partial<JobView> {
  const { notices, curves, reconstructions } = job.view;
  switch (message.say) {
    case 'progress':
      return { stages: stagesWith(job, message.progress), secondsLeft: message.secondsLeft };
    case 'notice':
      return { notices: [...notices, message.line].slice(-MOST_NOTICES) };
    case 'loss':
      return { curves: curvesWith(curves, message) };
    case 'picture':
      return { reconstructions: reconstructions + 1 };
    case 'first':
      return { hasFirstResult: true };
    case 'finished':
      return { state: 'finished', secondsLeft: null };
    case 'stopped':
    case 'failed':
      return { state: message.say, secondsLeft: null, notices: [...notices, message.text] };
  }
}

function stagesWith(job: Job, progress: Omit<StageView, 'seconds'>): StageView[] {
  const { stages } = job.view;
  const last = stages.at(-1);
  const isNew = last === undefined || last.stage !== progress.stage;
  if (isNew) job.stageBegan = performance.now();
  const seconds = (performance.now() - job.stageBegan) / 1000;
  return [...(isNew ? stages : stages.slice(0, -1)), { ...progress, seconds }];
}

function curvesWith(
  curves: JobView['curves'],
  { curve, at, loss }: Extract<TrainingMessage, { readonly say: 'loss' }>,
): JobView['curves'] {
  const known = curves.find(({ name }) => name === curve);
  const points = [...(known?.points ?? []).filter(([step]) => step !== at), [at, loss] as const];
  if (known === undefined) return [...curves, { name: curve, points }];
  return curves.map((each) => (each === known ? { name: curve, points } : each));
}

function nextFreeTag(logDir: string, method: string, jobs: ReadonlyMap<string, unknown>): string {
  for (let number = 1; ; number++) {
    const tag = `${method}-${number}`;
    if (!jobs.has(tag) && !existsSync(join(logDir, tag))) return tag;
  }
}
