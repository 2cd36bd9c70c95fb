// What a run compares its images by: vectors that a person brought, or, where they leave it open, what a look at a sample says: kin's
// own features, or the vectors of the encoder in the package. No label is read for it.
import type { PictureDataset } from '../../data/formats/open.js';
import { chooseFraming, type Sample } from '../../data/framing/choose-framing.js';
import { framedSource } from '../../data/framing/framed-source.js';
import { NO_FRAMING_CHOICES } from '../../data/framing/framing.js';
import { type ToldByChoice, toldByNeighbours, toldBySample, toldOfFew } from '../../data/framing/told-by.js';
import type { PictureSource, ReadingLimits } from '../../data/pictures.js';
import { collectImages } from '../../data/source.js';
import type { MethodContext } from '../../methods/found-kinds.js';
import { openImageEncoder } from '../../methods/vectors/image-encoder.js';
import { PHOTO_ENCODER } from '../../methods/vectors/photo-encoder.js';
import { replications } from '../../methods/vectors/replication.js';
import { encodedImages } from '../images/vectors.js';

/** Pictures whose neighbourhoods are asked. */
const ASKED = 600;
/** Fewer than this have no neighbourhoods to ask. */
const LEAST_ASKED = 100;

/** By shape or by content? Throws an InterruptedError when the signal aborts. */
export async function chooseToldBy(
  { train }: PictureDataset,
  sample: Sample,
  { limits, threads }: { readonly limits: ReadingLimits; readonly threads: number },
  how: MethodContext,
): Promise<ToldByChoice> {
  const seen = toldBySample(sample.pictures);
  if (seen !== null) return seen;
  const pictures = await someOf(train);
  const { framing } = chooseFraming(sample, NO_FRAMING_CHOICES, train.shape);
  const { signal } = how;
  const images = await collectImages(framedSource(pictures, framing, limits), () => {}, { signal });
  if (images.count < LEAST_ASKED) return toldOfFew(images.count);
  const encoder = await openImageEncoder(PHOTO_ENCODER, threads);
  try {
    const reading = { limits, values: framing };
    const vectors = await encodedImages(encoder, pictures, images, reading, { report: how.report, signal });
    return toldByNeighbours(await replications(images, vectors, { ...how, threads }));
  } finally {
    await encoder.close();
  }
}

/** Pictures spread over the whole source. */
async function someOf(source: PictureSource): Promise<PictureSource> {
  const some = await source.sample(ASKED);
  return {
    ...source,
    count: some.length,
    async *pictures() {
      yield* some;
    },
  };
}
