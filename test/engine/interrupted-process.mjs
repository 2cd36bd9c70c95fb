// A process of its own for interrupted.test.ts: what is interrupted inside ONNX Runtime may take the whole
// process down, and then it should not be the test's.
import { writeModel } from '#kindred/engine/lowering.js';
import { matmul, pixels, relu, sumOfSquares } from '#kindred/engine/operations.js';
import { ANY, byteInput, constant } from '#kindred/engine/program.js';
import { runModel } from '#kindred/engine/runtime/model-runner.js';
import { train } from '#kindred/engine/training/trainer.js';

const WIDTH = 784;
const data = new Uint8Array(new SharedArrayBuffer(WIDTH * 5000));
const weights = constant(new Float32Array(WIDTH * WIDTH).fill(0.01), [WIDTH, WIDTH]);

async function trainWithObserverThatFails(workers) {
  const start = { step: 0, parameters: new Float32Array(WIDTH * WIDTH), states: [] };
  const uniform = { kind: 'constant', bound: 0 };
  const lossOf = (batch, declare) =>
    sumOfSquares(matmul(pixels(batch), declare('weights', [WIDTH, WIDTH], uniform)));
  const job = {
    lossOf,
    images: { data, count: 5000, pixels: WIDTH },
    start,
    steps: 1_000_000,
    batchSize: 128,
    optimizer: 'sgd',
    learningRate: 0.01,
    warmUpSteps: 0,
    seed: 1,
    workers,
    coresPerWorker: 1,
    snapshotEvery: 3,
  };
  const onSnapshot = () => Promise.reject(new Error('no room on the disk'));
  await train(job, { signal: new AbortController().signal, onStep() {}, onSnapshot });
}

async function runModelUntilInterrupted(rows) {
  let value = pixels(byteInput('images', [ANY, WIDTH]));
  for (let layer = 0; layer < 10; layer++) value = relu(matmul(value, weights));
  const model = writeModel({ code: value }, 'deep');
  const controller = new AbortController();
  if (rows === 0) controller.abort();
  const report = ({ done }) => done > rows && controller.abort();
  const input = { inputName: 'images', data, shape: [WIDTH], count: 5000 };
  const options = { threads: 2, stage: 'encode', unit: 'images', report, signal: controller.signal };
  await runModel(model, input, [{ name: 'code', columns: WIDTH }], options);
}

const WAYS = {
  'train-1': () => trainWithObserverThatFails(1),
  'train-2': () => trainWithObserverThatFails(2),
  'run-at-once': () => runModelUntilInterrupted(0),
  'run-midway': () => runModelUntilInterrupted(700),
};

// Several times: only some moments are bad ones.
const messages = new Set();
for (let attempt = 0; attempt < 4; attempt++) {
  const message = await WAYS[process.argv[2]]().then(
    () => 'finished',
    ({ name, message: text }) => `${name}: ${text}`,
  );
  messages.add(message);
}
process.stdout.write([...messages].join('\n'));
