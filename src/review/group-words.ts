// What has been said of groups so far, read from the journal: it decides which images are asked about together once more.
import { readImageSet } from './image-set.js';
import type { JournalEntry } from './journal.js';
import { kindsAfter } from './replay.js';

export interface GroupWords {
  /** (n): 1 where an answer about a group covers the image, also where the image itself had been spoken of before. */
  readonly answered: Uint8Array;
  /** (n): 1 where a person called the image's group mixed. */
  readonly mixed: Uint8Array;
  /** Images that a person left out of an answer, in that order. */
  readonly leftOut: ReadonlySet<number>;
  /** (n): each image's kind if nobody had spoken of single images, only of groups and whole kinds. */
  readonly kinds: Int32Array;
}

export function groupWords(beginning: Int32Array, entries: readonly JournalEntry[]): GroupWords {
  const answered = new Uint8Array(beginning.length);
  const mixed = new Uint8Array(beginning.length);
  const leftOut = new Set<number>();
  for (const { what, isUndone } of entries) {
    if (isUndone || what.do !== 'answer' || what.about !== 'group') continue;
    const words = what.is === null ? mixed : answered;
    for (const image of readImageSet(what.images, beginning.length)) words[image] = 1;
    for (const image of readImageSet(what.except ?? '', beginning.length)) leftOut.add(image);
  }
  return { answered, mixed, leftOut, kinds: kindsAfter(beginning, entries, (images) => images > 1) };
}
