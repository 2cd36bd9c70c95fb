// Images into an image encoder's input, and vectors out of its output: what lies around any runtime that runs the model, so
// that the command line and the page do it alike.
import { InputError } from '../errors.js';
import { type Matrix, matrix } from '../matrix.js';
import { normalised, type Preparation } from './preparation.js';

/** The one input of an encoder's model. */
export interface EncoderInput {
  readonly name: string;
  readonly type: 'float32' | 'uint8';
  /** (n, 3, height, width), or (n, height, width, 3)? */
  readonly channelsFirst: boolean;
  readonly height: number;
  readonly width: number;
  /** Images that the model takes at once, if it was exported for a number of them. */
  readonly rows: number | null;
  /** By channel: a byte is given to the model as byte · scale + shift; null where it takes the bytes themselves. */
  readonly normalisation: { readonly scale: readonly number[]; readonly shift: readonly number[] } | null;
}

/** What an encoder's input is given. */
export interface Pixels {
  readonly values: Float32Array | Uint8Array;
  readonly shape: readonly number[];
}

/** The output that vectors are taken from. */
export interface EncoderOutput {
  readonly name: string;
  /** 2 of vectors, 3 of tokens, 4 of maps. */
  readonly rank: number;
}

/** How pictures become an encoder's images, and what its model is given and gives. May be written as JSON. */
export interface EncoderUse {
  readonly preparation: Preparation;
  readonly input: EncoderInput;
  readonly output: EncoderOutput;
}

/** images uint8 (n, height, width, 3) → what the model's input is given for them. */
export function pixelsFor(
  {
    input: { type, channelsFirst },
    preparation,
  }: Pick<EncoderUse, 'preparation'> & {
    readonly input: Pick<EncoderInput, 'type' | 'channelsFirst'>;
  },
  images: Uint8Array,
): Pixels {
  const { height, width } = preparation;
  const area = height * width;
  const count = images.length / (area * 3);
  return {
    values:
      type === 'uint8'
        ? arranged(images, area, channelsFirst)
        : normalised(images, preparation, channelsFirst),
    shape: channelsFirst ? [count, 3, height, width] : [count, height, width, 3],
  };
}

/** The bytes as they are, in the order of the model's axes. */
function arranged(images: Uint8Array, area: number, channelsFirst: boolean): Uint8Array {
  if (!channelsFirst) return images.slice();
  const size = area * 3;
  const bytes = new Uint8Array(images.length);
  for (let start = 0; start < images.length; start += size) {
    for (let at = 0; at < size; at++) {
      const channel = at % 3;
      bytes[start + channel * area + (at - channel) / 3] = images[start + at];
    }
  }
  return bytes;
}

/** A float32 tensor of any runtime. */
export interface FloatTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/**
 * What a model gave for `count` images → (count, d), rows of unit length: encoders are compared by angle, and such rows have Euclidean
 * distances that grow with it. Throws an InputError that names the model in `path` where a value is no number.
 */
export function unitVectors(path: string, tensor: FloatTensor, count: number): Matrix {
  return unitRows(path, vectorsIn(tensor, count));
}

/** (n, d) as it is, (n, tokens, d) the first token, (n, d, h, w) the mean over the area. */
function vectorsIn({ data: values, dims }: FloatTensor, count: number): Matrix {
  const each = values.length / count;
  if (dims.length === 2) return matrix(count, each, values.slice());
  const columns = dims.length === 3 ? dims[2] : dims[1];
  const vectors = matrix(count, columns);
  const area = each / columns;
  for (let image = 0; image < count; image++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      const start = image * each + column * area;
      if (dims.length === 3) sum = values[image * each + column];
      else for (let at = start; at < start + area; at++) sum += values[at] / area;
      vectors.data[image * columns + column] = sum;
    }
  }
  return vectors;
}

function unitRows(path: string, vectors: Matrix): Matrix {
  const { data, rows, columns } = vectors;
  for (let row = 0; row < rows; row++) {
    const values = data.subarray(row * columns, (row + 1) * columns);
    const length = Math.hypot(...values);
    if (!Number.isFinite(length)) {
      throw new InputError(
        `${path} gave a vector with a value that is no number: check the model and its normalisation.`,
      );
    }
    if (length > 0) for (let at = 0; at < columns; at++) values[at] /= length;
  }
  return vectors;
}
