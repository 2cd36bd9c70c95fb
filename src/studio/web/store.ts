// What the page knows: kept once, read by every view, brought up to date by the server's events.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { EditRequest } from '../../review/journal/edits.js';
import type {
  JobView,
  MissingImages,
  ReviewView,
  RunDetail,
  RunSummary,
  StudioEvent,
} from '../server/messages.js';
import { fetchJson, postJson, runPath, sentenceOf } from './api.js';
import { place } from './route.js';

export const runs = signal<readonly RunSummary[] | null>(null);
export const jobs = signal<readonly JobView[]>([]);
/** Of the run that is open. */
export const detail = signal<RunDetail | null>(null);
export const review = signal<ReviewView | null>(null);
/** What is not as it was with the images of the open run, in one sentence. */
export const imageProblem = signal<string | null>(null);
/** How far the layout of a run's map is; null while none is made. */
export const layoutProgress = signal<(StudioEvent & { readonly type: 'layout' }) | null>(null);
/** A sentence for the person: what went wrong, or what was done. */
export const notice = signal<{ readonly text: string; readonly isError: boolean } | null>(null);

export function say(text: string, isError = false): void {
  notice.value = { text, isError };
}

/** Runs `work`; what it throws is said to the person. */
export async function attempt(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    say(sentenceOf(error), true);
  }
}

/** Fetches now and whenever `inputs` change; `take` gets what came, unless they have changed by then. */
export function useFetched<T>(
  fetching: () => Promise<T>,
  take: (found: T) => void,
  inputs: readonly unknown[],
): void {
  useEffect(() => {
    let isWanted = true;
    void attempt(async () => {
      const found = await fetching();
      if (isWanted) take(found);
    });
    return () => {
      isWanted = false;
    };
  }, inputs);
}

export function loadRuns(): Promise<void> {
  return attempt(async () => {
    [runs.value, jobs.value] = await Promise.all([
      fetchJson<RunSummary[]>('/runs'),
      fetchJson<JobView[]>('/jobs'),
    ]);
  });
}

/** Opens a run, unless it is open already. */
export function openRun(tag: string): Promise<void> {
  return attempt(async () => {
    if (detail.value?.tag === tag) return;
    [detail.value, review.value, imageProblem.value] = [null, null, null];
    void attempt(async () => {
      const { problem } = await fetchJson<MissingImages>(runPath(tag, 'missing'));
      if (place.value.tag === tag) imageProblem.value = problem;
    });
    const [opened, state] = await Promise.all([
      fetchJson<RunDetail>(runPath(tag)),
      fetchJson<ReviewView>(runPath(tag, 'review')),
    ]);
    if (place.value.tag === tag) [detail.value, review.value] = [opened, state];
  });
}

/** After an edit in another tab. */
function refreshReview(tag: string, revision: number): Promise<void> {
  return attempt(async () => {
    const known = review.value;
    if (known === null || known.tag !== tag || known.revision >= revision) return;
    takeReview(await fetchJson<ReviewView>(runPath(tag, 'review')));
  });
}

/** Does an edit of the open run. A name is shown at once; should the server refuse it, the old one comes back. */
export async function edit(request: EditRequest): Promise<void> {
  const before = review.value;
  if (request.do !== 'name' || before === null) return change('edits', request);
  const { kind: named, name } = request;
  const kinds = before.kinds.map((each) => (each.kind === named ? { ...each, name, isNamed: true } : each));
  const shown = { ...before, kinds };
  review.value = shown;
  await change('edits', request);
  if (review.value === shown) review.value = before;
}

export const undo = (): Promise<void> => change('undo', {});
export const redo = (): Promise<void> => change('redo', {});

function change(path: string, body: unknown): Promise<void> {
  return attempt(async () => {
    const tag = place.value.tag;
    if (tag !== null) takeReview(await postJson<ReviewView>(runPath(tag, path), body));
  });
}

/** Answers may overtake each other: the newest counts. */
function takeReview(news: ReviewView): void {
  const known = review.value;
  if (known !== null && known.tag === news.tag && known.revision < news.revision) review.value = news;
}

export function takeJob(job: JobView): void {
  jobs.value = [...jobs.value.filter(({ tag }) => tag !== job.tag), job];
}

/** The name of a kind of the open run; −1 is none. */
export function kindName(kind: number): string {
  if (kind < 0) return 'no kind';
  return review.value?.kinds.find((each) => each.kind === kind)?.name ?? `kind-${kind}`;
}

/** What a kind that the run found is now: itself, the one that it was merged into, or −1. */
export function presentKind(kind: number): number {
  return review.value?.gone.find((each) => each.kind === kind)?.into ?? kind;
}

/** The browser connects again by itself; what was missed meanwhile is fetched then. */
export function listen(): void {
  const source = new EventSource('/api/events');
  source.addEventListener('open', () => void loadRuns());
  source.addEventListener('message', (message: MessageEvent<string>) => take(JSON.parse(message.data)));
}

function take(event: StudioEvent): void {
  if (event.type === 'runs') void loadRuns();
  else if (event.type === 'review') void refreshReview(event.tag, event.revision);
  else if (event.type === 'job') takeJob(event.job);
  else layoutProgress.value = event;
}
