// Arrays stored column by column (Fortran order), as NumPy saves what a transpose or a decomposition gave: turned into rows.
import { InputError } from '../../../core/errors.js';
import { readPieces, type StoredArray, valuesIn } from './stored-array.js';

/** A row's values lie all over the array, which is therefore kept in memory as a whole. */
const LARGEST_BYTES = 2 ** 31;
const BYTES_AT_ONCE = 1 << 20;

/** The same array with its values row by row. Throws an InputError where it is too large for that. */
export function rowMajor(array: StoredArray): StoredArray {
  const { name, header } = array;
  if (!header.columnMajor) return array;
  if (valuesIn(header) * header.itemBytes > LARGEST_BYTES) {
    throw new InputError(
      `${name} is stored column by column (Fortran order) and has more than 2 GiB: save numpy.ascontiguousarray of it.`,
    );
  }
  return { name, header: { ...header, columnMajor: false }, place: null, bytes: () => inRows(array) };
}

async function* inRows(array: StoredArray): AsyncGenerator<Uint8Array> {
  const { itemBytes, shape, dataStart } = array.header;
  const count = valuesIn(array.header);
  const stored = new Uint8Array(count * itemBytes);
  let filled = 0;
  for await (const piece of readPieces(array, BYTES_AT_ONCE)) {
    stored.set(piece, filled);
    filled += piece.length;
  }
  // Of the header nothing is read again but its length.
  yield new Uint8Array(dataStart);
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((all, side) => all * side, 1));
  const at = shape.map(() => 0);
  const perPiece = Math.max(1, Math.floor(BYTES_AT_ONCE / Math.max(1, itemBytes)));
  let from = 0;
  for (let start = 0; start < count; start += perPiece) {
    const piece = new Uint8Array(Math.min(perPiece, count - start) * itemBytes);
    for (let to = 0; to < piece.length; to += itemBytes) {
      for (let byte = 0; byte < itemBytes; byte++) piece[to + byte] = stored[from * itemBytes + byte];
      // The last axis goes fastest, as an odometer.
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        from += strides[axis];
        if (++at[axis] < shape[axis]) break;
        from -= strides[axis] * shape[axis];
        at[axis] = 0;
      }
    }
    yield piece;
  }
}
