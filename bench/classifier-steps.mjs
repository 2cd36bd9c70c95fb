// Our side of the rows cnn-1 and cnn-2: the classifier of kin, a network a thread as in the product, trained on
// what needs no label: in which of ten upright bands of an image the most ink is.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { crossEntropy, pixels, reshape, scale } from '../dist/engine/operations.js';
import { initialParameters } from '../dist/engine/parameters.js';
import { adam, averaged } from '../dist/engine/training/optimizers.js';
import { createBatchOrder } from '../dist/engine/training/schedule.js';
import { initialVectors, openStepper } from '../dist/engine/training/stepper.js';
import { declaredBy, writeTraining } from '../dist/engine/training/train-step.js';
import {
  classifierScores,
  initialStatistics,
  normalizingByBatch,
} from '../dist/models/classifier-network.js';

const SIDE = 28;
const PIXELS = SIDE * SIDE;
const BANDS = 10;
const STEPS_A_CALL = 4;

/** Trains `networks` networks at once for `seconds`; milliseconds a step, counting the steps of all. */
export async function classifierTurn(images, request) {
  const workers = Array.from(
    { length: request.networks },
    (_, seed) => new Worker(new URL(import.meta.url), { workerData: { images, seed, ...request } }),
  );
  const results = await Promise.all(
    workers.map(
      (worker) => new Promise((resolve, reject) => worker.on('message', resolve).on('error', reject)),
    ),
  );
  await Promise.all(workers.map((worker) => worker.terminate()));
  const rate = results.reduce((sum, { milliseconds }) => sum + 1 / milliseconds, 0);
  return { milliseconds: 1 / rate, loss: results[0].loss };
}

async function measure({ images, seed, seconds, batch, widths, marked }) {
  const optimizer = averaged(adam({ firstDecay: 0.9, secondDecay: 0.99, weightDecay: 1e-4 }));
  const shape = { height: SIDE, width: SIDE, widths, k: BANDS };
  const program = {
    inputs: {
      images: { type: 'uint8', shape: [batch, PIXELS] },
      targets: { type: 'float32', shape: [batch, BANDS] },
    },
    build(inputs, declare) {
      const { normalize, statistics } = normalizingByBatch();
      const pictures = reshape(pixels(inputs.images), [batch, SIDE, SIDE, 1]);
      const scores = classifierScores(pictures, shape, declare, normalize);
      return { loss: scale(crossEntropy(scores, inputs.targets), 1 / batch), statistics };
    },
  };
  const parameters = initialParameters(declaredBy(program).specs, seed);
  const vectors = initialVectors({ parameters, statistics: initialStatistics(shape) }, optimizer);
  const stepper = await openStepper(writeTraining(program, optimizer), vectors, optimizer);
  const order = createBatchOrder(images.length / PIXELS, batch, seed);
  const chosen = new Uint32Array(batch);

  async function call() {
    const inputs = new Uint8Array(STEPS_A_CALL * batch * PIXELS);
    const targets = new Float32Array(STEPS_A_CALL * batch * BANDS);
    for (let step = 0; step < STEPS_A_CALL; step++) {
      order.fill(stepper.step + step, 0, chosen);
      chosen.forEach((image, place) => {
        const row = step * batch + place;
        const picture = images.subarray(image * PIXELS, (image + 1) * PIXELS);
        inputs.set(picture, row * PIXELS);
        targets[row * BANDS + bandOf(picture)] = 1;
      });
    }
    return stepper.run(new Array(STEPS_A_CALL).fill(0.002), {
      images: inputs,
      targets,
    });
  }

  const losses = [];
  const beginning = performance.now();
  while (losses.length < marked && performance.now() - beginning < 3000 * seconds)
    losses.push(...(await call()));
  const loss = losses.slice(-10).reduce((sum, value) => sum + value, 0) / 10;
  const [first, now] = [stepper.step, performance.now()];
  while (performance.now() - now < 1000 * seconds) await call();
  return { milliseconds: (performance.now() - now) / (stepper.step - first), loss };
}

/** The band with the most ink, the first of equals. */
function bandOf(picture) {
  const ink = new Float64Array(BANDS);
  picture.forEach((value, pixel) => {
    ink[Math.floor(((pixel % SIDE) * BANDS) / SIDE)] += value;
  });
  return ink.indexOf(Math.max(...ink));
}

if (!isMainThread) {
  parentPort.postMessage(await measure(workerData));
  // Stay until the other thread ends this one.
  setInterval(() => {}, 1 << 30);
}
