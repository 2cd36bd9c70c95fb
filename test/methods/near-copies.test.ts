// Likenesses of pictures that were changed on purpose, against comparing every two.
import { describe, expect, it } from 'vitest';
import { createRandom } from '#kindred/core/random.js';
import { nearCopies } from '#kindred/methods/findings/near-copies.js';
import { turnedCopies } from '#kindred/methods/findings/turned-copies.js';

const SIDE = 32;
const BLOCKS = 8;
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
    const value = blots.reduce(
      (sum, blot) => sum + blot.grey * Math.exp(-((row - blot.row) ** 2 + (column - blot.column) ** 2) / 48),
      128,
    );
    return Math.max(0, Math.min(255, value));
  });
}

const noisy = (picture: Likeness) => picture.map((value) => value + 2 * random.uniform() - 1);
const brighter = (picture: Likeness) => picture.map((value) => Math.min(255, 1.3 * value + 10));
/** With something written in the lower left. */
const captioned = (picture: Likeness) =>
  picture.map((value, at) => (at % SIDE < 18 && at >= 26 * SIDE ? (at % 3) * 120 : value));

/** What is added to red, green and blue, which leaves grey as it is. */
type Tint = readonly [number, number, number];
const GREY: Tint = [0, 0, 0];

function groupsIn(
  pictures: readonly Likeness[],
  aspects = pictures.map(() => 1),
  find = nearCopies,
  tints: readonly Tint[] = [],
) {
  const grey = Float32Array.from(pictures.flatMap((picture) => Array.from(picture)));
  const colours = pictures.flatMap((picture, at) =>
    (tints[at] ?? GREY).flatMap((added) => Array.from(blocksOf(picture), (value) => value + added)),
  );
  return find({ grey, colours: Float32Array.from(colours), aspects: Float64Array.from(aspects) }, options);
}

function blocksOf(picture: Likeness): Float32Array {
  const blocks = new Float32Array(BLOCKS * BLOCKS);
  const side = SIDE / BLOCKS;
  picture.forEach((value, at) => {
    const place = Math.floor(at / SIDE / side) * BLOCKS + Math.floor((at % SIDE) / side);
    blocks[place] += value / side ** 2;
  });
  return blocks;
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
    const faint = scenes.map((picture) => picture.map((value) => 128 + (value - 128) / 8));
    const copies = Array.from({ length: 9 }, () => faint[3].map((value) => value + 0.05 * random.uniform()));
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

  it('are not blank for the shadow that all blank sheets have', async () => {
    const sheet = () =>
      Float32Array.from({ length: SIDE * SIDE }, (_, at) => {
        const [row, column] = [Math.floor(at / SIDE), at % SIDE];
        return 248 - 6 * (Math.hypot(row - 15.5, column - 15.5) / 20) ** 2 + 0.2 * random.uniform();
      });
    expect(await groupsIn([...scenes, ...Array.from({ length: 30 }, sheet)])).toEqual([]);
  });

  it('have the colours of the picture, and no others', async () => {
    const copies = scenes.slice(0, 30).map((picture) => picture.map((value) => 0.8 * value));
    // Red, green or blue; each of one grey.
    const hues: Tint[] = [
      [30, -14, -7],
      [-22, 15, -20],
      [-6, -5, 42],
    ];
    const tints = scenes.map((_, at) => hues[at % 3]);
    const found = (tintOf: (at: number) => Tint) =>
      groupsIn([...scenes, ...copies], undefined, nearCopies, [
        ...tints,
        ...copies.map((_, at) => tintOf(at).map((value) => 0.8 * value) as unknown as Tint),
      ]);
    const pairs = Array.from({ length: 30 }, (_, at) => [at, 60 + at]);
    expect(ascending(await found((at) => hues[at % 3]))).toEqual(pairs);
    expect(await found((at) => hues[(at + 1) % 3])).toEqual([]);
  });

  it('are of one colour and of one density, as sets of cards and of halftones in public domain clip art are not', async () => {
    const faded = (factor: number) =>
      scenes.slice(0, 30).map((picture) => picture.map((value) => 250 - (250 - value) / factor));
    const pairs = Array.from({ length: 30 }, (_, at) => [at, 60 + at]);
    expect(ascending(await groupsIn([...scenes, ...faded(2)]))).toEqual(pairs);
    expect(await groupsIn([...scenes, ...faded(4)])).toEqual([]);
    // Another ground, a third as strong as the picture itself; grey by grey it is the same.
    const onCream: Tint = [8, 1, -26];
    const tints = [...scenes, ...scenes].map((_, at) => (at < 60 ? GREY : onCream));
    expect(await groupsIn([...scenes, ...scenes.map(noisy)], undefined, nearCopies, tints)).toEqual([]);
  });

  it('may be driven to white', async () => {
    const bright = scenes.slice(0, 40).map((picture) => picture.map((value) => Math.min(255, 1.5 * value)));
    const pairs = Array.from({ length: 40 }, (_, at) => [at, 60 + at]);
    expect(ascending(await groupsIn([...scenes, ...bright]))).toEqual(pairs);
  });

  it('show nothing that the picture does not, but for what is written in a corner', async () => {
    // One form, filled in by forty.
    const form = scene();
    const filled = Array.from({ length: 40 }, () =>
      form.map((value, at) => {
        const isField = at % SIDE > 8 && Math.floor(at / SIDE) % 8 > 4;
        return isField && random.uniform() < 0.4 ? value - 40 : value;
      }),
    );
    const copies = filled.slice(0, 5).map(noisy);
    const pairs = Array.from({ length: 5 }, (_, at) => [at, 40 + at]);
    expect(ascending(await groupsIn([...filled, ...copies]))).toEqual(pairs);
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
        return 255 * Math.exp(-((radius / 2 - ring / 5) ** 2));
      }),
    );
    expect(await find([...scenes, ...scenes.slice(0, 5), ...rings])).toEqual([]);
  });

  it('are none among sheets with hardly anything on them', async () => {
    const specks = Array.from({ length: 20 }, (_, speck) =>
      new Float32Array(SIDE * SIDE).map((__, at) => (at === 37 * speck + 200 ? 200 : 255)),
    );
    expect(await find([...scenes, ...specks])).toEqual([]);
  });

  it('have its colours: a flag may be as dark as one of others', async () => {
    const flag = new Float32Array(SIDE * SIDE).map((_, at) => (at < (SIDE * SIDE) / 2 ? 60 : 170));
    const turned = flag.toReversed();
    const red: Tint = [80, -43, 12];
    const blue: Tint = [-40, 5, 79];
    const inColours = (tints: Tint[]) =>
      groupsIn([...scenes, flag, turned], undefined, turnedCopies, [...scenes.map(() => GREY), ...tints]);
    expect(await inColours([red, blue])).toEqual([]);
    expect(await inColours([red, red])).toEqual([[60, 61]]);
  });

  it('turned by a quarter are as high as the picture was wide', async () => {
    const copy = moved(scenes[0], (row, column) => [column, last - row]);
    const aspects = [...scenes.map(() => 1.5), 1.5];
    expect(await find([...scenes, copy], aspects)).toEqual([]);
    aspects[60] = 1 / 1.5;
    expect(await find([...scenes, copy], aspects)).toEqual([[0, 60]]);
  });
});
