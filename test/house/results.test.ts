// README's figures are the recorded ones: its tables are made of bench/results.json, never written by hand.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

interface Recording {
  meanAndDeviation(values: readonly number[]): { mean: number; standardDeviation: number | null };
  updateResults(key: string, change: (before: unknown) => unknown, file: string): void;
  keptRuns(recorded: object | undefined, what: object): unknown[];
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const recording: Recording = await import(join(root, 'bench/results.mjs'));
const workshop = mkdtempSync(join(tmpdir(), 'kindred-results-'));
const file = (name: string) => join(workshop, name);

afterAll(() => rmSync(workshop, { recursive: true, force: true }));

function tables(...words: string[]) {
  const script = join(root, 'scripts/readme-tables.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, ...words], { encoding: 'utf8' });
  return { status, stderr };
}

const MARKERS = ['kin', 'classic', 'survival', 'speed', 'review', 'map'].map(
  (name) => `<!-- results:${name} -->\n<!-- /results:${name} -->`,
);

/** README with a sentence around its sections, and results beside it, as `--readme` and `--results`. */
function planted(results: object, readme = `Before.\n\n${MARKERS.join('\n\n')}\n\nAfter.\n`): string[] {
  writeFileSync(file('results.json'), JSON.stringify(results));
  writeFileSync(file('README.md'), readme);
  return ['--results', file('results.json'), '--readme', file('README.md')];
}

const machine = { cpu: 'Abacus', cores: 2, node: '20.0.0', onnxruntime: '1.2.3' };
const made = { kindred: '0.1.0', commit: 'abcdef12', date: '2026-01-02' };

function configuration(name: string, flags: string, seeds: readonly number[], mean: number) {
  const metric = { mean, standardDeviation: seeds.length > 1 ? 0.0125 : null };
  const split = { majorityAccuracy: metric, oneToOneAccuracy: { mean: 0.25, standardDeviation: null } };
  return {
    name,
    flags,
    machine,
    numClusters: [10],
    runs: seeds.map((seed) => ({ seed, ...made })),
    summary: { heldOutLoss: null, trainingSeconds: null, clusters: { 10: { test: split, train: split } } },
  };
}

describe('README', () => {
  it('shows what bench/results.json records', () => {
    expect(tables('--check')).toEqual({ status: 0, stderr: '' });
  });
});

describe('the tables', () => {
  it('show means, deviations, seeds and provenance, and leave the rest of README alone', () => {
    const words = planted({
      classic: [
        configuration('dense', '', [0, 1, 2], 0.5),
        configuration('deep', '--hidden 500', [0, 2], 0.75),
      ],
      kmeans: { head: ['k', 'ratio'], rows: [['10', '1.25']], note: '', machine, ...made },
      layout: { head: ['who', 'seconds'], rows: [['ours', '8.1']], note: '', machine, ...made },
    });
    expect(tables(...words, '--check').status).toBe(1);
    expect(tables(...words)).toEqual({ status: 0, stderr: '' });
    expect(tables(...words, '--check').status).toBe(0);
    const readme = readFileSync(file('README.md'), 'utf8');
    expect(readme).toMatch(
      /^Before\.\n\n<!-- results:kin -->\n<!-- \/results:kin -->\n\n<!-- results:classic -->\n\| configuration/,
    );
    expect(readme).toMatch(/<!-- \/results:map -->\n\nAfter\.\n$/);
    expect(readme).toContain('| deep | `kindred train --hidden 500` | – | – |');
    expect(readme).toContain('| dense | test | 50.0 ± 1.3 | 25.0 |\n|  | train | 50.0 ± 1.3 | 25.0 |');
    expect(readme).toContain('over seeds 0–2 (dense) and seeds 0, 2 (deep).');
    expect(readme).toContain(
      'Measured on Abacus with 2 cores, Node 20.0.0, onnxruntime 1.2.3, kindred 0.1.0, commit abcdef12, 2026-01-02.',
    );
    expect(readme).toContain('| k | ratio |\n|---|---|\n| 10 | 1.25 |');
    expect(readme).toContain('<!-- results:map -->\n| who | seconds |\n|---|---|\n| ours | 8.1 |');
    expect(readme).toContain(MARKERS[2]);
  });

  it('count the seeds that survive', () => {
    const runs = [0.01, 0.08, null].map((error, seed) => ({ seed, error, ...made }));
    const survival = { flags: '--convolution', machine, meanImageError: 0.067, runs };
    tables(...planted({ survival }));
    const readme = readFileSync(file('README.md'), 'utf8');
    expect(readme).toContain('with 3 seeds: 1 reconstruct');
    expect(readme).toContain('from 0.01000 to Infinity, the mean image: 0.06700');
  });

  it('are empty again when nothing is recorded', () => {
    const words = planted({}, `<!-- results:classic -->\n| made up | 99.9 |\n<!-- /results:classic -->\n`);
    expect(tables(...words, '--check').status).toBe(1);
    expect(tables(...words).status).toBe(0);
    expect(readFileSync(file('README.md'), 'utf8')).toBe(`${MARKERS[1]}\n`);
  });

  it('need a place in README', () => {
    const words = planted({ classic: [configuration('dense', '', [0], 0.5)] }, 'No markers.\n');
    expect(tables(...words, '--check').stderr).toContain('no place for what was recorded');
  });
});

describe('recording', () => {
  it('replaces one key, keeps the others, and sorts', () => {
    const target = file('recorded.json');
    recording.updateResults('kmeans', () => ({ b: [1, 2], a: 'x' }), target);
    recording.updateResults('classic', (before) => before ?? 'new', target);
    recording.updateResults('kmeans', (before) => ({ ...(before as object), c: null }), target);
    expect(readFileSync(target, 'utf8')).toBe(
      '{ "classic": "new", "kmeans": { "a": "x", "b": [1, 2], "c": null } }\n',
    );
  });

  it('breaks what is too long for a line', () => {
    const target = file('long.json');
    const value = { long: 'x'.repeat(100), short: [1] };
    recording.updateResults('engine', () => value, target);
    const text = readFileSync(target, 'utf8');
    expect(text).toBe(`{\n  "engine": {\n    "long": "${'x'.repeat(100)}",\n    "short": [1]\n  }\n}\n`);
    expect(JSON.parse(text)).toEqual({ engine: value });
  });

  it('keeps the runs of the same options only', () => {
    const runs = [{ seed: 0 }];
    const recorded = { options: { steps: 2000 }, machine, runs };
    expect(recording.keptRuns(recorded, { options: { steps: 2000 }, machine })).toEqual(runs);
    expect(recording.keptRuns(recorded, { options: { steps: 50 }, machine })).toEqual([]);
    expect(recording.keptRuns(undefined, { machine })).toEqual([]);
  });

  it('takes the sample standard deviation', () => {
    expect(recording.meanAndDeviation([2, 4, 9])).toEqual({ mean: 5, standardDeviation: 3.60555 });
    expect(recording.meanAndDeviation([2])).toEqual({ mean: 2, standardDeviation: null });
  });
});
