// Numbers as the bytes that NumPy stores, written one by one through a DataView, which the reader does not use.

/** Types by the name that NumPy gives them, without the byte order: how one value is written, and how large it is. */
const WRITERS: Readonly<
  Record<string, readonly [number, (view: DataView, at: number, value: number, little: boolean) => void]>
> = {
  b1: [1, (view, at, value) => view.setUint8(at, value)],
  u1: [1, (view, at, value) => view.setUint8(at, value)],
  i1: [1, (view, at, value) => view.setInt8(at, value)],
  u2: [2, (view, at, value, little) => view.setUint16(at, value, little)],
  i2: [2, (view, at, value, little) => view.setInt16(at, value, little)],
  u4: [4, (view, at, value, little) => view.setUint32(at, value, little)],
  i4: [4, (view, at, value, little) => view.setInt32(at, value, little)],
  u8: [8, (view, at, value, little) => view.setBigUint64(at, BigInt(value), little)],
  i8: [8, (view, at, value, little) => view.setBigInt64(at, BigInt(value), little)],
  f2: [2, (view, at, value, little) => view.setUint16(at, halfBits(value), little)],
  f4: [4, (view, at, value, little) => view.setFloat32(at, value, little)],
  f8: [8, (view, at, value, little) => view.setFloat64(at, value, little)],
};

export const NUMBER_TYPES = Object.keys(WRITERS);

/** `values` as one of `NUMBER_TYPES`. */
export function storedNumbers(type: string, values: readonly number[], little: boolean): Uint8Array {
  const [size, write] = WRITERS[type];
  const view = new DataView(new ArrayBuffer(size * values.length));
  values.forEach((value, index) => {
    write(view, index * size, value, little);
  });
  return new Uint8Array(view.buffer);
}

/** IEEE 754 binary16 of a number that it holds exactly. */
function halfBits(value: number): number {
  if (value === 0) return 0;
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size === Number.POSITIVE_INFINITY) return sign | 0x7c00;
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  const fraction = size / 2 ** exponent;
  return sign | (fraction < 1 ? fraction * 1024 : ((exponent + 15) << 10) | ((fraction - 1) * 1024));
}
