// The values of an array that lies anywhere, in order and in pieces, so that an array of any size needs constant memory.
// A piece becomes numbers in place: the machine's own typed arrays read its bytes.
import { InputError } from '../../../core/errors.js';
import { type StoredFile, unpackedChunks } from '../archives/stored-file.js';

export type ValueKind = 'bool' | 'uint' | 'int' | 'float' | 'text' | 'bytes';

/** What an array is said to hold. */
export interface ArrayHeader {
  readonly kind: ValueKind;
  /** Bytes of one value. */
  readonly itemBytes: number;
  readonly littleEndian: boolean;
  /** Is the first axis the one that goes fastest (Fortran order)? */
  readonly columnMajor: boolean;
  readonly shape: readonly number[];
  /** Where the values begin. */
  readonly dataStart: number;
}

/** An array somewhere: a file of its own, or a part of an .npz. */
export interface StoredArray {
  /** How to name it to a person. */
  readonly name: string;
  readonly header: ArrayHeader;
  /** All bytes, the header's included, from the first on. */
  bytes(): AsyncIterable<Uint8Array>;
  /** The file in which these bytes lie as they are, and where; null where they are packed. */
  readonly place: { readonly path: string; readonly offset: number } | null;
}

/** An array that a file holds and nothing else. */
export function arrayInFile(file: StoredFile, header: ArrayHeader): StoredArray {
  const place = file.packing === null ? { path: file.path, offset: 0 } : null;
  return { name: file.path, header, bytes: () => unpackedChunks(file), place };
}

export type Values =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

type Piece = Uint8Array<ArrayBuffer>;

/** The numbers of an array, `valuesAtOnce` at a time and fewer in the last piece; each piece is new. */
export async function* readValues(array: StoredArray, valuesAtOnce: number): AsyncGenerator<Values> {
  for await (const piece of readPieces(array, valuesAtOnce)) yield numbersIn(piece, array.header);
}

/**
 * The bytes of `valuesAtOnce` values at a time. Throws an InputError where the array is no longer as long as its header
 * announced when it was opened.
 */
export async function* readPieces(array: StoredArray, valuesAtOnce: number): AsyncGenerator<Piece> {
  const { name, header } = array;
  const { itemBytes, dataStart } = header;
  let left = itemBytes * valuesIn(header);
  let skip = dataStart;
  const nextPiece = (): Piece => new Uint8Array(Math.min(left, valuesAtOnce * itemBytes));
  let piece = nextPiece();
  let filled = 0;
  for await (const chunk of array.bytes()) {
    let offset = Math.min(skip, chunk.length);
    skip -= offset;
    while (offset < chunk.length) {
      if (left === 0) throw new InputError(`${name} became longer while it was read: start again.`);
      const part = chunk.subarray(offset, offset + piece.length - filled);
      piece.set(part, filled);
      offset += part.length;
      filled += part.length;
      if (filled < piece.length) continue;
      left -= filled;
      yield piece;
      piece = nextPiece();
      filled = 0;
    }
  }
  if (left > 0) throw new InputError(`${name} became shorter while it was read: start again.`);
}

/** How many values there are. */
export function valuesIn({ shape }: Pick<ArrayHeader, 'shape'>): number {
  return shape.reduce((all, side) => all * side, 1);
}

/** Bytes of the whole file that holds the array and nothing else. */
export function announcedBytes(header: ArrayHeader): number {
  return header.dataStart + header.itemBytes * valuesIn(header);
}

/** `(60000, 28, 28)` */
export function shapeText({ shape }: Pick<ArrayHeader, 'shape'>): string {
  return `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
}

/** Throws an InputError if `found` bytes are not what the header announces. */
export function requireLength(name: string, header: ArrayHeader, found: number): void {
  const announced = announcedBytes(header);
  if (found === announced) return;
  const what = found < announced ? 'is cut short' : 'has bytes after its end';
  throw new InputError(
    `${name} ${what}: its header announces ${announced} bytes, and it has ${found}; save it again.`,
  );
}

/** The bytes of whole values as numbers; bytes of another order are turned around where they lie. */
export function numbersIn(bytes: Piece, { kind, itemBytes, littleEndian }: ArrayHeader): Values {
  if (!littleEndian) reverseEach(bytes, itemBytes);
  const { buffer, byteOffset } = bytes;
  const length = bytes.length / itemBytes;
  if (kind === 'float') {
    if (itemBytes === 8) return new Float64Array(buffer, byteOffset, length);
    if (itemBytes === 4) return new Float32Array(buffer, byteOffset, length);
    return Float32Array.from(new Uint16Array(buffer, byteOffset, length), halfToNumber);
  }
  const signed = kind === 'int';
  switch (itemBytes) {
    case 1:
      return signed ? new Int8Array(buffer, byteOffset, length) : bytes;
    case 2:
      return signed
        ? new Int16Array(buffer, byteOffset, length)
        : new Uint16Array(buffer, byteOffset, length);
    case 4:
      return signed
        ? new Int32Array(buffer, byteOffset, length)
        : new Uint32Array(buffer, byteOffset, length);
    default:
      return wideNumbers(new Int32Array(buffer, byteOffset, 2 * length), signed);
  }
}

/** 64-bit integers from their halves, the lower first; exact up to 2⁵³, far beyond any pixel. */
function wideNumbers(halves: Int32Array, signed: boolean): Float64Array {
  const values = new Float64Array(halves.length / 2);
  for (let index = 0; index < values.length; index++) {
    const upper = halves[2 * index + 1];
    values[index] = (signed ? upper : upper >>> 0) * 2 ** 32 + (halves[2 * index] >>> 0);
  }
  return values;
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

/** Turns the byte order of every value of `size` bytes around; UTF-32 has units of four. */
function reverseEach(bytes: Piece, size: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (size === 2) buffer.swap16();
  else if (size === 8) buffer.swap64();
  else if (size !== 1) buffer.swap32();
}
