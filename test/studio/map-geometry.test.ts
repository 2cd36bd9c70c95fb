import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boxCamera,
  boxOf,
  fitCamera,
  panned,
  readCamera,
  toMap,
  toScreen,
  writeCamera,
  zoomed,
} from '../../src/studio/web/map/camera.js';
import { toggled, united } from '../../src/studio/web/map/chosen-images.js';
import {
  countAtMost,
  imagesInBox,
  imagesInLasso,
  indexPoints,
  nearestImage,
  nearestTowards,
  toUnitSquare,
} from '../../src/studio/web/map/point-index.js';
import { imagesBySlot } from '../../src/studio/web/map/slot-order.js';

const SIZE = { width: 900, height: 600 };
// Multiples of 1/64 are exact, and make many points share places and borders.
const coordinate = fc.integer({ min: 0, max: 64 }).map((part) => part / 64);
const corner = fc.record({ x: coordinate, y: coordinate });
const points = fc
  .array(fc.tuple(coordinate, coordinate), { minLength: 1, maxLength: 200 })
  .map((pairs) => Float32Array.from(pairs.flat()));
const all = (at: Float32Array) => Array.from({ length: at.length / 2 }, (_, image) => image);

/** Winding number by angles: how often the lasso goes around the point, odd or even. */
function isAround(lasso: readonly { x: number; y: number }[], x: number, y: number): boolean {
  const turn = lasso.reduce((sum, from, at) => {
    const to = lasso[(at + 1) % lasso.length];
    const [a, b] = [Math.atan2(from.y - y, from.x - x), Math.atan2(to.y - y, to.x - x)];
    const step = b - a;
    return sum + (step > Math.PI ? step - 2 * Math.PI : step < -Math.PI ? step + 2 * Math.PI : step);
  }, 0);
  return Math.round(Math.abs(turn) / (2 * Math.PI)) % 2 === 1;
}

describe('the points of the map', () => {
  it('in a box are those that a look at every point finds', () => {
    fc.assert(
      fc.property(points, corner, corner, (at, a, b) => {
        const box = {
          left: Math.min(a.x, b.x),
          right: Math.max(a.x, b.x),
          top: Math.min(a.y, b.y),
          bottom: Math.max(a.y, b.y),
        };
        const index = indexPoints(at);
        const found = imagesInBox(index, box).sort((one, other) => one - other);
        const expected = all(at).filter(
          (image) =>
            at[2 * image] >= box.left &&
            at[2 * image] <= box.right &&
            at[2 * image + 1] >= box.top &&
            at[2 * image + 1] <= box.bottom,
        );
        expect(found).toEqual(expected);
        expect(countAtMost(index, box)).toBeGreaterThanOrEqual(found.length);
      }),
    );
  });

  it('inside a lasso are those that it goes around an odd number of times', () => {
    // Off the grid of the points, so that none lies on the line.
    const free = fc.record({
      x: fc.integer({ min: 0, max: 997 }).map((part) => (part + 0.37) / 998),
      y: fc.integer({ min: 0, max: 997 }).map((part) => (part + 0.41) / 998),
    });
    fc.assert(
      fc.property(points, fc.array(free, { minLength: 3, maxLength: 9 }), (at, lasso) => {
        const expected = all(at).filter((image) => isAround(lasso, at[2 * image], at[2 * image + 1]));
        expect(imagesInLasso(indexPoints(at), lasso)).toEqual(expected);
      }),
    );
  });

  it('need a lasso of three corners at least', () => {
    expect(imagesInLasso(indexPoints(Float32Array.of(0.5, 0.5)), [{ x: 0.5, y: 0.5 }])).toEqual([]);
  });

  it('nearest to a place, within reach, are what a look at every point finds', () => {
    fc.assert(
      fc.property(points, corner, coordinate, (at, from, reach) => {
        const distance = (image: number) => (at[2 * image] - from.x) ** 2 + (at[2 * image + 1] - from.y) ** 2;
        const expected = all(at)
          .filter((image) => distance(image) <= reach * reach)
          .reduce((best, image) => (best < 0 || distance(image) < distance(best) ? image : best), -1);
        expect(nearestImage(indexPoints(at), from, reach)).toBe(expected);
      }),
    );
  });

  it('nearest in a direction lie within 45° of it, and none is nearer', () => {
    const directions = fc.constantFrom({ x: 1, y: 0 }, { x: -1, y: 0 }, { x: 0, y: 1 }, { x: 0, y: -1 });
    fc.assert(
      fc.property(points, directions, (at, { x, y }) => {
        const lies = (image: number) => {
          const [right, down] = [at[2 * image] - at[0], at[2 * image + 1] - at[1]];
          const along = right * x + down * y;
          return along > 0 && Math.hypot(right, down) <= along * Math.SQRT2 * (1 + 1e-12);
        };
        const distance = (image: number) => (at[2 * image] - at[0]) ** 2 + (at[2 * image + 1] - at[1]) ** 2;
        const expected = all(at)
          .filter(lies)
          .reduce((best, image) => (best < 0 || distance(image) < distance(best) ? image : best), -1);
        expect(nearestTowards(indexPoints(at), 0, { x, y })).toBe(expected);
      }),
    );
  });

  it('fill the unit square, whatever the layout', () => {
    const layout = Float32Array.of(-10, 5, 30, 5, 10, 15, 10, -5);
    expect([...toUnitSquare(layout)]).toEqual([0, 0.5, 1, 0.5, 0.5, 0.75, 0.5, 0.25]);
    expect([...toUnitSquare(Float32Array.of(3, 3, 3, 3))]).toEqual([0.5, 0.5, 0.5, 0.5]);
  });

  it('are drawn each once, any part of them spread over the pile', () => {
    for (const count of [1, 2, 3, 10, 997, 60_000]) {
      const images = imagesBySlot(count);
      expect([...images].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, image) => image));
    }
    const tenths = new Uint32Array(10);
    for (const image of imagesBySlot(60_000).subarray(0, 6000)) tenths[Math.floor(image / 6000)]++;
    expect(Math.min(...tenths)).toBeGreaterThan(590);
    expect(Math.max(...tenths)).toBeLessThan(610);
  });
});

describe('the camera', () => {
  const cameras = fc.record({ x: coordinate, y: coordinate, scale: fc.integer({ min: 300, max: 90_000 }) });
  const pixel = fc.record({ x: fc.integer({ min: 0, max: 900 }), y: fc.integer({ min: 0, max: 600 }) });

  it('leads from the map to the window and back', () => {
    fc.assert(
      fc.property(cameras, pixel, (camera, at) => {
        const { x, y } = toMap(camera, SIZE, at);
        const back = toScreen(camera, SIZE, x, y);
        expect(back.x).toBeCloseTo(at.x, 6);
        expect(back.y).toBeCloseTo(at.y, 6);
      }),
    );
  });

  it('keeps what is under the pointer while it zooms about the middle of the map', () => {
    const camera = fitCamera(SIZE);
    const at = { x: 500, y: 260 };
    const before = toMap(camera, SIZE, at);
    const after = toMap(zoomed(camera, SIZE, 3, at), SIZE, at);
    expect(after.x).toBeCloseTo(before.x, 9);
    expect(after.y).toBeCloseTo(before.y, 9);
  });

  it('moves what is seen by as many pixels as asked, and never leaves the map', () => {
    const camera = { x: 0.5, y: 0.5, scale: 1000 };
    expect(panned(camera, 100, -50)).toEqual({ x: 0.4, y: 0.55, scale: 1000 });
    expect(panned(camera, 9000, 9000)).toEqual({ x: 0, y: 0, scale: 1000 });
  });

  it('shows all of a box', () => {
    fc.assert(
      fc.property(corner, corner, (a, b) => {
        const box = {
          left: Math.min(a.x, b.x),
          right: Math.max(a.x, b.x),
          top: Math.min(a.y, b.y),
          bottom: Math.max(a.y, b.y),
        };
        const seen = boxOf(boxCamera(box, SIZE), SIZE);
        expect(seen.left).toBeLessThanOrEqual(box.left);
        expect(seen.right).toBeGreaterThanOrEqual(box.right);
        expect(seen.top).toBeLessThanOrEqual(box.top);
        expect(seen.bottom).toBeGreaterThanOrEqual(box.bottom);
      }),
    );
  });

  it('is found again from an address, and ignores what nobody can have meant', () => {
    const camera = zoomed(fitCamera(SIZE), SIZE, 8, { x: 700, y: 100 });
    const back = readCamera(writeCamera(camera, SIZE), SIZE);
    expect(back?.x).toBeCloseTo(camera.x, 4);
    expect(back?.y).toBeCloseTo(camera.y, 4);
    expect((back?.scale ?? 0) / camera.scale).toBeCloseTo(1, 3);
    for (const text of [undefined, '', '1,2', 'a,b,c', '0.5,0.5,0', '0.5,0.5,-1']) {
      expect(readCamera(text, SIZE)).toBeNull();
    }
  });
});

describe('chosen images', () => {
  const sets = fc.uniqueArray(fc.integer({ min: 0, max: 60 })).map((set) => set.sort((a, b) => a - b));

  it('are joined and toggled as sets are', () => {
    fc.assert(
      fc.property(sets, sets, fc.integer({ min: 0, max: 60 }), (a, b, image) => {
        expect(new Set(united(a, b))).toEqual(new Set([...a, ...b]));
        expect(toggled(toggled(a, image), image)).toEqual(a);
        expect(toggled(a, image).includes(image)).toBe(!a.includes(image));
      }),
    );
  });
});
