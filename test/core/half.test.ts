// Half precision, against NumPy and against its definition.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fromHalf, toHalf } from '#kindred/core/half.js';
import { createRandom } from '#kindred/core/random.js';
import { temporaryFolder } from '../support/folders.js';
import { hasPython, runPython } from '../support/peers.js';

describe('half precision', () => {
  it('gives every half back that it is given as a float', () => {
    const all = Uint16Array.from({ length: 65536 }, (_, half) => half);
    const back = toHalf(fromHalf(all));
    // A NaN stays one; which it is, float32 may forget.
    const isNone = (half: number) => (half & 0x7c00) === 0x7c00 && (half & 0x3ff) !== 0;
    for (const half of all) {
      expect(isNone(half) ? isNone(back[half]) : back[half] === half, String(half)).toBe(true);
    }
  });

  it.each([
    ['1 + 2⁻¹¹ is half way and goes to the even 1', 1 + 2 ** -11, 1],
    ['1 + 3 · 2⁻¹¹ is half way and goes up', 1 + 3 * 2 ** -11, 1 + 2 ** -9],
    ['a little more than half way goes up', 1 + 2 ** -11 + 2 ** -20, 1 + 2 ** -10],
    ['the largest', 65519, 65504],
    ['too large', 65520, Number.POSITIVE_INFINITY],
    ['half the smallest is 0', 2 ** -25, 0],
    ['more than half the smallest', 2 ** -25 * 1.01, 2 ** -24],
    ['the carry from the steps below 2⁻¹⁴', 2 ** -14 - 2 ** -26, 2 ** -14],
    ['the sign of 0', -0, -0],
    ['less than nothing', -(1 + 2 ** -11 + 2 ** -20), -(1 + 2 ** -10)],
  ])('%s', (_, value, half) => {
    expect(fromHalf(toHalf(Float32Array.of(value)))[0]).toBe(half);
  });

  it.skipIf(!hasPython('numpy'))('rounds as NumPy does', () => {
    const folder = temporaryFolder();
    const random = createRandom(1, 'floats');
    const floats = new Float32Array(400_000);
    const words = new Uint32Array(floats.buffer);
    // All sizes; and around each half and each middle between two.
    for (let at = 0; at < 200_000; at++) words[at] = random.integer(2 ** 32);
    for (let at = 200_000; at < words.length; at++) {
      const half = fromHalf(Uint16Array.of(random.integer(0x7c00)))[0];
      floats[at] = half;
      words[at] += 0x1000 + random.integer(3) - 1;
    }
    const numbers = floats.filter((value) => !Number.isNaN(value));
    writeFileSync(join(folder, 'floats'), numbers);
    runPython(
      'import sys, numpy as np; np.seterr(all="ignore"); np.fromfile(sys.argv[1], "<f4").astype("<f2").tofile(sys.argv[2])',
      join(folder, 'floats'),
      join(folder, 'halves'),
    );
    const wanted = readFileSync(join(folder, 'halves'));
    expect(Buffer.from(toHalf(numbers).buffer).equals(wanted)).toBe(true);
  });
});
