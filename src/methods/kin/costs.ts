// What a run of kin takes: time and memory.
//
// The seconds of its stages are those on two cores of an AMD EPYC (Zen 4): where a forecast begins. The pace of the run
// itself corrects it (run/writing/stage-clock.ts), so that only the proportions matter.
import type { StageCost } from '../../core/progress.js';
import { type ImageShape, pixelsPerImage } from '../../data/source.js';
import { FEATURE_COLUMNS } from '../../features/features.js';
import { FRAME_PIXELS } from '../../features/frame.js';
import { HOG_COLUMNS } from '../../features/hog.js';
import type { DatasetSize, RoomForImage } from '../found-kinds.js';
import type { KinOptions, MethodOptions } from '../options.js';
import { LEAST_FOR_HEADS } from './heads.js';

/** Seconds for 60,000 images; everything of kin grows about in proportion. */
const MEASURED_IMAGES = 60_000;
/** Seconds that a stage takes however few images there are: threads and models to start. */
const START_SECONDS = 0.15;
/** Seconds a thousand steps of both networks, by the channels of the first convolution. */
const NETWORK_SECONDS: Readonly<Record<number, number>> = { 16: 16, 32: 42 };
/** All heads on 60,000 vectors. */
const HEAD_SECONDS = 40;
/** Reading 60,000 small PNG files. */
const DECODING_SECONDS = 12;
/** The packaged encoder on 60,000 photographs that nobody has seen before. */
const ENCODING_SECONDS = 660;
/** Classifying 10,000 held-out images: by a vote, or by networks as above. */
const VOTE_SECONDS = 1.7;
const CLASSIFY_SECONDS: Readonly<Record<number, number>> = { 16: 3, 32: 7 };
/** A small dataset is gone through several times an epoch; of both networks together. */
const LEAST_STEPS = 4000;
/** Share of the images that an epoch is usually trained on. */
const USUALLY_KEPT = 0.92;

/** The stages of a run in their order. */
export function kinStages({ kin, clustering }: MethodOptions, size: DatasetSize): StageCost[] {
  const { count } = size;
  if (kin === null || count === null) return [];
  const share = count / MEASURED_IMAGES;
  const isTold = clustering.numClusters !== null;
  const stage = (name: string, seconds: number): StageCost => ({
    stage: name,
    seconds: START_SECONDS + seconds * share,
  });
  const graph = [
    stage('read', size.isDecoded ? 0.3 : DECODING_SECONDS),
    ...(size.vectors === 'encoder' ? [stage('encode', ENCODING_SECONDS)] : []),
    stage('features', 3.4),
    stage('neighbours', 2.2),
    stage('eigenvectors', isTold ? 0.8 : 1.3),
    ...(isTold ? [] : [stage('number of kinds', 3.8)]),
    stage('kinds', 2),
    stage('neighbours', 1.2),
    stage('write', 0.2),
    stage('score', 0.2),
  ];
  if (kin.widths === null) {
    return [...graph, { stage: 'classify', seconds: heldOutSeconds(size, VOTE_SECONDS) }];
  }
  return [
    ...graph,
    ...(isTold ? [stage('eigenvectors', 1.2)] : []),
    stage('satellites', 3),
    stage('stability', 8),
    ...settlingStages(size, { stage: 'networks', seconds: networkSeconds(kin, count) }),
    stage('neighbours', 0.3),
    stage('write', 0.2),
    stage('score', 0.4),
    { stage: 'classify', seconds: heldOutSeconds(size, CLASSIFY_SECONDS[kin.widths[0]]) },
  ];
}

/** Networks of pixels, or heads on vectors. */
function settlingStages({ vectors, count }: DatasetSize, networks: StageCost): StageCost[] {
  if (vectors === null) return [networks];
  if (vectors !== 'encoder' || count === null || count < LEAST_FOR_HEADS) return [];
  return [{ stage: 'heads', seconds: START_SECONDS + (HEAD_SECONDS * count) / MEASURED_IMAGES }];
}

function networkSeconds({ widths, warmUpEpochs, epochs, batchSize }: KinOptions, count: number): number {
  const steps = Math.max(LEAST_STEPS, ((warmUpEpochs + epochs) * USUALLY_KEPT * count) / batchSize);
  return (NETWORK_SECONDS[widths![0]] * steps) / 1000;
}

function heldOutSeconds({ heldOut }: DatasetSize, seconds: number): number {
  return (seconds * heldOut) / 10_000;
}

const FLOAT_BYTES = 4;
const VIEWS = 2;

/** What an image takes while its features are made. */
export function kinRoom(_: MethodOptions, shape: ImageShape): RoomForImage {
  const pixels = pixelsPerImage(shape);
  const histogram = HOG_COLUMNS * FLOAT_BYTES;
  const views = VIEWS * (FRAME_PIXELS + FEATURE_COLUMNS * FLOAT_BYTES);
  return { largestRow: Math.max(pixels, histogram), whole: pixels + histogram + views };
}
