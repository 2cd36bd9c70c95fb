// A run card with plausible figures, for tests that need one.
import type { RunCard } from '#kindred/run/card.js';

export function exampleCard(changes: Partial<RunCard> = {}): RunCard {
  const images = { location: null, sha256: 'ab'.repeat(32), height: 28, width: 28, channels: 1 };
  const where = { locations: [], skipped: 0 };
  return {
    format: 1,
    version: '0.1.0',
    command: ['train', '--steps', '2000'],
    finished: true,
    method: 'autoencoder',
    tag: 'autoencoder-1',
    options: {
      method: 'autoencoder',
      seed: 1,
      threads: 2,
      network: { convolution: false, hidden: [500, 500, 2000], encodingSize: 10, tied: true },
      training: { optimizer: 'adam', learningRate: 0.001, warmUpSteps: 100, steps: 2000, batchSize: 128 },
      clustering: { numClusters: 10, distance: 'euclidean', miniBatch: null, restarts: 10 },
      kin: null,
    },
    tensorboardEmbedding: false,
    data: {
      ...images,
      ...where,
      name: 'MNIST train',
      count: 60_000,
      test: { ...images, ...where, name: 'MNIST test', count: 10_000 },
    },
    framing: {
      height: 28,
      width: 28,
      channels: 1,
      polarity: 'keep',
      crop: 'whole',
      isDarkGround: true,
      reasons: ['size: 28 × 28, which all pictures have (--size)'],
    },
    limits: { pixels: 64_000_000, fileBytes: 2 ** 28, expansion: 200 },
    labelsFrom: 'source',
    seed: 1,
    threads: 2,
    machine: {
      platform: 'linux',
      arch: 'x64',
      cpu: 'Example CPU at 2.8 GHz',
      cores: 2,
      memoryBytes: 8 * 2 ** 30,
      node: '20.20.0',
      onnxruntime: '1.30.0',
    },
    startedAt: '2025-01-02T03:04:05.678Z',
    seconds: { total: 74.2, reading: 0.6, training: 58.1, encoding: 2.2, clustering: 11.4, report: 1.9 },
    peakBytes: 812 * 2 ** 20,
    k: 10,
    clusterSizes: [6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000],
    outside: 0,
    numberOfKinds: [],
    stability: null,
    findings: { exactDuplicates: 0, nearDuplicates: 0, outliers: 0, mixedKinds: 0 },
    kin: null,
    training: { stepsDone: 2000, finalLoss: 0.0211, heldOutLoss: 0.0216 },
    clusteringInertia: 123_456.7,
    metrics: {
      train: {
        majorityAccuracy: 0.7312,
        oneToOneAccuracy: 0.7108,
        nmi: 0.6755,
        ari: 0.6011,
        reliability: null,
      },
      test: {
        majorityAccuracy: 0.7405,
        oneToOneAccuracy: 0.7201,
        nmi: 0.6802,
        ari: 0.6123,
        reliability: null,
      },
    },
    ...changes,
  };
}
