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
  const fields = [...protobufFields(model)];
  for (const field of fields) if (field.number === 8) requireOpset(field, opset);
  const graph = fields
    .filter(({ number }) => number === 7)
    .flatMap(({ content }) => [...protobufFields(content)]);
  const of = (wanted: number) =>
    graph.filter(({ number }) => number === wanted).map(({ content }) => content);
  return {
    nodes: of(1).map(nodePart),
    initializers: of(5).map(initializerPart),
    inputs: of(11).map((info) => nameOf(info, 1)),
    outputs: of(12).map((info) => nameOf(info, 1)),
  };
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
