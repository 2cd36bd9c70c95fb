// The entropy-coded data of a baseline JPEG → planes of pixels, each block of 8 × 8 as 1, 2, 4 or 8 pixels a side
// (AssemblyScript). src/data/decoding/jpeg-scan.ts lays out the memory and says what everything is.
// T.81, annexes C and F.2. The transforms are in whole numbers and rounded where libjpeg's default ("slow", accurate) ones are,
// so that the pixels are those of every decoder that is built on it: Loeffler, Ligtenberg & Moschytz 1989, "Practical fast 1-D DCT
// algorithms with 11 multiplications", for 8 points, and their outputs' pairwise means for 4 and 2.

// A Huffman table. Of the next LOOKUP_BITS bits: length << 8 | symbol, 0 where the code is longer or is none. The same bits
// for coefficients that nobody needs: SKIPS_TO_END | coefficients passed << 4 | bits, for all codes that lie in them whole.
// For each length from 0 to 16: a limit below which codes, brought to 16 bits, are of that length or a lesser one; and
// the place of its first symbol less its first code. Then the symbols.
const LOOKUP_BITS: u32 = 10;
const ENTRIES: u32 = 1 << LOOKUP_BITS;
const SKIPS: usize = 2 * ENTRIES;
const LIMITS: usize = 4 * ENTRIES;
const OFFSETS: usize = LIMITS + 17 * 4;
const SYMBOLS: usize = OFFSETS + 17 * 4;
const SKIPS_TO_END: u32 = 1 << 12;
const MOST_BITS: u32 = 16;

// A component: words of 32 bits.
const ACROSS: usize = 0, DOWN: usize = 4, SIDE: usize = 8, STEPS: usize = 12, DC: usize = 16, AC: usize = 20;
const PLANE: usize = 24, STRIDE: usize = 28, PREDICTED: usize = 32;
const COMPONENT_BYTES: u32 = 36;

const DAMAGED: u32 = 0xffffffff;
/** Behind the 64 coefficients of a block in the scratch memory: their columns, transformed. */
const TRANSFORMED: usize = 256;

/** Last row and column of coefficients that are not 0. */
let lastRow: u32 = 0;
let lastColumn: u32 = 0;

/** counts (16 bytes), then the symbols. False if a length has more codes than it has room for. */
export function makeTable(table: usize, counts: usize): bool {
  memory.fill(table, 0, SYMBOLS);
  let code: u32 = 0, place: u32 = 0;
  for (let length: u32 = 1; length <= MOST_BITS; length++) {
    store<i32>(table + OFFSETS + length * 4, <i32>place - <i32>code);
    const count = <u32>load<u8>(counts + length - 1);
    for (let index: u32 = 0; index < count; index++, code++, place++) {
      const symbol = <u32>load<u8>(counts + 16 + place);
      store<u8>(table + SYMBOLS + place, symbol);
      if (length > LOOKUP_BITS || code >= <u32>1 << length) continue;
      const copies = <u32>1 << (LOOKUP_BITS - length);
      for (let copy: u32 = 0; copy < copies; copy++) {
        store<u16>(table + (code * copies + copy) * 2, (length << 8) | symbol);
      }
    }
    if (code > <u32>1 << length) return false;
    store<u32>(table + LIMITS + length * 4, code << (MOST_BITS - length));
    code <<= 1;
  }
  for (let bits: u32 = 0; bits < ENTRIES; bits++) store<u16>(table + SKIPS + bits * 2, skipped(table, bits));
  return true;
}

function skipped(table: usize, bits: u32): u32 {
  let used: u32 = 0, passed: u32 = 0;
  while (true) {
    const found = <u32>load<u16>(table + ((bits << used) & (ENTRIES - 1)) * 2);
    const size = found & 15;
    const taken = (found >> 8) + size;
    if (found === 0 || used + taken > LOOKUP_BITS) return (passed << 4) | used;
    used += taken;
    if (size === 0 && (found & 255) !== 0xf0) return SKIPS_TO_END | (passed << 4) | used;
    passed += ((found >> 4) & 15) + 1;
  }
}

/** The code at the head of 16 `bits`: length << 8 | symbol; 0 if there is none. */
// @ts-ignore: a decorator of AssemblyScript
@inline function findCode(table: usize, bits: u32): u32 {
  const known = <u32>load<u16>(table + (bits >> (MOST_BITS - LOOKUP_BITS)) * 2);
  return known !== 0 ? known : findLongCode(table, bits);
}

function findLongCode(table: usize, bits: u32): u32 {
  for (let length = LOOKUP_BITS + 1; length <= MOST_BITS; length++) {
    if (bits >= load<u32>(table + LIMITS + length * 4)) continue;
    const place = load<i32>(table + OFFSETS + length * 4) + <i32>(bits >> (MOST_BITS - length));
    return (length << 8) | <u32>load<u8>(table + SYMBOLS + place);
  }
  return 0;
}

/** 57 bits from bit `place` on, at the head of a word. */
// @ts-ignore: a decorator of AssemblyScript
@inline function window(data: usize, place: u32): u64 {
  return load<u64>(data - 7 - (place >> 3)) << (place & 7);
}

/** 16 bits from bit `place` on. */
// @ts-ignore: a decorator of AssemblyScript
@inline function sixteen(data: usize, place: u32): u32 {
  return (load<u32>(data - 3 - (place >> 3)) << (place & 7)) >> 16;
}

/** A value of `size` bits with its sign: T.81, F.2.2.1 (EXTEND). */
// @ts-ignore: a decorator of AssemblyScript
@inline function signed(value: u32, size: u32): i32 {
  return value < <u32>1 << (size - 1) ? <i32>value - (1 << size) + 1 : <i32>value;
}

/**
 * Lays `length` bytes of a file out from `data` downwards, so that a word read there begins with the first of its bytes:
 * without the byte 0 behind each byte 255 (T.81, B.1.1.5), without restart markers, up to the marker that ends the image,
 * `zeros` bytes of 0 behind them. `found`: how many bytes, and how many places in `starts`, the bit behind each restart
 * marker. False where another marker stands or none, or there are more than `most` starts.
 */
export function layOut(
  source: usize, length: u32, data: usize, zeros: u32, starts: usize, most: u32, found: usize,
): bool {
  const end = source + length, full = i8x16.splat(-1);
  const backwards = i8x16(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  let from = source, to = data, count: u32 = 1;
  store<u32>(starts, 0);
  while (true) {
    while (from + 16 <= end) {
      const bytes = v128.load(from);
      if (v128.any_true(i8x16.eq(bytes, full))) break;
      v128.store(to - 15, v128.swizzle(bytes, backwards));
      from += 16;
      to -= 16;
    }
    let byte: u32 = 0;
    while (from < end) {
      byte = load<u8>(from++);
      if (byte === 0xff) break;
      store<u8>(to--, byte);
    }
    if (byte !== 0xff || from === end) return false;
    const marker = <u32>load<u8>(from++);
    if (marker === 0) store<u8>(to--, 0xff);
    else if (marker >= 0xd0 && marker <= 0xd7 && count < most) {
      store<u32>(starts + count * 4, <u32>(data - to) * 8);
      count++;
    } else if (marker === 0xd9) break;
    else return false;
  }
  memory.fill(to - zeros + 1, 0, zeros);
  store<u32>(found, <u32>(data - to));
  store<u32>(found, count, 4);
  return true;
}

/** Are all `size` values the middle one, no colour? */
export function isNeutral(plane: usize, size: u32): bool {
  const end = plane + size, middle = i8x16.splat(-128);
  let at = plane;
  for (; at + 16 <= end; at += 16) if (!i8x16.all_true(i8x16.eq(v128.load(at), middle))) return false;
  for (; at < end; at++) if (load<u8>(at) !== 128) return false;
  return true;
}

/**
 * All units: `rows` × `columns`, from the bits at `starts[0]` on and behind each restart from `starts[i]`. False where
 * the data (`length` bytes from `data` downwards, zeros behind them) are damaged or too short.
 */
export function decode(
  components: usize, count: u32, rows: u32, columns: u32, restartInterval: u32,
  order: usize, scratch: usize, data: usize, length: u32, starts: usize, startCount: u32,
): bool {
  const end = components + count * COMPONENT_BYTES;
  let place = load<u32>(starts), restarts: u32 = 0, units: u32 = 0;
  memory.fill(scratch, 0, TRANSFORMED);
  for (let row: u32 = 0; row < rows; row++) {
    for (let column: u32 = 0; column < columns; column++, units++) {
      if (restartInterval !== 0 && units !== 0 && units % restartInterval === 0) {
        if (++restarts >= startCount) return false;
        place = load<u32>(starts + restarts * 4);
        for (let each = components; each < end; each += COMPONENT_BYTES) store<i32>(each, 0, PREDICTED);
      }
      if (place > length * 8) return false;
      for (let each = components; each < end; each += COMPONENT_BYTES) {
        place = unit(each, data, place, row, column, order, scratch);
        if (place === DAMAGED) return false;
      }
    }
  }
  return place <= length * 8;
}

/** The blocks of one component in a unit. */
function unit(
  component: usize, data: usize, from: u32, row: u32, column: u32, order: usize, scratch: usize,
): u32 {
  const across = load<u32>(component, ACROSS), down = load<u32>(component, DOWN);
  const side = load<u32>(component, SIDE);
  const stride = load<u32>(component, STRIDE);
  const dc = <usize>load<u32>(component, DC), ac = <usize>load<u32>(component, AC);
  const steps = <usize>load<u32>(component, STEPS);
  let place = from;
  for (let y: u32 = 0; y < down; y++) {
    for (let x: u32 = 0; x < across; x++) {
      const bits = window(data, place);
      const found = findCode(dc, <u32>(bits >> 48));
      const size = found & 255, length = found >> 8;
      if (found === 0 || size > 11) return DAMAGED;
      let predicted = load<i32>(component, PREDICTED);
      if (size > 0) {
        predicted += signed(<u32>((bits << length) >> (64 - size)), size);
        store<i32>(component, predicted, PREDICTED);
      }
      place += length + size;
      const level = predicted * load<i32>(steps);
      const target = <usize>load<u32>(component, PLANE)
        + ((row * down + y) * side) * stride + (column * across + x) * side;
      if (side === 1) {
        place = skip(ac, data, place);
        if (place === DAMAGED) return DAMAGED;
        store<u8>(target, pixel(scaled(level, 3)));
        continue;
      }
      place = read(ac, data, place, steps, order, scratch);
      if (place === DAMAGED) return DAMAGED;
      if (lastRow === 0 && lastColumn === 0) {
        fill(target, pixel(scaled(level, 3)), side, stride);
        continue;
      }
      store<i32>(scratch, level);
      if (side === 8) transformTo8(scratch, target, stride);
      else if (side === 4) transformTo4(scratch, target, stride);
      else transformTo2(scratch, target, stride);
      for (let v: u32 = 0; v <= lastRow; v++) {
        v128.store(scratch + v * 32, i32x4.splat(0));
        v128.store(scratch + v * 32, i32x4.splat(0), 16);
      }
    }
  }
  return place;
}

/** One value in all pixels of a block: 2, 4 or 8 a line. */
function fill(target: usize, value: u32, side: u32, stride: u32): void {
  const eight = <u64>value * 0x0101_0101_0101_0101;
  const end = target + side * stride;
  for (let line = target; line < end; line += stride) {
    if (side === 2) store<u16>(line, eight);
    else if (side === 4) store<u32>(line, eight);
    else store<u64>(line, eight);
  }
}

/** Steps that a window has bits for. */
const STEPS_A_WINDOW: u32 = 5;

/** Passes the AC coefficients of one block. */
function skip(ac: usize, data: usize, from: u32): u32 {
  let place = from, last: u32 = 0;
  while (true) {
    let bits = window(data, place), left = STEPS_A_WINDOW;
    for (; left > 0; left--) {
      const step = <u32>load<u16>(ac + <usize>(bits >> (64 - LOOKUP_BITS)) * 2, SKIPS);
      const then = last + ((step >> 4) & 255), used = step & 15;
      // Behind the 63rd the block is over, and what comes is the next one's.
      if (step === 0 || then >= 63) break;
      place += used;
      if (step >= SKIPS_TO_END) return place;
      last = then;
      bits <<= used;
    }
    if (left === 0) continue;
    const found = findCode(ac, sixteen(data, place));
    if (found === 0) return DAMAGED;
    place += (found >> 8) + (found & 15);
    if ((found & 15) === 0 && (found & 255) !== 0xf0) return place;
    last += ((found >> 4) & 15) + 1;
    if (last >= 63) return last === 63 ? place : DAMAGED;
  }
}

/** Reads the AC coefficients of one block. */
function read(ac: usize, data: usize, from: u32, steps: usize, order: usize, scratch: usize): u32 {
  let place = from, rowEnd: u32 = 0, columnEnd: u32 = 0;
  lastRow = 0;
  lastColumn = 0;
  for (let index: u32 = 1; index < 64; index++) {
    const bits = sixteen(data, place);
    const found = findCode(ac, bits);
    if (found === 0) return DAMAGED;
    const size = found & 15;
    place += found >> 8;
    if (size === 0 && (found & 255) !== 0xf0) break;
    index += (found >> 4) & 15;
    if (index > 63) return DAMAGED;
    if (size === 0) continue;
    const target = <u32>load<u8>(order + index);
    const value = signed(sixteen(data, place) >> (16 - size), size);
    store<i32>(scratch + target * 4, value * load<i32>(steps + index * 4));
    rowEnd = max(rowEnd, target >> 3);
    columnEnd = max(columnEnd, target & 7);
    place += size;
  }
  lastRow = rowEnd;
  lastColumn = columnEnd;
  return place;
}

// Cosines in 8192ths; sums in between keep 2 bits behind the point.
const ONE_BITS: i32 = 13, KEPT_BITS: i32 = 2;

/** value / 2^bits, rounded. */
// @ts-ignore: a decorator of AssemblyScript
@inline function scaled(value: i32, bits: i32): i32 {
  return (value + (1 << (bits - 1))) >> bits;
}

/** A value around 0 as a pixel. */
// @ts-ignore: a decorator of AssemblyScript
@inline function pixel(value: i32): u32 {
  return <u32>max(0, min(255, value + 128));
}

/** The `at`th of eight coefficients that lie `step` bytes apart. */
// @ts-ignore: a decorator of AssemblyScript
@inline function coefficient(from: usize, step: usize, at: usize): i32 {
  return load<i32>(from + at * step);
}

/** The results of eight points: the even half of the first four, and what the odd half adds to them and takes from the others. */
let e0: i32 = 0, e1: i32 = 0, e2: i32 = 0, e3: i32 = 0;
let o0: i32 = 0, o1: i32 = 0, o2: i32 = 0, o3: i32 = 0;

function eightPoints(from: usize, step: usize): void {
  const c2 = coefficient(from, step, 2), c6 = coefficient(from, step, 6);
  const turned = (c2 + c6) * 4433;
  const low = turned + c2 * 6270, high = turned - c6 * 15137;
  const c0 = coefficient(from, step, 0), c4 = coefficient(from, step, 4);
  const sum = (c0 + c4) << ONE_BITS, difference = (c0 - c4) << ONE_BITS;
  e0 = sum + low;
  e3 = sum - low;
  e1 = difference + high;
  e2 = difference - high;
  const c1 = coefficient(from, step, 1), c3 = coefficient(from, step, 3);
  const c5 = coefficient(from, step, 5), c7 = coefficient(from, step, 7);
  const common = (c7 + c3 + c5 + c1) * 9633;
  const z1 = (c7 + c1) * -7373, z2 = (c5 + c3) * -20995;
  const z3 = common + (c7 + c3) * -16069, z4 = common + (c5 + c1) * -3196;
  o3 = c7 * 2446 + z1 + z3;
  o2 = c5 * 16819 + z2 + z4;
  o1 = c3 * 25172 + z2 + z3;
  o0 = c1 * 12299 + z1 + z4;
}

function transformTo8(scratch: usize, target: usize, stride: u32): void {
  const columns = scratch + TRANSFORMED;
  const down = ONE_BITS - KEPT_BITS, across = ONE_BITS + KEPT_BITS + 3;
  for (let u: u32 = 0; u < 8; u++) {
    const to = columns + u * 4;
    if (u > lastColumn) {
      for (let y: usize = 0; y < 256; y += 32) store<i32>(to + y, 0);
      continue;
    }
    eightPoints(scratch + u * 4, 32);
    store<i32>(to, scaled(e0 + o0, down));
    store<i32>(to, scaled(e1 + o1, down), 32);
    store<i32>(to, scaled(e2 + o2, down), 64);
    store<i32>(to, scaled(e3 + o3, down), 96);
    store<i32>(to, scaled(e3 - o3, down), 128);
    store<i32>(to, scaled(e2 - o2, down), 160);
    store<i32>(to, scaled(e1 - o1, down), 192);
    store<i32>(to, scaled(e0 - o0, down), 224);
  }
  for (let y: u32 = 0; y < 8; y++) {
    const line = target + y * stride;
    eightPoints(columns + y * 32, 4);
    store<u8>(line, pixel(scaled(e0 + o0, across)));
    store<u8>(line, pixel(scaled(e1 + o1, across)), 1);
    store<u8>(line, pixel(scaled(e2 + o2, across)), 2);
    store<u8>(line, pixel(scaled(e3 + o3, across)), 3);
    store<u8>(line, pixel(scaled(e3 - o3, across)), 4);
    store<u8>(line, pixel(scaled(e2 - o2, across)), 5);
    store<u8>(line, pixel(scaled(e1 - o1, across)), 6);
    store<u8>(line, pixel(scaled(e0 - o0, across)), 7);
  }
}

/** Four points: twice the means of pairs of the eight. The one at 4 adds nothing to them. */
function fourPoints(from: usize, step: usize): void {
  const level = coefficient(from, step, 0) << (ONE_BITS + 1);
  const even = coefficient(from, step, 2) * 15137 - coefficient(from, step, 6) * 6270;
  e0 = level + even;
  e1 = level - even;
  const c1 = coefficient(from, step, 1), c3 = coefficient(from, step, 3);
  const c5 = coefficient(from, step, 5), c7 = coefficient(from, step, 7);
  o0 = c1 * 20995 + c3 * 7373 - c5 * 4926 - c7 * 4176;
  o1 = c1 * 8697 - c3 * 17799 + c5 * 11893 - c7 * 1730;
}

function transformTo4(scratch: usize, target: usize, stride: u32): void {
  const columns = scratch + TRANSFORMED;
  const down = ONE_BITS - KEPT_BITS + 1, across = ONE_BITS + KEPT_BITS + 4;
  for (let u: u32 = 0; u < 8; u++) {
    const to = columns + u * 4;
    fourPoints(scratch + u * 4, 32);
    store<i32>(to, scaled(e0 + o0, down));
    store<i32>(to, scaled(e1 + o1, down), 32);
    store<i32>(to, scaled(e1 - o1, down), 64);
    store<i32>(to, scaled(e0 - o0, down), 96);
  }
  for (let y: u32 = 0; y < 4; y++) {
    const line = target + y * stride;
    fourPoints(columns + y * 32, 4);
    store<u8>(line, pixel(scaled(e0 + o0, across)));
    store<u8>(line, pixel(scaled(e1 + o1, across)), 1);
    store<u8>(line, pixel(scaled(e1 - o1, across)), 2);
    store<u8>(line, pixel(scaled(e0 - o0, across)), 3);
  }
}

/** Two points: four times the means of halves of the eight. Only odd ones add to them. */
function twoPoints(from: usize, step: usize): void {
  e0 = coefficient(from, step, 0) << (ONE_BITS + 2);
  o0 = coefficient(from, step, 1) * 29692 - coefficient(from, step, 3) * 10426
    + coefficient(from, step, 5) * 6967 - coefficient(from, step, 7) * 5906;
}

function transformTo2(scratch: usize, target: usize, stride: u32): void {
  const columns = scratch + TRANSFORMED;
  const down = ONE_BITS - KEPT_BITS + 2, across = ONE_BITS + KEPT_BITS + 5;
  for (let u: u32 = 0; u < 8; u++) {
    twoPoints(scratch + u * 4, 32);
    store<i32>(columns + u * 4, scaled(e0 + o0, down));
    store<i32>(columns + u * 4, scaled(e0 - o0, down), 32);
  }
  for (let y: u32 = 0; y < 2; y++) {
    twoPoints(columns + y * 32, 4);
    store<u8>(target + y * stride, pixel(scaled(e0 + o0, across)));
    store<u8>(target + y * stride, pixel(scaled(e0 - o0, across)), 1);
  }
}
