// Decoding held against Pillow's, over the formats and modes that Pillow writes and some files that it only reads.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodePicture, sizeOfPicture } from '#kindred/data/decoding/decode.js';
import { READING_LIMITS } from '#kindred/data/pictures.js';
import { sharedFolder } from '../support/folders.js';
import { hasPython, runPython } from '../support/peers.js';

const program = fileURLToPath(new URL('../support/pillow-matrix.py', import.meta.url));

/** Where we differ on purpose, or may: mean difference in values of 255, and why. */
const EXCEPTIONS: readonly (readonly [name: RegExp, most: number, why: string])[] = [
  [/^cmyk/, 30, 'inks are turned to RGB by a colour profile, where Pillow subtracts them from white'],
  [/\.avif$/, 4, 'lossy: colours stored at half the size are enlarged in another way'],
];
/** Refused, with the reason. */
const REFUSED = /^lab-/;

describe.skipIf(!hasPython('PIL', 'numpy'))('decoding as Pillow does', () => {
  const folder = sharedFolder();
  let names: string[] = [];

  beforeAll(() => {
    runPython(readFileSync(program, 'utf8'), folder);
    names = JSON.parse(readFileSync(join(folder, 'files.json'), 'utf8'));
  });

  it('gives the same pixels, within a mean of 1', async () => {
    expect(names.length).toBeGreaterThan(100);
    const differences: string[] = [];
    for (const name of names) {
      const picture = { kind: 'encoded', id: name, file: join(folder, name) } as const;
      const reading = { channels: 3, box: null, limits: READING_LIMITS } as const;
      const raster = await decodePicture(picture, reading).catch((error: Error) => error);
      if (raster instanceof Error) {
        expect(raster.message).toMatch(/L\*a\*b\*.*not read: save it in RGB/);
        expect(name).toMatch(REFUSED);
        continue;
      }
      const { height, width, data } = raster;
      expect(await sizeOfPicture(picture, READING_LIMITS), name).toEqual(
        expect.objectContaining({ height, width }),
      );
      const npy = readFileSync(join(folder, `${name}.npy`));
      const wanted = npy.subarray(10 + npy.readUInt16LE(8));
      expect(data.length, name).toBe(wanted.length);
      const sum = wanted.reduce((total, value, at) => total + Math.abs(value - data[at]), 0);
      const [, most] = EXCEPTIONS.find(([pattern]) => pattern.test(name)) ?? [name, 1];
      if (sum / wanted.length > most) differences.push(`${name}: ${sum / wanted.length}`);
    }
    expect(differences).toEqual([]);
  });
});
