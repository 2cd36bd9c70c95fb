// The kinds after some of a person's edits: the estimate of the accuracy leaves out what was said of single images, and
// learning compares with the kinds before anything was said of images at all.

import { NO_KIND } from '../../core/groups.js';
import { readImageSet } from '../../core/image-set.js';
import type { Edit } from './edits.js';
import type { JournalEntry } from './history.js';

/** beginning (n) → (n): after the edits of whole kinds, and those of images that `heeds` says by how many they are of. */
export function kindsAfter(
  beginning: Int32Array,
  entries: readonly JournalEntry[],
  heeds: (images: number) => boolean,
): Int32Array {
  let kinds: Int32Array = beginning.slice();
  const place = (set: string, to: number) => {
    const images = readImageSet(set, beginning.length);
    if (heeds(images.length)) for (const image of images) kinds[image] = to;
  };
  for (const { what, isUndone } of entries) {
    if (isUndone) continue;
    if (what.do === 'move') place(what.images, what.to);
    else if (what.do === 'answer' && what.is !== null) place(what.images, what.is);
    else kinds = afterKinds(kinds, what);
  }
  return kinds;
}

/** After an edit of whole kinds. */
function afterKinds(kinds: Int32Array, edit: Edit): Int32Array {
  switch (edit.do) {
    case 'merge':
      return kinds.map((kind) => (edit.kinds.includes(kind) ? edit.into : kind));
    case 'junk':
      return kinds.map((kind) => (kind === edit.kind ? NO_KIND : kind));
    case 'split':
      for (const part of edit.parts) {
        for (const image of readImageSet(part.images, kinds.length)) {
          if (kinds[image] === edit.kind) kinds[image] = part.kind;
        }
      }
      return kinds;
    default:
      return kinds;
  }
}
