// The models of a run that compares images by an encoder, each joined with it: from pixels to the answer in one file.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { EncoderInput } from '../../core/pictures/encoding.js';
import type { Images } from '../../data/source.js';
import { namesPiece } from '../../methods/classifier.js';
import { type ImageEncoder, openImageEncoder } from '../../methods/vectors/image-encoder.js';
import {
  type EncoderModel,
  PIXELS,
  requireSame,
  sidesOf,
  tryEncoder,
  writePixelClassifier,
  writePixelEncoder,
} from '../../methods/vectors/joined-models.js';
import { readModel } from '../files/artefacts.js';
import type { RunCard } from '../files/card.js';
import { VERSION } from '../files/machine.js';
import { framingOf, reopenRunDataset } from '../images/read-images.js';
import { encoderInput } from '../images/vectors.js';

/** What stands before a joined model. */
export interface JoinedInput extends EncoderInput, Pick<ImageEncoder, 'preparation'> {
  readonly tensor: typeof PIXELS;
  /** The axes of one image. */
  readonly sides: readonly number[];
  /** Numbers of a vector of the encoder. */
  readonly columns: number;
}

export interface JoinedModels {
  readonly input: JoinedInput;
  /**
   * `classifier.onnx`, then `encoder.onnx`, each made when it is asked for and found to say what the encoder says alone; in pieces to
   * be written one after the other, since they may be large.
   */
  files(): AsyncGenerator<{ readonly file: string; readonly pieces: readonly Uint8Array[] }>;
}

/**
 * Opens the encoder of the run in `folder`; `kinds` are named in the models. Throws an InputError where it is gone, or, as do the files,
 * where it cannot be joined.
 */
export async function openJoinedModels(
  folder: string,
  columns: number,
  kinds: readonly string[],
  threads = availableParallelism(),
): Promise<JoinedModels> {
  const called = join(folder, 'model', 'encoder.onnx');
  const opened = await openImageEncoder(called, threads);
  const { input, output, preparation } = opened;
  const trial = await tryEncoder(opened);
  await opened.close();

  async function* files() {
    const encoder: EncoderModel = {
      model: readModel(folder, 'encoder.onnx'),
      input,
      output,
      columns,
      called,
    };
    const names = namesPiece(kinds, VERSION);
    for (const file of ['classifier.onnx', 'encoder.onnx'] as const) {
      const model =
        file === 'encoder.onnx'
          ? writePixelEncoder(encoder)
          : writePixelClassifier(encoder, readModel(folder, file));
      await requireSame(model, trial, encoder, threads);
      yield { file, pieces: [model, names] };
    }
  }

  return { input: { ...input, preparation, tensor: PIXELS, sides: sidesOf(input), columns }, files };
}

/** The first images of a run, at most `count`, as its encoder sees them. */
export async function firstEncoded(
  card: RunCard,
  encoder: Pick<ImageEncoder, 'preparation'>,
  count: number,
): Promise<Omit<Images, 'ids'> | null> {
  const { train } = await reopenRunDataset(card);
  for await (const images of encoderInput(encoder, train, card.limits, framingOf(card))) {
    const taken = Math.min(count, images.count);
    const size = images.data.length / images.count;
    return { ...images, data: images.data.subarray(0, taken * size), count: taken };
  }
  return null;
}
