// Makes a probability mean what it says: one temperature for all images, fitted so that images whose answer is
// given 90 % agree with their neighbourhood in nine of ten cases.
//
// Guo, Pleiss, Sun & Weinberger, "On Calibration of Modern Neural Networks" (2017), section 4.2. They fit to
// labels; here the neighbourhood's vote stands in for them.
import type { OnnxGraph } from '../../engine/onnx/onnx.js';

/** Shares below this count as this much: no vote of twenty neighbours excludes a kind for certain. */
const LEAST_PROBABILITY = 0.01;

const TEMPERATURE_RANGE = [0.05, 20] as const;
const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** Narrows the range of log T to a thousandth. */
const SEARCH_STEPS = 18;
/** One number needs no more images than this. */
const MOST_IMAGES = 10_000;

/**
 * probabilities (n, k), targets (n; −1 is left out) → the temperature T that makes
 * softmax(log(probability + LEAST_PROBABILITY) / T) the likeliest source of the targets. 1 without targets.
 */
export function fitTemperature(probabilities: Float32Array, k: number, targets: Int32Array): number {
  if (!targets.some((target) => target >= 0)) return 1;
  const cost = (logT: number) => negativeLogLikelihood(probabilities, k, targets, Math.exp(logT));
  // The likelihood has one maximum in log T: golden section.
  let [low, high] = TEMPERATURE_RANGE.map(Math.log);
  let [left, right] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
  let [leftCost, rightCost] = [cost(left), cost(right)];
  for (let step = 0; step < SEARCH_STEPS; step++) {
    if (leftCost <= rightCost) {
      [high, right, rightCost] = [right, left, leftCost];
      left = high - GOLDEN * (high - low);
      leftCost = cost(left);
    } else {
      [low, left, leftCost] = [left, right, rightCost];
      right = low + GOLDEN * (high - low);
      rightCost = cost(right);
    }
  }
  return Math.exp((low + high) / 2);
}

/** probabilities (n, k), assignment (n) → (n): the calibrated probability of each image's kind; 0 for one in none. */
export function calibratedConfidence(
  probabilities: Float32Array,
  k: number,
  temperature: number,
  assignment: Int32Array,
): Float32Array {
  return Float32Array.from(assignment, (kind, image) =>
    kind < 0 ? 0 : calibrated(probabilities, k, image, kind, temperature),
  );
}

/** The largest calibrated probability, as a part of a model: probabilities (n, k) → (n). */
export function addConfidence(graph: OnnxGraph, probabilities: string, temperature: number): string {
  const logarithm = graph.node('Log', [graph.node('Add', [probabilities, graph.scalar(LEAST_PROBABILITY)])]);
  const logits = graph.node('Mul', [logarithm, graph.scalar(1 / temperature)]);
  const calibrated = graph.node('Softmax', [logits], { attributes: { axis: 1 } });
  return graph.node('ReduceMax', [calibrated, graph.integers([1])], { attributes: { keepdims: 0 } });
}

function negativeLogLikelihood(
  probabilities: Float32Array,
  k: number,
  targets: Int32Array,
  temperature: number,
): number {
  let sum = 0;
  const stride = Math.max(1, Math.floor(targets.length / MOST_IMAGES));
  for (let image = 0; image < targets.length; image += stride) {
    const target = targets[image];
    if (target >= 0) sum -= Math.log(calibrated(probabilities, k, image, target, temperature));
  }
  return sum;
}

/** The probability of `kind` for `image`, of a row of probabilities that are sharpened and sum to 1 again. */
function calibrated(
  probabilities: Float32Array,
  k: number,
  image: number,
  kind: number,
  temperature: number,
): number {
  const sharpened = (at: number) => (probabilities[at] + LEAST_PROBABILITY) ** (1 / temperature);
  let sum = 0;
  for (let at = image * k; at < (image + 1) * k; at++) sum += sharpened(at);
  return sharpened(image * k + kind) / sum;
}
