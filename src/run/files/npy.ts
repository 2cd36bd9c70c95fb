// NumPy's .npy, version 1.0, as runs keep codes and vectors: little-endian floats, two dimensions, rows in order.
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
import { InputError } from '../../core/errors.js';
import { bytesOf, writeFileAtomic } from '../../core/files.js';
import { fromHalf, toHalf } from '../../core/half.js';
import { type Matrix, matrix } from '../../core/matrix.js';
import { readBytes } from './system-error.js';

const MAGIC = '\x93NUMPY';
const PREFIX_BYTES = 10;
/** NumPy aligns the data to this, so that it can be mapped into memory. */
const ALIGNMENT = 64;

/** Writes a matrix as an array of shape (rows, columns). */
export function writeNpy(path: string, m: Matrix): void {
  writeFileAtomic(path, npyHeader('<f4', [m.rows, m.columns]), bytesOf(m.data));
}

/** The same in half precision, each number rounded to the nearest. */
export function writeHalfNpy(path: string, m: Matrix): void {
  writeFileAtomic(path, npyHeader('<f2', [m.rows, m.columns]), bytesOf(toHalf(m.data)));
}

/** What stands before the values of an array; `descr` as NumPy names the type. */
export function npyHeader(descr: '<f4' | '<f2' | '|u1', shape: readonly number[]): Uint8Array {
  const description = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`;
  const total = Math.ceil((PREFIX_BYTES + description.length + 1) / ALIGNMENT) * ALIGNMENT;
  const header = Buffer.alloc(total, ' ');
  header.write(`${MAGIC}\x01\x00`, 'latin1');
  header.writeUInt16LE(total - PREFIX_BYTES, 8);
  header.write(description, PREFIX_BYTES, 'latin1');
  header.write('\n', total - 1, 'latin1');
  return header;
}

const TYPES = {
  '<f4': { called: 'float32', bytes: 4 },
  '<f2': { called: 'float16', bytes: 2 },
} as const;

/** Reads what was written here (or by NumPy, of the same type and shape). Throws an InputError otherwise. */
export function readNpy(path: string, descr: keyof typeof TYPES = '<f4'): Matrix {
  const type = TYPES[descr];
  const bytes = readBytes(path, 'give a finished run');
  if (bytes.length < PREFIX_BYTES || bytes.toString('latin1', 0, 6) !== MAGIC || bytes[6] !== 1) {
    throw new InputError(`${path} is not a NumPy file of version 1.0: restore it or run again.`);
  }
  const dataStart = PREFIX_BYTES + bytes.readUInt16LE(8);
  const description = bytes.toString('latin1', PREFIX_BYTES, dataStart);
  const shape = /'shape': \((\d+), (\d+)\)/.exec(description);
  if (
    shape === null ||
    !description.includes(`'descr': '${descr}'`) ||
    !/'fortran_order': False/.test(description)
  ) {
    throw new InputError(
      `${path} holds ${description.trim()} instead of rows of little-endian ${type.called}: save it as numpy.${type.called} with two dimensions.`,
    );
  }
  const [rows, columns] = [Number(shape[1]), Number(shape[2])];
  const wanted = rows * columns * type.bytes;
  if (bytes.length - dataStart !== wanted) {
    throw new InputError(
      `${path} has ${bytes.length - dataStart} bytes of data instead of ${wanted}: it is cut off or damaged; run again.`,
    );
  }
  const values = Uint8Array.from(bytes.subarray(dataStart)).buffer;
  const data = descr === '<f2' ? fromHalf(new Uint16Array(values)) : new Float32Array(values);
  return matrix(rows, columns, data);
}
