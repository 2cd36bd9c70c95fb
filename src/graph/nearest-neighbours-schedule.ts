// Which blocks are compared in which task. First every block with itself, then with those near it in the order,
// which brings the limits close to their end; then with all others, when most tiles are rejected by their first
// columns. On 60,000 × 64 features of digits itself-first halves the pairs to be measured: 4.9 → 2.3 million.
import type { Part } from './nearest-neighbours-protocol.js';

/** Blocks `from` … `to` − 1 to compare with `block`. */
export interface Span {
  readonly block: number;
  readonly from: number;
  readonly to: number;
}

/** Blocks on each side that count as near: 512 rows. */
const NEAR_BLOCKS = 8;

/** For each block of the part that seeks, a task for each ring: itself, near, far. */
const RINGS = 3;

export function taskCount([seekers]: readonly Part[]): number {
  return RINGS * (seekers.endBlock - seekers.firstBlock);
}

export function spansOfTask(task: number, parts: readonly Part[], nearBlocks: Int32Array): Span[] {
  const [seekers, references] = parts;
  const block = task % seekers.endBlock;
  const ring = Math.floor(task / seekers.endBlock);
  if (references === undefined) {
    // Each pair of blocks once: those before `block` have met it already.
    const edges = [block, block + 1, block + NEAR_BLOCKS + 1, seekers.endBlock];
    const [from, to] = [edges[ring], edges[ring + 1]].map((edge) => Math.min(edge, seekers.endBlock));
    return [{ block, from, to }];
  }
  const centre = nearBlocks[block];
  const edges = [references.firstBlock, centre - NEAR_BLOCKS, centre, centre + 1];
  edges.push(centre + NEAR_BLOCKS + 1, references.endBlock);
  const span = (place: number): Span => {
    const [from, to] = [edges[place], edges[place + 1]].map((edge) =>
      Math.min(Math.max(edge, references.firstBlock), references.endBlock),
    );
    return { block, from, to };
  };
  return ring === 0 ? [span(2)] : [span(2 - ring), span(2 + ring)];
}
