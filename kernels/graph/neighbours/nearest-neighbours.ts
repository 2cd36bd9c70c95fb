// Exact nearest neighbours in WebAssembly SIMD (AssemblyScript): a filter in int16, the answer in float64.
//
// Rows are rounded to int16 (the main thread chose the scale, so that int32 sums cannot overflow). Half the
// squared distance of two rounded rows is D = h_a + h_b − a·b with h = ‖·‖²/2, exact integer arithmetic at
// eight products an instruction. Every row has a limit: above it, rounding included, the other row cannot be
// among its k nearest. The first 16 columns, those of largest variance, decide most: no D is less than half
// the squared gap between the boxes around 8 rows and 8 others, nor than the D of these columns alone. What
// passes all columns is measured in float64 and offered to the heaps of both rows: each pair is met once.
//
// Every worker runs this over one shared memory. Only `offer` writes what others read: under the row's lock,
// except that limits are read without it. Limits only fall, so an old value lets more through, never less.

/** Rows a block: the unit of the schedule. */
const BLOCK_ROWS: usize = 64;
/** Rows a quad: a vector register holds two columns of four rows. */
const QUAD_ROWS: usize = 4;
/** Rows an oct: a tile is a quad against an oct. */
const OCT_ROWS: usize = 8;
/** Bytes of a quad's first 16 columns: 8 column pairs of 16 bytes. */
const HEAD_BYTES: usize = 128;

let columns: usize = 0; // of the float32 rows, a multiple of 4
let tailBytes: usize = 0; // of a quad's columns after the first 16: a multiple of 16
let neighbours: i32 = 0; // k
let scale: f64 = 0; // int16 steps a unit of distance
let slack: f64 = 0; // most that rounding takes from a distance, in steps

let rowsAt: usize = 0; // float32 (positions, columns)
let headsAt: usize = 0; // int16 (quads, 8 pairs, 4 rows, 2 columns)
let tailsAt: usize = 0; // int16 (quads, pairs, 4 rows, 2 columns)
let headHalvesAt: usize = 0; // int32 (positions): h of the head alone
let halvesAt: usize = 0; // int32 (positions): h of all columns
let boxesAt: usize = 0; // int16 (octs, 2, 16): least and greatest of each column of the head, of 8 rows
let limitsAt: usize = 0; // int32 (positions): smallest D that does not matter
let idsAt: usize = 0; // int32 (positions): row number, −1 for padding
let locksAt: usize = 0; // int32 (positions)
let distancesAt: usize = 0; // float32 (positions, k): heap, farthest first
let neighboursAt: usize = 0; // int32 (positions, k): beside it
let scratchAt: usize = 0; // this worker's own: int32 (8) limits of octs, int32 (4, 8) a tile

export function configure(
  columns_: i32, tailBytes_: i32, neighbours_: i32, scale_: f64, slack_: f64,
  rows: usize, heads: usize, tails: usize, headHalves: usize, halves: usize, boxes: usize, limits: usize,
  ids: usize, locks: usize, distances: usize, heapIds: usize, scratch: usize,
): void {
  columns = columns_;
  tailBytes = tailBytes_;
  neighbours = neighbours_;
  scale = scale_;
  slack = slack_;
  rowsAt = rows;
  headsAt = heads;
  tailsAt = tails;
  headHalvesAt = headHalves;
  halvesAt = halves;
  boxesAt = boxes;
  limitsAt = limits;
  idsAt = ids;
  locksAt = locks;
  distancesAt = distances;
  neighboursAt = heapIds;
  scratchAt = scratch;
}

/** Compares the rows of block `a` with those of the blocks `from` … `to` − 1; with itself: each pair once. */
export function sweep(a: usize, from: usize, to: usize): void {
  for (let b = from; b < to; b++) {
    const first = a * BLOCK_ROWS;
    const start = b * BLOCK_ROWS;
    for (let oct: usize = 0; oct < 8; oct++) store<i32>(scratchAt + oct * 4, largestLimit(start + oct * 8));
    for (let row = first; row < first + BLOCK_ROWS; row += OCT_ROWS) {
      const skipped = a == b ? row - first : 0;
      compareOct(row, start + skipped, start + BLOCK_ROWS, scratchAt + skipped / OCT_ROWS * 4);
    }
  }
}

/** Compares the rows `row` … + 7 with `other` … `end` − 1. limits (end − other)/8: the largest of each oct. */
function compareOct(row: usize, other: usize, end: usize, limits: usize): void {
  const limit = largestLimit(row);
  const box = boxesAt + row * 8;
  const low0 = v128.load(box, 0), low1 = v128.load(box, 16);
  const high0 = v128.load(box, 32), high1 = v128.load(box, 48);
  for (let beside = boxesAt + other * 8; other < end; other += OCT_ROWS, beside += 64, limits += 4) {
    const gap0 = gaps(low0, high0, v128.load(beside, 0), v128.load(beside, 32));
    const gap1 = gaps(low1, high1, v128.load(beside, 16), v128.load(beside, 48));
    // Halves before the sum, which could pass 2³¹ otherwise.
    const halves = i32x4.add(i32x4.shr_u(gap0, 1), i32x4.shr_u(gap1, 1));
    const pairs = i32x4.add(halves, v128.shuffle<i32>(halves, halves, 2, 3, 0, 1));
    const least = i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1);
    if (least >= max(limit, load<i32>(limits))) continue;
    compareTile(row, other);
    compareTile(row + QUAD_ROWS, other);
  }
}

/** Squares of the gaps between two boxes in 8 columns, added in pairs. A gap above 2¹⁵ counts as 2¹⁵ − 1. */
// @ts-ignore: decorator
@inline
function gaps(low: v128, high: v128, otherLow: v128, otherHigh: v128): v128 {
  const apart = i16x8.max_s(i16x8.sub_sat_s(low, otherHigh), i16x8.sub_sat_s(otherLow, high));
  const gap = i16x8.max_s(apart, i16x8.splat(0));
  return i32x4.dot_i16x8_s(gap, gap);
}

/** The largest limit of the rows `row` … + 7. */
function largestLimit(row: usize): i32 {
  const at = limitsAt + row * 4;
  const four = i32x4.max_s(v128.load(at), v128.load(at, 16));
  const two = i32x4.max_s(four, v128.shuffle<i32>(four, four, 2, 3, 0, 1));
  return max(i32x4.extract_lane(two, 0), i32x4.extract_lane(two, 1));
}

/** Where a·b is so large that D is below the limit of one of the two rows: one row against four others. */
// @ts-ignore: decorator
@inline
function matters(products: v128, half: v128, limit: v128, otherHalves: v128, otherLimits: v128): v128 {
  // D < limit ⇔ a·b > h_a + h_b − limit, for the larger of the two limits
  return i32x4.gt_s(products, i32x4.sub(i32x4.add(half, otherHalves), i32x4.max_s(limit, otherLimits)));
}

/** Rows `row` … + 3 against `other` … + 7. */
// @ts-ignore: decorator
@inline
function compareTile(row: usize, other: usize): void {
  let p00 = i32x4.splat(0), p01 = p00, p10 = p00, p11 = p00, p20 = p00, p21 = p00, p30 = p00, p31 = p00;
  let at = headsAt + row * 32;
  let beside = headsAt + other * 32;
  for (let end = at + HEAD_BYTES; at < end; at += 16, beside += 16) {
    const b0 = v128.load(beside);
    const b1 = v128.load(beside, HEAD_BYTES);
    let a = v128.load32_splat(at, 0);
    p00 = i32x4.add(p00, i32x4.dot_i16x8_s(a, b0));
    p01 = i32x4.add(p01, i32x4.dot_i16x8_s(a, b1));
    a = v128.load32_splat(at, 4);
    p10 = i32x4.add(p10, i32x4.dot_i16x8_s(a, b0));
    p11 = i32x4.add(p11, i32x4.dot_i16x8_s(a, b1));
    a = v128.load32_splat(at, 8);
    p20 = i32x4.add(p20, i32x4.dot_i16x8_s(a, b0));
    p21 = i32x4.add(p21, i32x4.dot_i16x8_s(a, b1));
    a = v128.load32_splat(at, 12);
    p30 = i32x4.add(p30, i32x4.dot_i16x8_s(a, b0));
    p31 = i32x4.add(p31, i32x4.dot_i16x8_s(a, b1));
  }
  if (!anyMatters(headHalvesAt, row, other, p00, p01, p10, p11, p20, p21, p30, p31)) return;
  finishTile(row, other, p00, p01, p10, p11, p20, p21, p30, p31);
}

// @ts-ignore: decorator
@inline
function anyMatters(
  halves: usize, row: usize, other: usize,
  p00: v128, p01: v128, p10: v128, p11: v128, p20: v128, p21: v128, p30: v128, p31: v128,
): bool {
  const half = halves + row * 4;
  const limit = limitsAt + row * 4;
  const otherHalf = halves + other * 4;
  const otherLimit = limitsAt + other * 4;
  const h0 = v128.load(otherHalf), h1 = v128.load(otherHalf, 16);
  const l0 = v128.load(otherLimit), l1 = v128.load(otherLimit, 16);
  let h = v128.load32_splat(half, 0), l = v128.load32_splat(limit, 0);
  let any = v128.or(matters(p00, h, l, h0, l0), matters(p01, h, l, h1, l1));
  h = v128.load32_splat(half, 4);
  l = v128.load32_splat(limit, 4);
  any = v128.or(any, v128.or(matters(p10, h, l, h0, l0), matters(p11, h, l, h1, l1)));
  h = v128.load32_splat(half, 8);
  l = v128.load32_splat(limit, 8);
  any = v128.or(any, v128.or(matters(p20, h, l, h0, l0), matters(p21, h, l, h1, l1)));
  h = v128.load32_splat(half, 12);
  l = v128.load32_splat(limit, 12);
  any = v128.or(any, v128.or(matters(p30, h, l, h0, l0), matters(p31, h, l, h1, l1)));
  return v128.any_true(any);
}

/** The columns after the head; then every pair that can still matter, one by one. */
function finishTile(
  row: usize, other: usize,
  p00: v128, p01: v128, p10: v128, p11: v128, p20: v128, p21: v128, p30: v128, p31: v128,
): void {
  let at = tailsAt + (row >> 2) * tailBytes;
  let beside = tailsAt + (other >> 2) * tailBytes;
  let next = beside + tailBytes;
  for (const end = at + tailBytes; at < end; at += 16, beside += 16, next += 16) {
    const b0 = v128.load(beside);
    const b1 = v128.load(next);
    let a = v128.load32_splat(at, 0);
    p00 = i32x4.add(p00, i32x4.dot_i16x8_s(a, b0));
    p01 = i32x4.add(p01, i32x4.dot_i16x8_s(a, b1));
    a = v128.load32_splat(at, 4);
    p10 = i32x4.add(p10, i32x4.dot_i16x8_s(a, b0));
    p11 = i32x4.add(p11, i32x4.dot_i16x8_s(a, b1));
    a = v128.load32_splat(at, 8);
    p20 = i32x4.add(p20, i32x4.dot_i16x8_s(a, b0));
    p21 = i32x4.add(p21, i32x4.dot_i16x8_s(a, b1));
    a = v128.load32_splat(at, 12);
    p30 = i32x4.add(p30, i32x4.dot_i16x8_s(a, b0));
    p31 = i32x4.add(p31, i32x4.dot_i16x8_s(a, b1));
  }
  if (!anyMatters(halvesAt, row, other, p00, p01, p10, p11, p20, p21, p30, p31)) return;
  v128.store(scratchAt + 32, p00, 0);
  v128.store(scratchAt + 32, p01, 16);
  v128.store(scratchAt + 32, p10, 32);
  v128.store(scratchAt + 32, p11, 48);
  v128.store(scratchAt + 32, p20, 64);
  v128.store(scratchAt + 32, p21, 80);
  v128.store(scratchAt + 32, p30, 96);
  v128.store(scratchAt + 32, p31, 112);
  let product = scratchAt + 32;
  for (let a: usize = row; a < row + 4; a++) {
    const half = load<i32>(halvesAt + a * 4);
    for (let b: usize = other; b < other + 8; b++, product += 4) {
      const d = half + load<i32>(halvesAt + b * 4) - load<i32>(product);
      const forA = d < load<i32>(limitsAt + a * 4);
      const forB = d < load<i32>(limitsAt + b * 4);
      if ((forA || forB) && a < b) meet(a, b, forA, forB);
    }
  }
}

/** Measures one pair and offers each to the other. */
function meet(a: usize, b: usize, forA: bool, forB: bool): void {
  const idOfA = load<i32>(idsAt + a * 4);
  const idOfB = load<i32>(idsAt + b * 4);
  if (idOfA < 0 || idOfB < 0) return;
  const distance = measure(rowsAt + a * columns * 4, rowsAt + b * columns * 4);
  if (forA) offer(a, distance, idOfB);
  if (forB) offer(b, distance, idOfA);
}

/** The distance as test/graph/plain-neighbours.ts defines it, to the bit. */
function measure(a: usize, b: usize): f32 {
  let low = f64x2.splat(0);
  let high = low;
  for (const end = a + columns * 4; a < end; a += 16, b += 16) {
    const x = v128.load(a);
    const y = v128.load(b);
    const first = f64x2.sub(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(y));
    const second = f64x2.sub(f64x2.promote_low_f32x4(upper(x)), f64x2.promote_low_f32x4(upper(y)));
    low = f64x2.add(low, f64x2.mul(first, first));
    high = f64x2.add(high, f64x2.mul(second, second));
  }
  const sums = f64x2.add(low, high);
  return <f32>Math.sqrt(f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1));
}

// @ts-ignore: decorator
@inline
function upper(x: v128): v128 {
  return v128.shuffle<i64>(x, x, 1, 1);
}

/** Puts (distance, id) into the heap of `row` if it comes before the last one there. */
function offer(row: usize, distance: f32, id: i32): void {
  const size = <usize>neighbours;
  const distances = distancesAt + row * size * 4;
  const ids = neighboursAt + row * size * 4;
  const lock = locksAt + row * 4;
  // A thread that lost its core may hold the lock for long: sleep (0.1 ms) rather than spin.
  while (atomic.cmpxchg<i32>(lock, 0, 1) != 0) atomic.wait<i32>(lock, 1, 100_000);
  if (precedes(distance, id, load<f32>(distances), load<i32>(ids))) {
    sink(distances, ids, 0, size, distance, id);
    const farthest = load<f32>(distances);
    if (farthest < Infinity) store<i32>(limitsAt + row * 4, limitFor(farthest));
  }
  atomic.store<i32>(lock, 0);
}

/** Above the D of any pair at this distance or nearer, however its rows were rounded. */
function limitFor(distance: f32): i32 {
  const steps = scale * <f64>distance * 1.000001 + slack;
  return <i32>Math.min(1.9e9, Math.ceil(steps * steps / 2) + 2);
}

// @ts-ignore: decorator
@inline
function precedes(distance: f32, id: i32, otherDistance: f32, otherId: i32): bool {
  return distance < otherDistance || (distance == otherDistance && id < otherId);
}

/** Writes (distance, id) at `place` of the heap of `size`, or below, where it is not preceded by a parent. */
function sink(distances: usize, ids: usize, place: usize, size: usize, distance: f32, id: i32): void {
  for (;;) {
    let child = place * 2 + 1;
    if (child >= size) break;
    const right = child + 1;
    if (right < size && precedes(
      load<f32>(distances + child * 4), load<i32>(ids + child * 4),
      load<f32>(distances + right * 4), load<i32>(ids + right * 4),
    )) child = right;
    const childDistance = load<f32>(distances + child * 4);
    const childId = load<i32>(ids + child * 4);
    if (!precedes(distance, id, childDistance, childId)) break;
    store<f32>(distances + place * 4, childDistance);
    store<i32>(ids + place * 4, childId);
    place = child;
  }
  store<f32>(distances + place * 4, distance);
  store<i32>(ids + place * 4, id);
}

/** Turns the heaps of positions `from` … `to` − 1 into lists, nearest first. */
export function sortHeaps(from: usize, to: usize): void {
  for (let row = from; row < to; row++) {
    const distances = distancesAt + row * neighbours * 4;
    const ids = neighboursAt + row * neighbours * 4;
    for (let last: usize = neighbours - 1; last > 0; last--) {
      const distance = load<f32>(distances + last * 4);
      const id = load<i32>(ids + last * 4);
      store<f32>(distances + last * 4, load<f32>(distances));
      store<i32>(ids + last * 4, load<i32>(ids));
      sink(distances, ids, 0, last, distance, id);
    }
  }
}
