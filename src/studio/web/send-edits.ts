// What a person does to kinds, in one call each, with a word about what was done.
import { writeImageSet } from '../../core/image-set.js';
import type { EditRequest } from '../../review/journal/edits.js';
import type { ChosenKind } from './parts/kind-chooser.js';
import { edit, kindName, review, say } from './store.js';
import { counted } from './words.js';

/** Moves images to a kind, which is made and named where it is new. Returns how many edits that took. */
export function moveImages(images: readonly number[], to: ChosenKind): Promise<number> {
  const set = writeImageSet(images);
  const request = (place: number | 'new'): EditRequest => ({ do: 'move', images: set, to: place });
  return placeImages(request, to, images.length);
}

/** As `moveImages`, for any edit that puts images somewhere. */
export async function placeImages(
  request: (place: number | 'new') => EditRequest,
  to: ChosenKind,
  count: number,
): Promise<number> {
  if ('kind' in to) {
    const name = kindName(to.kind);
    if (await done(request(to.kind))) say(`${counted(count, 'image')} → ${name}. Ctrl+Z takes it back.`);
    return 1;
  }
  const known = new Set(review.value?.kinds.map(({ kind }) => kind));
  if (!(await done(request('new')))) return 1;
  const made = review.value?.kinds.find(({ kind }) => !known.has(kind));
  if (made === undefined || to.newName === null) return 1;
  await edit({ do: 'name', kind: made.kind, name: to.newName });
  say(`${counted(count, 'image')} → ${to.newName}, a new kind. Ctrl+Z takes it back.`);
  return 2;
}

/** Puts `kinds` together in that one of them which a person named, or else in the largest. */
export async function mergeKinds(kinds: readonly number[]): Promise<number | null> {
  const views = (review.value?.kinds ?? []).filter(({ kind }) => kinds.includes(kind));
  const [into] = [...views].sort((a, b) => Number(b.isNamed) - Number(a.isNamed) || b.size - a.size);
  if (into === undefined || views.length < 2) return null;
  const from = views.filter(({ kind }) => kind !== into.kind);
  if (!(await done({ do: 'merge', kinds: from.map(({ kind }) => kind), into: into.kind }))) return null;
  const names = from.map(({ name }) => name).join(', ');
  say(`Merged ${names} into ${into.name}. Ctrl+Z takes it back.`);
  return into.kind;
}

/** Makes kinds of all parts but the first, which the kind keeps. */
export async function splitKind(kind: number, parts: readonly { readonly images: string }[]): Promise<void> {
  const made = parts.slice(1).map(({ images }) => ({ images }));
  if (await done({ do: 'split', kind, parts: made })) {
    say(`Split ${kindName(kind)} into ${parts.length}. Ctrl+Z takes it back.`);
  }
}

export async function callJunk(kind: number): Promise<boolean> {
  const name = kindName(kind);
  const isDone = await done({ do: 'junk', kind });
  if (isDone) say(`${name} is junk: its images belong to no kind. Ctrl+Z takes it back.`);
  return isDone;
}

/** Was it done? What was wrong has been said otherwise. */
async function done(request: EditRequest): Promise<boolean> {
  const before = review.value?.revision;
  await edit(request);
  return review.value?.revision !== before;
}
