// The classic's command line, word for word, and the run folder that it leaves.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type RunCard, readRunCard } from '#kindred/run/files/card.js';
import { type Ended, runKindred } from '../support/command-line.js';
import { sharedFolder } from '../support/folders.js';
import { firstDigits, writePile } from '../support/mnist.js';
import { hasPython, runPython } from '../support/peers.js';

const COUNT = 300;
const cwd = sharedFolder();
const folder = join(cwd, 'logs/run1');
let end: Ended;
let card: RunCard;

function classic(dataDir: string, logDir: string, steps: number): string[] {
  const line = `train --data_dir=${dataDir} --log_dir=${logDir} --tag=run1 --tb_embedding=True --learning_rate=0.05 --encoding_size=32 --steps=${steps} --num_clusters=20 --convolution=True`;
  return line.split(' ');
}

function text(path: string): string {
  return readFileSync(join(folder, path), 'utf8');
}

beforeAll(async () => {
  writePile(join(cwd, 'data'), { train: firstDigits('train', COUNT), test: firstDigits('t10k', 100) });
  end = await runKindred(classic('data', 'logs', 20), { cwd });
  if (end.code === 0) card = readRunCard(folder);
});

describe("the classic's command line", () => {
  it('ends well, with the table of kinds and both accuracies', () => {
    expect({ code: end.code, stderr: end.code === 0 ? '' : end.stderr }).toEqual({ code: 0, stderr: '' });
    expect(end.stdout).toContain('20 kinds in 300 images');
    expect(end.stdout).toMatch(/^accuracy, majority vote +\d+\.\d % +\d+\.\d %$/m);
    expect(end.stdout).toContain('logs/run1');
  });

  it('a stage has at most two lines of progress here', () => {
    const stages = end.stderr
      .trimEnd()
      .split('\n')
      .map((line) => line.split(':')[0]);
    expect(new Set(stages)).toContain('train');
    for (const stage of new Set(stages)) {
      const lines = stages.filter((each) => each === stage).length;
      // Training may take long enough for a line every ten seconds.
      if (stage !== 'train') expect(lines, stage).toBeLessThanOrEqual(2);
    }
    expect(end.stderr.match(/^train: 20\/20 /gm)).toHaveLength(1);
  });

  it('leaves these files and no others', () => {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
      .map((path) => path.replace(/tfevents\..*/, 'tfevents'));
    expect(files.sort()).toEqual([
      'assignments.csv',
      'checkpoint/state.json',
      'checkpoint/training-20.npy',
      'codes.npy',
      'events.out.tfevents',
      'findings.csv',
      'heldout/events.out.tfevents',
      'kinds.csv',
      'metadata.tsv',
      'model/classifier.onnx',
      'model/encoder.onnx',
      'projector_config.pbtxt',
      'report.html',
      'run.json',
      'scores.csv',
      'skipped.csv',
      'sprite.png',
      'tensors.tsv',
    ]);
  });

  it('the card says what was asked and what came out', () => {
    expect(card).toMatchObject({
      format: 1,
      command: classic('data', 'logs', 20),
      finished: true,
      method: 'autoencoder',
      tag: 'run1',
      tensorboardEmbedding: true,
      options: {
        network: { convolution: true, encodingSize: 32, hidden: [], tied: false },
        training: { optimizer: 'adagrad', learningRate: 0.05, steps: 20 },
        clustering: { numClusters: 20, distance: 'euclidean', miniBatch: null },
      },
      data: { location: join(cwd, 'data'), count: COUNT, height: 28, width: 28, channels: 1 },
      k: 20,
      training: { stepsDone: 20 },
    });
    expect(card.data.test?.count).toBe(100);
    expect(card.data.test?.sha256).not.toBe(card.data.sha256);
    expect(card.clusterSizes.reduce((sum, size) => sum + size, 0)).toBe(COUNT);
    expect(card.seconds.total).toBeGreaterThan(0);
    expect(card.peakBytes).toBeGreaterThan(1 << 20);
    for (const metrics of [card.metrics!.train, card.metrics!.test!]) {
      const { majorityAccuracy, oneToOneAccuracy, nmi, ari } = metrics;
      expect(majorityAccuracy).toBeGreaterThanOrEqual(oneToOneAccuracy);
      for (const value of [majorityAccuracy, oneToOneAccuracy, nmi]) expect(value).toBeGreaterThan(0);
      for (const value of [majorityAccuracy, oneToOneAccuracy, nmi, ari]) {
        expect(value).toBeLessThanOrEqual(1);
      }
    }
    expect(card.metrics?.train.majorityAccuracy).toBeGreaterThan(0.2);
  });

  it('the report is one page with a section of every kind', () => {
    const page = text('report.html');
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toContain('20 kinds in 300 images');
    expect(page).not.toMatch(/(src|href)="(?!data:|#)/);
    const shown = new Set([...page.matchAll(/cluster (\d+)<\/span>/g)].map(([, cluster]) => Number(cluster)));
    expect([...shown].sort((a, b) => a - b)).toEqual([...new Array(20).keys()]);
    expect(page.match(/data:image\/png;base64/g)!.length).toBeGreaterThanOrEqual(20);
  });
});

const READ_BACK = `
import json, sys
import numpy, pandas
run = sys.argv[1]
codes = numpy.load(run + '/codes.npy')
tables = {name: pandas.read_csv(f'{run}/{name}.csv') for name in ('assignments', 'kinds', 'scores')}
assignments, kinds, scores = tables.values()
joined = assignments.merge(scores, on='id').merge(kinds, on='cluster', suffixes=('', '_of_kind'))
majority = joined.groupby('cluster').label.agg(lambda labels: labels.value_counts().max()).sum()
metadata = pandas.read_csv(run + '/metadata.tsv', sep='\\t')
tensors = numpy.loadtxt(run + '/tensors.tsv', dtype=numpy.float32)
print(json.dumps(dict(
    codes=[codes.dtype.name, list(codes.shape), bool(numpy.isfinite(codes).all())],
    columns={name: list(table.columns) for name, table in tables.items()},
    rows={name: len(table) for name, table in tables.items()},
    ids=assignments.id.tolist() == list(range(len(assignments))) == scores.id.tolist(),
    confidence=[float(assignments.confidence.min()) >= 0, float(assignments.confidence.max()) <= 1],
    sizes=assignments.cluster.value_counts().reindex(range(len(kinds)), fill_value=0).tolist() == kinds['size'].tolist(),
    names=bool((joined.name == joined.name_of_kind).all()),
    correct=bool(((joined.label == joined.name.astype(int)) == joined.correct).all()),
    majority=[float(majority) / len(joined), float(scores.correct.mean())],
    labels=scores.label.tolist(),
    metadata=list(metadata.columns),
    tensors=bool((tensors == codes).all()),
)))
`;

describe.skipIf(!hasPython('numpy', 'pandas'))('numpy and pandas', () => {
  it('read the tables back, and they agree with one another', () => {
    const found = JSON.parse(runPython(READ_BACK, folder));
    expect(found).toMatchObject({
      codes: ['float32', [COUNT, 32], true],
      columns: {
        assignments: ['id', 'cluster', 'confidence'],
        kinds: ['cluster', 'size', 'stability', 'name'],
        scores: ['id', 'label', 'name', 'correct'],
      },
      rows: { assignments: COUNT, kinds: 20, scores: COUNT },
      ids: true,
      confidence: [true, true],
      sizes: true,
      names: true,
      correct: true,
      labels: [...firstDigits('train', COUNT).labels],
      metadata: ['id', 'kind', 'name', 'label'],
      tensors: true,
    });
    for (const accuracy of found.majority) {
      expect(accuracy).toBeCloseTo(card.metrics!.train.majorityAccuracy, 12);
    }
  });
});

describe('an empty data_dir', () => {
  it('is filled with the bundled MNIST, which is then trained on', async () => {
    const line =
      'train --data_dir=new/mnist --log_dir=new/logs --tag=run1 --steps=3 --encoding_size=2 --num_clusters=2 --restarts=1 --json';
    const { code, stdout } = await runKindred(line.split(' '), { cwd });
    expect(code).toBe(0);
    expect(readdirSync(join(cwd, 'new/mnist')).sort()).toEqual([
      't10k-images-idx3-ubyte',
      't10k-labels-idx1-ubyte',
      'train-images-idx3-ubyte',
      'train-labels-idx1-ubyte',
    ]);
    const printed: unknown = JSON.parse(stdout);
    expect(printed).toEqual(readRunCard(join(cwd, 'new/logs/run1')));
    expect(printed).toMatchObject({
      data: { count: 60_000, location: join(cwd, 'new/mnist'), test: { count: 10_000 } },
    });
    expect(existsSync(join(cwd, 'new/logs/run1/projector_config.pbtxt'))).toBe(false);
  });
});
