// What a person said, among the beliefs of two networks that teach each other.
import type { Corrections } from './corrections.js';

export type Words = Pick<Corrections, 'assignment' | 'held' | 'vouched'>;

/**
 * The weight of a word about a group beside the networks: certain networks overrule it for a single image, unsure ones do
 * not, and while they disagree the image is not learnt from.
 */
const WEIGHT_OF_GROUP = 0.4;

/** Is the image to be learnt as a person said, whatever networks say? Of groups only early on. */
export function isBeyondDoubt(
  { assignment, held, vouched }: Words,
  image: number,
  isEarly: boolean,
): boolean {
  return assignment[image] >= 0 && (held[image] === 1 || (isEarly && vouched[image] === 1));
}

/** beliefs (n, k) → a copy that has what was said in it. */
export function withWords(beliefs: Float32Array, k: number, words: Words | null): Float32Array {
  const heeded = beliefs.slice();
  words?.assignment.forEach((told, image) => {
    const weight = words.held[image] === 1 ? 1 : words.vouched[image] === 1 ? WEIGHT_OF_GROUP : 0;
    if (told < 0 || weight === 0) return;
    for (let kind = 0; kind < k; kind++) {
      const place = image * k + kind;
      heeded[place] = (1 - weight) * beliefs[place] + (kind === told ? weight : 0);
    }
  });
  return heeded;
}
