// What an exported program has to know to bring picture files to a model's input as kindred does.
import { type ImageMaking, isPreparation, type ReadingOfValues } from '../../data/framing/making.js';

export interface ProgramInput {
  readonly how: ImageMaking;
  readonly values: ReadingOfValues;
  /** The input of classifier.onnx: bytes as they are, or an encoder's numbers. */
  readonly name: string;
  readonly type: 'uint8' | 'float32';
  /** (n, channels, height, width), as many encoders take it, or (n, height, width, channels). */
  readonly channelsFirst: boolean;
}

/** The steps that this input needs; what it does not need is no part of a program. */
export function stepsOf({ how, values }: ProgramInput) {
  const preparation = isPreparation(how) ? how : null;
  const framing = isPreparation(how) ? null : how;
  const { ranges = {}, alphaGround = 'white' } = values;
  return { preparation, framing, ranges, alphaGround };
}

/** Lines of a program; those that it does not need are null. */
export function lines(...parts: readonly (string | null)[]): string {
  return `${parts
    .filter((part) => part !== null)
    .map((part) => part.replace(/^\n|\n$/g, ''))
    .join('\n')}\n`;
}
