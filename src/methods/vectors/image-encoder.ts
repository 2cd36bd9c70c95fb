// Somebody else's image encoder: any ONNX model from pixels to a vector. What it wants to see is read from the model and
// from the preprocessor_config.json beside it, as Hugging Face writes it.
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { firstLine, InputError } from '../../core/errors.js';
import { concatenated, type Matrix, matrix } from '../../core/matrix.js';
import { type EncoderUse, type Pixels, pixelsFor } from '../../core/pictures/encoding.js';
import type { Preparation } from '../../core/pictures/preparation.js';
import { type Images, pixelsPerImage } from '../../data/source.js';
import { requireOneFile } from '../../engine/onnx/onnx-parts.js';
import {
  createSession,
  runtimeVersion,
  type Session,
  type TensorInfo,
} from '../../engine/runtime/session.js';
import { encodedBy } from './encoder-session.js';
import { type EncodingTeam, filledUp, openEncodingTeam, sharedThreads } from './encoding-team.js';
import { type ModelSize, readPreparation } from './preprocessor-config.js';

export interface ImageEncoder extends EncoderUse {
  /** One line for the person: what it is given and what is taken from it. */
  readonly description: string;
  /** SHA-256 of the model's file. */
  readonly sha256: string;
  /** ONNX Runtime's version, and the cores of one session: both may decide how sums are rounded. */
  readonly runtime: string;
  readonly sessionThreads: number;
  /** Is a vector the same whatever other images the model is given with its own? */
  readonly isSteady: boolean;
  /** images uint8 (n, height, width, 3) → float32 (n, d), each row of unit length. The calling thread is busy until then. */
  encode(images: Images): Promise<Matrix>;
  /** Threads that do the same, with the same bytes. */
  openTeam(): EncodingTeam;
  /** images uint8 (n, height, width, 3) → what the model's input is given for them. */
  pixels(images: Images): Pixels;
  close(): Promise<void>;
}

/**
 * What the model in `path` is given and gives, as its file and the preprocessor_config.json beside it say. Throws an InputError if
 * it is no image encoder.
 */
export async function describeImageEncoder(path: string): Promise<EncoderUse> {
  const session = await openModel(path, readEncoder(path), 1);
  try {
    const { preparation, input, output } = useOf(path, session);
    return { preparation, input, output };
  } finally {
    await session.release();
  }
}

function useOf(path: string, session: Session): EncoderUse & { readonly isFromFile: boolean } {
  const input = imageInput(path, session);
  const channelsFirst = input.shape[1] === 3 || input.shape[3] !== 3;
  const config = join(dirname(path), 'preprocessor_config.json');
  const { preparation, isFromFile } = readPreparation(config, sizeOf(input, channelsFirst));
  const { height, width } = preparation;
  const output = vectorOutput(path, session);
  const [rows] = input.shape;
  return {
    preparation,
    isFromFile,
    input: {
      name: input.name,
      type: input.type === 'uint8' ? 'uint8' : 'float32',
      channelsFirst,
      height,
      width,
      rows: typeof rows === 'number' && rows > 0 ? rows : null,
      normalisation: input.type === 'uint8' ? null : normalisationOf(preparation),
    },
    output: { name: output.name, rank: output.shape.length },
  };
}

/** Opens the model in `path`, and tries it on a grey image. Throws an InputError if it is no image encoder. */
export async function openImageEncoder(path: string, threads: number): Promise<ImageEncoder> {
  const model = readEncoder(path);
  const shared = sharedThreads(threads, model.length);
  const session = await openModel(path, model, shared.threads);
  const { isFromFile, ...use } = useOf(path, session);
  const { preparation, input, output } = use;
  const { height, width } = preparation;
  let fixed = input.rows;
  let isSteady = true;

  const call = { path, ...use };
  const encodeAtOnce = (images: Images) => encodedBy(session, call, images);

  async function encode(images: Images): Promise<Matrix> {
    const size = pixelsPerImage(images);
    const parts: Float32Array[] = [];
    let columns = 0;
    const atOnce = fixed ?? 1;
    for (let first = 0; first < images.count; first += atOnce) {
      const count = Math.min(atOnce, images.count - first);
      const data = filledUp(images.data.subarray(first * size, (first + count) * size), atOnce * size);
      const vectors = await encodeAtOnce({ ...images, data, count: atOnce });
      columns = vectors.columns;
      parts.push(vectors.data.subarray(0, count * columns));
    }
    return matrix(images.count, columns, concatenated(parts));
  }

  try {
    await encode(trialImages(height, width, 1));
    if (fixed === null && !(await takesSeveral())) fixed = 1;
    isSteady = (fixed ?? 1) === 1 || (await isSameBesideOthers());
  } catch (cause) {
    await session.release();
    if (cause instanceof InputError) throw cause;
    const what = `fails on an image of ${height} × ${width} (${firstLine(cause)})`;
    throw new InputError(`${path} ${what}: export it again.`, { cause });
  }

  /**
   * Exporters open the axis of the images without opening the shapes within: such a model fails on two images, or mixes them. So
   * does one whose activations are quantized as it runs: all images of a batch get one scale.
   */
  async function takesSeveral(): Promise<boolean> {
    const images = trialImages(height, width, 2);
    const size = pixelsPerImage(images);
    try {
      const together = await encodeAtOnce(images);
      for (let image = 0; image < 2; image++) {
        const data = images.data.subarray(image * size, (image + 1) * size);
        const alone = await encodeAtOnce({ ...images, data, count: 1 });
        if (!isClose(alone.data, together.data.subarray(image * alone.columns))) return false;
      }
      return true;
    } catch {
      return false;
    }
  }

  /** Does an image get the same bytes alone as in another place, beside another image? */
  async function isSameBesideOthers(): Promise<boolean> {
    const two = trialImages(height, width, 2);
    const alone = { ...two, data: two.data.subarray(pixelsPerImage(two)), count: 1 };
    const [together, ramp] = [await encode(two), await encode(alone)];
    return ramp.data.every((value, at) => value === together.data[ramp.columns + at]);
  }

  return {
    preparation,
    sha256: hash('sha256', model),
    runtime: await runtimeVersion(),
    sessionThreads: shared.threads,
    isSteady,
    input: { ...input, rows: fixed },
    output,
    pixels: ({ data }) => pixelsFor(use, data),
    description: `encoder: ${height} × ${width} RGB, ${isFromFile ? 'as its preprocessor_config.json says' : "ImageNet's mean and deviation"}, vectors from its output ${output.name}, rooted and whitened`,
    encode,
    openTeam: () => openEncodingTeam({ model, call, atOnce: fixed ?? 1, ...shared }),
    close: () => session.release(),
  };
}

/** A grey image, and one that gets brighter to the right. */
function trialImages(height: number, width: number, count: 1 | 2): Images {
  const size = height * width * 3;
  const data = new Uint8Array(count * size).fill(128, 0, size);
  for (let at = size; at < data.length; at++) {
    data[at] = Math.floor((256 * (Math.floor(at / 3) % width)) / width);
  }
  return { height, width, channels: 3, data, count, ids: ['grey', 'ramp'].slice(0, count) };
}

/** Are two vectors of unit length, the second one with others behind it, the same but for rounding? */
function isClose(a: Float32Array, b: Float32Array): boolean {
  return Math.hypot(...a.map((value, at) => value - b[at])) < SAME_VECTOR;
}

/** Vectors of unit length that are no farther apart are the same, however sums were rounded. */
export const SAME_VECTOR = 0.02;

function readEncoder(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new InputError(`There is no file ${path} to read an encoder from: check the path.`, { cause });
  }
}

async function openModel(path: string, model: Uint8Array, threads: number): Promise<Session> {
  // The runtime would look for the other files in the working directory, and the run keeps one.
  requireOneFile(model, path);
  try {
    return await createSession(model, { threads, isQuiet: true });
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    const what = `is no ONNX model that runs here (${firstLine(cause)})`;
    throw new InputError(`${path} ${what}: export it again.`, { cause });
  }
}

function imageInput(path: string, { inputs }: Session): TensorInfo {
  const images = inputs.filter(
    ({ shape, type }) => shape.length === 4 && (type === 'float32' || type === 'uint8'),
  );
  if (inputs.length === 1 && images.length === 1) return images[0];
  throw new InputError(
    `${path} takes ${listed(inputs)}, where an image encoder takes one float32 or uint8 tensor of four dimensions: export its image part alone.`,
  );
}

function listed(tensors: readonly TensorInfo[]): string {
  const each = tensors.map(({ name, type, shape }) => `${name}: ${type} (${shape.join(', ')})`);
  return each.join('; ') || 'nothing';
}

/** The first output of vectors; of tokens (n, tokens, d), the first token, as vision transformers mean it. */
function vectorOutput(path: string, { outputs }: Session): TensorInfo {
  const vectors =
    outputs.find(({ shape, type }) => type === 'float32' && shape.length === 2) ??
    outputs.find(({ shape, type }) => type === 'float32' && (shape.length === 3 || shape.length === 4));
  if (vectors !== undefined) return vectors;
  throw new InputError(
    `${path} gives ${listed(outputs)}, where float32 vectors are wanted: export its embedding.`,
  );
}

function sizeOf({ shape }: TensorInfo, channelsFirst: boolean): ModelSize {
  const [height, width] = (channelsFirst ? shape.slice(2) : shape.slice(1, 3)).map((extent) =>
    typeof extent === 'number' && extent > 0 ? extent : null,
  );
  return { height, width };
}

/** value · scale + shift, by channel. */
function normalisationOf({ factor, mean, std }: Preparation): { scale: number[]; shift: number[] } {
  return { scale: std.map((value) => factor / value), shift: mean.map((value, at) => -value / std[at]) };
}
