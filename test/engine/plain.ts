// The engine's operations once more, as their definitions read: nested loops in double precision. Slow, and
// that is the point: nothing here is clever, so that it can judge what is.
import {
  type ConvolutionGeometry,
  type Shape,
  sizeOf,
  topologicalOrder,
  type Value,
} from '#kindred/engine/program.js';
import type { Feed } from '../support/program.js';

type Numbers = Float64Array;

/** The value of `output`, a program without ANY. */
export function plainValue(output: Value, feed: Readonly<Record<string, ArrayLike<number>>> | Feed): Numbers {
  const known = new Map<Value, Numbers>();
  for (const value of topologicalOrder([output])) {
    const inputs = value.inputs.map((source) => known.get(source)!);
    known.set(value, evaluate(value, inputs, feed));
  }
  return known.get(output)!;
}

function evaluate(y: Value, inputs: readonly Numbers[], feed: Readonly<Record<string, ArrayLike<number>>>) {
  const [a, b] = inputs;
  const { operation } = y;
  const size = sizeOf(y.shape);
  const each = (formula: (index: number) => number) =>
    Float64Array.from({ length: size }, (_, i) => formula(i));
  // The right operand, which may be a scalar or a row for the last axis.
  const right = (index: number) => b[index % b.length];
  switch (operation.kind) {
    case 'input':
      return Float64Array.from(feed[operation.name]);
    case 'constant':
      return Float64Array.from(operation.values);
    case 'pixels':
      return each((index) => a[index] / 255);
    case 'matmul':
      return matmul(y, inputs, operation);
    case 'convolution':
      return convolution(y, inputs, operation.geometry);
    case 'transposedConvolution':
      return transposedConvolution(y, inputs, operation.geometry);
    case 'kernelGradient':
      return kernelGradient(y, inputs, operation.geometry);
    case 'allReduceSum':
      return each((index) => a[index]);
    case 'relu':
      return each((index) => (a[index] > 0 ? a[index] : 0));
    case 'heaviside':
      return each((index) => (a[index] > 0 ? 1 : 0));
    case 'sigmoid':
      return each((index) => 1 / (1 + Math.exp(-a[index])));
    case 'add':
      return each((index) => a[index] + right(index));
    case 'subtract':
      return each((index) => a[index] - right(index));
    case 'multiply':
      return each((index) => a[index] * right(index));
    case 'divide':
      return each((index) => a[index] / right(index));
    case 'squareRoot':
      return each((index) => Math.sqrt(a[index]));
    case 'scale':
      return each((index) => operation.factor * a[index]);
    case 'columnSum': {
      const sums = new Float64Array(size);
      a.forEach((element, index) => {
        sums[index % size] += element;
      });
      return sums;
    }
    case 'sumOfSquares':
      return Float64Array.of(a.reduce((sum, element) => sum + element * element, 0));
    case 'reshape':
      return a;
    case 'broadcast':
      return each((index) => a[index % a.length]);
    case 'maxPool':
      return eachWindow(y.inputs[0].shape, (pixels) => a[winner(a, pixels)]);
    case 'maxPoolGradient': {
      const dx = new Float64Array(size);
      let window = 0;
      eachWindow(y.shape, (pixels) => {
        dx[winner(a, pixels)] = b[window++];
        return 0;
      });
      return dx;
    }
    case 'softmax':
      return softmax(a, y.shape[1]);
    case 'crossEntropy': {
      const logarithms = softmax(a, y.inputs[0].shape[1]).map(Math.log);
      return Float64Array.of(-logarithms.reduce((sum, value, index) => sum + value * b[index], 0));
    }
    case 'slice':
      return a.slice(operation.offset, operation.offset + size);
    case 'concatenate':
      return Float64Array.from(inputs.flatMap((values) => [...values]));
    case 'gridSample':
      return gridSample(y, inputs);
  }
}

/** Calls `value` with the four pixels (places in x) of every window and channel, in the order of the output. */
function eachWindow(
  [images, height, width, channels]: Shape,
  value: (pixels: readonly number[]) => number,
): Numbers {
  const values: number[] = [];
  for (let image = 0; image < images; image++) {
    for (let row = 0; row + 1 < height; row += 2) {
      for (let column = 0; column + 1 < width; column += 2) {
        for (let channel = 0; channel < channels; channel++) {
          const place = (down: number, right: number) =>
            ((image * height + row + down) * width + column + right) * channels + channel;
          values.push(value([place(0, 0), place(0, 1), place(1, 0), place(1, 1)]));
        }
      }
    }
  }
  return Float64Array.from(values);
}

/** The first of the pixels that is as large as any. */
function winner(x: Numbers, pixels: readonly number[]): number {
  const largest = Math.max(...pixels.map((pixel) => x[pixel]));
  return pixels.find((pixel) => x[pixel] === largest)!;
}

function softmax(x: Numbers, columns: number): Numbers {
  const powers = x.map(Math.exp);
  const sum = (row: number) =>
    powers.slice(row * columns, (row + 1) * columns).reduce((total, power) => total + power, 0);
  return powers.map((power, index) => power / sum(Math.floor(index / columns)));
}

function gridSample(
  { shape: [images, outHeight, outWidth, channels], inputs }: Value,
  [x, grid]: readonly Numbers[],
) {
  const [, height, width] = inputs[0].shape;
  const values: number[] = [];
  for (let image = 0; image < images; image++) {
    for (let point = 0; point < outHeight * outWidth; point++) {
      const place = 2 * (image * outHeight * outWidth + point);
      const column = ((grid[place] + 1) * (width - 1)) / 2;
      const row = ((grid[place + 1] + 1) * (height - 1)) / 2;
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let i = 0; i < height; i++) {
          for (let j = 0; j < width; j++) {
            const weight = Math.max(0, 1 - Math.abs(row - i)) * Math.max(0, 1 - Math.abs(column - j));
            sum += weight * x[((image * height + i) * width + j) * channels + channel];
          }
        }
        values.push(sum);
      }
    }
  }
  return Float64Array.from(values);
}

function matmul(
  { shape: [rows, columns], inputs: factors }: Value,
  [a, b, bias]: readonly Numbers[],
  { transposeA, transposeB }: { transposeA: boolean; transposeB: boolean },
): Numbers {
  const inner = factors[0].shape[transposeA ? 0 : 1];
  const y = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = bias === undefined ? 0 : bias[column];
      for (let k = 0; k < inner; k++) {
        const left = transposeA ? a[k * rows + row] : a[row * inner + k];
        const right = transposeB ? b[column * inner + k] : b[k * columns + column];
        sum += left * right;
      }
      y[row * columns + column] = sum;
    }
  }
  return y;
}

function convolution(y: Value, [x, kernel, bias]: readonly Numbers[], geometry: ConvolutionGeometry) {
  const [images] = y.shape;
  const [, , channels, outChannels] = y.inputs[1].shape;
  const result = startingAt(bias, y.shape);
  eachProduct(images, channels, outChannels, geometry, (pixel, tap, out) => {
    result[out] += x[pixel] * kernel[tap];
  });
  return result;
}

function transposedConvolution(
  y: Value,
  [x, kernel, bias]: readonly Numbers[],
  geometry: ConvolutionGeometry,
) {
  const [images] = y.shape;
  const [, , channels, outChannels] = y.inputs[1].shape;
  const result = startingAt(bias, y.shape);
  eachProduct(images, channels, outChannels, geometry, (pixel, tap, out) => {
    result[pixel] += x[out] * kernel[tap];
  });
  return result;
}

function kernelGradient(y: Value, [x, dy]: readonly Numbers[], geometry: ConvolutionGeometry) {
  const [, , channels, outChannels] = y.shape;
  const result = new Float64Array(sizeOf(y.shape));
  eachProduct(y.inputs[0].shape[0], channels, outChannels, geometry, (pixel, tap, out) => {
    result[tap] += x[pixel] * dy[out];
  });
  return result;
}

/** Zeros, or the bias in every pixel. */
function startingAt(bias: Numbers | undefined, shape: Shape): Numbers {
  return Float64Array.from({ length: sizeOf(shape) }, (_, index) =>
    bias === undefined ? 0 : bias[index % bias.length],
  );
}

/** Visits every product of a convolution: an input pixel's channel, a kernel element, an output's channel. */
function eachProduct(
  images: number,
  channels: number,
  outChannels: number,
  { height, width, outHeight, outWidth, kernel, stride, padding }: ConvolutionGeometry,
  visit: (pixel: number, tap: number, out: number) => void,
): void {
  for (let image = 0; image < images; image++) {
    for (let i = 0; i < outHeight; i++) {
      for (let j = 0; j < outWidth; j++) {
        for (let u = 0; u < kernel; u++) {
          for (let v = 0; v < kernel; v++) {
            const [row, column] = [i * stride + u - padding, j * stride + v - padding];
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            const pixel = ((image * height + row) * width + column) * channels;
            const tap = (u * kernel + v) * channels;
            const out = ((image * outHeight + i) * outWidth + j) * outChannels;
            for (let c = 0; c < channels; c++) {
              for (let o = 0; o < outChannels; o++) visit(pixel + c, (tap + c) * outChannels + o, out + o);
            }
          }
        }
      }
    }
  }
}
