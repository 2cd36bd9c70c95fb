// Does confidence mean what it says? Images in bins of equal width, mean confidence against the share that is
// right (Naeini, Cooper & Hauskrecht 2015; Guo et al. 2017, section 2).

export interface Reliability {
  /** Mean distance between confidence and accuracy over the images, bin by bin: 0 … 1. */
  readonly expectedCalibrationError: number;
  /** Bins that hold images, least confident first. */
  readonly bins: readonly ReliabilityBin[];
}

export interface ReliabilityBin {
  readonly images: number;
  /** Mean over the bin. */
  readonly confidence: number;
  /** Share that is right. */
  readonly accuracy: number;
}

const BINS = 15;

/** confidence (n), correct (n) → the table. */
export function reliabilityOf(confidence: Float32Array, correct: readonly boolean[]): Reliability {
  if (confidence.length !== correct.length) {
    throw new RangeError(`reliabilityOf: ${confidence.length} confidences, ${correct.length} verdicts`);
  }
  const images = new Float64Array(BINS);
  const sums = new Float64Array(BINS);
  const right = new Float64Array(BINS);
  confidence.forEach((value, image) => {
    const bin = Math.min(BINS - 1, Math.floor(value * BINS));
    images[bin]++;
    sums[bin] += value;
    if (correct[image]) right[bin]++;
  });
  let error = 0;
  const bins: ReliabilityBin[] = [];
  images.forEach((count, bin) => {
    if (count === 0) return;
    error += Math.abs(sums[bin] - right[bin]);
    bins.push({ images: count, confidence: sums[bin] / count, accuracy: right[bin] / count });
  });
  return { expectedCalibrationError: confidence.length === 0 ? 0 : error / confidence.length, bins };
}
