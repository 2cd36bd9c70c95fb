import { describe, expect, it } from 'vitest';
import { colouringOf, paletteOf, type RunArrays } from '../../src/studio/web/map/colouring.js';
import { middlesOf } from '../../src/studio/web/map/name-places.js';

const ARRAYS: RunArrays = {
  kind: Int32Array.of(0, 1, 1, 2, -1),
  confidence: Float32Array.of(0.2, 0.5, 0.95, 0.999, 1),
  label: Int32Array.of(1, 1, 0, 0, 0),
  finding: Int32Array.of(0, 1, 2, 0, 0),
  told: Int32Array.of(-2, 1, -1, -2, -2),
};
const KINDS = [
  { kind: 0, name: 'cat' },
  { kind: 1, name: 'dog' },
  { kind: 2, name: 'cat' },
];
const legend = (name: Parameters<typeof colouringOf>[0]) =>
  colouringOf(name, ARRAYS, KINDS, ['no', 'yes']).rows.map((row) => [row.name, row.count]);

describe('the legend', () => {
  it('counts images by kind, and kinds of one name together by name', () => {
    expect(legend('kind')).toEqual([
      ['no kind', 1],
      ['cat', 1],
      ['dog', 2],
      ['cat', 1],
    ]);
    expect(legend('name')).toEqual([
      ['no kind', 1],
      ['cat', 2],
      ['dog', 2],
    ]);
  });

  it('counts by confidence, label, finding and what was said', () => {
    expect(legend('confidence')).toEqual([
      ['below 50 %', 1],
      ['50 to 70 %', 1],
      ['90 to 99 %', 1],
      ['99 % and more', 2],
    ]);
    expect(legend('label')).toEqual([
      ['no', 3],
      ['yes', 2],
    ]);
    expect(legend('finding')).toEqual([
      ['nothing found', 3],
      ['duplicate', 1],
      ['outlier', 1],
    ]);
    expect(legend('told')).toEqual([
      ['nothing said', 3],
      ['junk', 1],
      ['dog', 1],
    ]);
  });

  it('dims all rows but the one that stands out', () => {
    const { rows } = colouringOf('kind', ARRAYS, KINDS, null);
    const opacity = (colours: Uint8Array) => rows.map(({ value }) => colours[4 * value + 3]);
    const even = opacity(paletteOf(rows, null, 16));
    expect(new Set(even).size).toBe(1);
    const dimmed = opacity(paletteOf(rows, 2, 16));
    expect(dimmed[2]).toBeGreaterThanOrEqual(even[2]);
    for (const row of [0, 1, 3]) expect(dimmed[row]).toBeLessThan(even[row] / 4);
  });
});

describe('the name of a kind', () => {
  it('stands in the thicker of its two islands', () => {
    const places = [
      [0.1, 0.1],
      [0.12, 0.1],
      [0.1, 0.12],
      [0.9, 0.9],
    ];
    const arrays = { ...ARRAYS, kind: new Int32Array(4), confidence: new Float32Array(4) };
    const colouring = colouringOf('kind', arrays, KINDS, null);
    const [{ row, x, y }] = middlesOf(Float32Array.from(places.flat()), colouring);
    expect(row.name).toBe('cat');
    expect(x).toBeCloseTo(0.32 / 3, 6);
    expect(y).toBeCloseTo(0.32 / 3, 6);
  });
});
