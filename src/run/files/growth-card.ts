// What run.json says of a run that has grown: where its images come from, and what the new ones brought.
import { z } from 'zod';
import { CROPS, POLARITIES } from '../../data/framing/framing.js';

const wholeNumber = z.int().nonnegative();

/** Where the images of a run that has grown come from, in their order. */
export const grownFromSchema = z.object({
  tag: z.string(),
  folder: z.string(),
  /** Of that run's images. */
  sha256: z.string(),
  images: wholeNumber,
  parts: z.array(
    z.object({
      /** Empty: the bundled images. */
      locations: z.array(z.string()),
      /** Ids of the part are `prefix/id`; empty for the first part, whose ids stay. */
      prefix: z.string(),
      polarity: z.enum(POLARITIES),
      crop: z.enum(CROPS),
      /** Globs of what was left out of the part. */
      exclude: z.array(z.string()).readonly().default([]),
    }),
  ),
});

/** What a new dataset brought. */
export const growthSchema = z.object({
  /** New images: of old kinds, of new kinds, and of none. */
  images: wholeNumber,
  known: wholeNumber,
  inNewKinds: wholeNumber,
  outside: wholeNumber,
  newKinds: z.array(
    z.object({ cluster: wholeNumber, name: z.string(), images: wholeNumber, stability: z.number() }),
  ),
  /** One an old kind. */
  changes: z.array(
    z.object({
      cluster: wholeNumber,
      added: wholeNumber,
      /** 0: new images lie among the old ones, 1: apart from them; null where there are too few to tell. */
      effect: z.number().nullable(),
      /** Standard deviations of chance that the effect is worth. */
      deviations: z.number().nullable(),
      /** Share of the new images that stand apart as a group. */
      apart: z.number(),
      isDrifted: z.boolean(),
    }),
  ),
});

export type GrownPart = z.infer<typeof grownFromSchema>['parts'][number];
