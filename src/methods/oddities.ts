// What is odd in a pile, whichever method found its kinds.
import {
  type Findings as ClusterFindings,
  type MixedKind as ClusterMixedKind,
  type Outlier as ClusterOutlier,
  findOddities,
} from '../cluster/findings.js';
import { type Images, pixelsPerImage } from '../data/source.js';
import type { FoundKinds } from './found-kinds.js';

export type Findings = ClusterFindings;
export type Outlier = ClusterOutlier;
export type MixedKind = ClusterMixedKind;

/** Duplicates, outliers and mixed kinds among the images that `found` was found in. */
export function odditiesIn(images: Images, { neighbours, assignment, k, stability }: FoundKinds): Findings {
  const { data } = images;
  return findOddities({ data, bytesPerImage: pixelsPerImage(images), neighbours, assignment, k, stability });
}
