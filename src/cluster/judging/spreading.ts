// What a person said of some images, spread to those that resemble them.
//
// Label propagation with a memory (Zhou et al., "Learning with local and global consistency", 2004): every node takes the
// mean of its neighbours' posteriors and a little of what it began with, F ← (D⁻¹W F + μ Y) / (1 + μ). Two nodes that were
// said to be of one kind are a must-link and two of different kinds a cannot-link; since kinds have names, both are kept
// by holding these nodes to their kinds (seeding: Basu, Banerjee & Mooney 2002).
//
// Spreading also blurs what nobody spoke of. It is therefore done twice, from the kinds as they were and from the kinds
// with what was said, and a node of which nothing was said moves only where the two clearly come to different ends:
// where the words made the difference.
import { NO_KIND } from '../../core/groups.js';
import { type Matrix, matrix } from '../../core/matrix.js';
import { indexOfLargest } from '../../core/statistics.js';
import { averageOverNeighbours } from '../../graph/neighbour-average.js';
import type { NeighbourGraph } from '../../graph/neighbour-graph.js';
import { oneHotVotes, type Partition } from '../kinds/partition.js';

/** Kinds after a person's words, and how they came to be. */
export interface ToldPartition extends Partition {
  /** (n): the kinds before anything was said of single images or groups. */
  readonly before: Int32Array;
  /** (n): 1 where the person said the kind of just this node: it keeps it. */
  readonly held: Uint8Array;
  /** (n): 1 where they said what most of its group is. */
  readonly vouched: Uint8Array;
}

/** μ where nothing was said: little, so that words reach far; the comparison takes care of the blur. */
const MEMORY = 0.02;
/** μ where a group was spoken of: it gives way where all around disagrees. */
const MEMORY_OF_WORDS = 0.2;
/** By how much likelier than its old kind a node's new one must be: one word does not tip what stands on an edge. */
const MARGIN = 0.1;
/** Posteriors that go on changing after so many are those of nodes between two kinds. */
const ROUNDS = 20;

/** → (n): the kinds after the spreading. A node that belongs nowhere stays there; a kind keeps its nodes if it would lose all. */
export function spreadKinds(graph: NeighbourGraph, told: ToldPartition): Int32Array {
  const { assignment, before, held, vouched, k } = told;
  const nothing = new Uint8Array(assignment.length);
  const without = spread(graph, { assignment: before, k, held: nothing, vouched: nothing });
  const withWords = spread(graph, told);
  const kinds = assignment.map((kind, node) => {
    if (kind === NO_KIND || held[node] === 1) return kind;
    const likeliest = likeliestKind(withWords, node);
    if (vouched[node] === 1 || likeliest === kind) return likeliest;
    const gain = withWords.data[node * k + likeliest] - withWords.data[node * k + kind];
    return gain > MARGIN && likeliest !== likeliestKind(without, node) ? likeliest : kind;
  });
  const left = new Set(kinds);
  return kinds.map((kind, node) => (left.has(assignment[node]) ? kind : assignment[node]));
}

/** → (n, k): the posterior of each node's kind. */
function spread(graph: NeighbourGraph, told: Omit<ToldPartition, 'before'>): Matrix {
  const { k } = told;
  const beginning = oneHotVotes(told);
  let posteriors = beginning;
  let spare = matrix(beginning.rows, k);
  for (let round = 0; round < ROUNDS; round++) {
    const means = averageOverNeighbours(graph, posteriors, spare);
    remember(means, beginning, told);
    spare = posteriors === beginning ? matrix(beginning.rows, k) : posteriors;
    posteriors = means;
  }
  return posteriors;
}

/** Ties go to the lower number. */
function likeliestKind({ data, columns }: Matrix, node: number): number {
  return indexOfLargest(data, node * columns, (node + 1) * columns) - node * columns;
}

/** means (n, k), in place: a little of the beginning in every row, and all of it where a node is held. */
function remember(
  { data, rows, columns }: Matrix,
  beginning: Matrix,
  { held, vouched }: Pick<ToldPartition, 'held' | 'vouched'>,
): void {
  for (let row = 0; row < rows; row++) {
    const memory = vouched[row] === 1 ? MEMORY_OF_WORDS : MEMORY;
    for (let at = row * columns; at < (row + 1) * columns; at++) {
      const was = beginning.data[at];
      data[at] = held[row] === 1 ? was : (data[at] + memory * was) / (1 + memory);
    }
  }
}
