// What a person may do to the kinds of a run. An edit names images and kinds by their numbers, so that it means the same
// whenever it is read; the kinds that edits make are numbered after those that the run found.
import { z } from 'zod';
import { InputError } from '../../core/errors.js';
import { NO_KIND } from '../../core/groups.js';
import { IMAGE_SET } from '../../core/image-set.js';

const images = z.string().regex(IMAGE_SET, 'expected images such as 0-5,7,9-12');
const kind = z.int().nonnegative();
const place = z.int().min(NO_KIND);
const name = z.string().trim().min(1, 'a name has at least one letter').max(200);

/** Asked about a group of alike images, about one of them, or about one that was drawn to measure the accuracy. */
export const QUESTION_KINDS = ['group', 'image', 'audit'] as const;

const numbered = {
  name: z.object({ do: z.literal('name'), kind, name }),
  /** All images of `kinds` go to `into`. */
  merge: z.object({ do: z.literal('merge'), kinds: z.array(kind).min(1), into: kind }),
  /** Parts of a kind become kinds; what no part names stays. */
  split: z.object({ do: z.literal('split'), kind, parts: z.array(z.object({ kind, images })).min(1) }),
  /** The person looked at these images and says where they belong. */
  move: z.object({ do: z.literal('move'), images, to: place }),
  /** The whole kind is junk. */
  junk: z.object({ do: z.literal('junk'), kind }),
  /**
   * To a question: the kind they are, −1 for none, null where the person cannot say. `was`: their kind when asked. `except`:
   * images that were asked about too and that the person left out, for they are of another kind.
   */
  answer: z.object({
    do: z.literal('answer'),
    about: z.enum(QUESTION_KINDS),
    images,
    except: images.optional(),
    was: place,
    is: place.nullable(),
  }),
};

/** An edit as the journal keeps it. */
export const editSchema = z.discriminatedUnion('do', [
  numbered.name,
  numbered.merge,
  numbered.split,
  numbered.move,
  numbered.junk,
  numbered.answer,
]);
export type Edit = z.infer<typeof editSchema>;

const orNew = z.union([place, z.literal('new')]);

/** An edit as a person asks for it: `new` stands for the next free number. */
export const editRequestSchema = z.discriminatedUnion('do', [
  numbered.name,
  numbered.merge,
  z.object({ do: z.literal('split'), kind, parts: z.array(z.object({ images })).min(1) }),
  numbered.move.extend({ to: orNew }),
  numbered.junk,
  numbered.answer.extend({ is: orNew.nullable() }),
]);
/** What a person does to kinds: `do` is name, merge, split, move, junk or answer; kinds go by their numbers, images as a set such as `0-5,7`. */
export type EditRequest = z.infer<typeof editRequestSchema>;

/** Gives the new kinds of a request their numbers, from `nextKind` on. Throws an InputError for what is no request: it would spoil the journal. */
export function numberKinds(asked: EditRequest, nextKind: number): Edit {
  const { data: request, error } = editRequestSchema.safeParse(asked);
  if (error) {
    const [{ path, message }] = error.issues;
    throw new InputError(
      `The edit cannot be done as it is given (${path.join('.') || 'all of it'}: ${message}): give it the fields of an EditRequest.`,
    );
  }
  switch (request.do) {
    case 'split':
      return { ...request, parts: request.parts.map((part, at) => ({ ...part, kind: nextKind + at })) };
    case 'move':
      return { ...request, to: request.to === 'new' ? nextKind : request.to };
    case 'answer':
      return { ...request, is: request.is === 'new' ? nextKind : request.is };
    default:
      return request;
  }
}
