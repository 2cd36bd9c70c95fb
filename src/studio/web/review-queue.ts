// The questions of the review: the next ones are fetched before they are needed, so that each answer shows the next at
// once. Answers change what is worth asking: every few of them the server is asked again, and what waited is dropped.
import { signal } from '@preact/signals';
import { imagesIn, writeImageSet } from '../../core/image-set.js';
import type { EditRequest } from '../../review/journal/edits.js';
import type { QuestionView } from '../server/messages.js';
import { fetchJson, runPath } from './api.js';
import type { ChosenKind } from './parts/kind-chooser.js';
import { placeImages } from './send-edits.js';
import { attempt, edit, undo } from './store.js';

const FETCHED = 6;
/** With fewer than this waiting, more are fetched. */
const FEWEST = 2;
/** Answers after which what waits is stale. */
const STALE_AFTER = 3;

/** The first is the one that is asked; null before the first are there. */
export const questions = signal<readonly QuestionView[] | null>(null);

/** Images of the first question that the answer is not about. */
export const leftOut = signal<ReadonlySet<number>>(new Set());

interface Answered {
  readonly question: QuestionView;
  readonly leftOut: ReadonlySet<number>;
  /** Resolves to the edits that it took, once they are done. */
  readonly edits: Promise<number>;
}

let tagOfQueue = '';
/** Since the page was opened, the newest last. */
let answered: readonly Answered[] = [];
let sinceFetch = 0;

export function openQueue(tag: string): Promise<void> {
  if (tagOfQueue !== tag) {
    [tagOfQueue, answered, questions.value, leftOut.value] = [tag, [], null, new Set()];
  }
  return refill();
}

/**
 * Takes the answer to the first question, but for the images left out of it, and shows the next; `null`: cannot say. With
 * all left out there is nothing to say but that, which is then said of them all.
 */
export async function answer(is: ChosenKind | null): Promise<void> {
  const [question, ...waiting] = questions.value ?? [];
  const without = leftOut.value;
  const isNoneLeft = question?.shown.length === without.size;
  if (question === undefined || (isNoneLeft && is !== null)) return;
  [questions.value, leftOut.value] = [waiting, new Set()];
  const edits = keep(question, is, isNoneLeft ? new Set() : without);
  answered = [...answered, { question, leftOut: without, edits }];
  sinceFetch += 1;
  await edits;
  if (questions.value.length < FEWEST || sinceFetch >= STALE_AFTER) await refill();
}

/** Asks the last question again as it was left, its answer taken back; without one, undoes the last edit. */
export async function takeBack(): Promise<void> {
  const last = answered.at(-1);
  if (last === undefined) return undo();
  answered = answered.slice(0, -1);
  questions.value = [last.question, ...(questions.value ?? [])];
  leftOut.value = last.leftOut;
  const edits = await last.edits;
  for (let done = 0; done < edits; done++) await undo();
}

async function keep(
  { about, images, was, shown }: QuestionView,
  is: ChosenKind | null,
  without: ReadonlySet<number>,
): Promise<number> {
  const isIn = (image: number) => !without.has(image);
  const set =
    without.size === 0
      ? { images }
      : {
          images: writeImageSet(imagesIn(images, Number.POSITIVE_INFINITY).filter(isIn)),
          except: writeImageSet(without),
        };
  const request = (place: number | 'new' | null): EditRequest => ({
    do: 'answer',
    about,
    ...set,
    was,
    is: place,
  });
  if (is !== null && 'newName' in is) return placeImages(request, is, shown.filter(isIn).length);
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
