// Numbers of half precision: IEEE 754 binary16, 1 bit of sign, 5 of exponent, 10 of fraction. JavaScript has no array of them.

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** The binary16 nearest to a float32, of two equally near ones the even one; what is too large is infinite. */
function halfOf(value: number): number {
  float[0] = value;
  const [word] = bits;
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  // NaN keeps the upper bits of its fraction, and never becomes infinite.
  if (magnitude > 0x7f800000) return sign | 0x7c00 | ((magnitude >>> 13) & 0x3ff) | 0x200;
  // 65520 is half way between the largest finite number, 65504, and the next one, which is infinite.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  // Below 2⁻¹⁴ steps are 2⁻²⁴ wide.
  if (magnitude < 0x38800000) return sign | roundedToEven(Math.abs(value) * 2 ** 24);
  const kept = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((kept - (112 << 23)) >>> 13);
}

/** `value` ≥ 0 with few enough digits that it is exact. */
function roundedToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

function floatOf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

/** values float32 (n) → binary16 (n), each rounded to the nearest. */
export function toHalf(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, halfOf);
}

/** binary16 (n) → float32 (n), exactly. */
export function fromHalf(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, floatOf);
}
