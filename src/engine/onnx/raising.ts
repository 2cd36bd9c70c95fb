// A whole model made ready to stand in a graph of a newer operator set: its nodes raised, its functions under names of
// their own.
import { InputError } from '../../core/errors.js';
import {
  changedNodes,
  type FunctionPart,
  type GraphPart,
  type ModelParts,
  type NodePart,
  neededFor,
  Obstacle,
  takeModelApart,
} from './onnx-parts.js';
import { NEWEST_OPSET, OLDEST_OPSET, raisedNode, WRITTEN_OPSET } from './operator-sets.js';

export interface EmbedOptions {
  /** The model in messages. */
  readonly called?: string;
  /** Outputs that are used; all where left out. */
  readonly wanted?: readonly string[];
}

/** The operator set that a graph needs which these models are to stand in. */
export function opsetFor(models: readonly Uint8Array[], called: string): number {
  return Math.max(WRITTEN_OPSET, ...models.map((model) => opsetOf(takeModelApart(model, called))));
}

/** The newest that the model, or a function of it, is written in. */
function opsetOf({ opsets, functions }: ModelParts): number {
  const all = [opsets, ...functions.map((each) => each.opsets)].map((each) => each.get('') ?? 0);
  return Math.max(...all) || WRITTEN_OPSET;
}

/**
 * The model with every node in the meaning of `opset`, all that its outputs `wanted` need; its functions get `names` in front of
 * theirs. `called` is the model in messages. Throws an InputError where it cannot be raised, or is newer than what is known.
 */
export function raisedModel(
  model: Uint8Array,
  names: string,
  opset: number,
  { called = 'the model', wanted }: EmbedOptions,
): ModelParts {
  const whole = takeModelApart(model, called);
  const parts = wanted === undefined ? whole : { ...whole, graph: neededFor(whole.graph, wanted) };
  const newest = opsetOf(parts);
  const from = parts.opsets.get('') ?? newest;
  const strange = [from, newest].find((version) => version < OLDEST_OPSET || version > NEWEST_OPSET);
  if (strange !== undefined) {
    throw new InputError(
      `${called} is of operator set ${strange}, where ${OLDEST_OPSET} to ${NEWEST_OPSET} are wanted: export it again with ${WRITTEN_OPSET}.`,
    );
  }
  if (newest > opset) throw new Error(`embed: the model is of operator set ${newest}, the graph of ${opset}`);
  const fresh = freshNames(parts);
  const own = new Set(parts.functions.map(functionKey));
  const change = (before: number) => (node: NodePart) => {
    if (own.has(functionKey({ ...node, name: node.type })))
      return [{ ...node, type: `${names}${node.type}` }];
    return node.domain === '' ? raisedNode(node, fresh, before, opset) : [node];
  };
  try {
    return {
      ...parts,
      opsets: new Map([...parts.opsets, ['', opset]]),
      graph: { ...parts.graph, nodes: changedNodes(parts.graph.nodes, change(from)) },
      functions: parts.functions.map((each) => ({
        ...each,
        name: `${names}${each.name}`,
        opsets: new Map([...each.opsets, ['', opset]]),
        nodes: changedNodes(each.nodes, change(each.opsets.get('') ?? from)),
      })),
    };
  } catch (error) {
    if (error instanceof Obstacle) throw new InputError(`${called} ${error.message}`);
    throw error;
  }
}

function functionKey({ domain, name, overload }: Pick<FunctionPart, 'domain' | 'name' | 'overload'>): string {
  return JSON.stringify([domain, name, overload]);
}

/** Names that no tensor of the model has, wherever in it. */
function freshNames({ graph, functions }: ModelParts): () => string {
  const taken = new Set<string>();
  const take = (nodes: readonly NodePart[]) => {
    changedNodes(nodes, (node) => {
      for (const name of [...node.inputs, ...node.outputs]) taken.add(name);
      for (const { graphs } of node.attributes) for (const inner of graphs) takeDeclared(inner);
      return [];
    });
  };
  const takeDeclared = ({ initializers, inputs, outputs }: GraphPart) => {
    for (const { name } of [...initializers, ...inputs, ...outputs]) taken.add(name);
  };
  takeDeclared(graph);
  take(graph.nodes);
  for (const { nodes } of functions) take(nodes);
  let count = 0;
  return () => {
    while (taken.has(`raised_${count}`)) count++;
    return `raised_${count++}`;
  };
}
