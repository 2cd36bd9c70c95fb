// An array of labels: numbers, truth values or words of fixed length, one an image.
import { InputError } from '../../core/errors.js';
import {
  type ArrayHeader,
  numbersIn,
  readPieces,
  type StoredArray,
  shapeText,
} from '../formats/arrays/stored-array.js';

const LABELS_AT_ONCE = 1 << 16;

/** The labels of `images` images. Throws an InputError if the array holds anything else. */
export async function labelsInArray(array: StoredArray, images: number): Promise<string[]> {
  const { header, name } = array;
  const [count = 0, ...rest] = header.shape;
  if (header.shape.length === 0 || rest.some((side) => side !== 1)) {
    throw new InputError(
      `${name} has the shape ${shapeText(header)}, where labels are one number or word an image: save it so.`,
    );
  }
  if (count !== images) {
    throw new InputError(
      `${name} holds ${count} labels for ${images} images: save the labels of these images.`,
    );
  }
  const labels: string[] = [];
  if (header.itemBytes === 0) return new Array<string>(count).fill('');
  for await (const piece of readPieces(array, LABELS_AT_ONCE)) {
    for (const label of textsIn(piece, header)) labels.push(label);
  }
  return labels;
}

function textsIn(piece: Uint8Array<ArrayBuffer>, header: ArrayHeader): string[] {
  const { kind, itemBytes } = header;
  switch (kind) {
    case 'bytes':
      return itemsOf(piece, itemBytes).map((item) => item.toString('utf8').replace(/\0+$/, ''));
    case 'text':
      return itemsOf(piece, itemBytes).map((item) => wordIn(item, header));
    case 'bool':
      return Array.from(piece, (value) => (value === 0 ? 'False' : 'True'));
    case 'float':
      return Array.from(numbersIn(piece, header), String);
    default:
      return itemBytes === 8 ? wideTexts(piece, header) : Array.from(numbersIn(piece, header), String);
  }
}

function itemsOf(piece: Uint8Array<ArrayBuffer>, itemBytes: number): Buffer[] {
  const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
  return Array.from({ length: bytes.length / itemBytes }, (_, index) =>
    bytes.subarray(index * itemBytes, (index + 1) * itemBytes),
  );
}

/** UTF-32, filled up with zeros. */
function wordIn(item: Buffer, { littleEndian }: ArrayHeader): string {
  let word = '';
  for (let at = 0; at < item.length; at += 4) {
    const point = littleEndian ? item.readUInt32LE(at) : item.readUInt32BE(at);
    // What is no character at all is damage; the sign that stands for it keeps labels apart from sound ones.
    word += String.fromCodePoint(point > 0x10ffff ? 0xfffd : point);
  }
  return word.replace(/\0+$/, '');
}

/** Ids of 64 bits are kept apart even where a number of this language would round them. */
function wideTexts(piece: Uint8Array<ArrayBuffer>, { kind, littleEndian }: ArrayHeader): string[] {
  const view = new DataView(piece.buffer, piece.byteOffset, piece.length);
  return Array.from({ length: piece.length / 8 }, (_, index) =>
    String(
      kind === 'int' ? view.getBigInt64(8 * index, littleEndian) : view.getBigUint64(8 * index, littleEndian),
    ),
  );
}
