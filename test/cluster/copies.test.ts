import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { graphOfAll, neighboursOfAll } from '../../dist/cluster/copies/all-images.js';
import { burstsOfCopies, equalImages, picturesApart } from '../../dist/cluster/copies/copies.js';
import { matrix } from '../../dist/core/matrix.js';
import { createRandom } from '../../dist/core/random.js';
import { fuzzyGraph } from '../../dist/graph/fuzzy-weights.js';
import { nearestNeighbours } from '../../dist/graph/neighbours/nearest-neighbours.js';

const SIDE = 12;

describe('equal images', () => {
  it('are one picture, as comparing every two says', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('ab', 'ba', 'bb', 'cb'), { maxLength: 20 }), (words) => {
        const { pictureOf, images } = equalImages(new TextEncoder().encode(words.join('')), 2);
        for (const [i, word] of words.entries()) {
          for (const [j, other] of words.entries()) {
            expect(pictureOf[i] === pictureOf[j]).toBe(word === other);
          }
        }
        expect(Array.from(images)).toEqual(
          Array.from(images.keys(), (picture) => pictureOf.indexOf(picture)),
        );
      }),
    );
  });
});

describe('bursts of copies', () => {
  it('are found by brightness, noise and a shift by a pixel, and stood for by their middle', async () => {
    const originals = Array.from({ length: 30 }, (_, number) => squares(number));
    const images = originals.flatMap((original, number) => [
      original,
      changed(original, (value) => value * 0.7),
      changed(original, (value, at) => value + ((at * 7 + number) % 5) - 2),
      shifted(original, number % 2 === 0 ? 1 : -1),
    ]);
    const { pictureOf, images: middles } = await burstsOfCopies(looks(images), await near(images));
    expect(middles).toHaveLength(30);
    for (const image of images.keys()) expect(pictureOf[image]).toBe(pictureOf[image - (image % 4)]);
    expect(Array.from(middles, (image) => image % 4)).not.toContain(3);
  });

  it('are stood for by the copy that lost nothing', async () => {
    const originals = Array.from({ length: 30 }, (_, number) =>
      changed(squares(number), (value, at) =>
        value === 0 ? 0 : (at % 5 === 0 ? 200 : value) + ((at * 13) % 50),
      ),
    );
    const images = originals.flatMap((original, number) => [
      changed(original, (value) => value * 0.7),
      // Of what is white then, some was brighter than the rest.
      changed(original, (value) => value * 1.3),
      changed(original, (value, at) => value + ((at * 7 + number) % 5) - 2),
      original,
    ]);
    const { images: middles } = await burstsOfCopies(looks(images), await near(images));
    expect(middles).toHaveLength(30);
    expect(Array.from(middles, (image) => image % 4)).toEqual(originals.map(() => 3));
  });

  it('leave images alone that only resemble each other', async () => {
    // Every step is as long as the others: a chain, and no gap anywhere.
    const chain = Array.from({ length: 60 }, (_, step) => disc(2 + step * 0.05));
    expect((await burstsOfCopies(looks(chain), await near(chain))).images).toHaveLength(60);
  });
});

describe('pictures apart', () => {
  it('are those that resemble no other', async () => {
    const { random } = createRandomPoints(60);
    const view = matrix(
      61,
      4,
      Float32Array.from({ length: 61 * 4 }, (_, at) => (at < 240 ? random() : 9)),
    );
    const apart = picturesApart([await nearestNeighbours(view, { k: 5, threads: 1 })]);
    expect(Array.from(apart.keys()).filter((picture) => apart[picture] === 1)).toEqual([60]);
  });
});

describe('what is known of pictures', () => {
  it('is said of their copies', async () => {
    const rows = [0, 3, 0, 7, 3, 3, 8];
    const { pictureOf, images } = equalImages(Uint8Array.from(rows), 1);
    const view = matrix(
      images.length,
      1,
      Float32Array.from(images, (image) => rows[image]),
    );
    const neighbours = await nearestNeighbours(view, { k: 2, threads: 1 });
    const all = neighboursOfAll(neighbours, { pictureOf, images });
    rows.forEach((row, image) => {
      for (let rank = 0; rank < 2; rank++) {
        const other = rows[all.indices[2 * image + rank]];
        expect(Math.abs(other - row)).toBe(all.distances[2 * image + rank]);
        expect(other).not.toBe(row);
      }
    });
    const graph = graphOfAll(fuzzyGraph(neighbours), { pictureOf, images });
    expect(graph.count).toBe(rows.length);
    // The two copies of image 1 hang on to it, and together weigh as much as one neighbour.
    for (const copy of [4, 5]) {
      expect(Array.from(graph.neighbours.subarray(graph.offsets[copy], graph.offsets[copy + 1]))).toEqual([
        1,
      ]);
      expect(graph.weights[graph.offsets[copy]]).toBe(0.5);
    }
  });
});

function createRandomPoints(seed: number) {
  const random = createRandom(seed, 'points');
  return { random: () => random.uniform() };
}

function looks(images: readonly Uint8Array[]) {
  const joined = (all: readonly Uint8Array[]) => Uint8Array.from(all.flatMap((image) => Array.from(image)));
  return { raw: joined(images), upright: joined(images.map(centred)), side: SIDE };
}

/** Moved sideways so that its middle is the picture's, to the nearest pixel. */
function centred(image: Uint8Array): Uint8Array {
  let [sum, moment] = [0, 0];
  image.forEach((value, at) => {
    sum += value;
    moment += value * (at % SIDE);
  });
  return shifted(image, Math.round(5.5 - moment / sum));
}

async function near(images: readonly Uint8Array[]) {
  const view = matrix(images.length, SIDE * SIDE, Float32Array.from(looks(images).raw));
  return [await nearestNeighbours(view, { k: 12, threads: 1 })];
}

/** Grey squares in the middle, as `number` decides. */
function squares(number: number): Uint8Array {
  const random = createRandom(number, 'squares');
  const greys = Array.from({ length: 9 }, () => (random.uniform() < 0.5 ? 0 : 60 + 140 * random.uniform()));
  return draw((row, column) => {
    const [down, right] = [Math.floor((row - 1) / 3), Math.floor((column - 1) / 3)];
    return down < 0 || right < 0 || down > 2 || right > 2 ? 0 : greys[3 * down + right];
  });
}

function disc(radius: number): Uint8Array {
  return draw(
    (row, column) => 255 * Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(row - 5.5, column - 5.5))),
  );
}

function draw(value: (row: number, column: number) => number): Uint8Array {
  return Uint8Array.from({ length: SIDE * SIDE }, (_, at) =>
    Math.min(255, Math.round(value(Math.floor(at / SIDE), at % SIDE))),
  );
}

function changed(image: Uint8Array, change: (value: number, at: number) => number): Uint8Array {
  return image.map((value, at) => Math.max(0, Math.min(255, Math.round(change(value, at)))));
}

function shifted(image: Uint8Array, right: number): Uint8Array {
  return image.map((_, at) => {
    const column = (at % SIDE) - right;
    return column < 0 || column >= SIDE ? 0 : image[at - right];
  });
}
