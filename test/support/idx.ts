// Writes IDX files for tests, from the format's description and not from the code that reads it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './folders.js';

/** An IDX file of unsigned bytes: dimensions [count], [count, height, width] or with channels as the fourth. */
export function encodeIdx(dimensions: readonly number[], values: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * dimensions.length);
  header[2] = 0x08;
  header[3] = dimensions.length;
  dimensions.forEach((extent, index) => {
    header.writeUInt32BE(extent, 4 + 4 * index);
  });
  return Buffer.concat([header, values]);
}

/** `count` images of height × width whose pixels all differ from their neighbours'. */
export function patternImages(count: number, height = 2, width = 3): Buffer {
  const pixels = Uint8Array.from({ length: count * height * width }, (_, index) => (index * 37 + 11) % 256);
  return encodeIdx([count, height, width], pixels);
}

export function encodeLabels(...values: readonly number[]): Buffer {
  return encodeIdx([values.length], Uint8Array.from(values));
}

/** A directory with `files` in it, removed when the test that made it is over. */
export function directoryOf(files: Readonly<Record<string, Uint8Array | string>>): string {
  const directory = temporaryFolder();
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(directory, name), bytes);
  return directory;
}
