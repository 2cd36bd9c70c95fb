// Convolutions as ONNX's own Conv and ConvTranspose: for models that only run, on any number of images.
// Slower than gathers and products, but the batch may vary and the model reads like everybody else's.
import type { OnnxGraph } from '../onnx/onnx.js';
import type { ConvolutionGeometry, Value } from '../program.js';

type Attributes = Record<string, number | readonly number[]>;

/** Lowers `y`, a (transposed) convolution of `x` (n, h, w, c); returns a tensor of y's shape. */
export function lowerToOperator(
  graph: OnnxGraph,
  y: Value,
  geometry: ConvolutionGeometry,
  [x, kernel, bias]: readonly string[],
): string {
  const [operator, attributes] =
    y.operation.kind === 'convolution'
      ? ['Conv', convolutionAttributes(geometry)]
      : ['ConvTranspose', transposedAttributes(geometry)];
  const planes = graph.transpose(x, [0, 3, 1, 2]);
  // (k, k, c, o) → (o, c, k, k): what Conv wants of a kernel c → o and ConvTranspose of one back from o to c.
  const weights = graph.transpose(kernel, [3, 2, 0, 1]);
  const inputs = bias === undefined ? [planes, weights] : [planes, weights, bias];
  const result = graph.node(operator, inputs, { attributes });
  return graph.transpose(result, [0, 2, 3, 1]);
}

function convolutionAttributes(geometry: ConvolutionGeometry): Attributes {
  const { kernel, stride, padding } = geometry;
  const [endRows, endColumns] = endPadding(geometry);
  return {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [padding, padding, Math.max(0, endRows), Math.max(0, endColumns)],
  };
}

/** Attributes that make ConvTranspose give exactly height × width from outHeight × outWidth. */
export function transposedAttributes(geometry: ConvolutionGeometry): Attributes {
  const [endRows, endColumns] = endPadding(geometry);
  return {
    ...convolutionAttributes(geometry),
    output_padding: [Math.max(0, -endRows), Math.max(0, -endColumns)],
  };
}

/** Zero rows and columns that the last window needs after the image; negative where it ends before the image. */
function endPadding(geometry: ConvolutionGeometry): [number, number] {
  const { height, width, outHeight, outWidth, kernel, stride, padding } = geometry;
  return [
    (outHeight - 1) * stride + kernel - padding - height,
    (outWidth - 1) * stride + kernel - padding - width,
  ];
}
