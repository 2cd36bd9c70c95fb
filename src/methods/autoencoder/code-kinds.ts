// From codes to kinds: K-means, then one judgement of every image by the very graph that will judge new ones.
import { noveltyThreshold } from '../../cluster/judging/novelty.js';
import { kMeans } from '../../cluster/kmeans/kmeans.js';
import { itemsWhere, membersOf, sizesOf } from '../../core/groups.js';
import { type Matrix, squaresOfColumns, takeRows } from '../../core/matrix.js';
import type { Images } from '../../data/source.js';
import { matmul, pixels } from '../../engine/operations.js';
import { constant } from '../../engine/program.js';
import { runModel } from '../../engine/runtime/model-runner.js';
import { fitPrincipalComponents, project, scaledProjection } from '../../features/pca.js';
import { NEIGHBOURS } from '../../graph/neighbour-graph.js';
import { nearestNeighbours } from '../../graph/neighbours/nearest-neighbours.js';
import {
  CODES,
  type EncoderProgram,
  type KindModel,
  writeClassifier,
  writeEncoder,
  writeJudge,
} from '../classifier.js';
import { askedImages, codesOf } from '../classify.js';
import type { FoundKinds, MethodContext } from '../found-kinds.js';
import type { MethodOptions } from '../options.js';

/** Where K-means stops: it rarely needs 100 passes, and less than this changes no kind. */
const CONVERGENCE = { maxIterations: 300, tolerance: 1e-5 } as const;

/** Encodes every image, clusters the codes, and writes the models that do the same to new images. */
export async function findKinds(
  images: Images,
  encode: EncoderProgram,
  options: MethodOptions,
  context: MethodContext,
): Promise<FoundKinds> {
  const { threads, clustering, seed } = options;
  const { numClusters: k, whiten, ...how } = clustering;
  const { report, signal } = context;
  if (k === null) throw new Error('findKinds: K-means needs a number of clusters');
  const code = whiten ? await whitened(images, encode, threads, context) : encode;
  const { model: encoder, codeLength } = writeEncoder(images, code);
  const codes = await codesOf(encoder, codeLength, askedImages(images), threads, context);
  const work = { seed, threads, report, signal };
  const { centres, inertia } = await kMeans(codes, { k, ...how, ...CONVERGENCE, ...work });

  const { distance } = how;
  const everywhere = new Float32Array(centres.rows).fill(Number.POSITIVE_INFINITY);
  const judged = await judgeCodes({ centres, distance, thresholds: everywhere }, codes, threads, context);
  const thresholds = thresholdsOfKinds(judged.assignment, judged.distances, centres.rows);
  return {
    k: centres.rows,
    ...judged,
    clusterSizes: sizesOf(judged.assignment, centres.rows),
    codes,
    neighbours: await nearestNeighbours(codes, { k: NEIGHBOURS, threads, ...context, report: () => {} }),
    inertia,
    stability: null,
    kin: null,
    encoder,
    classifier: writeClassifier(images, code, { centres, distance, thresholds }),
  };
}

/**
 * The same codes, whitened by those of `images`: their principal components, each divided by its deviation. Directions in which nothing
 * varies are left out.
 */
async function whitened(
  images: Images,
  encode: EncoderProgram,
  threads: number,
  context: MethodContext,
): Promise<EncoderProgram> {
  const { model, codeLength } = writeEncoder(images, encode);
  const codes = await codesOf(model, codeLength, askedImages(images), threads, context);
  const work = { threads, stage: 'whiten', unit: 'codes', ...context };
  const fitted = await fitPrincipalComponents(codes, codeLength, work);
  const components = await project(codes, fitted, work);
  const scales = squaresOfColumns(components).map((sum) => (sum > 0 ? Math.sqrt(codes.rows / sum) : 0));
  const kept = itemsWhere(scales, (scale) => scale > 0);
  // Codes that are all equal have no direction to turn to.
  if (kept.length === 0) return encode;
  const projection = scaledProjection(fitted, scales);
  const table = takeRows(projection.components, kept);
  const shift = new Float32Array(table.rows);
  for (let at = 0; at < table.data.length; at++) {
    shift[Math.floor(at / codeLength)] -= table.data[at] * projection.mean[at % codeLength];
  }
  const weights = constant(table.data, [table.rows, codeLength]);
  return (batch) => matmul(encode(batch), weights, constant(shift, [table.rows]), { transposeB: true });
}

async function judgeCodes(kinds: KindModel, codes: Matrix, threads: number, context: MethodContext) {
  const rows = { inputName: CODES, shape: [codes.columns], data: codes.data, count: codes.rows };
  const outputs = (['cluster', 'confidence', 'distance'] as const).map((name) => ({ name, columns: 1 }));
  const run = { threads, stage: 'judge', unit: 'images', ...context };
  const { cluster, confidence, distance } = await runModel(writeJudge(kinds), rows, outputs, run);
  return { assignment: Int32Array.from(cluster), confidence, distances: distance };
}

/** (k): each kind's novelty threshold; 0 for an empty kind. */
function thresholdsOfKinds(assignment: Int32Array, distances: Float32Array, k: number): Float32Array {
  return Float32Array.from(membersOf(assignment, k), (images) =>
    noveltyThreshold(images.map((image) => distances[image])),
  );
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
