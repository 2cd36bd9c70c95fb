// The kinds of a run after a person's edits: the run's own result, and the edits applied to it one after the other.
import { InputError } from '../core/errors.js';
import { NO_KIND, sizesOf, UNTOLD } from '../core/groups.js';
import { readImageSet } from '../core/image-set.js';
import { type CorrectedKinds, SAID } from '../run/files/corrections.js';
import type { Edit } from './journal/edits.js';

export interface ReviewedKind {
  readonly kind: number;
  readonly name: string;
  /** Did a person give the name? */
  readonly isNamed: boolean;
  /** Images in it now. */
  readonly size: number;
  /** As the run found it; null for a kind that an edit made, or where it was not computed. */
  readonly stability: number | null;
  /** Where its images went: another kind, or −1 where a person called it junk; null for a kind that is there. */
  readonly goneTo: number | null;
}

/** How many images are in the right kind, shares of 1. */
export interface AccuracyEstimate {
  /** Images drawn at random whose kind a person has said. */
  readonly audited: number;
  readonly estimate: number;
  /** 95 % interval. */
  readonly low: number;
  readonly high: number;
}

export interface ReviewState {
  /** (n): the kind of each image, −1 for none. */
  readonly assignment: Int32Array;
  /** (n): the kind that the person said, −1 for none, UNTOLD where nothing was said. */
  readonly told: Int32Array;
  /** (n): one of SAID. */
  readonly said: Uint8Array;
  /** By number, those that are gone included. */
  readonly kinds: readonly ReviewedKind[];
  /** Questions that were answered, "cannot say" included. */
  readonly answers: number;
}

/** What the run itself found. */
export interface FoundState {
  readonly assignment: Int32Array;
  readonly kinds: readonly Pick<ReviewedKind, 'name' | 'isNamed' | 'stability'>[];
  /** What a person had said of the run that this one refines; null where there is none. */
  readonly earlier: CorrectedKinds | null;
}

/** Earlier words hold on where the run heeded them. */
export function stateOfRun({ assignment, kinds, earlier }: FoundState): ReviewState {
  const found = kinds.map((each, kind): ReviewedKind => ({ ...each, kind, size: 0, goneTo: null }));
  const said = Uint8Array.from(assignment, (kind, image) =>
    earlier?.assignment[image] === kind ? earlier.said[image] : SAID.nothing,
  );
  const told = assignment.map((kind, image) => (said[image] === SAID.nothing ? UNTOLD : kind));
  return counted({ assignment: assignment.slice(), told, said, kinds: found, answers: 0 });
}

/** The state after `edit`; `state` stays as it was. Throws an InputError if the edit cannot be done in it. */
export function applyEdit(state: ReviewState, edit: Edit): ReviewState {
  switch (edit.do) {
    case 'name':
      return renamed(state, kindAt(state, edit.kind).kind, edit.name);
    case 'merge':
      return merged(state, edit.kinds, edit.into);
    case 'split':
      return split(state, edit);
    case 'move':
      return moved(state, edit);
    case 'junk':
      return dissolved(state, edit.kind);
    case 'answer':
      return answered(state, edit);
  }
}

/** The kinds that are there, by number. */
export function presentKinds({ kinds }: ReviewState): ReviewedKind[] {
  return kinds.filter(({ goneTo }) => goneTo === null);
}

/** Where the images of a kind are now: the kind itself, the one that it was merged into, or −1. */
export function presentKind({ kinds }: Pick<ReviewState, 'kinds'>, kind: number): number {
  const { goneTo } = kind === NO_KIND ? { goneTo: null } : kinds[kind];
  return goneTo === null ? kind : presentKind({ kinds }, goneTo);
}

function kindAt(state: ReviewState, kind: number): ReviewedKind {
  const found = state.kinds[kind];
  if (found === undefined) throw new InputError(`There is no kind ${kind}: choose one that is there.`);
  if (found.goneTo === null) return found;
  const went = found.goneTo === NO_KIND ? 'was called junk' : `was merged into kind ${found.goneTo}`;
  throw new InputError(`Kind ${kind} ${went} meanwhile: choose one that is there, or undo that first.`);
}

function renamed(state: ReviewState, kind: number, name: string): ReviewState {
  const kinds = state.kinds.map((each) => (each.kind === kind ? { ...each, name, isNamed: true } : each));
  return { ...state, kinds };
}

function merged(state: ReviewState, from: readonly number[], into: number): ReviewState {
  kindAt(state, into);
  for (const kind of from) {
    kindAt(state, kind);
    if (kind === into) throw new InputError(`Kind ${kind} cannot be merged into itself: choose another.`);
  }
  return counted(gone(state, new Set(from), into));
}

function dissolved(state: ReviewState, kind: number): ReviewState {
  kindAt(state, kind);
  const told = state.told.slice();
  const said = state.said.slice();
  state.assignment.forEach((at, image) => {
    if (at !== kind) return;
    told[image] = NO_KIND;
    said[image] = Math.max(said[image], SAID.ofSeveral);
  });
  return counted(gone({ ...state, told, said }, new Set([kind]), NO_KIND));
}

/** The images of `from`, and what was said of them, go to `into`. */
function gone(state: ReviewState, from: ReadonlySet<number>, into: number): ReviewState {
  const follow = (kind: number) => (from.has(kind) ? into : kind);
  return {
    ...state,
    assignment: state.assignment.map(follow),
    told: state.told.map(follow),
    kinds: state.kinds.map((each) => (from.has(each.kind) ? { ...each, goneTo: into } : each)),
  };
}

function split(state: ReviewState, { kind, parts }: Edit & { readonly do: 'split' }): ReviewState {
  kindAt(state, kind);
  const assignment = state.assignment.slice();
  const told = state.told.slice();
  // Whoever said that an image is of the kind did not say of which part.
  const said = state.said.map((what, image) =>
    told[image] === kind ? Math.min(what, SAID.ofSeveral) : what,
  );
  let kinds = state.kinds;
  for (const part of parts) {
    const images = readImageSet(part.images, assignment.length);
    if (images.length === 0) throw new InputError('A part of a split has no image: leave it out.');
    kinds = withKind({ ...state, kinds }, part.kind).kinds;
    for (const image of images) {
      if (assignment[image] !== kind) {
        throw new InputError(`Image ${image} is not in kind ${kind} any more: split the kind as it is now.`);
      }
      assignment[image] = part.kind;
      if (told[image] === kind) told[image] = part.kind;
    }
  }
  return counted({ ...state, assignment, told, said, kinds });
}

function moved(state: ReviewState, edit: Edit & { readonly do: 'move' }): ReviewState {
  const images = readImageSet(edit.images, state.assignment.length);
  return placed(state, images, { to: edit.to, what: images.length === 1 ? SAID.ofItself : SAID.ofSeveral });
}

/** `images` are `to`, for a person says so. A kind that is not there yet begins with them. */
function placed(
  state: ReviewState,
  images: Int32Array,
  { to, what }: { readonly to: number; readonly what: number },
): ReviewState {
  if (images.length === 0) throw new InputError('No image is chosen: choose at least one.');
  const { kinds } = to === NO_KIND ? state : withKind(state, to);
  const assignment = state.assignment.slice();
  const told = state.told.slice();
  const said = state.said.slice();
  for (const image of images) {
    // Most of a group is not all of it: what was said of an image itself stands.
    if (what === SAID.ofGroup && said[image] > SAID.ofGroup) continue;
    assignment[image] = to;
    told[image] = to;
    said[image] = Math.max(said[image], what);
  }
  return counted({ ...state, assignment, told, said, kinds });
}

function answered(state: ReviewState, edit: Edit & { readonly do: 'answer' }): ReviewState {
  const images = readImageSet(edit.images, state.assignment.length);
  if (images.length === 0) throw new InputError('All images are left out: leave at least one in.');
  const leftOut = new Set(readImageSet(edit.except ?? '', state.assignment.length));
  const both = images.find((image) => leftOut.has(image));
  if (both !== undefined) {
    throw new InputError(`Image ${both} is left out of the answer and in it: name it once.`);
  }
  const what = images.length > 1 ? SAID.ofGroup : SAID.ofItself;
  const told = edit.is === null ? state : placed(state, images, { to: edit.is, what });
  return { ...told, answers: state.answers + 1 };
}

/** With kind `kind`, made if its number is the next free one. */
function withKind(state: ReviewState, kind: number): ReviewState {
  if (kind !== state.kinds.length) {
    kindAt(state, kind);
    return state;
  }
  const made = { kind, name: `kind-${kind}`, isNamed: false, size: 0, stability: null, goneTo: null };
  return { ...state, kinds: [...state.kinds, made] };
}

function counted(state: ReviewState): ReviewState {
  const sizes = sizesOf(state.assignment, state.kinds.length);
  return { ...state, kinds: state.kinds.map((each, kind) => ({ ...each, size: sizes[kind] })) };
}
