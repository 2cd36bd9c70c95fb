// Likenesses of pictures that were changed on purpose, against comparing every two.
import { describe, expect, it } from 'vitest';
import { createRandom } from '#kindred/core/random.js';
import { nearCopies } from '#kindred/methods/near-copies.js';
import { turnedCopies } from '#kindred/methods/turned-copies.js';

const SIDE = 16;
const options = { threads: 1, signal: new AbortController().signal };
const random = createRandom(4, 'likenesses');
type Likeness = Float32Array;

/** A few soft blots, dark and bright in turn, on a grey ground. */
function scene(): Likeness {
  const blots = Array.from({ length: 6 }, (_, blot) => ({
    row: SIDE * random.uniform(),
    column: SIDE * random.uniform(),
    grey: (blot % 2 === 0 ? 1 : -1) * (40 + 60 * random.uniform()),
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

function groupsIn(pictures: readonly Likeness[], aspects = pictures.map(() => 1), find = nearCopies) {
  const values = new Float32Array(pictures.length * SIDE * SIDE);
  pictures.forEach((picture, at) => {
    values.set(picture, at * SIDE * SIDE);
  });
  return find({ values, aspects: Float64Array.from(aspects) }, options);
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

describe('turned copies', () => {
  const scenes = Array.from({ length: 60 }, scene);
  const moved = (picture: Likeness, place: (row: number, column: number) => [number, number]) =>
    picture.map((_, at) => {
      const [row, column] = place(Math.floor(at / SIDE), at % SIDE);
      return picture[row * SIDE + column];
    });
  const last = SIDE - 1;
  const find = (pictures: readonly Likeness[], aspects?: number[]) =>
    groupsIn(pictures, aspects, turnedCopies);

  it.each([
    ['mirrored', (row: number, column: number) => [row, last - column]],
    ['upside down', (row: number, column: number) => [last - row, column]],
    ['by a half', (row: number, column: number) => [last - row, last - column]],
    ['to the left', (row: number, column: number) => [column, last - row]],
    ['to the right', (row: number, column: number) => [last - column, row]],
    ['by a quarter and mirrored', (row: number, column: number) => [column, row]],
  ] as const)('are found: %s', async (_, place) => {
    const copies = scenes.slice(10, 40).map((picture) => noisy(moved(picture, place as never)));
    const expected = copies.map((__, at) => [10 + at, 60 + at]);
    expect(ascending(await find([...scenes, ...copies]))).toEqual(expected);
  });

  it('are none among different pictures, equal ones, and those that are their own mirror image', async () => {
    const rings = Array.from({ length: 30 }, (_, ring) =>
      Float32Array.from({ length: SIDE * SIDE }, (__, at) => {
        const radius = Math.hypot(Math.floor(at / SIDE) - last / 2, (at % SIDE) - last / 2);
        return 255 * Math.exp(-((radius - ring / 5) ** 2));
      }),
    );
    expect(await find([...scenes, ...scenes.slice(0, 5), ...rings])).toEqual([]);
  });

  it('turned by a quarter are as high as the picture was wide', async () => {
    const copy = moved(scenes[0], (row, column) => [column, last - row]);
    const aspects = [...scenes.map(() => 1.5), 1.5];
    expect(await find([...scenes, copy], aspects)).toEqual([]);
    aspects[60] = 1 / 1.5;
    expect(await find([...scenes, copy], aspects)).toEqual([[0, 60]]);
  });
});
