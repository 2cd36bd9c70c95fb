// Clusters of single linkage that form at a small distance and last until a much larger one: copies of one picture, in whatever they
// are compared by.

/** More pictures that are alike, but not equal, are a kind of their own. */
const LARGEST_BURST = 40;

/** Two items, and how far they are apart. */
export interface Edge {
  readonly a: number;
  readonly b: number;
  readonly length: number;
}

/** A cluster while it grows; one that has outgrown every burst has no members. */
interface Cluster {
  readonly members: readonly number[];
  readonly size: number;
  /** The length of the edge that made it whole. */
  readonly formed: number;
  /** The clusters inside it that lasted. */
  readonly lasting: readonly (readonly number[])[];
}

/** When a cluster of single linkage is copies of one picture. */
export interface LastingLimits {
  /** It forms at this distance at most … */
  readonly within: number;
  /** … and the nearest other is so many times as far. */
  readonly gap: number;
  /** A distance below this counts as this. */
  readonly rounding: number;
}

/** Clusters of single linkage that last, as lists of two to 40 of `count` items. */
export function lastingClusters(
  count: number,
  edges: readonly Edge[],
  limits: LastingLimits,
): (readonly number[])[] {
  const forest = createForest(count);
  const growing = new Map<number, Cluster>();
  const found: (readonly number[])[] = [];
  const clusterAt = (root: number): Cluster =>
    growing.get(root) ?? { members: [root], size: 1, formed: 0, lasting: [] };
  for (const { a, b, length } of edges.toSorted((p, q) => p.length - q.length || p.a - q.a || p.b - q.b)) {
    const [first, second] = [forest.rootOf(a), forest.rootOf(b)];
    if (first === second) continue;
    const [one, two] = [clusterAt(first), clusterAt(second)];
    const lasting = [...lastingIn(one, length, limits), ...lastingIn(two, length, limits)];
    const size = one.size + two.size;
    growing.delete(second);
    forest.join(first, second);
    if (size <= LARGEST_BURST) {
      growing.set(first, { members: [...one.members, ...two.members], size, formed: length, lasting });
    } else {
      found.push(...lasting);
      growing.set(first, { members: [], size, formed: length, lasting: [] });
    }
  }
  for (const cluster of growing.values()) {
    found.push(...lastingIn(cluster, Number.POSITIVE_INFINITY, limits));
  }
  return found;
}

/** What is left of a cluster that joins another at `length`: itself, where it lasted, else what it was made of. */
function lastingIn(
  { members, formed, lasting }: Cluster,
  length: number,
  { within, gap, rounding }: LastingLimits,
): readonly (readonly number[])[] {
  const isBurst = members.length > 1 && formed <= within;
  return isBurst && length >= gap * Math.max(formed, rounding) ? [members] : lasting;
}

/** Sets that are joined, each known by its first root (union–find with path halving). */
function createForest(count: number) {
  const parent = Int32Array.from({ length: count }, (_, item) => item);
  return {
    rootOf(item: number): number {
      let at = item;
      while (parent[at] !== at) {
        parent[at] = parent[parent[at]];
        at = parent[at];
      }
      return at;
    },
    join(root: number, other: number): void {
      parent[other] = root;
    },
  };
}
