// One pass of the layout's gradient descent over some nodes (AssemblyScript). src/graph/layout.ts says what is minimised;
// test/graph/layout.test.ts has the same loop in plain JavaScript.

// Nodes drawn at random push in fours, one a lane: they are where `before` has them, and all see the node in one place.

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
@inline function nextLanes(state: v128): v128 {
  let x = v128.xor(state, i32x4.shl(state, 13));
  x = v128.xor(x, i32x4.shr_u(x, 17));
  return v128.xor(x, i32x4.shl(x, 5));
}

/** Xorshift is linear, and so not to be begun at seeds that differ by a few bits. Never 0. */
// @ts-ignore: a decorator of AssemblyScript
@inline function laneSeed(seed: u32, lane: u32): u32 {
  return ((seed + lane * 0x9e3779b9) * 0x85ebca6b) | 1;
}

// @ts-ignore: a decorator of AssemblyScript
@inline function clamp(force: f32): f32 {
  return max<f32>(-MOST_FORCE, min<f32>(MOST_FORCE, force));
}

// @ts-ignore: a decorator of AssemblyScript
@inline function clampedSum(forces: v128): f32 {
  const clamped = f32x4.max(f32x4.splat(-MOST_FORCE), f32x4.min(f32x4.splat(MOST_FORCE), forces));
  return (
    f32x4.extract_lane(clamped, 0) + f32x4.extract_lane(clamped, 1) +
    (f32x4.extract_lane(clamped, 2) + f32x4.extract_lane(clamped, 3))
  );
}

/**
 * Moves nodes `from` … `to` of `n` once: from where `before` has them to `after`, both (n, 2). Neighbours among these
 * nodes are where they went already, the others where they were. `seed` is not 0.
 */
export function pass(
  offsets: usize, neighbours: usize, chances: usize, before: usize, after: usize,
  from: u32, to: u32, n: u32, rate: f32, repulsion: f32, seed: u32,
): void {
  let state = seed;
  let lanes = i32x4.splat(laneSeed(seed, 0));
  lanes = i32x4.replace_lane(lanes, 1, laneSeed(seed, 1));
  lanes = i32x4.replace_lane(lanes, 2, laneSeed(seed, 2));
  lanes = i32x4.replace_lane(lanes, 3, laneSeed(seed, 3));
  const count = i32x4.splat(n), one = f32x4.splat(1), nearest = f32x4.splat(NEAREST);
  const strength = f32x4.splat(repulsion);
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

      // A lane times n, of 64 bits: its upper half is a node.
      lanes = nextLanes(lanes);
      const low = i64x2.extmul_low_i32x4_u(lanes, count), high = i64x2.extmul_high_i32x4_u(lanes, count);
      let first = v128.load64_zero(before + <usize>i32x4.extract_lane(low, 1) * 8);
      first = v128.load_lane<u64>(before + <usize>i32x4.extract_lane(low, 3) * 8, first, 1);
      let second = v128.load64_zero(before + <usize>i32x4.extract_lane(high, 1) * 8);
      second = v128.load_lane<u64>(before + <usize>i32x4.extract_lane(high, 3) * 8, second, 1);
      const fx = f32x4.sub(f32x4.splat(x), v128.shuffle<f32>(first, second, 0, 2, 4, 6));
      const fy = f32x4.sub(f32x4.splat(y), v128.shuffle<f32>(first, second, 1, 3, 5, 7));
      const squared = f32x4.add(f32x4.mul(fx, fx), f32x4.mul(fy, fy));
      const isOther = i32x4.ne(v128.shuffle<i32>(low, high, 1, 3, 5, 7), i32x4.splat(node));
      const falling = f32x4.mul(f32x4.add(nearest, squared), f32x4.add(one, squared));
      const push = v128.and(f32x4.div(strength, falling), isOther);
      x += rate * clampedSum(f32x4.mul(push, fx));
      y += rate * clampedSum(f32x4.mul(push, fy));
    }
    store<f32>(own, x);
    store<f32>(own, y, 4);
  }
}
