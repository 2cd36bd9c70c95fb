// Questions about groups of alike images: how much would an answer move? What ties a group to other kinds than its own, and
// how many images it has, say how many of them are likely to be wrong.
import { NOWHERE, type Partition } from '../cluster/partition.js';
import type { NeighbourGraph } from '../graph/neighbour-graph.js';
import { SAID } from '../run/corrections.js';
import type { Vote } from './reasons.js';
import type { ReviewState } from './state.js';

export interface DoubtedGroup {
  readonly group: number;
  /** Those that the answer decides, ascending. */
  readonly images: readonly number[];
  /** The kind that most of them are in. */
  readonly was: number;
  /** The kinds that what they resemble lies in, in no order. */
  readonly ties: readonly Vote[];
  /** Share of the ties, or of the images, that is not in `was`: 0 … 1. */
  readonly doubt: number;
}

/** Fewer images make no strip to look at. */
const FEWEST = 2;
/** A group is worth a question where about so many of its images may be wrong. */
const LEAST_DOUBTED = 2;

/** Groups of which nothing has been said, those first whose answer is likely to move most. */
export function doubtedGroups(
  graph: NeighbourGraph,
  groups: Partition,
  { assignment, said }: ReviewState,
): DoubtedGroup[] {
  const members: number[][] = Array.from({ length: groups.k }, () => []);
  const settled = new Int32Array(groups.k);
  groups.assignment.forEach((group, image) => {
    if (group === NOWHERE) return;
    // What was moved by hand stays out of it; images that were asked about by themselves stay in, so that drawing them
    // at random changes no answer about their group.
    if (said[image] !== SAID.ofSeveral) members[group].push(image);
    if (said[image] === SAID.ofGroup) settled[group]++;
  });
  return members
    .flatMap((images, group) => {
      if (images.length < FEWEST || 2 * settled[group] >= images.length) return [];
      return [{ group, images, ...doubtOf(graph, groups.assignment, assignment, images) }];
    })
    .filter(({ images, doubt }) => doubt * images.length >= LEAST_DOUBTED)
    .sort((a, b) => worthOf(b) - worthOf(a) || a.group - b.group);
}

/**
 * What an answer is likely to move. Squared: where half of a group is in doubt, all of it may be wrong; a tenth of five times
 * as many images is its rim.
 */
function worthOf({ images, doubt }: DoubtedGroup): number {
  return doubt * doubt * images.length;
}

function doubtOf(
  graph: NeighbourGraph,
  groups: Int32Array,
  assignment: Int32Array,
  images: readonly number[],
): Pick<DoubtedGroup, 'was' | 'ties' | 'doubt'> {
  const group = groups[images[0]];
  const was = commonest(images.map((image) => assignment[image]));
  const ties = new Map<number, number>();
  let total = 0;
  for (const image of images) {
    for (let edge = graph.offsets[image]; edge < graph.offsets[image + 1]; edge++) {
      const other = graph.neighbours[edge];
      if (groups[other] === group) continue;
      ties.set(assignment[other], (ties.get(assignment[other]) ?? 0) + graph.weights[edge]);
      total += graph.weights[edge];
    }
  }
  const others = images.filter((image) => assignment[image] !== was).length / images.length;
  const away = total === 0 ? 1 : 1 - (ties.get(was) ?? 0) / total;
  return {
    was,
    ties: [...ties].map(([kind, weight]) => ({ kind, share: weight / total })),
    doubt: Math.max(others, away),
  };
}

function commonest(kinds: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || a - b)[0][0];
}
