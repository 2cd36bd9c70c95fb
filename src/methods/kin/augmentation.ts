// Warped copies of images: rotation, scale, shear, shift and a smooth elastic displacement, bilinear, zero
// outside. Networks that never see the same picture twice learn the kind and not the picture (Simard et al.
// 2003); a few mild warps make the prediction for an image steadier.
//
// A warp is linear in few numbers: the sampling point of pixel (x, y), from −1 to 1, is
//   x' = a·x + b·y + c + Σ d_i·B_i(x, y)     and the same for y' with numbers of its own,
// where B_i are the bicubic bumps of a coarse grid of control points. So the points of a whole batch are one
// matrix product in the training graph, and only the numbers are drawn in JavaScript.
import type { Random } from '../../core/random.js';
import { gridSample, matmul, reshape } from '../../engine/operations.js';
import { constant, type Value } from '../../engine/program.js';

/** How far a warp may go; each number is drawn uniformly in ± its bound, the elastic ones are normal. */
export interface WarpStrength {
  readonly rotationDegrees: number;
  /** Natural logarithm of the scale, for each axis. */
  readonly logScale: number;
  readonly shear: number;
  /** For an image 28 pixels wide; in proportion for others. */
  readonly shiftPixels: number;
  /** Standard deviation of each control point, for an image 28 pixels wide. */
  readonly elasticPixels: number;
}

/** Of training: the strongest under which a digit stays itself (6 and 9 are 180° apart, 4 and 9 a stroke). */
export const TRAINING_WARP: WarpStrength = {
  rotationDegrees: 15,
  logScale: 0.15,
  shear: 0.2,
  shiftPixels: 2,
  elasticPixels: 1,
};

/** Of prediction. */
export const MILD_WARP: WarpStrength = {
  rotationDegrees: 6,
  logScale: 0.06,
  shear: 0.08,
  shiftPixels: 1,
  elasticPixels: 0.3,
};

/** Control points a side. */
const CONTROL = 5;
/** Numbers a coordinate: of x, of y, constant, and one a control point. */
const TERMS = 3 + CONTROL * CONTROL;
/** Numbers of one warp. */
export const WARP_NUMBERS = 2 * TERMS;
/** Half of an image's side, in pixels of the bounds above. */
const HALF_SIDE = 14;

/** images (n, h, w, 1) and the numbers of a warp for each (n, WARP_NUMBERS) → warped images (n, h, w, 1). */
export function warped(images: Value, numbers: Value): Value {
  const [count, height, width] = images.shape;
  const basis = constant(warpBasis(height, width), [WARP_NUMBERS, height * width * 2]);
  return gridSample(images, reshape(matmul(numbers, basis), [count, height, width, 2]));
}

/** Fills `target` (n, WARP_NUMBERS) with warps. */
export function drawWarps(random: Random, strength: WarpStrength, target: Float32Array): void {
  const within = (bound: number) => (2 * random.uniform() - 1) * bound;
  for (let start = 0; start < target.length; start += WARP_NUMBERS) {
    const angle = (within(strength.rotationDegrees) * Math.PI) / 180;
    const [scaleX, scaleY] = [Math.exp(within(strength.logScale)), Math.exp(within(strength.logScale))];
    const shear = within(strength.shear);
    const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
    // Rotation · shear · scale.
    target[start] = cosine * scaleX;
    target[start + 1] = (cosine * shear - sine) * scaleY;
    target[start + 2] = within(strength.shiftPixels) / HALF_SIDE;
    target[start + TERMS] = sine * scaleX;
    target[start + TERMS + 1] = (sine * shear + cosine) * scaleY;
    target[start + TERMS + 2] = within(strength.shiftPixels) / HALF_SIDE;
    for (let coordinate = 0; coordinate < 2; coordinate++) {
      const first = start + coordinate * TERMS + 3;
      for (let point = first; point < first + CONTROL * CONTROL; point++) {
        target[point] = (random.normal() * strength.elasticPixels) / HALF_SIDE;
      }
    }
  }
}

/** The sampling points of warps given by `numbers` (n, WARP_NUMBERS) → (n, h, w, 2), computed here and now. */
export function warpPoints(numbers: Float32Array, height: number, width: number): Float32Array {
  const basis = warpBasis(height, width);
  const count = numbers.length / WARP_NUMBERS;
  const columns = height * width * 2;
  const points = new Float32Array(count * columns);
  for (let warp = 0; warp < count; warp++) {
    for (let term = 0; term < WARP_NUMBERS; term++) {
      const number = numbers[warp * WARP_NUMBERS + term];
      for (let column = 0; column < columns; column++) {
        points[warp * columns + column] += number * basis[term * columns + column];
      }
    }
  }
  return points;
}

/** What each number of a warp moves: (WARP_NUMBERS, h·w·2), x and y interleaved. */
function warpBasis(height: number, width: number): Float32Array {
  const [rows, columns] = [cubicWeights(height), cubicWeights(width)];
  const basis = new Float32Array(WARP_NUMBERS * height * width * 2);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const terms = [(2 * column) / (width - 1) - 1, (2 * row) / (height - 1) - 1, 1];
      for (let i = 0; i < CONTROL; i++) {
        for (let j = 0; j < CONTROL; j++) {
          terms.push(rows[row * CONTROL + i] * columns[column * CONTROL + j]);
        }
      }
      const pixel = (row * width + column) * 2;
      terms.forEach((value, term) => {
        basis[term * height * width * 2 + pixel] = value;
        basis[(TERMS + term) * height * width * 2 + pixel + 1] = value;
      });
    }
  }
  return basis;
}

/** The parameter of the cubic kernel (Keys 1981) that image libraries use. */
const SHARPNESS = -0.75;

/** Weights of the control points for each of `length` pixels, first and last on the border: (length, CONTROL). */
function cubicWeights(length: number): Float32Array {
  const weights = new Float32Array(length * CONTROL);
  for (let pixel = 0; pixel < length; pixel++) {
    const place = (pixel * (CONTROL - 1)) / (length - 1);
    const first = Math.floor(place) - 1;
    for (let point = first; point < first + 4; point++) {
      const distance = Math.abs(place - point);
      const inside = Math.min(CONTROL - 1, Math.max(0, point));
      weights[pixel * CONTROL + inside] += cubicKernel(distance);
    }
  }
  return weights;
}

function cubicKernel(distance: number): number {
  const a = SHARPNESS;
  if (distance <= 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
  if (distance < 2) return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a;
  return 0;
}
