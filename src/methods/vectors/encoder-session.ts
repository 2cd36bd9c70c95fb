// One session of an encoder: images in, vectors out. The same in the thread that opened the encoder and in those that help it
// (encoding-team.ts).
import { InputError } from '../../core/errors.js';
import { type Matrix, matrix } from '../../core/matrix.js';
import type { Images } from '../../data/source.js';
import { floatValues, hostTensor, type Session } from '../../engine/runtime/session.js';
import { type EncoderCall, pixelsFor } from './encoder-call.js';

/**
 * images uint8 (n, height, width, 3), as many as the model takes at once → float32 (n, d), each row of unit length. Throws an InputError
 * where one has a value that is no number.
 */
export async function encodedBy(
  session: Session,
  call: EncoderCall,
  images: Pick<Images, 'data' | 'count'>,
): Promise<Matrix> {
  const { values, shape } = pixelsFor(call, images);
  const results = await session.run({ [call.inputName]: hostTensor(values, shape) });
  return unitRows(call.path, vectorsIn(results[call.outputName], images.count));
}

/** (n, d) as it is, (n, tokens, d) the first token, (n, d, h, w) the mean over the area. */
function vectorsIn(tensor: Parameters<typeof floatValues>[0], count: number): Matrix {
  const values = floatValues(tensor);
  const { dims } = tensor;
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

/** Encoders are compared by angle: rows of unit length have Euclidean distances that grow with it. */
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
