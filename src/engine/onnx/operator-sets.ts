// Operators change their meaning from one version of ONNX's operator set to another: here is what every one from 11 to 26
// went through, and how a node of an older set is written for a newer one.
// Source: https://github.com/onnx/onnx/blob/main/docs/Changelog.md. The tests hold the tables against ONNX's own schemas.
import { protobuf, protobufFields, protobufText } from '../../core/protobuf.js';
import { type AttributePart, type NodePart, Obstacle } from './onnx-parts.js';

/** What our own graphs are written in. */
export const WRITTEN_OPSET = 21;
/** Models of older sets are not raised. */
export const OLDEST_OPSET = 11;
/** What ONNX Runtime runs. */
export const NEWEST_OPSET = 26;

/** Operators that are in set 26 what they were in 11. */
export const UNCHANGED = `And BitShift Compress ConcatFromSequence ConvInteger DynamicQuantizeLinear MatMulInteger
  NonMaxSuppression Not OneHot Or QLinearConv Range ReverseSequence SequenceAt SequenceConstruct SequenceEmpty SequenceErase
  SequenceInsert SequenceLength Shrink StringNormalizer TfIdfVectorizer Unique Xor`;

/**
 * By version: operators that came, and those that took more types, more inputs that may be left out, or more attributes whose
 * defaults are what was meant before. Their older nodes mean the same.
 */
export const WIDENED: Readonly<Record<number, string>> = {
  12: `ArgMax ArgMin Celu Clip Constant Einsum GatherND GreaterOrEqual LessOrEqual Max MaxPool Min
    NegativeLogLikelihoodLoss Pow ReduceMax ReduceMin SoftmaxCrossEntropyLoss`,
  13: `Abs Add ArgMax ArgMin Cast Ceil Clip Concat Constant DepthToSpace DequantizeLinear Div Dropout Equal Erf Exp Expand
    Flatten Floor Gather GatherElements GatherND Gemm Greater Identity If IsNaN LRN Less Log Loop MatMul Max Mean
    MeanVarianceNormalization Min Mod Mul Neg NegativeLogLikelihoodLoss NonZero Pad Pow QuantizeLinear Reciprocal ReduceL1
    ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSumSquare Relu Reshape
    ScatterElements ScatterND Shape Sigmoid Sign Size Slice SoftmaxCrossEntropyLoss SpaceToDepth Sqrt Sub Sum Tanh Tile
    Transpose`,
  14: 'Add CumSum Div GRU HardSwish Identity LSTM Mul RNN Relu Reshape Sub Trilu',
  15: `BatchNormalization Bernoulli CastLike Optional OptionalGetElement OptionalHasElement Pow Shape`,
  16: `GreaterOrEqual GridSample Identity If LeakyRelu LessOrEqual Loop PRelu Scan ScatterElements ScatterND Where`,
  17: 'BlackmanWindow DFT HammingWindow HannWindow LayerNormalization MelWeightMatrix STFT SequenceMap',
  18: `BitwiseAnd BitwiseNot BitwiseOr BitwiseXor CenterCropPad Col2Im GroupNormalization LpPool Mish OptionalGetElement
    OptionalHasElement Pad Resize ScatterElements ScatterND`,
  19: `AveragePool Cast CastLike Constant DeformConv DequantizeLinear Equal Identity If Loop Pad QuantizeLinear Reshape
    Resize Scan Shape Size`,
  20: `AffineGrid ConstantOfShape Gelu ImageDecoder IsInf IsNaN ReduceMax ReduceMin RegexFullMatch StringConcat
    StringSplit`,
  21: `Cast CastLike Constant ConstantOfShape DequantizeLinear Flatten Identity If Loop Pad QLinearMatMul QuantizeLinear
    Reshape Scan Shape Size Squeeze Transpose Unsqueeze`,
  22: `Acos Acosh Asin Asinh Atan Atanh AveragePool Bernoulli Conv ConvTranspose Cos Cosh DeformConv Det Dropout Elu EyeLike
    GRU GlobalAveragePool GlobalLpPool GlobalMaxPool GridSample HardSigmoid HardSwish InstanceNormalization LSTM
    LpNormalization LpPool MaxPool MaxRoiPool MaxUnpool Mish Multinomial NegativeLogLikelihoodLoss RNN RandomNormal
    RandomNormalLike RandomUniform RandomUniformLike RoiAlign Round Selu Sin Sinh Softplus Softsign Tan ThresholdedRelu`,
  23: `Attention Cast CastLike Constant ConstantOfShape DequantizeLinear Flatten Identity If Loop Pad QuantizeLinear
    RMSNormalization Reshape RotaryEmbedding Scan Shape Size Squeeze Transpose Unsqueeze`,
  24: `Cast CastLike Constant ConstantOfShape DequantizeLinear Flatten Identity If Loop Pad QuantizeLinear Reshape Scan Shape
    Size SplitToSequence Squeeze Swish TensorScatter TopK Transpose Unsqueeze`,
  25: `Cast CastLike Constant ConstantOfShape DequantizeLinear Flatten Identity If Loop Pad QuantizeLinear Reshape Scan Shape
    Size Squeeze Transpose Unsqueeze`,
  26: 'BitCast CumProd',
};

/** One node of an older set → nodes of the newer one. `fresh` gives names that no tensor has. */
type Raise = (node: NodePart, fresh: () => string, from: number) => readonly NodePart[];

interface Change {
  readonly operators: string;
  /** Versions at which nodes of these operators got another meaning; those of the last one are written. */
  readonly at: readonly number[];
  readonly raise: Raise;
}

/** Operators whose older nodes mean something else, or nothing, in a newer set. */
export const CHANGES: readonly Change[] = [
  { operators: 'ReduceSum Squeeze Unsqueeze', at: [13], raise: withInput('axes') },
  {
    operators:
      'ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSumSquare',
    at: [18],
    raise: withInput('axes'),
  },
  { operators: 'Split', at: [13, 18], raise: raisedSplit },
  { operators: 'Softmax LogSoftmax Hardmax', at: [13], raise: raisedSoftmax },
  { operators: 'Dropout', at: [12], raise: raisedDropout },
  { operators: 'BatchNormalization', at: [14], raise: raisedBatchNormalization },
  { operators: 'Resize', at: [13], raise: raisedResize },
  { operators: 'RoiAlign', at: [16], raise: raisedRoiAlign },
  { operators: 'DFT', at: [20], raise: raisedTransform },
  { operators: 'GridSample', at: [20], raise: raisedGridSample },
  { operators: 'GroupNormalization', at: [21], raise: raisedGroupNormalization },
  // What it puts out beside its result changed; two models that have it are of one set, or are not joined.
  { operators: 'Attention', at: [24, 25], raise: refused },
];

const KNOWN = new Set(wordsIn(UNCHANGED, ...Object.values(WIDENED), ...CHANGES.map((row) => row.operators)));
const CHANGE_OF = new Map(CHANGES.flatMap((row) => wordsIn(row.operators).map((type) => [type, row])));

function wordsIn(...lists: readonly string[]): string[] {
  return lists.flatMap((list) => list.split(/\s+/));
}

/**
 * A node of ONNX's own operators of set `from` as nodes of the newer set `to`. Throws an Obstacle for an operator that is not
 * known, or that the newer set cannot express.
 */
export function raisedNode(
  node: NodePart,
  fresh: () => string,
  from: number,
  to: number,
): readonly NodePart[] {
  if (from === to) return [node];
  if (!KNOWN.has(node.type)) return refused(node, fresh, from);
  const change = CHANGE_OF.get(node.type);
  const isOlder = change?.at.some((version) => from < version && version <= to);
  return change && isOlder ? change.raise(node, fresh, from) : [node];
}

function refused({ type }: NodePart, _: unknown, from: number): never {
  throw new Obstacle(
    `has a node ${type} of operator set ${from}, which has no equal in set ${WRITTEN_OPSET}: export it again with that set.`,
  );
}

/** What was the attribute `name` is the last input now. */
function withInput(name: string): Raise {
  return (node, fresh) => {
    const attribute = attributeOf(node, name);
    if (attribute === undefined) return [node];
    const tensor = fresh();
    return [
      constantOf(attribute, 'value_ints', tensor),
      { ...without(node, name), inputs: [...node.inputs, tensor] },
    ];
  };
}

/** Equal parts have to be asked for by their number. */
function raisedSplit(node: NodePart, fresh: () => string, from: number): readonly NodePart[] {
  if (attributeOf(node, 'split') !== undefined) return withInput('split')(node, fresh, from);
  if (node.inputs.length > 1 && node.inputs[1] !== '') return [node];
  return [withAttribute(node, wholeAttribute('num_outputs', node.outputs.length))];
}

/** Over all axes from the one on, of which the first was 1 by default; now over the axis alone. */
function raisedSoftmax(node: NodePart, fresh: () => string): readonly NodePart[] {
  const axis = attributeOf(node, 'axis') ?? wholeAttribute('axis', 1);
  const last = wholeAttribute('axis', -1);
  const alone = withAttribute(without(node, 'axis'), last);
  if (Buffer.compare(axis.content, last.content) === 0) return [alone];
  const [shape, flat, soft] = [fresh(), fresh(), fresh()];
  const [input] = node.inputs;
  return [
    nodeOf('Shape', [input], shape),
    nodeOf('Flatten', [input], flat, axis),
    { ...alone, inputs: [flat], outputs: [soft] },
    // An extent of zero is meant as such.
    nodeOf('Reshape', [soft, shape], node.outputs[0], wholeAttribute('allowzero', 1)),
  ];
}

/** Where a model is used and not trained, the ratio plays no part. */
function raisedDropout(node: NodePart): readonly NodePart[] {
  return [without(node, 'ratio')];
}

/** Several outputs meant training. */
function raisedBatchNormalization(node: NodePart, fresh: () => string, from: number): readonly NodePart[] {
  const isTraining = node.outputs.slice(1).some((output) => output !== '');
  return isTraining ? refused(node, fresh, from) : [{ ...node, outputs: node.outputs.slice(0, 1) }];
}

/** What was not used had to be there, and empty; now it has to be left out. */
function raisedResize(node: NodePart, fresh: () => string, from: number): readonly NodePart[] {
  const attribute = attributeOf(node, 'coordinate_transformation_mode');
  const mode = attribute === undefined ? 'half_pixel' : textOf(attribute);
  if (mode === null || mode === 'tf_half_pixel_for_nn') return refused(node, fresh, from);
  const [input, region, scales, sizes = ''] = node.inputs;
  const inputs = [
    input,
    mode === 'tf_crop_and_resize' ? region : '',
    sizes === '' ? scales : '',
    ...(sizes === '' ? [] : [sizes]),
  ];
  return [{ ...node, inputs }];
}

/** Half a pixel is taken off by default since; it was not before. */
function raisedRoiAlign(node: NodePart): readonly NodePart[] {
  return [withAttribute(node, textAttribute('coordinate_transformation_mode', 'output_half_pixel'))];
}

function raisedTransform(node: NodePart, fresh: () => string): readonly NodePart[] {
  const axis = fresh();
  const [input, length = ''] = node.inputs;
  return [
    constantOf(attributeOf(node, 'axis') ?? wholeAttribute('axis', 1), 'value_int', axis),
    { ...without(node, 'axis'), inputs: [input, length, axis] },
  ];
}

const NEW_MODES: Readonly<Record<string, string>> = { bilinear: 'linear', bicubic: 'cubic' };

function raisedGridSample(node: NodePart, fresh: () => string, from: number): readonly NodePart[] {
  const attribute = attributeOf(node, 'mode');
  const mode = attribute === undefined ? 'bilinear' : textOf(attribute);
  if (mode === null) return refused(node, fresh, from);
  return [withAttribute(without(node, 'mode'), textAttribute('mode', NEW_MODES[mode] ?? mode))];
}

/** Scale and bias were a group's; they are a channel's. */
function raisedGroupNormalization(node: NodePart, fresh: () => string, from: number): readonly NodePart[] {
  const groups = attributeOf(node, 'num_groups');
  if (groups === undefined) return refused(node, fresh, from);
  const [input, scale, bias] = node.inputs;
  const [channels, count, inGroup, one, extent, flat] = Array.from({ length: 6 }, fresh);
  const nodes: NodePart[] = [
    nodeOf('Shape', [input], channels, wholeAttribute('start', 1), wholeAttribute('end', 2)),
    constantOf(groups, 'value_int', count),
    nodeOf('Div', [channels, count], inGroup),
    nodeOf('Constant', [], one, wholesAttribute('value_ints', [1])),
    nodeOf('Concat', [one, inGroup], extent, wholeAttribute('axis', 0)),
    nodeOf('Constant', [], flat, wholesAttribute('value_ints', [-1])),
  ];
  const aChannel = [scale, bias].map((tensor) => {
    const [column, spread, values] = [fresh(), fresh(), fresh()];
    nodes.push(
      nodeOf('Unsqueeze', [tensor, one], column),
      nodeOf('Expand', [column, extent], spread),
      nodeOf('Reshape', [spread, flat], values),
    );
    return values;
  });
  return [...nodes, { ...node, inputs: [input, ...aChannel] }];
}

function attributeOf({ attributes }: NodePart, name: string): AttributePart | undefined {
  return attributes.find((attribute) => attribute.name === name);
}

function without(node: NodePart, name: string): NodePart {
  return { ...node, attributes: node.attributes.filter((attribute) => attribute.name !== name) };
}

function withAttribute(node: NodePart, attribute: AttributePart): NodePart {
  return { ...node, attributes: [...node.attributes, attribute] };
}

function nodeOf(
  type: string,
  inputs: readonly string[],
  output: string,
  ...attributes: readonly AttributePart[]
): NodePart {
  return { type, domain: '', overload: '', inputs, outputs: [output], attributes };
}

/** A Constant of an attribute's value, or of what a function is given for it. `kind` is the Constant's name for such values. */
function constantOf(attribute: AttributePart, kind: 'value_int' | 'value_ints', output: string): NodePart {
  const message = protobuf().string(1, kind);
  for (const { number, encoded } of protobufFields(attribute.content)) {
    if (number !== 1) message.encoded(encoded);
  }
  return nodeOf('Constant', [], output, { name: kind, content: message.encode(), graphs: [] });
}

/** The text of a string attribute; null where it is what a function is given. */
function textOf({ content }: AttributePart): string | null {
  for (const field of protobufFields(content)) if (field.number === 4) return protobufText(field);
  return null;
}

function wholeAttribute(name: string, value: number): AttributePart {
  return { name, content: protobuf().string(1, name).varint(3, value).varint(20, 2).encode(), graphs: [] };
}

function wholesAttribute(name: string, values: readonly number[]): AttributePart {
  const message = protobuf().string(1, name);
  for (const value of values) message.varint(8, value);
  return { name, content: message.varint(20, 7).encode(), graphs: [] };
}

function textAttribute(name: string, value: string): AttributePart {
  return { name, content: protobuf().string(1, name).string(4, value).varint(20, 3).encode(), graphs: [] };
}
