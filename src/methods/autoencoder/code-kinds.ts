// From codes to kinds: K-means, then one judgement of every image by the very graph that will judge new ones.
import { kMeans } from '../../cluster/kmeans/kmeans.js';
import { membersOf, sizesOf } from '../../core/groups.js';
import { type Matrix, matrix } from '../../core/matrix.js';
import type { Images } from '../../data/source.js';
import { pixels } from '../../engine/operations.js';
import { runModel } from '../../engine/runtime/model-runner.js';
import { nearestNeighbours } from '../../graph/neighbours/nearest-neighbours.js';
import {
  CODES,
  type EncoderProgram,
  IMAGES,
  type KindModel,
  writeClassifier,
  writeEncoder,
  writeJudge,
} from '../classifier.js';
import type { FoundKinds, MethodContext } from '../found-kinds.js';
import type { MethodOptions } from '../options.js';

/** Where K-means stops: it rarely needs 100 passes, and less than this changes no kind. */
const CONVERGENCE = { maxIterations: 300, tolerance: 1e-5 } as const;

/** Neighbours by which oddities are found. */
const NEIGHBOURS = 10;

/** A kind reaches as far as all but this share of its images: the rest may be anything. */
const BEYOND_REACH = 0.001;

/** Encodes every image, clusters the codes, and writes the models that do the same to new images. */
export async function findKinds(
  images: Images,
  encode: EncoderProgram,
  options: MethodOptions,
  context: MethodContext,
): Promise<FoundKinds> {
  const { threads, clustering, seed } = options;
  const { numClusters } = clustering;
  if (numClusters === null) throw new Error('findKinds: K-means needs a number of clusters');
  const { model: encoder, codeLength } = writeEncoder(images, encode);
  const codes = await encodeImages(encoder, codeLength, images, threads, context);
  const { centres, inertia } = await kMeans(codes, {
    k: numClusters,
    restarts: clustering.restarts,
    distance: clustering.distance,
    miniBatch: clustering.miniBatch,
    ...CONVERGENCE,
    seed,
    threads,
    report: context.report,
    signal: context.signal,
  });

  const { distance } = clustering;
  const everywhere = new Float32Array(centres.rows).fill(Number.POSITIVE_INFINITY);
  const judged = await judgeCodes({ centres, distance, radii: everywhere }, codes, threads, context);
  const radii = reachOfKinds(judged.assignment, judged.distances, centres.rows);
  return {
    k: centres.rows,
    assignment: judged.assignment,
    confidence: judged.confidence,
    distances: judged.distances,
    clusterSizes: sizesOf(judged.assignment, centres.rows),
    codes,
    neighbours: await nearestNeighbours(codes, { k: NEIGHBOURS, threads, ...context, report: () => {} }),
    inertia,
    stability: null,
    kin: null,
    encoder,
    classifier: writeClassifier(images, encode, { centres, distance, radii }),
  };
}

/** The code of each image: (n, columns), in shared memory. */
export async function encodeImages(
  encoder: Uint8Array,
  columns: number,
  images: Images,
  threads: number,
  context: MethodContext,
): Promise<Matrix> {
  const { height, width, channels, data, count } = images;
  const rows = { inputName: IMAGES, shape: [height, width, channels], data, count };
  const { code } = await runModel(encoder, rows, [{ name: 'code', columns }], {
    threads,
    stage: 'encode',
    unit: 'images',
    ...context,
  });
  return matrix(count, columns, code);
}

async function judgeCodes(kinds: KindModel, codes: Matrix, threads: number, context: MethodContext) {
  const rows = { inputName: CODES, shape: [codes.columns], data: codes.data, count: codes.rows };
  const outputs = (['cluster', 'confidence', 'distance'] as const).map((name) => ({ name, columns: 1 }));
  const judged = await runModel(writeJudge(kinds), rows, outputs, {
    threads,
    stage: 'judge',
    unit: 'images',
    ...context,
  });
  return {
    assignment: Int32Array.from(judged.cluster),
    confidence: judged.confidence,
    distances: judged.distance,
  };
}

/** For each kind the distance that all but BEYOND_REACH of its images keep to; 0 for an empty kind. */
function reachOfKinds(assignment: Int32Array, distances: Float32Array, k: number): Float32Array {
  return Float32Array.from(membersOf(assignment, k), (images) => {
    if (images.length === 0) return 0;
    const sorted = Float32Array.from(images, (image) => distances[image]).sort();
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * (1 - BEYOND_REACH)))];
  });
}

// K-means on raw pixels: the baseline that a network has to beat.

/** Clusters the images by their pixels, each scaled to 0 … 1. */
export function clusterPixels(
  images: Images,
  options: MethodOptions,
  context: MethodContext,
): Promise<FoundKinds> {
  return findKinds(images, pixels, options, context);
}
