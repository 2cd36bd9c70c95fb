// Warps: what each number moves, and that the points of a prediction are those of training.
import { describe, expect, it } from 'vitest';
import { createRandom } from '#kindred/core/random.js';
import { createOnnxGraph } from '#kindred/engine/onnx/onnx.js';
import { gridSample, reshape, softmax } from '#kindred/engine/operations.js';
import { initialParameters } from '#kindred/engine/parameters.js';
import { input } from '#kindred/engine/program.js';
import { createSession, floatValues, hostTensor } from '#kindred/engine/runtime/session.js';
import {
  drawWarps,
  MILD_WARP,
  TRAINING_WARP,
  WARP_NUMBERS,
  warped,
  warpPoints,
} from '#kindred/methods/kin/augmentation.js';
import { addNetworkProbabilities } from '#kindred/methods/kin/network-probabilities.js';
import {
  classifierParameters,
  initialStatistics,
  trainedScores,
} from '#kindred/models/classifier-network.js';
import { normals, relativeError } from '../support/numbers.js';
import { runProgram } from '../support/program.js';

const SIDE = 13;
const HALF = WARP_NUMBERS / 2;
const images = input('images', [2, SIDE, SIDE, 1]);
const pixels = normals(2 * SIDE * SIDE, 'warped images');

/** Two warps that change nothing, with changes to the first. */
function identity(changes: Record<number, number> = {}): Float32Array {
  const numbers = new Float32Array(2 * WARP_NUMBERS);
  for (const start of [0, WARP_NUMBERS]) {
    numbers[start] = 1;
    numbers[start + HALF + 1] = 1;
  }
  for (const [place, value] of Object.entries(changes)) numbers[Number(place)] = value;
  return numbers;
}

async function warp(numbers: Float32Array): Promise<Float32Array> {
  const { y } = await runProgram(
    { y: warped(images, input('numbers', [2, WARP_NUMBERS])) },
    { images: pixels, numbers },
  );
  return y;
}

describe('a warp', () => {
  it('of nothing leaves the image', async () => {
    expect(relativeError(await warp(identity()), pixels)).toBeLessThan(1e-5);
  });

  it('by whole pixels moves it, and brings in zeros', async () => {
    // Two columns: each point looks 4 / (SIDE − 1) further right.
    const moved = await warp(identity({ 2: 4 / (SIDE - 1) }));
    for (let row = 0; row < SIDE; row++) {
      for (let column = 0; column < SIDE; column++) {
        const expected = column + 2 < SIDE ? pixels[row * SIDE + column + 2] : 0;
        expect(Math.abs(moved[row * SIDE + column] - expected)).toBeLessThan(1e-4);
      }
    }
    expect(relativeError(moved.subarray(SIDE * SIDE), pixels.subarray(SIDE * SIDE))).toBeLessThan(1e-5);
  });

  it('of equal control points is a shift', async () => {
    const controls = Object.fromEntries(Array.from({ length: HALF - 3 }, (_, i) => [HALF + 3 + i, 0.2]));
    const shifted = await warp(identity({ [HALF + 2]: 0.2 }));
    expect(relativeError(await warp(identity(controls)), shifted)).toBeLessThan(1e-5);
  });

  it('drawn stays within its bounds, and differs from the next', () => {
    const numbers = new Float32Array(200 * WARP_NUMBERS);
    drawWarps(createRandom(3, 'drawn'), TRAINING_WARP, numbers);
    const warps = Array.from({ length: 200 }, (_, i) =>
      numbers.subarray(i * WARP_NUMBERS, (i + 1) * WARP_NUMBERS),
    );
    for (const drawn of warps) {
      const determinant = drawn[0] * drawn[HALF + 1] - drawn[1] * drawn[HALF];
      // Rotation and shear keep areas: what is left are the two scales.
      expect(Math.abs(Math.log(determinant))).toBeLessThan(2 * TRAINING_WARP.logScale + 1e-6);
      const turn = Math.atan2(drawn[HALF], drawn[0]) * (180 / Math.PI);
      expect(Math.abs(turn)).toBeLessThan(TRAINING_WARP.rotationDegrees + 1e-4);
      expect(Math.abs(drawn[2])).toBeLessThan(TRAINING_WARP.shiftPixels / 14);
    }
    const elastic = warps.flatMap((drawn) => [...drawn.subarray(3, HALF), ...drawn.subarray(HALF + 3)]);
    const deviation = Math.sqrt(elastic.reduce((sum, value) => sum + value * value, 0) / elastic.length);
    expect(deviation * 14).toBeCloseTo(TRAINING_WARP.elasticPixels, 1);
    expect(new Set(warps.map((drawn) => drawn[0])).size).toBe(200);
  });
});

describe('the probabilities of a network', () => {
  const shape = { height: SIDE, width: SIDE, widths: [3, 4, 5, 6], k: 4 } as const;
  const network = {
    shape,
    parameters: initialParameters(classifierParameters(shape), 1),
    statistics: initialStatistics(shape),
  };

  async function probabilities(warps: number, count: number): Promise<Float32Array> {
    const graph = createOnnxGraph('probabilities');
    graph.input('view', 'float32', ['n', 1, SIDE, SIDE]);
    const tensor = addNetworkProbabilities(graph, 'view', network, { warps });
    graph.output('probabilities', tensor, 'float32', ['n', 4]);
    const session = await createSession(graph.encode());
    const view = pixels.slice(0, count * SIDE * SIDE);
    const result = await session.run({ view: hostTensor(view, [count, 1, SIDE, SIDE]) });
    return floatValues(result.probabilities);
  }

  async function plain(images: Float32Array, count: number): Promise<Float32Array> {
    const x = input('x', [count, SIDE, SIDE, 1]);
    return (await runProgram({ y: softmax(trainedScores(x, shape, network)) }, { x: images })).y;
  }

  it('without warps are the network’s own', async () => {
    expect(relativeError(await probabilities(0, 2), await plain(pixels, 2))).toBeLessThan(1e-5);
  });

  it('with warps are the mean over looks, the image itself counted twice', async () => {
    const warps = 5;
    const numbers = new Float32Array(warps * WARP_NUMBERS);
    drawWarps(createRandom(0, 'looks'), MILD_WARP, numbers);
    const points = warpPoints(numbers, SIDE, SIDE);
    const expected = await plain(pixels, 2);
    expected.forEach((value, place) => {
      expected[place] = 2 * value;
    });
    for (let look = 0; look < warps; look++) {
      const grid = points.subarray(look * SIDE * SIDE * 2, (look + 1) * SIDE * SIDE * 2);
      const both = Float32Array.from([...grid, ...grid]);
      const sampled = gridSample(reshape(images, [2, SIDE, SIDE, 1]), input('grid', [2, SIDE, SIDE, 2]));
      const { y } = await runProgram({ y: sampled }, { images: pixels, grid: both });
      const looked = await plain(y, 2);
      looked.forEach((value, place) => {
        expected[place] += value;
      });
    }
    const mean = expected.map((value) => value / (warps + 2));
    expect(relativeError(await probabilities(warps, 2), mean)).toBeLessThan(1e-4);
  });

  it('of an image do not depend on the batch', async () => {
    const both = await probabilities(3, 2);
    expect(relativeError(await probabilities(3, 1), both.subarray(0, 4))).toBeLessThan(1e-6);
  });
});
