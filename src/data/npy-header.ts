// The header of a NumPy array, and its values as numbers, in pieces.
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
import { InputError } from '../core/errors.js';

export type ValueKind = 'bool' | 'uint' | 'int' | 'float' | 'text' | 'bytes';

export interface NpyHeader {
  readonly kind: ValueKind;
  /** Bytes of one value. */
  readonly itemBytes: number;
  readonly littleEndian: boolean;
  readonly shape: readonly number[];
  /** Where the values begin. */
  readonly dataStart: number;
}

const KINDS: Readonly<Record<string, ValueKind>> = {
  b: 'bool',
  u: 'uint',
  i: 'int',
  f: 'float',
  U: 'text',
  S: 'bytes',
};
const SIZES: Readonly<Record<ValueKind, readonly number[] | null>> = {
  bool: [1],
  uint: [1, 2, 4, 8],
  int: [1, 2, 4, 8],
  float: [2, 4, 8],
  text: null,
  bytes: null,
};
const MAGIC = '\x93NUMPY';
const PREFIX_BYTES = 12;
const LONGEST_HEADER = 1 << 20;

/** Reads the header from the beginning of `bytes`. Throws an InputError that names `name` if it is none that is read. */
export async function readNpyHeader(bytes: AsyncIterable<Uint8Array>, name: string): Promise<NpyHeader> {
  let head = Buffer.alloc(0);
  let wanted = PREFIX_BYTES;
  for await (const chunk of bytes) {
    head = Buffer.concat([head, chunk]);
    if (head.length >= PREFIX_BYTES) wanted = lengthOfHeader(head, name);
    if (head.length >= wanted) break;
  }
  if (head.length === 0) throw new InputError(`${name} is empty: save the array again.`);
  if (head.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw new InputError(`${name} is no NumPy array: save it with numpy.save.`);
  }
  if (head.length < wanted) throw new InputError(`${name} is cut short in its header: save it again.`);
  const start = head[6] === 1 ? 10 : PREFIX_BYTES;
  return describe(head.toString(head[6] >= 3 ? 'utf8' : 'latin1', start, wanted), wanted, name);
}

function lengthOfHeader(head: Buffer, name: string): number {
  const version = head[6];
  if (head.toString('latin1', 0, MAGIC.length) !== MAGIC) return PREFIX_BYTES;
  if (version < 1 || version > 3) {
    throw new InputError(
      `${name} is a NumPy file of version ${version}, where 1 to 3 are read: save it again.`,
    );
  }
  const length = version === 1 ? 10 + head.readUInt16LE(8) : PREFIX_BYTES + head.readUInt32LE(8);
  if (length > LONGEST_HEADER) throw new InputError(`${name} has a damaged header: save it again.`);
  return length;
}

function describe(text: string, dataStart: number, name: string): NpyHeader {
  const type = /'descr':\s*'([<>|=])([a-zA-Z])(\d*)'/.exec(text);
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(text);
  const order = /'fortran_order':\s*(True|False)/.exec(text);
  if (shape === null || order === null) {
    throw new InputError(`${name} has a damaged header (${text.trim().slice(0, 80)}): save it again.`);
  }
  if (type === null || !(type[2] in KINDS)) {
    const found = /'descr':\s*(.+?),\s*'fortran_order'/.exec(text)?.[1] ?? 'an unknown type';
    throw new InputError(
      `${name} holds values of type ${found}, where numbers are read: save it as uint8 or float32.`,
    );
  }
  const kind = KINDS[type[2]];
  const size = type[3] === '' ? 1 : Number(type[3]);
  if (SIZES[kind]?.includes(size) === false) {
    throw new InputError(
      `${name} holds values of ${size} bytes (${type[2]}${size}): save it as uint8 or float32.`,
    );
  }
  const sides = shape[1]
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  if (order[1] === 'True' && sides.length > 1) {
    throw new InputError(
      `${name} is stored column by column (Fortran order): save numpy.ascontiguousarray of it.`,
    );
  }
  return {
    kind,
    itemBytes: kind === 'text' ? 4 * size : size,
    littleEndian: type[1] !== '>',
    shape: sides,
    dataStart,
  };
}

/** What an array's bytes are read from. */
export interface ReadableArray {
  readonly name: string;
  readonly header: NpyHeader;
  bytes(): AsyncIterable<Uint8Array>;
}

/** The numbers of an array in order, `valuesAtOnce` at a time and fewer in the last piece. */
export async function* readValues(
  { header, bytes }: ReadableArray,
  valuesAtOnce: number,
): AsyncGenerator<ArrayLike<number>> {
  const { itemBytes, shape } = header;
  let left = itemBytes * shape.reduce((all, side) => all * side, 1);
  let skip = header.dataStart;
  let piece = new Uint8Array(Math.min(left, valuesAtOnce * itemBytes));
  let filled = 0;
  for await (const chunk of bytes()) {
    let offset = Math.min(skip, chunk.length);
    skip -= offset;
    while (offset < chunk.length && left > 0) {
      const part = chunk.subarray(offset, offset + piece.length - filled);
      piece.set(part, filled);
      filled += part.length;
      offset += part.length;
      if (filled < piece.length) continue;
      left -= filled;
      yield numbersIn(piece, header);
      piece = new Uint8Array(Math.min(left, valuesAtOnce * itemBytes));
      filled = 0;
    }
  }
  if (filled >= itemBytes) yield numbersIn(piece.subarray(0, filled - (filled % itemBytes)), header);
}

function numbersIn(bytes: Uint8Array, { kind, itemBytes, littleEndian }: NpyHeader): ArrayLike<number> {
  if (itemBytes === 1 && kind !== 'int') return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.length / itemBytes;
  const read = reader(view, kind, itemBytes, littleEndian);
  return Float64Array.from({ length: count }, (_, index) => read(index * itemBytes));
}

function reader(view: DataView, kind: ValueKind, size: number, little: boolean): (at: number) => number {
  if (kind === 'float') {
    if (size === 8) return (at) => view.getFloat64(at, little);
    return size === 4
      ? (at) => view.getFloat32(at, little)
      : (at) => halfToNumber(view.getUint16(at, little));
  }
  const signed = kind === 'int';
  switch (size) {
    case 1:
      return (at) => (signed ? view.getInt8(at) : view.getUint8(at));
    case 2:
      return (at) => (signed ? view.getInt16(at, little) : view.getUint16(at, little));
    case 4:
      return (at) => (signed ? view.getInt32(at, little) : view.getUint32(at, little));
    default:
      return (at) => Number(signed ? view.getBigInt64(at, little) : view.getBigUint64(at, little));
  }
}

/** IEEE 754 binary16. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
