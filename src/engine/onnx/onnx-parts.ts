// Takes an encoded ONNX model apart, so that its graph can become a part of another one (OnnxGraph.embed).
// Format: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (field numbers below are from there).
import {
  type ProtobufField,
  type ProtobufMessage,
  protobuf,
  protobufFields,
  protobufNumber,
  protobufText,
} from '../../core/protobuf.js';

export interface ModelParts {
  /** In their order, which is one in which they can run. */
  readonly nodes: readonly NodePart[];
  readonly initializers: readonly InitializerPart[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export interface NodePart {
  readonly type: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** AttributeProto messages as they were encoded. */
  readonly attributes: readonly Uint8Array[];
}

export interface InitializerPart {
  readonly name: string;
  /** The same tensor under another name. */
  renamed(name: string): ProtobufMessage;
}

/** Throws an Error for a model of another operator set than `opset`, or whose nodes hold graphs of their own. */
export function takeModelApart(model: Uint8Array, opset: number): ModelParts {
  const parts = { nodes: [], initializers: [], inputs: [], outputs: [] } as {
    nodes: NodePart[];
    initializers: InitializerPart[];
    inputs: string[];
    outputs: string[];
  };
  for (const field of protobufFields(model)) {
    if (field.number === 8) requireOpset(field, opset);
    if (field.number !== 7) continue;
    for (const { number, content } of protobufFields(field.content)) {
      if (number === 1) parts.nodes.push(nodePart(content));
      else if (number === 5) parts.initializers.push(initializerPart(content));
      else if (number === 11) parts.inputs.push(nameOf(content, 1));
      else if (number === 12) parts.outputs.push(nameOf(content, 1));
    }
  }
  return parts;
}

function requireOpset({ content }: ProtobufField, wanted: number): void {
  const fields = [...protobufFields(content)];
  const isOnnx = fields.every((field) => field.number !== 1 || field.content.length === 0);
  const version = fields.find(({ number }) => number === 2);
  if (!isOnnx || version === undefined || protobufNumber(version) === wanted) return;
  throw new Error(`the model is of operator set ${protobufNumber(version)} and not of ${wanted}`);
}

function nodePart(node: Uint8Array): NodePart {
  const fields = [...protobufFields(node)];
  const texts = (number: number) => fields.filter((field) => field.number === number).map(protobufText);
  const attributes = fields.filter(({ number }) => number === 5).map(({ content }) => content);
  for (const attribute of attributes) {
    for (const { number } of protobufFields(attribute)) {
      if (number === 6 || number === 11) throw new Error('the model has a graph within a node');
    }
  }
  return {
    type: texts(4)[0],
    domain: texts(7)[0] ?? '',
    inputs: texts(1),
    outputs: texts(2),
    attributes,
  };
}

function initializerPart(tensor: Uint8Array): InitializerPart {
  return {
    name: nameOf(tensor, 8),
    renamed(name) {
      const copy = protobuf().string(8, name);
      for (const { number, encoded } of protobufFields(tensor)) if (number !== 8) copy.encoded(encoded);
      return copy;
    },
  };
}

function nameOf(message: Uint8Array, number: number): string {
  for (const field of protobufFields(message)) if (field.number === number) return protobufText(field);
  throw new Error('a tensor has no name');
}
