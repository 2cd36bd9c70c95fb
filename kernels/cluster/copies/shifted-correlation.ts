// Sums of products of two grey images, one of them moved by a pixel (AssemblyScript). src/cluster/copies/shifted-correlation.ts
// lays out the memory; test/cluster/shifted-correlation.test.ts has the same sums in plain words.
//
// An image lies in a frame of zeros: a row and a column before it, a row behind it, and rows of a multiple of 16 bytes
// that leave a column or more behind it. What is moved out of sight meets zeros, so that no edge is a special case.

/** Lays side × side bytes into a frame, whose zeros are there. */
export function frame(image: usize, side: u32, framed: usize, stride: u32): void {
  for (let row: u32 = 0; row < side; row++) {
    memory.copy(framed + (row + 1) * stride + 1, image + row * side, side);
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline function add(sums: v128, x: v128, at: usize): v128 {
  const y = v128.load(at);
  const low = i32x4.extadd_pairwise_i16x8_u(i16x8.extmul_low_i8x16_u(x, y));
  const high = i32x4.extadd_pairwise_i16x8_u(i16x8.extmul_high_i8x16_u(x, y));
  return i32x4.add(sums, i32x4.add(low, high));
}

// @ts-ignore: a decorator of AssemblyScript
@inline function total(sums: v128): u32 {
  return i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1)
    + i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
}

/** a and b in frames → nine places (u32) for b moved by (down, right) from (−1, −1) to (1, 1); the fifth, unmoved, is left alone. */
export function products(a: usize, b: usize, side: u32, stride: u32, sums: usize): void {
  let upLeft = i32x4.splat(0), up = upLeft, upRight = upLeft;
  let left = upLeft, right = upLeft;
  let downLeft = upLeft, down = upLeft, downRight = upLeft;
  const end = (side + 1) * stride;
  for (let at: usize = stride; at < end; at += 16) {
    const x = v128.load(a + at);
    const below = b + at + stride, beside = b + at, above = b + at - stride;
    upLeft = add(upLeft, x, below + 1);
    up = add(up, x, below);
    upRight = add(upRight, x, below - 1);
    left = add(left, x, beside + 1);
    right = add(right, x, beside - 1);
    downLeft = add(downLeft, x, above + 1);
    down = add(down, x, above);
    downRight = add(downRight, x, above - 1);
  }
  store<u32>(sums, total(upLeft));
  store<u32>(sums, total(up), 4);
  store<u32>(sums, total(upRight), 8);
  store<u32>(sums, total(left), 12);
  store<u32>(sums, total(right), 20);
  store<u32>(sums, total(downLeft), 24);
  store<u32>(sums, total(down), 28);
  store<u32>(sums, total(downRight), 32);
}
