// What the commands print: the table of kinds, the runs, the confusion, the predictions.
import fc from 'fast-check';
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { runsTable } from '#kindred/cli/commands/runs.js';
import { predictionWriter } from '#kindred/cli/printing/predictions.js';
import { readKindRows, summary } from '#kindred/cli/printing/summary.js';
import { confusionRecord, confusionTable } from '#kindred/cli/printing/table.js';
import { writeAssignments, writeKinds, writeScores } from '#kindred/run/files/artefacts.js';
import { parseCsv } from '#kindred/run/files/csv.js';
import { temporaryFolder } from '../support/folders.js';
import { exampleCard } from '../support/run-card.js';

const kinds = [
  { cluster: 0, size: 45_000, stability: null, name: '7' },
  { cluster: 1, size: 15_000, stability: null, name: '10' },
];

describe('after train', () => {
  it('a table of kinds, the agreement with the labels, and where to look', () => {
    const rows = kinds.map((kind, index) => ({ ...kind, purity: [0.5, 0.875][index] }));
    expect(summary(exampleCard({ k: 2 }), rows, { folder: 'runs/a', board: 'runs' })).toBe(
      `2 kinds in 60,000 images (MNIST train) after 74.2 s

kind  name  images   share  purity
   0  7     45,000  75.0 %  50.0 %
   1  10    15,000  25.0 %  87.5 %

                          train    test
accuracy, majority vote  73.1 %  74.1 %
accuracy, one-to-one     71.1 %  72.0 %
NMI                       0.675   0.680
AMI                       0.675   0.679
ARI                       0.601   0.612

Run folder   runs/a
Look at it   runs/a/report.html
TensorBoard  tensorboard --logdir runs
Studio       node bin/kindred.js studio runs/a
`,
    );
  });

  it('without labels there is no purity and no accuracy', () => {
    const rows = kinds.map((kind) => ({ ...kind, purity: null }));
    const text = summary(exampleCard({ k: 2, metrics: null }), rows, {
      folder: 'my runs/a',
      board: 'my runs',
    });
    expect(text).not.toMatch(/purity|accuracy/);
    expect(text).toContain('tensorboard --logdir "my runs"');
  });

  it('of very many kinds the largest are shown and the rest counted', () => {
    const many = Array.from({ length: 130 }, (_, cluster) => ({
      cluster,
      size: cluster,
      stability: null,
      name: `kind-${cluster}`,
      purity: null,
    }));
    const text = summary(exampleCard({ k: 130, metrics: null }), many, { folder: 'runs/a', board: null });
    expect(text).toContain('kind-129');
    expect(text).toContain('kind-30 ');
    expect(text).not.toContain('kind-29 ');
    // Nothing of it is on TensorBoard.
    expect(text).not.toContain('TensorBoard');
    expect(text).toContain('… and 30 smaller ones in kinds.csv');
  });
});

describe('the rows of a run folder', () => {
  it('get their purity from the scores, by image and not by name', () => {
    const folder = temporaryFolder();
    const ids = ['a', 'b', 'c', 'd', 'e'];
    writeAssignments(folder, {
      ids,
      assignment: Int32Array.of(0, 0, 1, 1, 1),
      confidence: new Float32Array(5).fill(1),
    });
    // Both kinds carry the same name; only the assignment tells whose images are right.
    writeKinds(folder, [
      { cluster: 0, size: 2, stability: null, name: '4' },
      { cluster: 1, size: 3, stability: 0.5, name: '4' },
    ]);
    expect(readKindRows(folder).map(({ purity }) => purity)).toEqual([null, null]);
    writeScores(folder, {
      ids,
      labels: ['4', '9', '4', '4', '9'],
      names: ['4', '4', '4', '4', '4'],
      correct: [true, false, true, true, false],
    });
    expect(readKindRows(folder)).toEqual([
      { cluster: 0, size: 2, stability: null, name: '4', purity: 0.5 },
      { cluster: 1, size: 3, stability: 0.5, name: '4', purity: 2 / 3 },
    ]);
  });
});

describe('runs', () => {
  it('has a line each, also for one that was interrupted and one that is damaged', () => {
    const listed = [
      { tag: 'a', folder: 'runs/a', card: exampleCard({ tag: 'a' }), problem: null },
      {
        tag: 'b',
        folder: 'runs/b',
        card: exampleCard({ tag: 'b', finished: false, metrics: null, seconds: { total: 3 } }),
        problem: null,
      },
      { tag: 'c', folder: 'runs/c', card: null, problem: 'runs/c/run.json is not valid JSON' },
    ];
    expect(runsTable(listed, 'logs').split('\n')).toEqual([
      'tag  started           images  kinds   train    test  seconds',
      'a    2025-01-02 03:04  60,000     10  73.1 %  74.1 %     74.2',
      'b    2025-01-02 03:04  60,000                             3.0  interrupted: kindred train --resume --tag b --log-dir logs',
      'c                                                              runs/c/run.json is not valid JSON',
    ]);
  });
});

describe('the confusion', () => {
  // Two classes, three clusters: 5 and 2 in cluster 0, 0 and 4,000 in cluster 1, none in cluster 2.
  const planted = {
    confusion: {
      classes: 2,
      clusters: 3,
      counts: Float64Array.of(5, 0, 0, 2, 4000, 0),
      outside: Float64Array.of(0, 1),
      total: 4008,
    },
    classNames: ['cat', 'dog'],
  };

  it('has a row a kind and a column a label', () => {
    expect(confusionTable(planted)?.split('\n')).toEqual([
      'kind  cat    dog',
      '   0    5      2',
      '   1    ·  4,000',
      '   2    ·      ·',
      'none    ·      1',
    ]);
    expect(confusionRecord(planted)).toEqual({
      labels: ['cat', 'dog'],
      counts: [
        [5, 2],
        [0, 4000],
        [0, 0],
      ],
      outside: [0, 1],
    });
  });

  it('is left to programs where it has too many columns', () => {
    const classNames = Array.from({ length: 17 }, (_, index) => String(index));
    expect(confusionTable({ ...planted, classNames })).toBeNull();
  });
});

describe('predictions', () => {
  const NAMES = ['four, or "nine"', '7'];
  const batchOf = (ids: readonly string[]) => ({
    ids,
    assignment: Int32Array.from(ids, (_, index) => (index % 3) - 1),
    confidence: Float32Array.from(ids, (_, index) => 1 / (index + 3)),
    known: ids.map((_, index) => index % 3 > 0),
  });
  async function written(
    format: 'csv' | 'json' | 'parquet',
    ...batches: (readonly string[])[]
  ): Promise<Buffer> {
    const writer = await predictionWriter(format, NAMES);
    const pieces = [writer.begin(), ...batches.map((ids) => writer.batch(batchOf(ids))), writer.end()];
    return Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
  }

  it('are CSV with a name for each image that belongs somewhere', async () => {
    expect((await written('csv', ['0', 'a,b.png', '2'])).toString()).toBe(
      `id,cluster,name,confidence,known
0,-1,,0.3333,false
"a,b.png",0,"four, or ""nine""",0.2500,true
2,1,7,0.2000,true
`,
    );
  });

  it('are JSON that says the same, in any batches', async () => {
    const some = fc.array(fc.string({ minLength: 1 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(some, some, async (first, second) => {
        const parsed = JSON.parse((await written('json', first, second)).toString()) as Record<
          string,
          unknown
        >[];
        const [header, ...rows] = parseCsv((await written('csv', first, second)).toString(), 'predictions');
        expect(parsed.map((row) => header.map((key) => String(row[key])))).toEqual(
          rows.map(([id, cluster, name, confidence, known]) => [
            id,
            cluster,
            name,
            String(Number(confidence)),
            known,
          ]),
        );
      }),
    );
    expect(JSON.parse((await written('json')).toString())).toEqual([]);
  });

  it('are Parquet of several groups of rows', async () => {
    const batches = Array.from({ length: 9 }, (_, batch) =>
      Array.from({ length: 10_000 }, (__, row) => `${batch}/${row}.png`),
    );
    const bytes = await written('parquet', ...batches);
    const file = new Uint8Array(bytes).buffer;
    expect((await parquetMetadataAsync(file)).row_groups).toHaveLength(2);
    const rows = await parquetReadObjects({ file });
    expect(rows.map(({ id }) => id)).toEqual(batches.flat());
    expect(rows[10_001]).toEqual({
      id: '1/1.png',
      cluster: 0,
      name: NAMES[0],
      confidence: 0.25,
      known: true,
    });
  });
});
