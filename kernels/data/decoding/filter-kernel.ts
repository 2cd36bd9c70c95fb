// A filter's two passes over rows of RGB bytes in WebAssembly SIMD (AssemblyScript): the sums of src/core/pictures/filtering.ts, which
// says what the weights are, four at a time. src/data/decoding/filter-kernel.ts lays out the memory.

const FRACTION_BITS: i32 = 22;
const HALF: i32 = 1 << (FRACTION_BITS - 1);

/** Rows of `width` pixels → rows of `count`. Reads a byte beyond the last row, and writes one. */
export function across(
  source: usize, height: u32, width: u32, target: usize, count: u32,
  stride: u32, first: usize, taken: usize, weights: usize,
): void {
  let to = target;
  for (let row: u32 = 0; row < height; row++) {
    const line = source + row * width * 3;
    for (let place: u32 = 0; place < count; place++, to += 3) {
      let weight = weights + place * stride * 4;
      const end = weight + load<u32>(taken + place * 4) * 4;
      let at = line + load<u32>(first + place * 4) * 3;
      let sum = i32x4.splat(HALF);
      for (; weight < end; weight += 4, at += 3) {
        const pixel = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(at)));
        sum = i32x4.add(sum, i32x4.mul(pixel, v128.load32_splat(weight)));
      }
      v128.store32_lane(to, narrowed(sum, sum, sum, sum), 0);
    }
  }
}

/** Rows of `rowBytes` → `count` such rows. Reads up to 15 bytes beyond the last row, and writes as many. */
export function down(
  source: usize, rowBytes: u32, target: usize, count: u32,
  stride: u32, first: usize, taken: usize, weights: usize,
): void {
  for (let place: u32 = 0; place < count; place++) {
    const start = weights + place * stride * 4;
    const end = start + load<u32>(taken + place * 4) * 4;
    const top = source + load<u32>(first + place * 4) * rowBytes;
    // What is written beyond a row is written anew with the next one.
    for (let byte: u32 = 0; byte < rowBytes; byte += 16) {
      let at = top + byte;
      let a = i32x4.splat(HALF), b = a, c = a, d = a;
      for (let weight = start; weight < end; weight += 4, at += rowBytes) {
        const values = v128.load(at), share = v128.load32_splat(weight);
        const low = i16x8.extend_low_i8x16_u(values), high = i16x8.extend_high_i8x16_u(values);
        a = i32x4.add(a, i32x4.mul(i32x4.extend_low_i16x8_u(low), share));
        b = i32x4.add(b, i32x4.mul(i32x4.extend_high_i16x8_u(low), share));
        c = i32x4.add(c, i32x4.mul(i32x4.extend_low_i16x8_u(high), share));
        d = i32x4.add(d, i32x4.mul(i32x4.extend_high_i16x8_u(high), share));
      }
      v128.store(target + place * rowBytes + byte, narrowed(a, b, c, d));
    }
  }
}

/** Sums → bytes, cut to what a byte holds. */
// @ts-ignore: a decorator of AssemblyScript
@inline function narrowed(a: v128, b: v128, c: v128, d: v128): v128 {
  const low = i16x8.narrow_i32x4_s(i32x4.shr_s(a, FRACTION_BITS), i32x4.shr_s(b, FRACTION_BITS));
  const high = i16x8.narrow_i32x4_s(i32x4.shr_s(c, FRACTION_BITS), i32x4.shr_s(d, FRACTION_BITS));
  return i8x16.narrow_i16x8_u(low, high);
}
