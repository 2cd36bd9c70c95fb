// classifier.onnx of a run that has grown: what the old classifier says, unless an image's nearest stored images
// speak for a new kind. So an image of an old kind gets the very answer that it got before, networks and all.
//
// The old classifier and the encoder are put into the graph as they are; nothing is trained again.
import { type Matrix, matrix, normaliseRows } from '../../core/matrix.js';
import { addColumn, addNearest } from '../../engine/onnx/nearest-rows.js';
import { createOnnxGraph } from '../../engine/onnx/onnx.js';
import { addUnitRows } from '../classifier.js';
import type { Asked } from '../classify.js';
import { addConfidence } from '../kin/calibration.js';
import { addShares, addVotes, addWeightsByDistance } from '../kin/nearest-references.js';
import type { DistanceName } from '../options.js';

export interface GrownVote {
  /** Null where the old classifier gives the code too: that of vectors made elsewhere. */
  readonly encoder: Uint8Array | null;
  readonly oldClassifier: Uint8Array;
  /** Kinds of the old classifier; new ones are numbered from there. */
  readonly oldKinds: number;
  readonly newKinds: number;
  readonly distance: DistanceName;
  /** (m, d): codes of images that are stored, as `codesFor` prepares them. */
  readonly references: Matrix;
  /** (m): 0 for an image of an old kind, 1 + j for one of the j-th new kind. */
  readonly classes: Int32Array;
  /** References that vote. */
  readonly neighbours: number;
  readonly temperature: number;
  /** An image of a new kind is known if its nearest reference lies at most so far away. */
  readonly noveltyThreshold: number;
}

/** How fast a neighbour's vote fades with its distance, relative to the nearest one's. */
export const SHARPNESS = 5;
/**
 * A new kind needs this share of the votes. On nine plants (docs/log.md) held-out images of old kinds lose 0.22 points
 * at most and 0.08 on average, and 86.9 % of the new kind's are found; with half of the votes 0.36, 0.14 and 90.0 %.
 */
const LEAST_SHARE = 0.65;

export function writeGrownClassifier(
  { inputName, type, shape, description }: Omit<Asked, 'data' | 'count'>,
  vote: GrownVote,
): Uint8Array<ArrayBuffer> {
  const { references, classes, oldKinds, newKinds, temperature, noveltyThreshold } = vote;
  const count = Math.min(vote.neighbours, references.rows);
  const graph = createOnnxGraph('classifier');
  const given = { [inputName]: graph.input(inputName, type, ['n', ...shape]) };
  const encoder = vote.encoder && graph.embed(vote.encoder, 'encoder_', given);
  const old = graph.embed(vote.oldClassifier, 'old_', given);
  const { code } = encoder ?? old;
  const rows = vote.distance === 'cosine' ? addUnitRows(graph, code) : code;
  const { distances, indices } = addNearest(graph, rows, references, count);
  const weights = addWeightsByDistance(graph, distances, SHARPNESS);
  const votes = addVotes(graph, indices, graph.integers(classes), { classCount: 1 + newKinds, weights });
  const shares = addShares(graph, votes);

  const favour = new Float32Array(1 + newKinds).fill(1);
  favour[0] = LEAST_SHARE / (1 - LEAST_SHARE);
  const weighed = graph.node('Mul', [shares, graph.constant(favour, [1, 1 + newKinds])]);
  const winner = graph.node('ArgMax', [weighed], { attributes: { axis: 1, keepdims: 0 } });
  const isNew = graph.node('Greater', [winner, graph.integers([0], [])]);
  const newKind = graph.node('Add', [winner, graph.integers([oldKinds - 1], [])]);
  const isNear = graph.node('LessOrEqual', [addColumn(graph, distances, 0), graph.scalar(noveltyThreshold)]);
  const choose = (fresh: string, before: string) => graph.node('Where', [isNew, fresh, before]);
  graph.output('cluster', choose(newKind, old.cluster), 'int64', ['n']);
  const sure = addConfidence(graph, shares, temperature);
  graph.output('confidence', choose(sure, old.confidence), 'float32', ['n']);
  // ONNX Runtime has no Where for truth values.
  const knownAsNew = graph.node('And', [isNew, isNear]);
  const knownAsBefore = graph.node('And', [graph.node('Not', [isNew]), old.known]);
  graph.output('known', graph.node('Or', [knownAsNew, knownAsBefore]), 'bool', ['n']);
  const told = `cluster: number of the kind, from ${oldKinds} on kinds that came later; confidence: 0 to 1; known: resembles an image that a kind was found in`;
  if (encoder !== null) return graph.encode({ 'kindred.input': description, 'kindred.output': told });
  // It can grow again.
  graph.output('code', code, 'float32', ['n', references.columns]);
  return graph.encode({
    'kindred.input': description,
    'kindred.output': `${told}; code: what images are compared by`,
  });
}

/** codes (n, d) as they are compared: of unit length under the cosine distance. */
export function codesFor(codes: Matrix, distance: DistanceName): Matrix {
  if (distance === 'euclidean') return codes;
  const unit = matrix(codes.rows, codes.columns, codes.data.slice());
  normaliseRows(unit);
  return unit;
}
