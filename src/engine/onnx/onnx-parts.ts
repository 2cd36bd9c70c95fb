// Takes an encoded ONNX model apart, so that its graph can become a part of another one (OnnxGraph.embed), and writes the
// parts again under other names. Weights are views into the model's bytes all along.
// Format: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (field numbers below are from there).
import { InputError } from '../../core/errors.js';
import {
  type ProtobufField,
  type ProtobufMessage,
  protobuf,
  protobufFields,
  protobufNumber,
  protobufText,
} from '../../core/protobuf.js';

/** The name that a tensor gets for the one that it has; an empty name stands for an optional tensor that is left out. */
export type Naming = (tensor: string) => string;

export interface GraphPart {
  readonly name: string;
  /** In their order, which is one in which they can run. */
  readonly nodes: readonly NodePart[];
  readonly initializers: readonly NamedPart[];
  readonly inputs: readonly NamedPart[];
  readonly outputs: readonly NamedPart[];
}

export interface ModelParts {
  readonly irVersion: number;
  /** Versions of the operator sets by their domains; ONNX's own is ''. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly graph: GraphPart;
  readonly functions: readonly FunctionPart[];
}

export interface NodePart {
  readonly type: string;
  readonly domain: string;
  /** Tells functions of one name apart. */
  readonly overload: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly AttributePart[];
}

export interface AttributePart {
  readonly name: string;
  /** The AttributeProto as it was encoded. */
  readonly content: Uint8Array;
  /** Graphs in it: a branch of an If, the body of a Loop. They see the tensors of the graph around them. */
  readonly graphs: readonly GraphPart[];
}

/** An operator that a model defines by others. Its tensors are its own. */
export interface FunctionPart {
  readonly name: string;
  readonly domain: string;
  readonly overload: string;
  readonly opsets: ReadonlyMap<string, number>;
  readonly nodes: readonly NodePart[];
  /** Inputs, outputs and attributes, tags and all. */
  readonly signature: readonly Uint8Array[];
}

/** A tensor or a description of one. */
export interface NamedPart {
  readonly name: string;
  /** The same under another name. */
  renamed(name: string): ProtobufMessage;
}

/** What of a model's own parts cannot go into another model, as the end of a sentence: it goes behind the model's name. */
const KEPT_ELSEWHERE =
  'keeps weights in other files: write it as one, which Python does by onnx.save(onnx.load(FILE), NEW).';
const SPARSE = 'keeps weights as sparse initializers: export it again with dense ones.';

/** `called` is the model in messages. Throws an InputError where a part cannot go into another model. */
export function takeModelApart(model: Uint8Array, called: string): ModelParts {
  const fields = [...protobufFields(model)];
  const graphs = fields.filter(({ number }) => number === 7);
  const ir = fields.findLast(({ number }) => number === 1);
  try {
    return {
      irVersion: ir === undefined ? 0 : protobufNumber(ir),
      opsets: opsetsOf(fields.filter(({ number }) => number === 8)),
      // A message may be written in pieces.
      graph: graphPart(graphs.flatMap(({ content }) => [...protobufFields(content)])),
      functions: fields.filter(({ number }) => number === 25).map(({ content }) => functionPart(content)),
    };
  } catch (error) {
    if (error instanceof Obstacle) throw new InputError(`${called} ${error.message}`);
    throw error;
  }
}

/** Throws an InputError where a model, called so, keeps weights in other files: its bytes are not all of it. */
export function requireOneFile(model: Uint8Array, called: string): void {
  try {
    takeModelApart(model, called);
  } catch (error) {
    if (error instanceof InputError && error.message.endsWith(KEPT_ELSEWHERE)) throw error;
    // Anything else is for whoever runs it to complain of.
  }
}

/** Something that keeps a model out of another one. */
export class Obstacle extends Error {}

function opsetsOf(imports: readonly ProtobufField[]): ReadonlyMap<string, number> {
  return new Map(
    imports.map(({ content }) => {
      const fields = [...protobufFields(content)];
      const domain = fields.find(({ number }) => number === 1);
      const version = fields.find(({ number }) => number === 2);
      return [
        ownDomain(domain === undefined ? '' : protobufText(domain)),
        version ? protobufNumber(version) : 0,
      ];
    }),
  );
}

/** ONNX's own operators have two names for their domain. */
function ownDomain(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}

function graphPart(fields: readonly ProtobufField[]): GraphPart {
  const of = (wanted: number) => fields.filter(({ number }) => number === wanted);
  if (of(15).length > 0) throw new Obstacle(SPARSE);
  const initializers = of(5).map(({ content }) => namedPart(requireWithin(content), 8));
  const stored = new Set(initializers.map(({ name }) => name));
  return {
    name: texts(fields, 2)[0] ?? '',
    nodes: of(1).map(({ content }) => nodePart(content)),
    initializers,
    // Older models name their weights among the inputs too.
    inputs: of(11)
      .map(({ content }) => namedPart(content, 1))
      .filter(({ name }) => !stored.has(name)),
    outputs: of(12).map(({ content }) => namedPart(content, 1)),
  };
}

function nodePart(node: Uint8Array): NodePart {
  const fields = [...protobufFields(node)];
  return {
    type: texts(fields, 4)[0],
    domain: ownDomain(texts(fields, 7)[0] ?? ''),
    overload: texts(fields, 8)[0] ?? '',
    inputs: texts(fields, 1),
    outputs: texts(fields, 2),
    attributes: fields.filter(({ number }) => number === 5).map(({ content }) => attributePart(content)),
  };
}

function attributePart(content: Uint8Array): AttributePart {
  const fields = [...protobufFields(content)];
  for (const field of fields) if (field.number === 5 || field.number === 10) requireWithin(field.content);
  return {
    name: texts(fields, 1)[0],
    content,
    graphs: fields.filter(isGraph).map(({ content: graph }) => graphPart([...protobufFields(graph)])),
  };
}

function isGraph({ number }: ProtobufField): boolean {
  return number === 6 || number === 11;
}

function functionPart(content: Uint8Array): FunctionPart {
  const fields = [...protobufFields(content)];
  return {
    name: texts(fields, 1)[0],
    domain: ownDomain(texts(fields, 10)[0] ?? ''),
    overload: texts(fields, 13)[0] ?? '',
    opsets: opsetsOf(fields.filter(({ number }) => number === 9)),
    nodes: fields.filter(({ number }) => number === 7).map(({ content: node }) => nodePart(node)),
    signature: fields.filter(({ number }) => SIGNATURE.has(number)).map(({ encoded }) => encoded),
  };
}

/** Of a FunctionProto: input, output, attribute, attribute_proto. */
const SIGNATURE = new Set([4, 5, 6, 11]);

/** A TensorProto whose values are in it. */
function requireWithin(tensor: Uint8Array): Uint8Array {
  for (const field of protobufFields(tensor)) {
    const isElsewhere = field.number === 13 || (field.number === 14 && protobufNumber(field) !== 0);
    if (isElsewhere) throw new Obstacle(KEPT_ELSEWHERE);
  }
  return tensor;
}

/** `field` is where the message has its name. */
function namedPart(message: Uint8Array, field: number): NamedPart {
  const fields = [...protobufFields(message)];
  return {
    name: texts(fields, field)[0] ?? '',
    renamed(name) {
      const copy = protobuf().string(field, name);
      for (const { number, encoded } of fields) if (number !== field) copy.encoded(encoded);
      return copy;
    },
  };
}

function texts(fields: readonly ProtobufField[], wanted: number): string[] {
  return fields.filter(({ number }) => number === wanted).map(protobufText);
}

/** The NodeProto of `node` where tensors are called as `named` says. */
export function nodeMessage(node: NodePart, named: Naming): ProtobufMessage {
  const message = protobuf();
  const outputs = node.outputs.map(named);
  for (const input of node.inputs) message.string(1, named(input));
  for (const output of outputs) message.string(2, output);
  message.string(3, `${outputs.find((output) => output !== '') ?? ''}_node`).string(4, node.type);
  for (const attribute of node.attributes) message.message(5, attributeMessage(attribute, named));
  if (node.domain !== '') message.string(7, node.domain);
  if (node.overload !== '') message.string(8, node.overload);
  return message;
}

function attributeMessage({ content, graphs }: AttributePart, named: Naming): ProtobufMessage {
  if (graphs.length === 0) return protobuf().encoded(content);
  const message = protobuf();
  const rest = [...graphs];
  for (const field of protobufFields(content)) {
    if (isGraph(field)) message.message(field.number, graphMessage(rest.shift()!, named));
    else message.encoded(field.encoded);
  }
  return message;
}

function graphMessage({ name, nodes, initializers, inputs, outputs }: GraphPart, named: Naming) {
  const message = protobuf();
  for (const node of nodes) message.message(1, nodeMessage(node, named));
  message.string(2, name);
  const add = (field: number, parts: readonly NamedPart[]) => {
    for (const part of parts) message.message(field, part.renamed(named(part.name)));
  };
  add(5, initializers);
  add(11, inputs);
  add(12, outputs);
  return message;
}

/** The FunctionProto of `part`. */
export function functionMessage({ name, domain, overload, opsets, nodes, signature }: FunctionPart) {
  const message = protobuf().string(1, name);
  for (const encoded of signature) message.encoded(encoded);
  for (const node of nodes)
    message.message(
      7,
      nodeMessage(node, (tensor) => tensor),
    );
  for (const [set, version] of opsets) message.message(9, protobuf().string(1, set).varint(2, version));
  message.string(10, domain);
  if (overload !== '') message.string(13, overload);
  return message;
}

/** The nodes with every one, those of the graphs in them too, replaced by what `change` makes of it. */
export function changedNodes(
  nodes: readonly NodePart[],
  change: (node: NodePart) => readonly NodePart[],
): readonly NodePart[] {
  const inner = (graph: GraphPart): GraphPart => ({ ...graph, nodes: changedNodes(graph.nodes, change) });
  return nodes.flatMap((node) => {
    const attributes = node.attributes.map((each) =>
      each.graphs.length === 0 ? each : { ...each, graphs: each.graphs.map(inner) },
    );
    return change({ ...node, attributes });
  });
}

/** What of a graph its outputs `wanted` need: weights of heads that nobody asks stay behind. */
export function neededFor(graph: GraphPart, wanted: readonly string[]): GraphPart {
  const needed = new Set(wanted);
  const nodes = graph.nodes.toReversed().filter((node) => {
    if (!node.outputs.some((output) => needed.has(output))) return false;
    // A body sees the tensors around it by their names; its own do no harm here.
    changedNodes([node], ({ inputs, attributes }) => {
      for (const input of inputs) needed.add(input);
      for (const { graphs } of attributes) {
        for (const { outputs } of graphs) for (const { name } of outputs) needed.add(name);
      }
      return [];
    });
    return true;
  });
  return {
    ...graph,
    nodes: nodes.reverse(),
    initializers: graph.initializers.filter(({ name }) => needed.has(name)),
    outputs: graph.outputs.filter(({ name }) => needed.has(name)),
  };
}

/** The domains of other operators than ONNX's own in a model, its graphs and its functions. */
export function domainsOf({ graph, functions }: ModelParts): ReadonlySet<string> {
  const domains = new Set<string>();
  for (const nodes of [graph.nodes, ...functions.map((each) => each.nodes)]) {
    changedNodes(nodes, (node) => {
      if (node.domain !== '') domains.add(node.domain);
      return [];
    });
  }
  return domains;
}
