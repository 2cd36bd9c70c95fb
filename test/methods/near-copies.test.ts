// Likenesses of pictures that were changed on purpose, against comparing every two.
import { describe, expect, it } from 'vitest';
import { createRandom } from '#kindred/core/random.js';
import { nearCopies } from '#kindred/methods/near-copies.js';

const SIDE = 16;
const options = { threads: 1, signal: new AbortController().signal };
const random = createRandom(4, 'likenesses');
type Likeness = Float32Array;

/** A few soft blots on a grey ground. */
function scene(): Likeness {
  const blots = Array.from({ length: 5 }, () => ({
    row: SIDE * random.uniform(),
    column: SIDE * random.uniform(),
    grey: 160 * random.uniform() - 80,
  }));
  return Float32Array.from({ length: SIDE * SIDE }, (_, at) => {
    const [row, column] = [Math.floor(at / SIDE), at % SIDE];
    return blots.reduce(
      (sum, blot) => sum + blot.grey * Math.exp(-((row - blot.row) ** 2 + (column - blot.column) ** 2) / 12),
      128,
    );
  });
}

const noisy = (picture: Likeness) => picture.map((value) => value + 2 * random.uniform() - 1);
const brighter = (picture: Likeness) => picture.map((value) => 1.3 * value + 10);
/** With something written in the lower left. */
const captioned = (picture: Likeness) =>
  picture.map((value, at) => (at % SIDE < 9 && at >= 13 * SIDE ? (at % 3) * 120 : value));

function groupsIn(pictures: readonly Likeness[], aspects = pictures.map(() => 1)) {
  const values = new Float32Array(pictures.length * SIDE * SIDE);
  pictures.forEach((picture, at) => {
    values.set(picture, at * SIDE * SIDE);
  });
  return nearCopies({ values, aspects: Float64Array.from(aspects) }, options);
}

const ascending = (groups: readonly (readonly number[])[]) =>
  groups.map((group) => [...group].sort((a, b) => a - b)).sort(([a], [b]) => a - b);

describe('near copies', () => {
  const scenes = Array.from({ length: 60 }, scene);

  it('are none among different pictures', async () => {
    expect(await groupsIn(scenes)).toEqual([]);
  });

  it.each([
    ['noise', noisy],
    ['brightness', brighter],
    ['a caption', captioned],
  ] as const)('are found whatever their share: %s', async (_, change) => {
    for (const copied of [1, 20, 60]) {
      const groups = await groupsIn([...scenes, ...scenes.slice(0, copied).map(change)]);
      expect(ascending(groups)).toEqual(Array.from({ length: copied }, (__, at) => [at, scenes.length + at]));
    }
  });

  it('may be many of one picture, faint ones too', async () => {
    const faint = scenes.map((picture) => picture.map((value) => 128 + (value - 128) / 20));
    const copies = Array.from({ length: 9 }, () => faint[3].map((value) => value + 0.02 * random.uniform()));
    expect(ascending(await groupsIn([...faint, ...copies]))).toEqual([
      [3, ...copies.map((_, at) => 60 + at)],
    ]);
  });

  it('are of one shape, and not blank', async () => {
    const pictures = [...scenes, noisy(scenes[0])];
    const aspects = pictures.map((_, at) => (at === 60 ? 1.5 : 1));
    expect(await groupsIn(pictures, aspects)).toEqual([]);
    const blank = (grey: number) => new Float32Array(SIDE * SIDE).fill(grey);
    expect(await groupsIn([...scenes, blank(0), blank(90), blank(255)])).toEqual([]);
  });

  it('are not claimed where everything is alike', async () => {
    const alike = Array.from({ length: 60 }, () => noisy(scenes[0]));
    expect(await groupsIn(alike)).toEqual([]);
  });
});
