// One pass of the layout's gradient descent over some nodes (AssemblyScript). src/graph/layout.ts says what is minimised;
// test/graph/layout.test.ts has the same loop in plain JavaScript.

/** Negative nodes for each neighbour that pulls. */
const NEGATIVES: u32 = 5;
/** The pull of a neighbour counts for both ends, as both rows of the pair are passed. */
const PULL: f32 = 2;
/** Keeps the push between points in one place finite. */
const NEAREST: f32 = 0.001;
const MOST_FORCE: f32 = 2;

// @ts-ignore: a decorator of AssemblyScript
@inline function next(state: u32): u32 {
  let x = state;
  x ^= x << 13;
  x ^= x >> 17;
  return x ^ (x << 5);
}

// @ts-ignore: a decorator of AssemblyScript
@inline function clamp(force: f32): f32 {
  return max<f32>(-MOST_FORCE, min<f32>(MOST_FORCE, force));
}

/**
 * Moves nodes `from` … `to` of `n` once: from where `before` has them to `after`, both (n, 2). Neighbours and negatives
 * among these nodes are where they went already, the others where they were. `seed` is not 0.
 */
export function pass(
  offsets: usize, neighbours: usize, chances: usize, before: usize, after: usize,
  from: u32, to: u32, n: u32, rate: f32, repulsion: f32, seed: u32,
): void {
  let state = seed;
  memory.copy(after + from * 8, before + from * 8, (to - from) * 8);
  for (let node = from; node < to; node++) {
    const own = after + node * 8;
    let x = load<f32>(own), y = load<f32>(own, 4);
    const end = load<u32>(offsets + node * 4, 4);
    for (let edge = load<u32>(offsets + node * 4); edge < end; edge++) {
      state = next(state);
      if (<f32>(state >> 8) * (1.0 / 16777216.0) >= load<f32>(chances + edge * 4)) continue;
      const other = load<u32>(neighbours + edge * 4);
      const place = (other - from < to - from ? after : before) + other * 8;
      const dx = x - load<f32>(place), dy = y - load<f32>(place, 4);
      const pull = PULL / (1 + dx * dx + dy * dy);
      x -= rate * clamp(pull * dx);
      y -= rate * clamp(pull * dy);
      for (let count: u32 = 0; count < NEGATIVES; count++) {
        state = next(state);
        const negative = <u32>((<u64>state * <u64>n) >> 32);
        if (negative === node) continue;
        const far = (negative - from < to - from ? after : before) + negative * 8;
        const fx = x - load<f32>(far), fy = y - load<f32>(far, 4);
        const squared = fx * fx + fy * fy;
        const push = repulsion / ((NEAREST + squared) * (1 + squared));
        x += rate * clamp(push * fx);
        y += rate * clamp(push * fy);
      }
    }
    store<f32>(own, x);
    store<f32>(own, y, 4);
  }
}
