// classifier.onnx of a run that has grown: what the old classifier says, unless most of an image's nearest stored images
// are of a new kind. So an image of an old kind gets the very answer that it got before, networks and all.
//
// The old classifier and the encoder are put into the graph as they are; nothing is trained again.
import { normaliseRow } from '../cluster/rows.js';
import { type Matrix, matrix } from '../core/matrix.js';
import type { ImageShape } from '../data/source.js';
import { createOnnxGraph } from '../engine/onnx.js';
import { addConfidence } from './calibration.js';
import { addUnitRows, describeInput, IMAGES } from './classifier.js';
import { addClasses, addNearest, addShares, addSmallest, addVotes } from './nearest-references.js';
import type { DistanceName } from './options.js';

export interface GrownVote {
  readonly encoder: Uint8Array;
  readonly oldClassifier: Uint8Array;
  /** Kinds of the old classifier; new ones are numbered from there. */
  readonly oldKinds: number;
  readonly newKinds: number;
  readonly distance: DistanceName;
  /** (m, d): codes of images that are stored, as `codesFor` prepares them. */
  readonly references: Matrix;
  /** (m): 0 for an image of an old kind, 1 + j for one of the j-th new kind. */
  readonly classes: Int32Array;
  readonly voices: number;
  readonly temperature: number;
  /** An image of a new kind is known if its nearest reference lies at most so far away. */
  readonly reach: number;
}

/**
 * A new kind needs seven voices of ten. With a plain majority held-out images of old kinds lost up to 0.3 points (sandals
 * beside new sneakers; 0.25 at fours beside new nines), so 0.2 and 0.1; the new kinds' own lose one to three.
 */
const OLD_FAVOUR = 1.6;

export function writeGrownClassifier(shape: ImageShape, vote: GrownVote): Uint8Array<ArrayBuffer> {
  const { references, classes, oldKinds, newKinds, temperature, reach } = vote;
  const count = Math.min(vote.voices, references.rows);
  const graph = createOnnxGraph('classifier');
  const { height, width, channels } = shape;
  const images = graph.input(IMAGES, 'uint8', ['n', height, width, channels]);
  const { code } = graph.embed(vote.encoder, 'encoder_', { [IMAGES]: images });
  const old = graph.embed(vote.oldClassifier, 'old_', { [IMAGES]: images });
  const rows = vote.distance === 'cosine' ? addUnitRows(graph, code) : code;
  const { distances, indices } = addNearest(graph, rows, references, count);
  const votes = addVotes(graph, indices, addClasses(graph, classes), { classCount: 1 + newKinds, count });
  const shares = addShares(graph, votes);

  const favour = new Float32Array(1 + newKinds).fill(1);
  favour[0] = OLD_FAVOUR;
  const weighed = graph.node('Mul', [shares, graph.constant(favour, [1, 1 + newKinds])]);
  const winner = graph.node('ArgMax', [weighed], { attributes: { axis: 1, keepdims: 0 } });
  const isNew = graph.node('Greater', [winner, graph.integers([0], [])]);
  const newKind = graph.node('Add', [winner, graph.integers([oldKinds - 1], [])]);
  const isNear = graph.node('LessOrEqual', [addSmallest(graph, distances), graph.scalar(reach)]);
  const choose = (fresh: string, before: string) => graph.node('Where', [isNew, fresh, before]);
  graph.output('cluster', choose(newKind, old.cluster), 'int64', ['n']);
  const sure = addConfidence(graph, shares, temperature);
  graph.output('confidence', choose(sure, old.confidence), 'float32', ['n']);
  // ONNX Runtime has no Where for truth values.
  const knownAsNew = graph.node('And', [isNew, isNear]);
  const knownAsBefore = graph.node('And', [graph.node('Not', [isNew]), old.known]);
  graph.output('known', graph.node('Or', [knownAsNew, knownAsBefore]), 'bool', ['n']);
  return graph.encode({
    'kindred.input': describeInput(shape),
    'kindred.output': `cluster: number of the kind, from ${oldKinds} on kinds that came later; confidence: 0 to 1; known: resembles an image that a kind was found in`,
  });
}

/** codes (n, d) as they are compared: of unit length under the cosine distance. */
export function codesFor(codes: Matrix, distance: DistanceName): Matrix {
  if (distance === 'euclidean') return codes;
  const unit = matrix(codes.rows, codes.columns, codes.data.slice());
  for (let row = 0; row < unit.rows; row++) normaliseRow(unit.data, unit.columns, row);
  return unit;
}
