// One session of an encoder: images in, vectors out. The same in the thread that opened the encoder and in those that help it
// (encoding-team.ts).
import type { Matrix } from '../../core/matrix.js';
import { pixelsFor, unitVectors } from '../../core/pictures/encoding.js';
import type { Images } from '../../data/source.js';
import { floatValues, hostTensor, type Session } from '../../engine/runtime/session.js';
import type { EncoderCall } from './encoding-team.js';

/**
 * images uint8 (n, height, width, 3), as many as the model takes at once → float32 (n, d), each row of unit length. Throws an InputError
 * where one has a value that is no number.
 */
export async function encodedBy(
  session: Session,
  call: EncoderCall,
  { data, count }: Pick<Images, 'data' | 'count'>,
): Promise<Matrix> {
  const { values, shape } = pixelsFor(call, data);
  const results = await session.run({ [call.input.name]: hostTensor(values, shape) });
  const tensor = results[call.output.name];
  return unitVectors(call.path, { data: floatValues(tensor), dims: tensor.dims }, count);
}
