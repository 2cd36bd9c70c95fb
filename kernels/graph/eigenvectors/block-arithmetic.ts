// The eigensolver's loops over tall row-major float32 blocks in WebAssembly SIMD (AssemblyScript).
//
// Strides are whole fours. Sums over rows run in float32 for a chunk of rows that fits a core's cache, and in
// float64 from chunk to chunk. test/graph/plain-block-arithmetic.ts says the same without tiles.

/** Rows of a chunk: small enough that float32 sums lose little, and that a chunk is read again from cache. */
const CHUNK: usize = 64;

/** out = alpha S x + beta x + gamma previous; S (starts, columns, values), blocks of stride `width` floats. */
export function step(
  starts: usize, columns: usize, values: usize,
  out: usize, x: usize, previous: usize, width: usize,
  alpha: f32, beta: f32, gamma: f32, from: usize, to: usize,
): void {
  const a = f32x4.splat(alpha), b = f32x4.splat(beta), c = f32x4.splat(gamma);
  const rowBytes = width * 4;
  for (let row = from; row < to; row++) {
    const first: usize = load<u32>(starts + row * 4);
    const end: usize = load<u32>(starts + row * 4, 4);
    const own = row * rowBytes;
    let at: usize = 0;
    for (; at + 128 <= rowBytes; at += 128) {
      let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
      for (let edge = first * 4; edge < end * 4; edge += 4) {
        const value = v128.load32_splat(values + edge);
        const source = x + <usize>load<u32>(columns + edge) * rowBytes + at;
        s0 = f32x4.add(s0, f32x4.mul(value, v128.load(source)));
        s1 = f32x4.add(s1, f32x4.mul(value, v128.load(source, 16)));
        s2 = f32x4.add(s2, f32x4.mul(value, v128.load(source, 32)));
        s3 = f32x4.add(s3, f32x4.mul(value, v128.load(source, 48)));
        s4 = f32x4.add(s4, f32x4.mul(value, v128.load(source, 64)));
        s5 = f32x4.add(s5, f32x4.mul(value, v128.load(source, 80)));
        s6 = f32x4.add(s6, f32x4.mul(value, v128.load(source, 96)));
        s7 = f32x4.add(s7, f32x4.mul(value, v128.load(source, 112)));
      }
      finish(out, x, previous, own + at, s0, a, b, c);
      finish(out, x, previous, own + at + 16, s1, a, b, c);
      finish(out, x, previous, own + at + 32, s2, a, b, c);
      finish(out, x, previous, own + at + 48, s3, a, b, c);
      finish(out, x, previous, own + at + 64, s4, a, b, c);
      finish(out, x, previous, own + at + 80, s5, a, b, c);
      finish(out, x, previous, own + at + 96, s6, a, b, c);
      finish(out, x, previous, own + at + 112, s7, a, b, c);
    }
    for (; at + 32 <= rowBytes; at += 32) {
      let s0 = f32x4.splat(0), s1 = s0;
      for (let edge = first * 4; edge < end * 4; edge += 4) {
        const value = v128.load32_splat(values + edge);
        const source = x + <usize>load<u32>(columns + edge) * rowBytes + at;
        s0 = f32x4.add(s0, f32x4.mul(value, v128.load(source)));
        s1 = f32x4.add(s1, f32x4.mul(value, v128.load(source, 16)));
      }
      finish(out, x, previous, own + at, s0, a, b, c);
      finish(out, x, previous, own + at + 16, s1, a, b, c);
    }
    for (; at < rowBytes; at += 16) {
      let s0 = f32x4.splat(0);
      for (let edge = first * 4; edge < end * 4; edge += 4) {
        const source = x + <usize>load<u32>(columns + edge) * rowBytes + at;
        s0 = f32x4.add(s0, f32x4.mul(v128.load32_splat(values + edge), v128.load(source)));
      }
      finish(out, x, previous, own + at, s0, a, b, c);
    }
  }
}

/** Four values of out = a sum + b x + c previous. */
// @ts-ignore: decorator
@inline
function finish(out: usize, x: usize, previous: usize, at: usize, sum: v128, a: v128, b: v128, c: v128): void {
  const own = f32x4.add(f32x4.mul(a, sum), f32x4.mul(b, v128.load(x + at)));
  v128.store(out + at, f32x4.add(own, f32x4.mul(c, v128.load(previous + at))));
}

/**
 * sums (p, q), float64 = aᵀ b for a (n, p), b (n, q). With `symmetric` only tiles on and right of the diagonal
 * are computed; the others are left as they were.
 */
export function cross(
  a: usize, p: usize, b: usize, q: usize, symmetric: bool, sums: usize, from: usize, to: usize,
): void {
  memory.fill(sums, 0, p * q * 8);
  for (let chunk = from; chunk < to; chunk += CHUNK) {
    const end = min(to, chunk + CHUNK);
    for (let i: usize = 0; i < p; i += 4) {
      let j: usize = symmetric ? i / 8 * 8 : 0;
      for (; j + 8 <= q; j += 8) crossTile(a, p, b, q, sums, chunk, end, i, j);
      if (j < q) crossEdge(a, p, b, q, sums, chunk, end, i, j);
    }
  }
}

/** Columns i … + 3 of a with columns j … + 7 of b. */
// @ts-ignore: decorator
@inline
function crossTile(
  a: usize, p: usize, b: usize, q: usize, sums: usize, from: usize, to: usize, i: usize, j: usize,
): void {
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  let left = a + (from * p + i) * 4;
  let right = b + (from * q + j) * 4;
  const last = a + (to * p + i) * 4;
  for (; left < last; left += p * 4, right += q * 4) {
    const b0 = v128.load(right), b1 = v128.load(right, 16);
    let value = v128.load32_splat(left);
    s00 = f32x4.add(s00, f32x4.mul(value, b0));
    s01 = f32x4.add(s01, f32x4.mul(value, b1));
    value = v128.load32_splat(left, 4);
    s10 = f32x4.add(s10, f32x4.mul(value, b0));
    s11 = f32x4.add(s11, f32x4.mul(value, b1));
    value = v128.load32_splat(left, 8);
    s20 = f32x4.add(s20, f32x4.mul(value, b0));
    s21 = f32x4.add(s21, f32x4.mul(value, b1));
    value = v128.load32_splat(left, 12);
    s30 = f32x4.add(s30, f32x4.mul(value, b0));
    s31 = f32x4.add(s31, f32x4.mul(value, b1));
  }
  const at = sums + (i * q + j) * 8;
  addFour(at, s00);
  addFour(at + 32, s01);
  addFour(at + q * 8, s10);
  addFour(at + q * 8 + 32, s11);
  addFour(at + q * 16, s20);
  addFour(at + q * 16 + 32, s21);
  addFour(at + q * 24, s30);
  addFour(at + q * 24 + 32, s31);
}

/** Columns i … + 3 of a with columns j … + 3 of b. */
// @ts-ignore: decorator
@inline
function crossEdge(
  a: usize, p: usize, b: usize, q: usize, sums: usize, from: usize, to: usize, i: usize, j: usize,
): void {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (let row = from; row < to; row++) {
    const left = a + (row * p + i) * 4;
    const b0 = v128.load(b + (row * q + j) * 4);
    s0 = f32x4.add(s0, f32x4.mul(v128.load32_splat(left), b0));
    s1 = f32x4.add(s1, f32x4.mul(v128.load32_splat(left, 4), b0));
    s2 = f32x4.add(s2, f32x4.mul(v128.load32_splat(left, 8), b0));
    s3 = f32x4.add(s3, f32x4.mul(v128.load32_splat(left, 12), b0));
  }
  const at = sums + (i * q + j) * 8;
  addFour(at, s0);
  addFour(at + q * 8, s1);
  addFour(at + q * 16, s2);
  addFour(at + q * 24, s3);
}

/** Adds four float32 values to four float64 sums. */
// @ts-ignore: decorator
@inline
function addFour(at: usize, values: v128): void {
  const high = v128.shuffle<i32>(values, values, 2, 3, 0, 1);
  v128.store(at, f64x2.add(v128.load(at), f64x2.promote_low_f32x4(values)));
  v128.store(at + 16, f64x2.add(v128.load(at + 16), f64x2.promote_low_f32x4(high)));
}

/** out (n, q) = gamma out + a (n, p) coefficients (p, q). */
export function combine(
  out: usize, q: usize, a: usize, p: usize, coefficients: usize, gamma: f32, from: usize, to: usize,
): void {
  const whole = from + (to - from) / 4 * 4;
  for (let row = from; row < whole; row += 4) {
    let j: usize = 0;
    for (; j + 8 <= q; j += 8) combineTile(out, q, a, p, coefficients, gamma, row, j);
    if (j < q) for (let last = row; last < row + 4; last++) combineEdge(out, q, a, p, coefficients, gamma, last, j);
  }
  for (let row = whole; row < to; row++) {
    for (let j: usize = 0; j < q; j += 4) combineEdge(out, q, a, p, coefficients, gamma, row, j);
  }
}

/** Rows `row` … + 3, columns j … + 7. */
// @ts-ignore: decorator
@inline
function combineTile(
  out: usize, q: usize, a: usize, p: usize, coefficients: usize, gamma: f32, row: usize, j: usize,
): void {
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  let first = a + row * p * 4;
  const end = first + p * 4;
  let third = first + p * 8;
  const stride = p * 4;
  for (let right = coefficients + j * 4; first < end; first += 4, third += 4, right += q * 4) {
    const c0 = v128.load(right), c1 = v128.load(right, 16);
    let value = v128.load32_splat(first);
    s00 = f32x4.add(s00, f32x4.mul(value, c0));
    s01 = f32x4.add(s01, f32x4.mul(value, c1));
    value = v128.load32_splat(first + stride);
    s10 = f32x4.add(s10, f32x4.mul(value, c0));
    s11 = f32x4.add(s11, f32x4.mul(value, c1));
    value = v128.load32_splat(third);
    s20 = f32x4.add(s20, f32x4.mul(value, c0));
    s21 = f32x4.add(s21, f32x4.mul(value, c1));
    value = v128.load32_splat(third + stride);
    s30 = f32x4.add(s30, f32x4.mul(value, c0));
    s31 = f32x4.add(s31, f32x4.mul(value, c1));
  }
  const at = out + (row * q + j) * 4;
  put(at, s00, gamma);
  put(at + 16, s01, gamma);
  put(at + q * 4, s10, gamma);
  put(at + q * 4 + 16, s11, gamma);
  put(at + q * 8, s20, gamma);
  put(at + q * 8 + 16, s21, gamma);
  put(at + q * 12, s30, gamma);
  put(at + q * 12 + 16, s31, gamma);
}

/** One row, columns j … + 3. */
// @ts-ignore: decorator
@inline
function combineEdge(
  out: usize, q: usize, a: usize, p: usize, coefficients: usize, gamma: f32, row: usize, j: usize,
): void {
  let sum = f32x4.splat(0);
  for (let k: usize = 0; k < p; k++) {
    const value = v128.load32_splat(a + (row * p + k) * 4);
    sum = f32x4.add(sum, f32x4.mul(value, v128.load(coefficients + (k * q + j) * 4)));
  }
  put(out + (row * q + j) * 4, sum, gamma);
}

/** Four values: out = gamma out + sum. What lies in `out` may be anything where gamma is 0. */
// @ts-ignore: decorator
@inline
function put(at: usize, sum: v128, gamma: f32): void {
  v128.store(at, gamma == 0 ? sum : f32x4.add(sum, f32x4.mul(f32x4.splat(gamma), v128.load(at))));
}

/** sums (width), float64 = Σ over rows of (y − λ x)², for lambdas (width). */
export function residual(
  x: usize, y: usize, width: usize, lambdas: usize, sums: usize, from: usize, to: usize,
): void {
  memory.fill(sums, 0, width * 8);
  for (let chunk = from; chunk < to; chunk += CHUNK) {
    const end = min(to, chunk + CHUNK);
    for (let j: usize = 0; j < width; j += 4) {
      const lambda = v128.load(lambdas + j * 4);
      let sum = f32x4.splat(0);
      for (let row = chunk; row < end; row++) {
        const at = (row * width + j) * 4;
        const error = f32x4.sub(v128.load(y + at), f32x4.mul(lambda, v128.load(x + at)));
        sum = f32x4.add(sum, f32x4.mul(error, error));
      }
      addFour(sums + j * 8, sum);
    }
  }
}
