// The likeliest answers to a question: the kinds that what it is about is tied to, and where those are few the kinds that
// look most like it.
import { NO_KIND } from '../../core/groups.js';
import type { Matrix } from '../../core/matrix.js';
import type { Vote } from './reasons.js';

const CANDIDATES = 3;

/** Kinds that have an image, those first whose mean code is nearest to that of some images. */
export type KindsNear = (images: readonly number[]) => readonly number[];

/** codes (n, d), assignment (n). The kinds' means are computed when they are first asked for. */
export function kindsByNearness(codes: Matrix, assignment: Int32Array): KindsNear {
  let means: ReadonlyMap<number, Float64Array> | null = null;
  return (images) => {
    means ??= meansOf(codes, assignment.keys(), (image) => assignment[image]);
    const middle = meansOf(codes, images, () => 0).get(0) ?? new Float64Array(codes.columns);
    const distances = [...means]
      .filter(([kind]) => kind !== NO_KIND)
      .map(([kind, mean]) => {
        const squared = mean.reduce((sum, value, column) => sum + (value - middle[column]) ** 2, 0);
        return [kind, squared] as const;
      });
    return distances.sort(([a, x], [b, y]) => x - y || a - b).map(([kind]) => kind);
  };
}

/** Up to three: the most voted kinds, then the nearest, whose share is 0; the present one is among them. */
export function candidatesFor(
  votes: readonly Vote[],
  was: number,
  nearest: () => readonly number[],
): readonly Vote[] {
  const kinds = votes
    .filter(({ kind }) => kind !== NO_KIND)
    .sort((a, b) => b.share - a.share || a.kind - b.kind);
  const voted = kinds.slice(0, CANDIDATES);
  const isAmong = (kind: number) => voted.some((vote) => vote.kind === kind);
  const own =
    was === NO_KIND || isAmong(was)
      ? []
      : [kinds.find(({ kind }) => kind === was) ?? { kind: was, share: 0 }];
  const first = voted.slice(0, CANDIDATES - own.length);
  const missing = CANDIDATES - first.length - own.length;
  const near = missing > 0 ? nearest().filter((kind) => kind !== was && !isAmong(kind)) : [];
  const filled = near.slice(0, missing).map((kind) => ({ kind, share: 0 }));
  // Where nothing votes, it stays as it is unless it looks otherwise.
  return voted.length === 0 ? [...own, ...filled] : [...first, ...own, ...filled];
}

function meansOf(
  { data, columns }: Matrix,
  images: Iterable<number>,
  partOf: (image: number) => number,
): ReadonlyMap<number, Float64Array> {
  const counts = new Map<number, number>();
  const means = new Map<number, Float64Array>();
  for (const image of images) {
    const part = partOf(image);
    const sums = means.get(part) ?? new Float64Array(columns);
    means.set(part, sums);
    counts.set(part, (counts.get(part) ?? 0) + 1);
    for (let column = 0; column < columns; column++) sums[column] += data[image * columns + column];
  }
  for (const [part, sums] of means) {
    for (let column = 0; column < columns; column++) sums[column] /= counts.get(part) ?? 1;
  }
  return means;
}
