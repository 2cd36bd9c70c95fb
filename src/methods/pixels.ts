// K-means on raw pixels: the baseline that a network has to beat.
import type { Images } from '../data/source.js';
import { pixels } from '../engine/operations.js';
import { findKinds } from './code-kinds.js';
import type { FoundKinds, MethodContext } from './found-kinds.js';
import type { MethodOptions } from './options.js';

/** Clusters the images by their pixels, each scaled to 0 … 1. */
export function clusterPixels(
  images: Images,
  options: MethodOptions,
  context: MethodContext,
): Promise<FoundKinds> {
  return findKinds(images, pixels, options, context);
}
