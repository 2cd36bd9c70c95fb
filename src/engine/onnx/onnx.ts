// Writes ONNX models: a graph of operators and constants, encoded as ModelProto.
// Format: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (field numbers below are from there).
import { InputError } from '../../core/errors.js';
import { bytesOf } from '../../core/files.js';
import { type ProtobufMessage, protobuf } from '../../core/protobuf.js';
import { domainsOf, functionMessage, type Naming, type NodePart, nodeMessage } from './onnx-parts.js';
import { WRITTEN_OPSET } from './operator-sets.js';
import { type EmbedOptions, raisedModel } from './raising.js';

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
   * get `names` in front of theirs, and nodes of an older operator set are raised to the graph's. Returns its outputs by their
   * names there. Its metadata stay behind, and what no output that is wanted needs. Throws an InputError where it has a part that
   * cannot be joined.
   */
  embed(
    model: Uint8Array,
    names: string,
    given: Readonly<Record<string, string>>,
    options?: EmbedOptions,
  ): Record<string, string>;
  /** What the graph and the bodies in it ask of the model that they stand in. */
  needs(): GraphNeeds;
  /** The graph alone, to be the body of a Loop in another one, whose tensors are called as `outer` says. */
  proto(outer?: Naming): ProtobufMessage;
  /** The model's bytes; `metadata` becomes its metadata_props. Throws an InputError where they exceed what an ONNX file can be. */
  encode(metadata?: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer>;
}

export interface GraphNeeds {
  /** Versions of the operator sets beside ONNX's own, by their domains. */
  readonly domains: ReadonlyMap<string, number>;
  /** FunctionProto messages: operators that embedded models define. */
  readonly functions: readonly ProtobufMessage[];
  /** Of the format. */
  readonly irVersion: number;
}

interface Node {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly options: NodeOptions;
}

/** A node that came with a model, and how that model's tensors are called here. */
interface EmbeddedNode {
  readonly part: NodePart;
  readonly named: Naming;
}

const ELEMENT_TYPES: Readonly<Record<DataType, number>> = { float32: 1, uint8: 2, int64: 7, bool: 9 };
const IR_VERSION = 10;
/** Protocol Buffers' own limit. */
const LARGEST_MODEL = 2 ** 31 - 1;
const LARGEST_SHARED_CONSTANT = 64;

export function float(value: number): Attribute {
  return { float: value };
}

/**
 * An empty graph. Names must differ between a graph and a body inside it: give the body a `prefix`. In newer operator sets
 * than the usual one our own nodes mean the same: none that we write is in the table of changes there (operator-sets.ts).
 */
export function createOnnxGraph(name: string, prefix = '', opset: number = WRITTEN_OPSET): OnnxGraph {
  const nodes: (Node | EmbeddedNode)[] = [];
  const initializers: ProtobufMessage[] = [];
  const inputs: ProtobufMessage[] = [];
  const outputs: ProtobufMessage[] = [];
  /** Names that tensors got as outputs. */
  const publicNames = new Map<string, string>();
  const smallConstants = new Map<string, string>();
  const domains = new Map<string, number>();
  const functions: ProtobufMessage[] = [];
  let irVersion = IR_VERSION;
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

  function needs(): GraphNeeds {
    const all = new Map(domains);
    const defined = [...functions];
    let version = irVersion;
    for (const node of nodes) {
      if ('part' in node) continue;
      const { domain = '', attributes = {} } = node.options;
      if (domain !== '') all.set(domain, 1);
      for (const value of Object.values(attributes)) {
        if (typeof value !== 'object' || !('graph' in value)) continue;
        const inner = value.graph.needs();
        for (const [set, of] of inner.domains) addDomain(all, set, of);
        defined.push(...inner.functions);
        version = Math.max(version, inner.irVersion);
      }
    }
    return { domains: all, functions: defined, irVersion: version };
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

  function embed(
    model: Uint8Array,
    names: string,
    given: Readonly<Record<string, string>>,
    options: EmbedOptions = {},
  ): Record<string, string> {
    const parts = raisedModel(model, names, opset, options);
    const missing = parts.graph.inputs.find((input) => given[input.name] === undefined);
    if (missing !== undefined) throw new Error(`embed: the model's input ${missing.name} is not given`);
    // An empty name stands for an optional input that is left out.
    const named = (tensor: string) => (tensor === '' ? '' : (given[tensor] ?? `${names}${tensor}`));
    for (const part of parts.graph.nodes) nodes.push({ part, named });
    for (const initializer of parts.graph.initializers) {
      initializers.push(initializer.renamed(named(initializer.name)));
    }
    for (const domain of domainsOf(parts)) addDomain(domains, domain, parts.opsets.get(domain) ?? 1);
    functions.push(...parts.functions.map(functionMessage));
    irVersion = Math.max(irVersion, parts.irVersion);
    return Object.fromEntries(parts.graph.outputs.map((output) => [output.name, named(output.name)]));
  }

  function proto(outer: Naming = (tensor) => tensor): ProtobufMessage {
    const graph = protobuf();
    // A node's output gets its public name here: an Identity would copy the tensor (0.27 ms on a dense net).
    const naming: Naming = (tensor) => publicNames.get(tensor) ?? outer(tensor);
    for (const node of nodes) graph.message(1, messageOf(node, naming));
    graph.string(2, name);
    for (const initializer of initializers) graph.message(5, initializer);
    for (const input of inputs) graph.message(11, input);
    for (const output of outputs) graph.message(12, output);
    return graph;
  }

  function isResult(tensor: string): boolean {
    return nodes.some((node) =>
      'part' in node
        ? node.part.outputs.some((output) => node.named(output) === tensor)
        : node.outputs.includes(tensor),
    );
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
      if (publicNames.has(tensor) || !isResult(tensor)) {
        // An input, a constant, or an output under another name already.
        nodes.push({ type: 'Identity', inputs: [tensor], outputs: [outputName], options: {} });
      } else {
        publicNames.set(tensor, outputName);
      }
      outputs.push(valueInfo(outputName, type, shape));
    },
    node,
    reshape: (tensor, shape) => node('Reshape', [tensor, integers(shape)]),
    gather: (tensor, indices, axis) => node('Gather', [tensor, indices], { attributes: { axis } }),
    transpose: (tensor, perm) => node('Transpose', [tensor], { attributes: { perm } }),
    nodes: (type, nodeInputs, n, options = {}) => addNodes(type, nodeInputs, n, options),
    embed,
    needs,
    proto,
    encode(metadata = {}) {
      const needed = needs();
      const model = protobuf().varint(1, needed.irVersion).string(2, 'kindred').message(7, proto());
      model.message(8, protobuf().string(1, '').varint(2, opset));
      for (const [domain, version] of needed.domains) {
        model.message(8, protobuf().string(1, domain).varint(2, version));
      }
      for (const each of needed.functions) model.message(25, each);
      addMetadata(model, metadata);
      if (model.byteLength > LARGEST_MODEL) {
        throw new InputError(
          `The model ${name} would be of ${(model.byteLength / 2 ** 30).toFixed(1)} GiB, where an ONNX file holds two: use a smaller one.`,
        );
      }
      return model.encode();
    },
  };
}

function addMetadata(model: ProtobufMessage, metadata: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(metadata)) {
    model.message(14, protobuf().string(1, key).string(2, value));
  }
}

/**
 * The version of the program that made a model, and more metadata_props, to be written behind the model's bytes: a message may be
 * written in pieces.
 */
export function metadataPiece(
  producerVersion: string,
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const more = protobuf().string(3, producerVersion);
  addMetadata(more, metadata);
  return more.encode();
}

function wholeNumbers(values: ArrayLike<number>): BigInt64Array {
  return BigInt64Array.from(Array.from(values), BigInt);
}

/** Throws an InputError where two models want operators of one domain in two versions. */
function addDomain(domains: Map<string, number>, domain: string, version: number): void {
  const other = domains.get(domain) ?? version;
  if (other !== version) {
    throw new InputError(
      `Models cannot be joined that use version ${other} and version ${version} of the operators ${domain}: export both with the same.`,
    );
  }
  domains.set(domain, version);
}

function messageOf(node: Node | EmbeddedNode, naming: Naming): ProtobufMessage {
  if ('part' in node) return nodeMessage(node.part, (tensor) => naming(node.named(tensor)));
  const proto = protobuf();
  const outputs = node.outputs.map(naming);
  for (const input of node.inputs) proto.string(1, naming(input));
  for (const output of outputs) proto.string(2, output);
  proto.string(3, `${outputs[0]}_node`).string(4, node.type);
  for (const [key, value] of Object.entries(node.options.attributes ?? {})) {
    proto.message(5, attributeProto(key, value, naming));
  }
  if (node.options.domain) proto.string(7, node.options.domain);
  return proto;
}

function attributeProto(name: string, value: Attribute, naming: Naming): ProtobufMessage {
  const proto = protobuf().string(1, name);
  if (typeof value === 'number') return proto.varint(3, value).varint(20, 2);
  if (typeof value === 'string') return proto.bytes(4, new TextEncoder().encode(value)).varint(20, 3);
  if ('float' in value) return proto.float(2, value.float).varint(20, 1);
  if ('graph' in value) return proto.message(6, value.graph.proto(naming)).varint(20, 5);
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
