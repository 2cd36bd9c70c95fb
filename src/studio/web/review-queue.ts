// The questions of the review: the next ones are fetched before they are needed, so that each answer shows the next at
// once. Answers change what is worth asking: every few of them the server is asked again, and what waited is dropped.
import { signal } from '@preact/signals';
import type { EditRequest } from '../../review/edits.js';
import type { QuestionView } from '../server/messages.js';
import { fetchJson, runPath } from './api.js';
import { placeImages } from './edit-kinds.js';
import type { ChosenKind } from './parts/kind-chooser.js';
import { attempt, edit, undo } from './store.js';

const FETCHED = 6;
/** With fewer than this waiting, more are fetched. */
const FEWEST = 2;
/** Answers after which what waits is stale. */
const STALE_AFTER = 3;

/** The first is the one that is asked; null before the first are there. */
export const questions = signal<readonly QuestionView[] | null>(null);

interface Answered {
  readonly question: QuestionView;
  /** Resolves to the edits that it took, once they are done. */
  readonly edits: Promise<number>;
}

let tagOfQueue = '';
/** Since the page was opened, the newest last. */
let answered: readonly Answered[] = [];
let sinceFetch = 0;

export function openQueue(tag: string): Promise<void> {
  if (tagOfQueue !== tag) [tagOfQueue, answered, questions.value] = [tag, [], null];
  return refill();
}

/** Takes the answer to the first question and shows the next; `null`: cannot say. */
export async function answer(is: ChosenKind | null): Promise<void> {
  const [question, ...waiting] = questions.value ?? [];
  if (question === undefined) return;
  questions.value = waiting;
  const edits = keep(question, is);
  answered = [...answered, { question, edits }];
  sinceFetch += 1;
  await edits;
  if (questions.value.length < FEWEST || sinceFetch >= STALE_AFTER) await refill();
}

/** Asks the last question again, its answer taken back; without one, undoes the last edit. */
export async function takeBack(): Promise<void> {
  const last = answered.at(-1);
  if (last === undefined) return undo();
  answered = answered.slice(0, -1);
  questions.value = [last.question, ...(questions.value ?? [])];
  const edits = await last.edits;
  for (let done = 0; done < edits; done++) await undo();
}

async function keep({ about, images, was, size }: QuestionView, is: ChosenKind | null): Promise<number> {
  const request = (place: number | 'new' | null): EditRequest => ({
    do: 'answer',
    about,
    images,
    was,
    is: place,
  });
  if (is !== null && 'newName' in is) return placeImages(request, is, size);
  await edit(request(is === null ? null : is.kind));
  return 1;
}

/** New questions behind the one that is asked. */
function refill(): Promise<void> {
  return attempt(async () => {
    const tag = tagOfQueue;
    sinceFetch = 0;
    const fetched = await fetchJson<QuestionView[]>(`${runPath(tag, 'questions')}?count=${FETCHED}`);
    if (tag !== tagOfQueue) return;
    // Answers that were given meanwhile.
    const known = new Set(answered.map(({ question }) => question.images));
    const asked = questions.value?.slice(0, 1) ?? [];
    const fresh = fetched.filter(({ images }) => images !== asked[0]?.images && !known.has(images));
    questions.value = [...asked, ...fresh];
  });
}
