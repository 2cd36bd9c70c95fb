// Writes a program as an ONNX graph: one rule an operation, in one table. The formulations are the fastest
// known on ONNX Runtime's CPU kernels; the reason stands beside each that is not the obvious one.
import {
  type ConvolutionContext,
  lowerConvolution,
  lowerKernelGradient,
  lowerTransposedConvolution,
} from './convolution.js';
import { lowerToOperator } from './convolution-operators.js';
import { type Placed, placeChunks, placeWhole } from './layout.js';
import { type Attribute, createOnnxGraph, type Extent, float, type OnnxGraph } from './onnx.js';
import {
  ANY,
  type ConvolutionGeometry,
  inOrder,
  type Operation,
  type OperationKind,
  type Shape,
  type Value,
} from './program.js';

interface Context extends ConvolutionContext {
  /** Tensors of the graph that stand for inputs of the program, by the input's name. */
  readonly given: Readonly<Record<string, string>>;
}
type Rule<O> = (y: Value, context: Context, operation: O) => Placed;
type RuleTable = { readonly [K in OperationKind]: Rule<Extract<Operation, { kind: K }>> };

const RULES: RuleTable = {
  input: (y, { graph, given }, { name }) =>
    placeWhole(graph, y, given[name] ?? graph.input(name, y.type, onnxShape(y.shape))),
  constant: (y, { graph }, { values }) => placeWhole(graph, y, graph.constant(values, y.shape)),
  pixels: (y, context) => {
    const { graph, placed } = context;
    const cast = graph.node('Cast', [placed(y.inputs[0]).whole()], { attributes: { to: 1 } });
    return placeWhole(graph, y, graph.node('Mul', [cast, graph.scalar(1 / 255)]));
  },
  matmul: (y, { graph, placed }, { transposeA, transposeB }) => {
    const factors = y.inputs.map((factor) => placed(factor).whole());
    const attributes = { transA: Number(transposeA), transB: Number(transposeB) };
    return placeWhole(graph, y, graph.node('Gemm', factors, { attributes }));
  },
  convolution: (y, context, { geometry }) => convolve(y, context, geometry, lowerConvolution),
  transposedConvolution: (y, context, { geometry }) =>
    convolve(y, context, geometry, lowerTransposedConvolution),
  kernelGradient: (y, context, { geometry }) => lowerKernelGradient(y, geometry, context),
  relu: (y, context) => elementwise(y, context, 'Relu'),
  // Saturated at once on either side of zero; Where and Sign are slower.
  step: (y, context) => elementwise(y, context, 'HardSigmoid', [], { alpha: float(1e30), beta: float(0) }),
  sigmoid: (y, context) => elementwise(y, context, 'Sigmoid'),
  add: (y, context) => elementwise(y, context, 'Add'),
  subtract: (y, context) => elementwise(y, context, 'Sub'),
  multiply: (y, context) => elementwise(y, context, 'Mul'),
  divide: (y, context) => elementwise(y, context, 'Div'),
  squareRoot: (y, context) => elementwise(y, context, 'Sqrt'),
  scale: (y, context, { factor }) => elementwise(y, context, 'Mul', [context.graph.scalar(factor)]),
  columnSum: (y, context) => {
    const axes = y.inputs[0].shape.slice(1).map((_, axis) => axis);
    return reduce(y, context, 'ReduceSum', axes);
  },
  sumOfSquares: (y, context) => reduce(y, context, 'ReduceSumSquare', null),
  reshape: (y, { graph, placed }) => {
    const shape = graph.integers(y.shape);
    return placeWhole(graph, y, graph.node('Reshape', [placed(y.inputs[0]).whole(), shape]));
  },
};

export interface ModelOptions {
  readonly name: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The program that computes `outputs`, as the bytes of an ONNX model with outputs of those names. */
export function writeModel(
  outputs: Readonly<Record<string, Value>>,
  { name, metadata }: ModelOptions,
): Uint8Array<ArrayBuffer> {
  const graph = createOnnxGraph(name);
  const tensors = writeInto(graph, Object.values(outputs));
  Object.entries(outputs).forEach(([outputName, value], index) => {
    graph.output(outputName, tensors[index], value.type, onnxShape(value.shape));
  });
  return graph.encode(metadata);
}

/**
 * Writes the program that computes `values` into a graph and returns the values' tensors. Inputs of the
 * program become inputs of the graph, but for those that tensors are `given` for.
 */
export function writeInto(
  graph: OnnxGraph,
  values: readonly Value[],
  given: Readonly<Record<string, string>> = {},
): string[] {
  const places = new Map<Value, Placed>();
  const context: Context = {
    graph,
    given,
    placed: (value) => places.get(value)!,
    keptPatches: new Map(),
  };
  for (const value of inOrder(values)) {
    const rule = RULES[value.operation.kind] as Rule<Operation>;
    places.set(value, rule(value, context, value.operation));
  }
  return values.map((value) => context.placed(value).whole());
}

function elementwise(
  y: Value,
  { graph, placed }: Context,
  operator: string,
  more: readonly string[] = [],
  attributes: Record<string, Attribute> = {},
): Placed {
  const inputs = y.inputs.map(placed);
  if (!inputs.some((source) => source.isChunked)) {
    const tensors = inputs.map((source) => source.whole());
    return placeWhole(graph, y, graph.node(operator, [...tensors, ...more], { attributes }));
  }
  const isScalar = y.inputs.map((source) => source.shape.length === 0);
  const count = inputs.find((source) => source.isChunked)!.chunks().length;
  const chunks = Array.from({ length: count }, (_, chunkIndex) => {
    const tensors = inputs.map((source, index) =>
      isScalar[index] ? source.whole() : source.chunks()[chunkIndex],
    );
    return graph.node(operator, [...tensors, ...more], { attributes });
  });
  return placeChunks(graph, y, chunks);
}

/** Sums chunk by chunk where there are chunks, then over the chunks. `wholeAxes` null: all axes. */
function reduce(
  y: Value,
  { graph, placed }: Context,
  operator: string,
  wholeAxes: readonly number[] | null,
): Placed {
  const source = placed(y.inputs[0]);
  const options = { attributes: { keepdims: 0 } };
  const over = (tensor: string, axes: readonly number[] | null) =>
    graph.node(operator, axes === null ? [tensor] : [tensor, graph.integers(axes)], options);
  if (!source.isChunked) return placeWhole(graph, y, over(source.whole(), wholeAxes));
  const parts = source.chunks().map((chunk) => over(chunk, wholeAxes === null ? null : [0]));
  return placeWhole(graph, y, parts.length === 1 ? parts[0] : graph.node('Sum', parts));
}

function convolve(
  y: Value,
  context: Context,
  geometry: ConvolutionGeometry,
  lowerChunked: (y: Value, geometry: ConvolutionGeometry, context: Context) => Placed,
): Placed {
  if (y.shape[0] !== ANY) return lowerChunked(y, geometry, context);
  const { graph, placed } = context;
  const inputs = y.inputs.map((source) => placed(source).whole());
  return placeWhole(graph, y, lowerToOperator(graph, y, geometry, inputs));
}

function onnxShape(shape: Shape): Extent[] {
  return shape.map((extent) => (extent === ANY ? 'n' : extent));
}
