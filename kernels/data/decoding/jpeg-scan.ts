// The entropy-coded data of a baseline JPEG → planes of pixels, each block of 8 × 8 as 1, 2, 4, 8 or 16 pixels a side
// (AssemblyScript). src/data/decoding/jpeg-scan.ts lays out the memory and says what everything is.
// T.81, annexes A.3.3, C and F.2; fractions of the size: the transform of as many points over the lowest frequencies.

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
const ACROSS: usize = 0, DOWN: usize = 4, HEIGHT: usize = 8, WIDTH: usize = 12, STEPS: usize = 16, DC: usize = 20;
const AC: usize = 24, PLANE: usize = 28, STRIDE: usize = 32, DOWN_BASIS: usize = 36, ACROSS_BASIS: usize = 40;
const PREDICTED: usize = 44;
const COMPONENT_BYTES: u32 = 48;

const DAMAGED: u32 = 0xffffffff;
/** Behind the 64 coefficients of a block in the scratch memory: columns of them, transformed. */
const TRANSFORMED: usize = 256;

/** Last row and column of coefficients that are not 0 and matter. */
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
  const height = load<u32>(component, HEIGHT), width = load<u32>(component, WIDTH);
  const stride = load<u32>(component, STRIDE);
  const dc = <usize>load<u32>(component, DC), ac = <usize>load<u32>(component, AC);
  const steps = <usize>load<u32>(component, STEPS);
  const isOnePixel = height === 1 && width === 1;
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
      const level: f32 = <f32>predicted * <f32>load<i32>(steps);
      const target = <usize>load<u32>(component, PLANE)
        + ((row * down + y) * height) * stride + (column * across + x) * width;
      if (isOnePixel) {
        place = skip(ac, data, place);
        if (place === DAMAGED) return DAMAGED;
        store<u8>(target, pixel(level * 0.125 + 128));
        continue;
      }
      place = read(ac, data, place, steps, order, scratch, height, width);
      if (place === DAMAGED) return DAMAGED;
      if (lastRow === 0 && lastColumn === 0) {
        fill(target, pixel(level * 0.125 + 128), height, width, stride);
        continue;
      }
      store<f32>(scratch, level);
      transform(component, scratch, target, height, width, stride);
    }
  }
  return place;
}

/** One value in all pixels of a block: 1, 2, 4, 8 or 16 a line. */
function fill(target: usize, value: u32, height: u32, width: u32, stride: u32): void {
  const eight = <u64>value * 0x0101_0101_0101_0101;
  const end = target + height * stride;
  for (let line = target; line < end; line += stride) {
    if (width === 1) store<u8>(line, eight);
    else if (width === 2) store<u16>(line, eight);
    else if (width === 4) store<u32>(line, eight);
    else {
      store<u64>(line, eight);
      if (width === 16) store<u64>(line, eight, 8);
    }
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

/** Reads the AC coefficients of one block that the pixels need. */
function read(
  ac: usize, data: usize, from: u32, steps: usize, order: usize, scratch: usize, height: u32, width: u32,
): u32 {
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
    const row = target >> 3, column = target & 7;
    if (row < height && column < width) {
      const value = signed(sixteen(data, place) >> (16 - size), size);
      store<f32>(scratch + target * 4, <f32>value * <f32>load<i32>(steps + index * 4));
      rowEnd = max(rowEnd, row);
      columnEnd = max(columnEnd, column);
    }
    place += size;
  }
  lastRow = rowEnd;
  lastColumn = columnEnd;
  return place;
}

/** The inverse cosine transform of the scratch memory's coefficients, which are zeros afterwards. */
function transform(component: usize, scratch: usize, target: usize, height: u32, width: u32, stride: u32): void {
  const down = <usize>load<u32>(component, DOWN_BASIS), across = <usize>load<u32>(component, ACROSS_BASIS);
  for (let u: u32 = 0; u <= lastColumn; u++) {
    for (let y: u32 = 0; y < height; y++) {
      let sum: f32 = 0;
      for (let v: u32 = 0; v <= lastRow; v++) {
        sum += load<f32>(down + (y * 8 + v) * 4) * load<f32>(scratch + (v * 8 + u) * 4);
      }
      store<f32>(scratch + TRANSFORMED + (y * 8 + u) * 4, sum);
    }
  }
  for (let v: u32 = 0; v <= lastRow; v++) {
    v128.store(scratch + v * 32, f32x4.splat(0));
    v128.store(scratch + v * 32, f32x4.splat(0), 16);
  }
  for (let y: u32 = 0; y < height; y++) {
    for (let x: u32 = 0; x < width; x++) {
      let sum: f32 = 128;
      for (let u: u32 = 0; u <= lastColumn; u++) {
        sum += load<f32>(across + (x * 8 + u) * 4) * load<f32>(scratch + TRANSFORMED + (y * 8 + u) * 4);
      }
      store<u8>(target + y * stride + x, pixel(sum));
    }
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline function pixel(value: f32): u32 {
  return <u32>nearest(max<f32>(0, min<f32>(255, value)));
}
