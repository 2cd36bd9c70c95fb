// A run as kindred 0.1 wrote it, which every later one opens; and the JSON Schemas by which other programs read run.json and write edits.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { open } from '#kindred/api/run.js';
import { editRequestSchema } from '#kindred/review/journal/edits.js';
import { readAssignments } from '#kindred/run/files/artefacts.js';
import { sharedFolder } from '../support/folders.js';

const cwd = sharedFolder();
const recorded = join(cwd, 'format-1');
const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));

beforeAll(() => {
  execFileSync('tar', ['xzf', path('test/recorded/run-format-1.tar.gz'), '-C', cwd]);
});

describe('a run of format 1', () => {
  it('is opened with its edits, and edited further', async () => {
    const run = await open(recorded);
    const kinds = () => run.kinds.map(({ kind, name, size }) => [kind, name, size]);
    const asRecorded = [
      [0, 'kind-0', 33],
      [1, 'ones', 42],
      [2, 'kind-2', 25],
      [3, 'kind-3', 16],
      [4, 'kind-4', 4],
    ];
    expect(kinds()).toEqual(asRecorded);
    run.redo();
    expect(kinds()).toEqual([[0, 'kind-0', 58], ...asRecorded.filter(([kind]) => kind !== 0 && kind !== 2)]);
    run.undo();
    expect(kinds()).toEqual(asRecorded);
  });

  it('says of its images what it said then', async () => {
    const run = await open(recorded);
    const { assignment } = readAssignments(recorded);
    let same = 0;
    for await (const { id, kind } of run.predict(join(cwd, 'format-1.pixels.npy'))) {
      if (assignment[Number(id)] === kind) same++;
    }
    expect(same).toBeGreaterThanOrEqual(0.95 * assignment.length);
  });

  it('is exported', async () => {
    const { path: file, images } = await (await open(recorded)).export('csv', {
      out: join(cwd, 'kinds.csv'),
    });
    expect(images).toBe(120);
    expect(readFileSync(file, 'utf8')).toContain('ones');
  });
});

describe('the schemas', () => {
  const schemaOf = (name: string) =>
    JSON.parse(readFileSync(path(`dist/schemas/${name}.schema.json`), 'utf8'));
  const ajv = new Ajv2020();
  ajv.addFormat('date-time', true);

  it('tell a run.json from what is none', () => {
    const isCard = ajv.compile(schemaOf('run'));
    const card = JSON.parse(readFileSync(join(recorded, 'run.json'), 'utf8'));
    expect([isCard(card), isCard.errors]).toEqual([true, null]);
    for (const change of [{ k: -1 }, { method: 'magic' }, { clusterSizes: ['many'] }, { format: 2 }]) {
      expect(isCard({ ...card, ...change })).toBe(false);
    }
  });

  it('take the edits that kindred takes', () => {
    const isEdit = ajv.compile(schemaOf('edit'));
    const kind = fc.integer({ min: -2, max: 5 });
    const images = fc.constantFrom('0-5', '7', '1,3-4', '', 'a', '5-');
    const edit = fc.oneof(
      fc.record({ do: fc.constant('name'), kind, name: fc.constantFrom('ones', '') }),
      fc.record({ do: fc.constant('merge'), kinds: fc.array(kind, { maxLength: 3 }), into: kind }),
      fc.record({ do: fc.constant('move'), images, to: fc.oneof(kind, fc.constant('new')) }),
      fc.record({ do: fc.constantFrom('junk', 'burn'), kind }),
      fc.record({ do: fc.constant('split'), kind, parts: fc.array(fc.record({ images }), { maxLength: 2 }) }),
    );
    fc.assert(
      fc.property(edit, (asked) => {
        expect(isEdit(asked)).toBe(editRequestSchema.safeParse(asked).success);
      }),
    );
  });
});
