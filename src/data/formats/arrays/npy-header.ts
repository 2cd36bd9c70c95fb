// What the header of a NumPy array announces. It is the text of a Python dictionary, of which three keys matter; nothing
// in it is ever run, and pickled objects are refused.
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
import { InputError } from '../../../core/errors.js';
import { type ArrayHeader, announcedBytes, shapeText, type ValueKind } from './stored-array.js';

interface KnownType {
  readonly kind: ValueKind;
  /** Sizes in bytes; null: any. */
  readonly sizes: readonly number[] | null;
}

const TYPES: Readonly<Record<string, KnownType>> = {
  b: { kind: 'bool', sizes: [1] },
  u: { kind: 'uint', sizes: [1, 2, 4, 8] },
  i: { kind: 'int', sizes: [1, 2, 4, 8] },
  f: { kind: 'float', sizes: [2, 4, 8] },
  U: { kind: 'text', sizes: null },
  S: { kind: 'bytes', sizes: null },
};
const MAGIC = '\x93NUMPY';
/** Magic, version and the length of the text, in versions 2 and 3; version 1 needs two bytes less. */
const PREFIX_BYTES = 12;
const LONGEST_HEADER = 1 << 20;

/** Reads the header from the beginning of `bytes`. Throws an InputError that names `name` if it is none that is read. */
export async function readNpyHeader(bytes: AsyncIterable<Uint8Array>, name: string): Promise<ArrayHeader> {
  let head = Buffer.alloc(0);
  let wanted = PREFIX_BYTES;
  for await (const chunk of bytes) {
    head = Buffer.concat([head, chunk]);
    if (head.length >= PREFIX_BYTES) wanted = lengthOfHeader(head, name);
    if (head.length >= wanted) break;
  }
  if (head.length === 0) throw new InputError(`${name} is empty: save the array again.`);
  if (!head.toString('latin1', 0, MAGIC.length).startsWith(MAGIC.slice(0, head.length))) {
    throw new InputError(`${name} is no NumPy array: save it with numpy.save.`);
  }
  if (head.length < wanted) throw new InputError(`${name} is cut short in its header: save it again.`);
  const start = head[6] === 1 ? PREFIX_BYTES - 2 : PREFIX_BYTES;
  return describe(head.toString(head[6] === 3 ? 'utf8' : 'latin1', start, wanted), wanted, name);
}

function lengthOfHeader(head: Buffer, name: string): number {
  const version = head[6];
  if (head.toString('latin1', 0, MAGIC.length) !== MAGIC) return PREFIX_BYTES;
  if (version < 1 || version > 3) {
    throw new InputError(
      `${name} is a NumPy file of version ${version}, where 1 to 3 are read: save it again.`,
    );
  }
  const length =
    version === 1 ? PREFIX_BYTES - 2 + head.readUInt16LE(8) : PREFIX_BYTES + head.readUInt32LE(8);
  if (length > LONGEST_HEADER) throw new InputError(`${name} has a damaged header: save it again.`);
  return length;
}

function describe(text: string, dataStart: number, name: string): ArrayHeader {
  const shape = /['"]shape['"]\s*:\s*\(([\d,\sL]*)\)/.exec(text);
  const order = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text);
  const type = /['"]descr['"]\s*:\s*(\[.*?\]|['"].*?['"])\s*[,}]/s.exec(text)?.[1];
  if (shape === null || order === null || type === undefined) {
    throw new InputError(`${name} has a damaged header (${text.trim().slice(0, 80)}): save it again.`);
  }
  const sides = shape[1]
    .split(',')
    .filter((part) => part.trim() !== '')
    // Python 2 wrote whole numbers as 28L.
    .map((part) => Number.parseInt(part, 10));
  const values = describeType(type, name);
  const columnMajor = order[1] === 'True' && sides.filter((side) => side !== 1).length > 1;
  const header = { ...values, columnMajor, shape: sides, dataStart };
  if (!Number.isSafeInteger(announcedBytes(header))) {
    throw new InputError(
      `${name} announces the shape ${shapeText(header)}, which no file holds: save it again.`,
    );
  }
  return header;
}

function describeType(type: string, name: string): Pick<ArrayHeader, 'kind' | 'itemBytes' | 'littleEndian'> {
  const [, order = '', letter = '', digits = '', unit = ''] =
    /^['"]([<>|=]?)([A-Za-z])(\d*)(.*)['"]$/.exec(type) ?? [];
  const known = unit === '' && Object.hasOwn(TYPES, letter) ? TYPES[letter] : null;
  if (known === null) {
    const what = letter === 'O' ? ', pickled Python objects' : '';
    throw new InputError(
      `${name} holds values of type ${type}${what}, where truth values, whole numbers and floats are read: save it as uint8 or float32.`,
    );
  }
  const size = digits === '' ? 1 : Number(digits);
  if (known.sizes?.includes(size) === false) {
    throw new InputError(
      `${name} holds values of ${size} bytes (${letter}${size}), where ${letter}${known.sizes.join(', ')} are read: save it as uint8 or float32.`,
    );
  }
  const { kind } = known;
  return { kind, itemBytes: kind === 'text' ? 4 * size : size, littleEndian: order !== '>' };
}
