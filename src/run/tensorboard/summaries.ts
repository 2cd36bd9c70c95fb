// What TensorFlow's mnist_with_summaries example records of every variable and activation: mean, standard
// deviation, extremes and a histogram.
import type { EventWriter } from './event-writer.js';

export interface Statistics {
  readonly mean: number;
  /** Of the population (divided by n), as the example computes it. */
  readonly standardDeviation: number;
  readonly minimum: number;
  readonly maximum: number;
}

/**
 * Statistics of `values` in one pass. A NaN makes all four NaN and an infinity shows in mean and extreme, as
 * in TensorFlow: a network that diverged must not look healthy. Of no values: all NaN.
 */
export function statistics(values: Float32Array): Statistics {
  if (values.length === 0) {
    return { mean: Number.NaN, standardDeviation: Number.NaN, minimum: Number.NaN, maximum: Number.NaN };
  }
  // Sums of differences from one of the values: plain sums of squares would cancel where the mean is large.
  const origin = Number.isFinite(values[0]) ? values[0] : 0;
  let [sum, sumOfSquares] = [0, 0];
  let [minimum, maximum] = [values[0], values[0]];
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    const difference = value - origin;
    sum += difference;
    sumOfSquares += difference * difference;
    // The second test lets a NaN in; no later value is below or above it.
    if (value < minimum || Number.isNaN(value)) minimum = value;
    if (value > maximum || Number.isNaN(value)) maximum = value;
  }
  const meanDifference = sum / values.length;
  const variance = sumOfSquares / values.length - meanDifference * meanDifference;
  return {
    mean: origin + meanDifference,
    standardDeviation: Math.sqrt(Math.max(0, variance)),
    minimum,
    maximum,
  };
}

/**
 * Writes the five summaries of a variable or activation `tag`, such as `encoder/weights`:
 * `<tag>/summaries/mean`, `stddev`, `max`, `min` and `histogram`.
 */
export function summarise(writer: EventWriter, tag: string, step: number, values: Float32Array): void {
  const { mean, standardDeviation, minimum, maximum } = statistics(values);
  writer.scalar(`${tag}/summaries/mean`, step, mean);
  writer.scalar(`${tag}/summaries/stddev`, step, standardDeviation);
  writer.scalar(`${tag}/summaries/max`, step, maximum);
  writer.scalar(`${tag}/summaries/min`, step, minimum);
  writer.histogram(`${tag}/summaries/histogram`, step, values);
}
