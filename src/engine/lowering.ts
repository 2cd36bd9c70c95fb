// Writes a program as an ONNX graph: one rule an operation, in one table. The formulations are the fastest
// known on ONNX Runtime's CPU kernels; the reason stands beside each that is not the obvious one.
import {
  lowerConvolution,
  lowerKernelGradient,
  lowerTransposedConvolution,
} from './convolution/convolution.js';
import { lowerToOperator } from './convolution/operators.js';
import { chunkSizes, type Placed, placeChunks, placeWhole } from './layout.js';
import { type Attribute, createOnnxGraph, type Extent, float, type OnnxGraph } from './onnx/onnx.js';
import { isRowOf } from './operations.js';
import { lowerMaxPool, lowerMaxPoolGradient, type PoolingContext } from './pooling.js';
import {
  ANY,
  type ConvolutionGeometry,
  type Operation,
  type OperationKind,
  type Shape,
  sizeOf,
  topologicalOrder,
  type Value,
} from './program.js';

interface Context extends PoolingContext {
  /** Tensors of the graph that stand for inputs of the program, by the input's name. */
  readonly given: Readonly<Record<string, string>>;
}
type Rule<O> = (y: Value, context: Context, operation: O) => Placed;
type RuleTable = { readonly [K in OperationKind]: Rule<Extract<Operation, { kind: K }>> };

const RULES: RuleTable = {
  input: (y, { graph, given }, { name }) =>
    placeWhole(graph, y, given[name] ?? graph.input(name, y.type, onnxShape(y.shape))),
  constant: (y, { graph }, { values }) => placeWhole(graph, y, graph.constant(values, y.shape)),
  pixels: (y, { graph, placed }) => {
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
  heaviside: (y, context) =>
    elementwise(y, context, 'HardSigmoid', [], { alpha: float(1e30), beta: float(0) }),
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
  broadcast: (y, { graph, placed }) =>
    placeWhole(graph, y, graph.node('Expand', [placed(y.inputs[0]).whole(), graph.integers(y.shape)])),
  maxPool: lowerMaxPool,
  maxPoolGradient: lowerMaxPoolGradient,
  softmax: (y, { graph, placed }) =>
    placeWhole(graph, y, graph.node('Softmax', [placed(y.inputs[0]).whole()])),
  crossEntropy: (y, { graph, placed }) => {
    const [x, targets] = y.inputs.map((source) => placed(source).whole());
    const chosen = graph.node('Mul', [graph.node('LogSoftmax', [x]), targets]);
    const sum = graph.node('ReduceSum', [chosen], { attributes: { keepdims: 0 } });
    return placeWhole(graph, y, graph.node('Neg', [sum]));
  },
  slice: (y, { graph, placed }, { offset }) => {
    const bounds = [offset, offset + sizeOf(y.shape), 0].map((bound) => graph.integers([bound]));
    const elements = graph.node('Slice', [placed(y.inputs[0]).whole(), ...bounds]);
    return placeWhole(graph, y, graph.reshape(elements, y.shape));
  },
  concatenate: (y, { graph, placed }) => {
    const vectors = y.inputs.map((source) => graph.reshape(placed(source).whole(), [-1]));
    return placeWhole(graph, y, graph.node('Concat', vectors, { attributes: { axis: 0 } }));
  },
  // Of a worker alone; a program of several is cut there (training/stages.ts).
  allReduceSum: (y, { placed }) => placed(y.inputs[0]),
  gridSample: (y, { graph, placed }) => {
    const [x, grid] = y.inputs.map((source) => placed(source).whole());
    const planes = graph.transpose(x, [0, 3, 1, 2]);
    const attributes = { mode: 'linear', padding_mode: 'zeros', align_corners: 1 };
    const sampled = graph.node('GridSample', [planes, grid], { attributes });
    return placeWhole(graph, y, graph.transpose(sampled, [0, 2, 3, 1]));
  },
};

/** The program that computes `outputs`, as the bytes of an ONNX model called `name` with outputs of those names. */
export function writeModel(outputs: Readonly<Record<string, Value>>, name: string): Uint8Array<ArrayBuffer> {
  const graph = createOnnxGraph(name);
  const tensors = writeInto(graph, Object.values(outputs));
  Object.entries(outputs).forEach(([outputName, value], index) => {
    graph.output(outputName, tensors[index], value.type, onnxShape(value.shape));
  });
  return graph.encode();
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
  const order = topologicalOrder(values);
  const context: Context = {
    graph,
    given,
    placed: (value) => places.get(value)!,
    keptPatches: new Map(),
    keptPairs: new Map(),
    onlyPooled: onlyPooled(order, values),
  };
  for (const value of order) {
    const rule = RULES[value.operation.kind] as Rule<Operation>;
    places.set(value, rule(value, context, value.operation));
  }
  return values.map((value) => context.placed(value).whole());
}

/** Convolutions of many channels and even sides whose only use is a max pooling (and its gradient). */
function onlyPooled(order: readonly Value[], outputs: readonly Value[]): ReadonlySet<Value> {
  const pooled = new Set<Value>();
  const used = new Set<Value>(outputs);
  for (const { operation, inputs } of order) {
    inputs.forEach((source, index) => {
      const isPooled = operation.kind.startsWith('maxPool') && index === 0;
      (isPooled ? pooled : used).add(source);
    });
  }
  const suits = ({ operation, shape, inputs: [x] }: Value) =>
    operation.kind === 'convolution' &&
    shape[0] !== ANY &&
    shape[1] % 2 === 0 &&
    shape[2] % 2 === 0 &&
    x.shape[3] > 1;
  return new Set([...pooled].filter((value) => !used.has(value) && suits(value)));
}

function elementwise(
  y: Value,
  context: Context,
  operator: string,
  more: readonly string[] = [],
  attributes: Record<string, Attribute> = {},
): Placed {
  const { graph, placed } = context;
  if (y.inputs.length === 2 && isRowOf(y.inputs[1].shape, y.inputs[0].shape)) {
    return withRow(y, context, operator);
  }
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

/** Shorter rows are repeated: the runtime broadcasts a short one at a fraction of the speed. */
const SHORTEST_ROW = 256;

/** An elementwise operation whose right operand is a row for the left one's last axis. */
function withRow(y: Value, { graph, placed }: Context, operator: string): Placed {
  const [left, right] = y.inputs.map(placed);
  const row = right.whole();
  const [length] = y.inputs[1].shape;
  if (y.shape[0] === ANY) return placeWhole(graph, y, graph.node(operator, [left.whole(), row]));
  const apply = (tensor: string, rows: number, shape: readonly number[]): string => {
    let times = 1;
    while (times * length < SHORTEST_ROW && rows % (2 * times) === 0) times *= 2;
    if (times === 1) return graph.node(operator, [tensor, row]);
    const long = graph.node('Tile', [row, graph.integers([times])]);
    const joined = graph.reshape(tensor, [rows / times, times * length]);
    return graph.reshape(graph.node(operator, [joined, long]), shape);
  };
  if (!left.isChunked) {
    return placeWhole(graph, y, apply(left.whole(), sizeOf(y.shape) / length, y.shape));
  }
  const rowsOfImage = sizeOf(y.shape.slice(1)) / length;
  const sizes = chunkSizes(y.shape[0]).map((size) => size * rowsOfImage);
  const chunks = left.chunks().map((chunk, index) => apply(chunk, sizes[index], [sizes[index], length]));
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
