// What an encoder's model is asked with: images as the numbers, or the bytes, of its input.
import { normalised, type Preparation } from '../../core/pictures/preparation.js';
import { type Images, pixelsPerImage } from '../../data/source.js';

/** How a model is asked. May be sent to a thread. */
export interface EncoderCall {
  /** Of the model, for what is said of it. */
  readonly path: string;
  readonly inputName: string;
  readonly type: 'float32' | 'uint8';
  /** (n, 3, height, width), or (n, height, width, 3)? */
  readonly channelsFirst: boolean;
  readonly preparation: Preparation;
  readonly outputName: string;
}

/** What an encoder's input is given. */
export interface Pixels {
  readonly values: Float32Array | Uint8Array;
  readonly shape: readonly number[];
}

/** images uint8 (n, height, width, 3) → what the model's input is given for them. */
export function pixelsFor(
  { type, channelsFirst, preparation }: EncoderCall,
  { data, count }: Pick<Images, 'data' | 'count'>,
): Pixels {
  const { height, width } = preparation;
  const values =
    type === 'uint8'
      ? arranged({ height, width, channels: 3, data, count }, channelsFirst)
      : normalised(data, preparation, channelsFirst);
  const shape = channelsFirst ? [count, 3, height, width] : [count, height, width, 3];
  return { values, shape };
}

/** The bytes as they are, in the order of the model's axes. */
function arranged(images: Omit<Images, 'ids'>, channelsFirst: boolean): Uint8Array {
  if (!channelsFirst) return images.data.slice();
  const size = pixelsPerImage(images);
  const area = size / 3;
  const bytes = new Uint8Array(images.count * size);
  for (let image = 0; image < images.count; image++) {
    for (let at = 0; at < size; at++) {
      const channel = at % 3;
      bytes[image * size + channel * area + (at - channel) / 3] = images.data[image * size + at];
    }
  }
  return bytes;
}
