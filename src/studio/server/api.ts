// The studio's requests: each path of messages.ts, checked at the door and answered from the open runs.
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { streamSSE } from 'hono/streaming';
import { z } from 'zod';
import { InputError } from '../../core/errors.js';
import { bytesOf } from '../../core/files.js';
import { itemsWhere } from '../../core/groups.js';
import { writeImageSet } from '../../core/image-set.js';
import { FORMATS, LINKS } from '../../export/choices.js';
import { exportRun } from '../../export/export.js';
import { editRequestSchema } from '../../review/journal/edits.js';
import { nearestToCode } from '../../review/neighbourhood.js';
import { MOST_PARTS, proposeParts } from '../../review/questions/parts.js';
import { readModel } from '../../run/files/artefacts.js';
import { preparePictureFile, prepareRunImage } from '../../run/images/prepared-image.js';
import { compareRuns } from './compare.js';
import type { Hub } from './hub.js';
import { type Jobs, refineFormSchema, trainingFormSchema } from './jobs.js';
import type { KindImages, MissingImages, NearestImages, ProposedParts } from './messages.js';
import type { OpenRun, OpenRuns } from './open-run.js';
import { imageDetailOf, questionsOf, reviewOf } from './review-view.js';
import { detailOf, summariesOf } from './run-list.js';

/** An edit names every image of a run of a million, at worst. */
const MOST_BODY_BYTES = 16 * 2 ** 20;
const MOST_AT_ONCE = 4096;
const LARGEST_SCALE = 16;
const NEAREST = 12;
/** Typical images of a proposed part. */
const PROTOTYPES = 24;
const MOST_QUESTIONS = 100;
/** A line now and then, so that a listener that is gone is noticed. */
const HEARTBEAT_MILLISECONDS = 15_000;

/** In place of a picture that was moved or deleted since the run was made. */
const MISSING_TILE = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><title>missing</title>
<rect width="64" height="64" fill="#606060"/>
<text x="32" y="36" text-anchor="middle" font-family="sans-serif" font-size="13" fill="#fff">missing</text></svg>`;

const exportSchema = z.object({
  to: z.enum(FORMATS),
  link: z.enum(LINKS).default('copy'),
  overwrite: z.boolean().default(false),
});
const partsSchema = z.object({ parts: z.int().min(2).max(MOST_PARTS) });
const codeSchema = z.object({ code: z.array(z.number()).min(1) });

/** By their names in a request; null where the run has no such array. */
const ARRAYS = new Map<string, (run: OpenRun) => Values | null | Promise<Values>>([
  ['layout', (run) => run.layout()],
  ['kind', ({ journal }) => journal.state.assignment],
  ['told', ({ journal }) => journal.state.told],
  ['confidence', ({ journal }) => journal.found.confidence],
  ['second', (run) => run.second()],
  ['finding', (run) => run.findingOf],
  ['label', (run) => run.labels?.of ?? null],
]);
type Values = Float32Array | Int32Array;

export function createApi(logDir: string, threads: number, runs: OpenRuns, jobs: Jobs, hub: Hub): Hono {
  const api = new Hono();
  const tooLarge = (context: Context) => context.json({ error: 'The request is too large.' }, 413);
  const limited = (maxSize: number) => bodyLimit({ maxSize, onError: tooLarge });
  const ofRequest = limited(MOST_BODY_BYTES);
  // A picture may be as large as those that the run reads.
  api.use((context, next) =>
    context.req.path.endsWith('/encoder/picture') ? next() : ofRequest(context, next),
  );
  const runOf = (context: Context): OpenRun => runs.open(context.req.param('tag') ?? '');

  api.get('/runs', (context) => context.json(summariesOf(logDir, jobs.running())));
  api.get('/runs/:tag', (context) => context.json(detailOf(runOf(context))));
  api.get('/runs/:tag/review', async (context) => context.json(await reviewOf(runOf(context))));

  api.get('/runs/:tag/arrays/:name', async (context) => {
    const array = await ARRAYS.get(context.req.param('name'))?.(runOf(context));
    if (array == null) return context.json({ error: 'The run has no such array.' }, 404);
    return sent(context, bytesOf(array));
  });

  api.get('/runs/:tag/pixels', async (context) => {
    const images = await runOf(context).images();
    const from = wholeNumber(context, 'from', { most: images.count, otherwise: 0 });
    const count = wholeNumber(context, 'count', { most: MOST_AT_ONCE, otherwise: 1024 });
    const size = images.height * images.width * images.channels;
    return sent(context, images.data.slice(from * size, (from + count) * size));
  });

  api.get('/runs/:tag/images/:file{[0-9]+\\.png}', async (context) => {
    const { height, width, channels, data, count, isMissing } = await runOf(context).images();
    const image = Number.parseInt(context.req.param('file'), 10);
    if (image >= count) return context.json({ error: `There is no image ${image}.` }, 404);
    if (isMissing[image] === 1) return context.body(MISSING_TILE, 200, { 'Content-Type': 'image/svg+xml' });
    const scale = wholeNumber(context, 'scale', { most: LARGEST_SCALE, otherwise: 1 });
    const size = height * width * channels;
    const pixels = data.slice(image * size, (image + 1) * size);
    const raw = { height, width, channels: channels === 1 ? 1 : 3 } as const;
    const large = { width: width * scale, height: height * scale, kernel: 'nearest' } as const;
    const { default: sharp } = await import('sharp');
    const png = await sharp(pixels, { raw }).resize(large).png().toBuffer();
    context.header('Cache-Control', 'private, max-age=60');
    return sent(context, png, 'image/png');
  });

  api.get('/runs/:tag/missing', async (context) => {
    const { isMissing, problem } = await runOf(context).lookAgain();
    const missing = itemsWhere(isMissing, (is) => is === 1);
    return context.json({
      images: writeImageSet(missing),
      count: missing.length,
      problem,
    } satisfies MissingImages);
  });

  api.get('/runs/:tag/images/:image{[0-9]+}', async (context) => {
    const run = runOf(context);
    const image = Number(context.req.param('image'));
    if (image >= run.journal.found.ids.length)
      return context.json({ error: `There is no image ${image}.` }, 404);
    return context.json(await imageDetailOf(run, image));
  });

  api.get('/runs/:tag/kinds/:kind{-?[0-9]+}/images', (context) => {
    const { journal } = runOf(context);
    const kind = Number(context.req.param('kind'));
    const from = wholeNumber(context, 'from', { most: journal.found.ids.length, otherwise: 0 });
    const count = wholeNumber(context, 'count', { most: MOST_AT_ONCE, otherwise: 200 });
    const sign = context.req.query('order') === 'doubtful' ? -1 : 1;
    const { confidence } = journal.found;
    const images = itemsWhere(journal.state.assignment, (each) => each === kind);
    images.sort((a, b) => sign * (confidence[b] - confidence[a]) || a - b);
    return context.json({
      total: images.length,
      images: [...images.subarray(from, from + count)],
    } satisfies KindImages);
  });

  api.post('/runs/:tag/kinds/:kind{[0-9]+}/parts', async (context) => {
    const run = runOf(context);
    const { parts } = await bodyOf(context, partsSchema);
    const kind = Number(context.req.param('kind'));
    const found = await proposeParts(await run.neighbourhood(), run.journal.state, { kind, parts, threads });
    const { confidence } = run.journal.found;
    return context.json({
      kind,
      parts: found.map((images) => ({
        images: writeImageSet(images),
        size: images.length,
        prototypes: [
          ...images.toSorted((a, b) => confidence[b] - confidence[a] || a - b).slice(0, PROTOTYPES),
        ],
      })),
    } satisfies ProposedParts);
  });

  /** Does something to a run's journal, and tells every page. */
  async function change(context: Context, work: (run: OpenRun) => void): Promise<Response> {
    const run = runOf(context);
    const before = run.journal.revision;
    try {
      work(run);
    } finally {
      // Also where the edit was refused because another program had edited the run.
      const { revision } = run.journal;
      if (revision !== before) hub.send({ type: 'review', tag: run.tag, revision });
    }
    return context.json(await reviewOf(run));
  }
  api.post('/runs/:tag/edits', async (context) => {
    const request = await bodyOf(context, editRequestSchema);
    return change(context, ({ journal }) => journal.append(request));
  });
  api.post('/runs/:tag/undo', (context) => change(context, ({ journal }) => journal.undo()));
  api.post('/runs/:tag/redo', (context) => change(context, ({ journal }) => journal.redo()));

  api.get('/runs/:tag/questions', async (context) => {
    const count = wholeNumber(context, 'count', { most: MOST_QUESTIONS, otherwise: 10 });
    return context.json(await questionsOf(runOf(context), count));
  });

  api.post('/runs/:tag/nearest', async (context) => {
    const run = runOf(context);
    const { code } = await bodyOf(context, codeSchema);
    const { codes } = await run.neighbourhood();
    if (code.length !== codes.columns) {
      throw new InputError(`The code has ${code.length} numbers where ${codes.columns} belong.`);
    }
    const { assignment } = run.journal.state;
    const nearest = nearestToCode(codes, code, NEAREST);
    return context.json({
      nearest: nearest.map((near) => ({ ...near, kind: assignment[near.image] })),
    } satisfies NearestImages);
  });

  api.get('/runs/:tag/model/:file{(?:encoder|classifier)\\.onnx}', (context) => {
    const { folder } = runOf(context);
    return sent(context, readModel(folder, context.req.param('file')));
  });

  api.get('/runs/:tag/encoder', async (context) => context.json(await runOf(context).encoder()));

  api.get('/runs/:tag/encoder/images/:image{[0-9]+}', async (context) => {
    const run = runOf(context);
    const image = Number(context.req.param('image'));
    const { card, found } = run.journal;
    if (image >= found.ids.length) return context.json({ error: `There is no image ${image}.` }, 404);
    if ((await run.images()).isMissing[image] === 1) {
      throw new InputError(`The picture ${found.ids[image]} is missing: put it back to try it.`);
    }
    const { preparation } = await run.encoder();
    return sent(context, await prepareRunImage(card, found.ids[image], preparation));
  });

  const pictureLimit: MiddlewareHandler = (context, next) =>
    limited(runOf(context).journal.card.limits.fileBytes)(context, next);
  api.post('/runs/:tag/encoder/picture', pictureLimit, async (context) => {
    requireType(context, 'application/octet-stream');
    const run = runOf(context);
    const { preparation } = await run.encoder();
    const bytes = new Uint8Array(await context.req.arrayBuffer());
    return sent(context, await preparePictureFile(run.journal.card, bytes, preparation));
  });

  api.get('/runs/:tag/compare/:other', (context) =>
    context.json(compareRuns(runOf(context), runs.open(context.req.param('other')))),
  );

  api.post('/runs/:tag/exports', async (context) => {
    const { folder } = runOf(context);
    const { to, link, overwrite } = await bodyOf(context, exportSchema);
    const request = { to, link, overwrite, out: null, imageRoot: null };
    const signal = context.req.raw.signal;
    return context.json(await exportRun(folder, request, { report: () => {}, signal }));
  });

  api.get('/jobs', (context) => context.json(jobs.list()));
  api.post('/jobs', async (context) => context.json(jobs.start(await bodyOf(context, trainingFormSchema))));
  api.post('/runs/:tag/refine', async (context) => {
    const { tag } = runOf(context);
    return context.json(jobs.refine(tag, await bodyOf(context, refineFormSchema)));
  });
  api.post('/jobs/:tag/stop', (context) => context.json(jobs.stop(context.req.param('tag'))));
  api.post('/jobs/:tag/resume', (context) => context.json(jobs.resume(context.req.param('tag'))));
  api.get('/jobs/:tag/reconstructions.png', (context) => {
    const png = jobs.reconstructions(context.req.param('tag'));
    if (png === null) return context.json({ error: 'There are no reconstructions yet.' }, 404);
    return sent(context, png, 'image/png');
  });

  api.get('/events', (context) =>
    streamSSE(context, async (stream) => {
      const end = hub.listen((event) => void stream.writeSSE({ data: JSON.stringify(event) }));
      stream.onAbort(end);
      while (!stream.aborted && !stream.closed) {
        await stream.write(': still here\n\n');
        await stream.sleep(HEARTBEAT_MILLISECONDS);
      }
      end();
    }),
  );
  return api;
}

function sent(context: Context, data: Uint8Array, type = 'application/octet-stream'): Response {
  return context.body(new Uint8Array(data), 200, { 'Content-Type': type });
}

/** The request's JSON. Throws an InputError that says what is wrong with it. */
async function bodyOf<T>(context: Context, schema: z.ZodType<T>): Promise<T> {
  requireType(context, 'application/json');
  const body: unknown = await context.req.json().catch(() => {
    throw new InputError('The request is not JSON.');
  });
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InputError(
    `The request is wrong at ${issue.path.join('.') || 'its top level'}: ${issue.message}.`,
  );
}

/** No form of another site can send a request of such a type. */
function requireType(context: Context, type: string): void {
  if ((context.req.header('content-type') ?? '').startsWith(type)) return;
  throw new InputError(`The request’s content type is not ${type}.`);
}

function wholeNumber(
  context: Context,
  name: string,
  { most, otherwise }: { readonly most: number; readonly otherwise: number },
): number {
  const text = context.req.query(name);
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (/^\d{1,9}$/.test(text) && number <= most) return number;
  throw new InputError(`${name} is ${JSON.stringify(text)} where a whole number up to ${most} belongs.`);
}
