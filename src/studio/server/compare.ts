// Two runs beside each other: which kinds of the one are which of the other, and the images that changed.
import { NO_KIND } from '../../core/groups.js';
import { indexOfLargest } from '../../core/statistics.js';
import { presentKinds } from '../../review/state.js';
import type { Comparison } from './messages.js';
import type { OpenRun } from './open-run.js';

const MOST_CHANGED = 200;

/** By the images that both have. An image changed where its kind there is not the one that most of its kind here is in. */
export function compareRuns(a: OpenRun, b: OpenRun): Comparison {
  const kinds = presentKinds(a.journal.state);
  const otherKinds = presentKinds(b.journal.state);
  const rowOf = new Map(kinds.map(({ kind }, row) => [kind, row]));
  const columnOf = new Map(otherKinds.map(({ kind }, column) => [kind, column]));
  const place = new Map(b.journal.found.ids.map((id, image) => [id, image]));
  const counts = kinds.map(() => new Array<number>(otherKinds.length).fill(0));
  const pairs: { image: number; kind: number; otherKind: number }[] = [];
  a.journal.found.ids.forEach((id, image) => {
    const other = place.get(id);
    if (other === undefined) return;
    const kind = a.journal.state.assignment[image];
    const otherKind = b.journal.state.assignment[other];
    pairs.push({ image, kind, otherKind });
    const [row, column] = [rowOf.get(kind), columnOf.get(otherKind)];
    if (row !== undefined && column !== undefined) counts[row][column] += 1;
  });
  const usual = new Map(kinds.map(({ kind }, row) => [kind, otherKinds[indexOfLargest(counts[row])]?.kind]));
  const { confidence } = a.journal.found;
  const changed = pairs
    .filter(({ kind, otherKind }) => (usual.get(kind) ?? NO_KIND) !== otherKind)
    .sort((p, q) => confidence[q.image] - confidence[p.image] || p.image - q.image);
  const named = (all: typeof kinds) => all.map(({ kind, name }) => ({ kind, name }));
  return {
    tag: a.tag,
    other: b.tag,
    shared: pairs.length,
    kinds: named(kinds),
    otherKinds: named(otherKinds),
    counts,
    changed: changed.slice(0, MOST_CHANGED),
    changedCount: changed.length,
  };
}
