// Whole steps on one flat vector: what is remembered and averaged, and that the steps of a call are the same
// as a call each.
import { expect, it } from 'vitest';
import { columnSum, matmul, scale, subtract, sumOfSquares } from '#kindred/engine/operations.js';
import { adam, averaged } from '#kindred/engine/training/optimizers.js';
import { initialVectors, openStepper, type Stepper, trainedOf } from '#kindred/engine/training/stepper.js';
import { declaredBy, type StepProgram, writeTraining } from '#kindred/engine/training/train-step.js';
import { normals } from '../support/numbers.js';

const ROWS = 4;
const START = { parameters: Float32Array.of(1, -1, 0.5), statistics: Float32Array.of(10, 20) };

/** Least squares with two weights and a bias; remembers the mean of each column of x. */
const PROGRAM: StepProgram = {
  inputs: {
    x: { type: 'float32', shape: [ROWS, 2] },
    y: { type: 'float32', shape: [ROWS, 1] },
  },
  build({ x, y }, declare) {
    const weights = declare('weights', [2, 1], { kind: 'uniform', bound: 1 });
    const bias = declare('bias', [1], { kind: 'constant', bound: 0 });
    const loss = scale(sumOfSquares(subtract(matmul(x, weights, bias), y)), 1 / ROWS);
    return { loss, statistics: [scale(columnSum(x), 1 / ROWS)] };
  },
};

const xOf = (step: number) => normals(2 * ROWS, `x of step ${step}`);
const yOf = (step: number) => normals(ROWS, `y of step ${step}`);

function open(): Promise<Stepper> {
  const optimizer = averaged(adam({ secondDecay: 0.99 }));
  const { specs, statistics } = declaredBy(PROGRAM);
  expect(specs.map(({ name, offset, length }) => [name, offset, length])).toEqual([
    ['weights', 0, 2],
    ['bias', 2, 1],
  ]);
  expect(statistics).toBe(2);
  return openStepper(writeTraining(PROGRAM, optimizer), initialVectors(START, optimizer), optimizer);
}

/** Does the steps [first, first + count) in one call. */
function run(stepper: Stepper, first: number, count: number): Promise<Float32Array> {
  const steps = Array.from({ length: count }, (_, index) => first + index);
  const joined = (values: (step: number) => Float32Array) =>
    Float32Array.from(steps.flatMap((step) => [...values(step)]));
  return stepper.run(
    steps.map((step) => 0.1 / (step + 1)),
    { x: joined(xOf), y: joined(yOf) },
  );
}

it('several steps a call are the same as a call each', async () => {
  const [together, apart] = [await open(), await open()];
  const losses = await run(together, 0, 5);
  const single: number[] = [];
  for (let step = 0; step < 5; step++) single.push(...(await run(apart, step, 1)));
  expect([...losses]).toEqual(single);
  expect(together.vectors()).toEqual(apart.vectors());
  expect(together.step).toBe(5);
});

it('averages are those of the formula', async () => {
  const stepper = await open();
  let [parameters, statistics] = [[...START.parameters], [...START.statistics]];
  let remembered = [...START.statistics];
  let before: Float32Array = START.parameters;
  for (let step = 0; step < 4; step++) {
    await run(stepper, step, 1);
    const number = step + 1;
    const kept = number / (number + 10);
    const averages = trainedOf(stepper.vectors());
    // The parameters themselves are not handed out: the average says what they must have been.
    const latest = [...averages.parameters].map(
      (value, index) => (value - kept * parameters[index]) / (1 - kept),
    );
    latest.forEach((value, index) => {
      // A step of Adam is about as long as its rate.
      expect(Math.abs(value - before[index])).toBeLessThan(2.5 * (0.1 / number) + 1e-4);
    });
    const means = [0, 1].map((column) => {
      const values = [...xOf(step)].filter((_, index) => index % 2 === column);
      return values.reduce((sum, value) => sum + value, 0) / ROWS;
    });
    remembered = remembered.map((value, index) => 0.9 * value + 0.1 * means[index]);
    statistics = statistics.map((value, index) => kept * value + (1 - kept) * remembered[index]);
    statistics.forEach((value, index) => {
      expect(averages.statistics[index]).toBeCloseTo(value, 4);
    });
    parameters = [...averages.parameters];
    before = Float32Array.from(latest);
  }
});

it('learns: the loss of a fixed batch falls', async () => {
  const stepper = await open();
  const count = 60;
  const repeated = (values: Float32Array) =>
    Float32Array.from(Array.from({ length: count }, () => [...values]).flat());
  const losses = await stepper.run(new Array(count).fill(0.05), {
    x: repeated(xOf(0)),
    y: repeated(yOf(0)),
  });
  expect(losses[count - 1]).toBeLessThan(0.5 * losses[0]);
});
