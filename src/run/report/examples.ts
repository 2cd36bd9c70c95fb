// What the report shows of each kind, and which of its images: those nearest its centre, and those the clustering was least sure of.
import { membersOf } from '../../core/groups.js';
import type { Kind } from '../files/artefacts.js';
import type { RunCard } from '../files/card.js';
import type { KindExamples, ReportKind } from './input.js';

export const TYPICAL_SHOWN = 16;
export const BOUNDARY_SHOWN = 8;

export interface Placement {
  /** (n): the cluster of each image, −1 for none. */
  readonly assignment: Int32Array;
  /** (n) */
  readonly confidence: Float32Array;
  /** (n): from each image to its cluster's centre. */
  readonly distance: Float32Array;
}

/**
 * The examples of clusters 0 … k − 1, in that order. No image is shown twice; of a small kind, the typical
 * ones come first. Ties go to the earlier image.
 */
export function selectExamples({ assignment, confidence, distance }: Placement, k: number): KindExamples[] {
  return membersOf(assignment, k).map((images) => {
    const typical = [...images].sort((a, b) => distance[a] - distance[b] || a - b).slice(0, TYPICAL_SHOWN);
    const shown = new Set(typical);
    const boundary = images
      .filter((image) => !shown.has(image))
      .sort((a, b) => confidence[a] - confidence[b] || a - b)
      .slice(0, BOUNDARY_SHOWN);
    return { typical, boundary };
  });
}

/** `purityOf`: the share of a kind's images that have its most frequent label; null where there are none. */
export function reportKinds(
  kinds: readonly Kind[],
  placement: Placement,
  mostConfused: NonNullable<RunCard['kin']>['mostConfused'],
  purityOf: (cluster: number) => number | null = () => null,
): ReportKind[] {
  const { assignment, confidence } = placement;
  const examples = selectExamples(placement, kinds.length);
  const sums = new Float64Array(kinds.length);
  assignment.forEach((cluster, image) => {
    if (cluster >= 0) sums[cluster] += confidence[image];
  });
  return kinds.map(({ cluster, name, size, stability }) => {
    const other = mostConfused[cluster] ?? null;
    return {
      cluster,
      name,
      size,
      purity: purityOf(cluster),
      meanConfidence: size === 0 ? null : sums[cluster] / size,
      stability,
      mostConfused: other && { name: kinds[other.cluster].name, share: other.share },
      examples: examples[cluster],
    };
  });
}
