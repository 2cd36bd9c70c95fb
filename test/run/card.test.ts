import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError } from '#kindred/core/errors.js';
import { listRuns, readRunCard, writeRunCard } from '#kindred/run/files/card.js';
import { describeMachine } from '#kindred/run/files/machine.js';
import { temporaryFolder } from '../support/folders.js';
import { exampleCard } from '../support/run-card.js';

function runWith(card: unknown): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'run.json'), typeof card === 'string' ? card : JSON.stringify(card));
  return folder;
}

describe('the run card', () => {
  it('reads back what it wrote', () => {
    const folder = temporaryFolder();
    writeRunCard(folder, exampleCard());
    expect(readRunCard(folder)).toEqual(exampleCard());
  });

  it('keeps a card of an interrupted run, without clusters or metrics', () => {
    const folder = temporaryFolder();
    const card = exampleCard({ finished: false, clusterSizes: [], clusteringInertia: null, metrics: null });
    writeRunCard(folder, card);
    expect(readRunCard(folder)).toEqual(card);
  });

  it('writes a loss that is not a number as null', () => {
    const folder = temporaryFolder();
    writeRunCard(
      folder,
      exampleCard({
        training: { stepsDone: 3, finalLoss: Number.NaN, heldOutLoss: Number.POSITIVE_INFINITY },
      }),
    );
    expect(readRunCard(folder).training).toEqual({ stepsDone: 3, finalLoss: null, heldOutLoss: null });
  });

  it('describes this machine', () => {
    const folder = temporaryFolder();
    const machine = describeMachine('1.30.0');
    writeRunCard(folder, exampleCard({ machine }));
    expect(readRunCard(folder).machine).toEqual(machine);
    expect(machine.node).toBe(process.versions.node);
  });

  it('does not write a card that it could not read', () => {
    const folder = temporaryFolder();
    expect(() => writeRunCard(folder, exampleCard({ k: -1 }))).toThrow();
    expect(() => readFileSync(join(folder, 'run.json'))).toThrow();
  });

  it('refuses what is not a run, in one sentence each', () => {
    const empty = temporaryFolder();
    const file = join(empty, 'file');
    writeFileSync(file, '');
    const { sha256: _, ...dataWithoutFingerprint } = exampleCard().data;
    const cases: [string, RegExp][] = [
      [join(empty, 'nothing'), /^There is no run at .*nothing: /],
      [file, /is a file, not a run/],
      [empty, /is not a run, for it has no run\.json/],
      [runWith('{"format": 1,'), /run\.json is not valid JSON/],
      [runWith('null'), /is not a run card: it has no "format"/],
      [runWith({ name: 'something else' }), /is not a run card: it has no "format"/],
      [
        runWith({ ...exampleCard(), format: 2 }),
        /was written by a newer kindred \(format 2, this one reads up to 1\)/,
      ],
      [runWith({ ...exampleCard(), data: dataWithoutFingerprint }), /is damaged at data\.sha256/],
    ];
    for (const [folder, message] of cases) {
      expect(() => readRunCard(folder)).toThrow(InputError);
      expect(() => readRunCard(folder)).toThrow(message);
    }
  });
});

describe('the list of runs', () => {
  it('is oldest first, and a broken run does not hide the others', () => {
    const logDir = temporaryFolder();
    const start = (tag: string, startedAt: string): void => {
      mkdirSync(join(logDir, tag));
      writeRunCard(join(logDir, tag), exampleCard({ tag, startedAt }));
    };
    start('b', '2025-01-01T00:00:00Z');
    start('a', '2025-02-01T00:00:00Z');
    mkdirSync(join(logDir, 'broken'));
    writeFileSync(join(logDir, 'broken', 'run.json'), '{');
    mkdirSync(join(logDir, 'cut-off', 'checkpoint'), { recursive: true });
    mkdirSync(join(logDir, 'not a run'));
    writeFileSync(join(logDir, 'file'), '');
    const runs = listRuns(logDir);
    expect(runs.map((run) => run.tag)).toEqual(['b', 'a', 'broken', 'cut-off']);
    expect(runs.map((run) => run.card?.tag)).toEqual(['b', 'a', undefined, undefined]);
    expect(runs[2].problem).toMatch(/not valid JSON/);
    expect(runs[3].problem).toMatch(/no run\.json/);
  });

  it('is empty where there is no log directory, and refuses a file', () => {
    const folder = temporaryFolder();
    expect(listRuns(join(folder, 'nothing'))).toEqual([]);
    writeFileSync(join(folder, 'file'), '');
    expect(() => listRuns(join(folder, 'file'))).toThrow(/cannot be read \(it is not a directory\)/);
  });
});
