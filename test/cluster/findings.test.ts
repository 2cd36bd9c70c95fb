// Anomalies planted among real digits, and small cases worked out by hand.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { equalImages, groupsOf } from '#kindred/cluster/copies/copies.js';
import { type Anomalies, findAnomalies } from '#kindred/cluster/judging/anomalies.js';
import { createRandom } from '#kindred/core/random.js';
import { imageFeatures } from '#kindred/features/features.js';
import { nearestNeighbours } from '#kindred/graph/neighbours/nearest-neighbours.js';
import { type AlikeImages, alikeImages } from '#kindred/methods/findings/alike-images.js';
import { firstDigits } from '../support/mnist.js';

const context = { threads: 2, report: () => {}, signal: new AbortController().signal };

describe('exact duplicates', () => {
  it('are the groups that comparing every pair finds', () => {
    const images = fc.array(fc.uint8Array({ minLength: 2, maxLength: 2, max: 3 }), { maxLength: 30 });
    fc.assert(
      fc.property(images, (list) => {
        const same = (a: number, b: number) => Buffer.from(list[a]).equals(Buffer.from(list[b]));
        const slow = list
          .map((_, first) => list.map((__, other) => other).filter((other) => same(first, other)))
          .filter((group, first) => group.length > 1 && group[0] === first);
        const bytes = Uint8Array.from(list.flatMap((image) => [...image]));
        expect(groupsOf(equalImages(bytes, 2))).toEqual(slow);
      }),
    );
  });
});

describe('among 3,000 digits', () => {
  const COUNT = 3000;
  const PLANTED = 20;
  type Found = Anomalies & AlikeImages;
  let clean: Found;
  let planted: Found;

  async function found(data: Uint8Array): Promise<Found> {
    const count = data.length / 784;
    const images = { data, count, height: 28, width: 28, channels: 1, ids: [] };
    const { views } = await imageFeatures(images, context);
    const neighbours = await nearestNeighbours(views[0].features, { k: 10, ...context });
    const assignment = new Int32Array(count);
    const alike = await alikeImages(images, { neighbours }, 2, context);
    return { ...alike, ...findAnomalies({ neighbours, assignment, k: 1, stability: null }) };
  }

  beforeAll(async () => {
    const digits = firstDigits('train', COUNT).pixels;
    const random = createRandom(1, 'planted');
    const copies = digits.slice(0, PLANTED * 784);
    const dimmed = digits.slice(PLANTED * 784, 2 * PLANTED * 784).map((value) => Math.round(value * 0.8));
    const junk = Uint8Array.from({ length: 3 * 784 }, () => random.integer(256));
    clean = await found(digits);
    planted = await found(Uint8Array.from(Buffer.concat([digits, copies, dimmed, junk])));
  });

  it('planted copies are found, and none where none were planted', () => {
    expect(clean.equal).toEqual([]);
    expect(planted.equal).toEqual(Array.from({ length: PLANTED }, (_, image) => [image, COUNT + image]));
  });

  it('planted near copies are found, and few others', () => {
    const groups = planted.near.map((group) => group.join());
    for (let image = PLANTED; image < 2 * PLANTED; image++) {
      expect(groups).toContain([image, COUNT + image].join());
    }
    expect(clean.near.flat().length).toBeLessThan(0.01 * COUNT);
  });

  it('noise lies far from all, and few digits do', () => {
    const far = planted.outliers.map(({ image }) => image);
    const junk = [0, 1, 2].map((place) => COUNT + 2 * PLANTED + place);
    expect(far.filter((image) => junk.includes(image)).length).toBeGreaterThanOrEqual(2);
    expect(clean.outliers.length).toBeLessThan(0.01 * COUNT);
    for (const { times } of planted.outliers) expect(times).toBeGreaterThan(1);
  });
});

describe('of kinds', () => {
  // Two rings of six; the last image of the first ring belongs to the second kind, and one image to none.
  const count = 12;
  const indices = Int32Array.from({ length: count * 2 }, (_, at) => {
    const image = at >> 1;
    const ring = image < 6 ? 0 : 6;
    return ring + ((image - ring + (at % 2 === 0 ? 1 : 5)) % 6);
  });
  const neighbours = { count, k: 2, indices, distances: new Float32Array(count * 2).fill(1) };
  const assignment = Int32Array.of(0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, -1);
  const input = { neighbours, assignment, k: 2 };

  it('those are mixed whose neighbours belong elsewhere, or whose stability is low', () => {
    const { mixedKinds } = findAnomalies({ ...input, stability: null });
    expect(mixedKinds).toEqual([
      { cluster: 0, stability: null, outsideShare: 2 / 10 },
      { cluster: 1, stability: null, outsideShare: 4 / 12 },
    ]);
    const calm = { ...input, assignment: Int32Array.from(assignment.keys(), (image) => (image < 6 ? 0 : 1)) };
    expect(findAnomalies({ ...calm, stability: [0.95, 0.95] }).mixedKinds).toEqual([]);
    expect(findAnomalies({ ...calm, stability: [0.95, 0.6] }).mixedKinds).toEqual([
      { cluster: 1, stability: 0.6, outsideShare: 0 },
    ]);
  });

  it('an image that belongs to none is an outlier', () => {
    expect(findAnomalies({ ...input, stability: null }).outliers).toEqual([
      { image: 11, reason: 'no kind', times: 0 },
    ]);
  });
});
