// A network of pixels, as a learner: batches of warped images.
import { createRandom } from '../../core/random.js';
import { writeModel } from '../../engine/lowering.js';
import { crossEntropy, pixels, reshape, scale, softmax } from '../../engine/operations.js';
import { ANY, byteInput } from '../../engine/program.js';
import { hostTensor } from '../../engine/runtime/session.js';
import { adam, averaged } from '../../engine/training/optimizers.js';
import type { StepProgram } from '../../engine/training/train-step.js';
import {
  classifierParameters,
  classifierScores,
  initialStatistics,
  normalizingByBatch,
  SMALLEST_SIDE,
  trainedScores,
  type Widths,
} from '../../models/classifier-network.js';
import { drawWarps, TRAINING_WARP, WARP_NUMBERS, warped } from './augmentation.js';
import type { ImagePlan, Learner, LearnerShare } from './learner.js';

/** β₂ of 0.99 instead of 0.999: a schedule of two thousand steps has no time for a longer memory. */
const OPTIMIZER = averaged(adam({ firstDecay: 0.9, secondDecay: 0.99, weightDecay: 1e-4 }));

/** Throws a RangeError where the views are not two of `count` square images that are large enough. */
export function imagePlan(
  views: readonly Uint8Array[],
  { count, widths, k }: { readonly count: number; readonly widths: Widths; readonly k: number },
): ImagePlan {
  const side = Math.sqrt(views[0].length / count);
  if (views.length !== 2 || !Number.isInteger(side) || side < SMALLEST_SIDE) {
    throw new RangeError(
      `imagePlan: wanted two views of square images, ${SMALLEST_SIDE} pixels or more a side`,
    );
  }
  return { kind: 'images', views, shape: { height: side, width: side, widths, k } };
}

export function parametersOfImages({ shape }: ImagePlan) {
  return classifierParameters(shape);
}

export function imageLearner({ views, shape }: ImagePlan, share: LearnerShare): Learner {
  const { batchSize, first, end, network, seed } = share;
  const { height, width, k } = shape;
  const pixelsPerImage = height * width;
  const places = end - first;
  const view = views[network];
  const warps = createRandom(seed, `warps of network ${network}`);
  // Of the whole batch: the warps of an image do not depend on the number of threads.
  const drawn = new Float32Array(batchSize * WARP_NUMBERS);

  const pixelsOf = (images: Uint32Array): Uint8Array => {
    const rows = new Uint8Array(images.length * pixelsPerImage);
    images.forEach((image, row) => {
      const own = view.subarray(image * pixelsPerImage, (image + 1) * pixelsPerImage);
      rows.set(own, row * pixelsPerImage);
    });
    return rows;
  };

  /** From raw pixels, warps and one-hot targets. */
  const program: StepProgram = {
    inputs: {
      images: { type: 'uint8', shape: [places, pixelsPerImage] },
      targets: { type: 'float32', shape: [places, k] },
      warps: { type: 'float32', shape: [places, WARP_NUMBERS] },
    },
    build(inputs, declare) {
      const images = reshape(pixels(inputs.images), [places, height, width, 1]);
      const { normalize, statistics } = normalizingByBatch(batchSize);
      const scores = classifierScores(warped(images, inputs.warps), shape, declare, normalize);
      return { loss: scale(crossEntropy(scores, inputs.targets), 1 / batchSize), statistics };
    },
  };

  return {
    optimizer: OPTIMIZER,
    statistics: initialStatistics(shape),
    program,
    feeds(images, kinds) {
      const targets = new Float32Array(images.length * k);
      kinds.forEach((kind, row) => {
        targets[row * k + kind] = 1;
      });
      const numbers = new Float32Array(images.length * WARP_NUMBERS);
      for (let row = 0; row < images.length; row += places) {
        drawWarps(warps, TRAINING_WARP, drawn);
        numbers.set(drawn.subarray(first * WARP_NUMBERS, end * WARP_NUMBERS), row * WARP_NUMBERS);
      }
      return { images: pixelsOf(images), targets, warps: numbers };
    },
    /** Of the images as they are. */
    predictionModel(trained) {
      const images = reshape(pixels(byteInput('images', [ANY, pixelsPerImage])), [ANY, height, width, 1]);
      return writeModel({ probabilities: softmax(trainedScores(images, shape, trained)) }, 'classifier');
    },
    rows: (images) => ({ images: hostTensor(pixelsOf(images), [images.length, pixelsPerImage]) }),
  };
}
