// Writes ONNX models: a graph of operators and constants, encoded as ModelProto.
// Format: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (field numbers below are from there).
import { bytesOf } from '../../core/files.js';
import { type ProtobufMessage, protobuf } from '../../core/protobuf.js';
import { takeModelApart } from './onnx-parts.js';

export type DataType = 'float32' | 'uint8' | 'int64' | 'bool';
export type TensorValues = Float32Array | Uint8Array | BigInt64Array;

/** A fixed extent, or the name of one that is only known when the model runs. */
export type Extent = number | string;

/** Numbers that are whole are written as integers; write `float(1)` for a float attribute. */
export type Attribute =
  | number
  | readonly number[]
  | string
  | { readonly float: number }
  | { readonly graph: OnnxGraph };

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Operator set: '' is ONNX itself, 'com.microsoft' ONNX Runtime's own. */
  readonly domain?: '' | 'com.microsoft';
}

/** A graph under construction. Tensors are named by strings. */
export interface OnnxGraph {
  input(name: string, type: DataType, shape: readonly Extent[]): string;
  /** Declares `tensor` an output called `name`. */
  output(name: string, tensor: string, type: DataType, shape: readonly Extent[]): void;
  /** A constant; equal small ones are stored once. */
  constant(values: TensorValues, shape: readonly number[]): string;
  /** A float32 scalar constant. */
  scalar(value: number): string;
  /** An int64 vector constant: shapes, axes, indices. */
  integers(values: ArrayLike<number>, shape?: readonly number[]): string;
  /** As `integers`, but never shared with an equal constant. */
  freshIntegers(values: ArrayLike<number>, shape: readonly number[]): string;
  /** Adds an operator with one output and returns the output's name. */
  node(type: string, inputs: readonly string[], options?: NodeOptions): string;
  /** The elements of a tensor in another shape. */
  reshape(tensor: string, shape: ArrayLike<number>): string;
  /** A tensor with its axes in the order `perm`. */
  transpose(tensor: string, perm: readonly number[]): string;
  /** What stands at `indices` of an axis. */
  gather(tensor: string, indices: string, axis: number): string;
  /** Adds an operator with several outputs. */
  nodes(type: string, inputs: readonly string[], outputs: number, options?: NodeOptions): string[];
  /**
   * Adds the whole graph of an encoded model whose inputs are the tensors `given`, by their names there. Its own tensors
   * get `names` in front of theirs. Returns its outputs by their names there.
   */
  embed(model: Uint8Array, names: string, given: Readonly<Record<string, string>>): Record<string, string>;
  /** Does a node of it, or of a body in it, belong to ONNX Runtime's own operator set? */
  needsRuntime(): boolean;
  /** The graph alone, to be the body of a Loop in another one. */
  proto(): ProtobufMessage;
  /** The model's bytes; `metadata` becomes its metadata_props. */
  encode(metadata?: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer>;
}

interface Node {
  readonly type: string;
  inputs: string[];
  outputs: string[];
  readonly options: NodeOptions;
  /** Attributes that came encoded, with the model they were in. */
  readonly encodedAttributes?: readonly Uint8Array[];
}

const ELEMENT_TYPES: Readonly<Record<DataType, number>> = { float32: 1, uint8: 2, int64: 7, bool: 9 };
const IR_VERSION = 10;
const OPSET_VERSION = 21;
const LARGEST_SHARED_CONSTANT = 64;

export function float(value: number): Attribute {
  return { float: value };
}

/** An empty graph. Names must differ between a graph and a body inside it: give the body a `prefix`. */
export function createOnnxGraph(name: string, prefix = ''): OnnxGraph {
  const nodes: Node[] = [];
  const initializers: ProtobufMessage[] = [];
  const inputs: ProtobufMessage[] = [];
  const outputs: ProtobufMessage[] = [];
  /** Names that tensors got as outputs. */
  const publicNames = new Map<string, string>();
  const smallConstants = new Map<string, string>();
  let count = 0;

  function addConstant(values: TensorValues, shape: readonly number[]): string {
    const tensorName = `${prefix}constant_${count++}`;
    initializers.push(tensorProto(tensorName, values, shape));
    return tensorName;
  }

  function constant(values: TensorValues, shape: readonly number[]): string {
    if (values.length > LARGEST_SHARED_CONSTANT) return addConstant(values, shape);
    const key = `${values.constructor.name} ${shape} ${values}`;
    const tensorName = smallConstants.get(key) ?? addConstant(values, shape);
    smallConstants.set(key, tensorName);
    return tensorName;
  }

  function needsRuntime(): boolean {
    return nodes.some(
      ({ options: { domain, attributes = {} } }) =>
        domain === 'com.microsoft' ||
        Object.values(attributes).some(
          (value) => typeof value === 'object' && 'graph' in value && value.graph.needsRuntime(),
        ),
    );
  }

  function node(type: string, nodeInputs: readonly string[], options: NodeOptions = {}): string {
    return addNodes(type, nodeInputs, 1, options)[0];
  }

  function integers(values: ArrayLike<number>, shape: readonly number[] = [values.length]): string {
    return constant(wholeNumbers(values), shape);
  }

  function addNodes(type: string, nodeInputs: readonly string[], n: number, options: NodeOptions): string[] {
    const names = Array.from({ length: n }, () => `${prefix}${type}_${count++}`);
    nodes.push({ type, inputs: [...nodeInputs], outputs: names, options });
    return names;
  }

  /** Gives a node's output its public name; an Identity would copy the tensor (0.27 ms on a dense net). */
  function rename(tensor: string, publicName: string): void {
    const named = (name: string) => (name === tensor ? publicName : name);
    for (const node of nodes) {
      node.inputs = node.inputs.map(named);
      node.outputs = node.outputs.map(named);
    }
    publicNames.set(tensor, publicName);
  }

  function embed(
    model: Uint8Array,
    names: string,
    given: Readonly<Record<string, string>>,
  ): Record<string, string> {
    const parts = takeModelApart(model, OPSET_VERSION);
    const missing = parts.inputs.find((input) => given[input] === undefined);
    if (missing !== undefined) throw new Error(`embed: the model's input ${missing} is not given`);
    // An empty name stands for an optional input that is left out.
    const named = (tensor: string) => (tensor === '' ? '' : (given[tensor] ?? `${names}${tensor}`));
    for (const { type, domain, inputs: from, outputs: to, attributes } of parts.nodes) {
      const options: NodeOptions = domain === '' ? {} : { domain: domain as NodeOptions['domain'] };
      nodes.push({
        type,
        inputs: from.map(named),
        outputs: to.map(named),
        options,
        encodedAttributes: attributes,
      });
    }
    for (const initializer of parts.initializers)
      initializers.push(initializer.renamed(named(initializer.name)));
    return Object.fromEntries(parts.outputs.map((output) => [output, named(output)]));
  }

  function proto(): ProtobufMessage {
    const graph = protobuf();
    for (const node of nodes) graph.message(1, nodeProto(node));
    graph.string(2, name);
    for (const initializer of initializers) graph.message(5, initializer);
    for (const input of inputs) graph.message(11, input);
    for (const output of outputs) graph.message(12, output);
    return graph;
  }

  return {
    constant,
    scalar: (value) => constant(Float32Array.of(value), []),
    integers,
    freshIntegers: (values, shape) => addConstant(wholeNumbers(values), shape),
    input(inputName, type, shape) {
      inputs.push(valueInfo(inputName, type, shape));
      return inputName;
    },
    output(outputName, tensor, type, shape) {
      const publicName = publicNames.get(tensor);
      if (publicName !== undefined || !nodes.some((node) => node.outputs.includes(tensor))) {
        // An input, a constant, or an output under another name already.
        nodes.push({ type: 'Identity', inputs: [publicName ?? tensor], outputs: [outputName], options: {} });
      } else {
        rename(tensor, outputName);
      }
      outputs.push(valueInfo(outputName, type, shape));
    },
    node,
    reshape: (tensor, shape) => node('Reshape', [tensor, integers(shape)]),
    gather: (tensor, indices, axis) => node('Gather', [tensor, indices], { attributes: { axis } }),
    transpose: (tensor, perm) => node('Transpose', [tensor], { attributes: { perm } }),
    nodes: (type, nodeInputs, n, options = {}) => addNodes(type, nodeInputs, n, options),
    embed,
    needsRuntime,
    proto,
    encode(metadata = {}) {
      const model = protobuf().varint(1, IR_VERSION).string(2, 'kindred').message(7, proto());
      model.message(8, protobuf().string(1, '').varint(2, OPSET_VERSION));
      if (needsRuntime()) model.message(8, protobuf().string(1, 'com.microsoft').varint(2, 1));
      addMetadata(model, metadata);
      return model.encode();
    },
  };
}

function addMetadata(model: ProtobufMessage, metadata: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(metadata)) {
    model.message(14, protobuf().string(1, key).string(2, value));
  }
}

/** An encoded model with the version of the program that made it, and more metadata_props: a message may be written in pieces. */
export function withMetadata(
  model: Uint8Array,
  producerVersion: string,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const more = protobuf().string(3, producerVersion);
  addMetadata(more, metadata);
  return Buffer.concat([model, more.encode()]);
}

function wholeNumbers(values: ArrayLike<number>): BigInt64Array {
  return BigInt64Array.from(Array.from(values), BigInt);
}

function nodeProto(node: Node): ProtobufMessage {
  const proto = protobuf();
  for (const input of node.inputs) proto.string(1, input);
  for (const output of node.outputs) proto.string(2, output);
  proto.string(3, `${node.outputs[0]}_node`).string(4, node.type);
  for (const [key, value] of Object.entries(node.options.attributes ?? {})) {
    proto.message(5, attributeProto(key, value));
  }
  for (const attribute of node.encodedAttributes ?? []) proto.bytes(5, attribute);
  if (node.options.domain) proto.string(7, node.options.domain);
  return proto;
}

function attributeProto(name: string, value: Attribute): ProtobufMessage {
  const proto = protobuf().string(1, name);
  if (typeof value === 'number') return proto.varint(3, value).varint(20, 2);
  if (typeof value === 'string') return proto.bytes(4, new TextEncoder().encode(value)).varint(20, 3);
  if ('float' in value) return proto.float(2, value.float).varint(20, 1);
  if ('graph' in value) return proto.message(6, value.graph.proto()).varint(20, 5);
  for (const element of value) proto.varint(8, element);
  return proto.varint(20, 7);
}

function tensorProto(name: string, values: TensorValues, shape: readonly number[]): ProtobufMessage {
  const type = values instanceof Float32Array ? 'float32' : values instanceof Uint8Array ? 'uint8' : 'int64';
  const proto = protobuf();
  for (const extent of shape) proto.varint(1, extent);
  return proto.varint(2, ELEMENT_TYPES[type]).string(8, name).bytes(9, bytesOf(values));
}

function valueInfo(name: string, type: DataType, shape: readonly Extent[]): ProtobufMessage {
  const dimensions = protobuf();
  for (const extent of shape) {
    dimensions.message(
      1,
      typeof extent === 'number' ? protobuf().varint(1, extent) : protobuf().string(2, extent),
    );
  }
  const tensorType = protobuf().varint(1, ELEMENT_TYPES[type]).message(2, dimensions);
  return protobuf().string(1, name).message(2, protobuf().message(1, tensorType));
}
