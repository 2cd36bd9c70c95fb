// The import rule and the other rules of the house, on the real files and on planted offences.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findViolations, ROOMS, roomOf } from './architecture.js';

const root = new URL('../../', import.meta.url);

function filesUnder(folder: string): Map<string, string> {
  const names = readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' });
  return new Map(
    names
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
      .filter((path) => /\.tsx?$/.test(path))
      .map((path) => [path, readFileSync(new URL(path, root), 'utf8')]),
  );
}

/** Two rooms that are there in every planted case, so that imports have a target. */
const base: [string, string][] = [
  ['src/core/random.ts', 'export const a = 1;\n'],
  ['src/data/labels/labels.ts', "import { words } from './words.js';\nexport const labels = words;\n"],
  ['src/data/labels/words.ts', "import { word } from './word.js';\nexport const words = [word];\n"],
  ['src/data/labels/word.ts', 'export const word = 1;\n'],
  [
    'src/engine/runtime/session.ts',
    "import type { Tensor } from 'onnxruntime-node';\nexport type T = Tensor;\n",
  ],
  ['src/engine/program.ts', 'export const b = 1;\n'],
  ['src/run/writing/train.ts', 'export const c = 1;\n'],
];

function planted(...files: [string, string][]): string[] {
  return findViolations(new Map([...base, ...files]));
}

describe('the house', () => {
  it('keeps its own rules', () => {
    const source = filesUnder('src');
    expect(source.size).toBeGreaterThan(10);
    expect(findViolations(new Map([...source, ...filesUnder('test')]))).toEqual([]);
  });

  it('has a row in the table for every room', () => {
    const rooms = new Set([...filesUnder('src').keys()].map(roomOf).filter((room) => room !== null));
    expect(Object.keys(ROOMS)).toEqual(expect.arrayContaining([...rooms]));
  });

  it('has a table without a way back: the rooms can be put in an order', () => {
    const left = new Map(Object.entries(ROOMS));
    while (left.size > 0) {
      const free = [...left].filter(([, allowed]) => allowed.every((room) => !left.has(room)));
      expect(free, `rooms that wait for each other: ${[...left.keys()].join(', ')}`).not.toEqual([]);
      for (const [room] of free) left.delete(room);
    }
  });
});

describe('the checker', () => {
  it('finds nothing in files that keep the rules', () => {
    const good = planted(
      [
        'src/cli/main.ts',
        "import { c } from '../run/writing/train.js';\nconst x = await import('./help.js');\n",
      ],
      ['src/cli/help.ts', '// Math.random and onnxruntime-node may be spoken of.\nexport const help = 1;\n'],
      ['src/score/accuracy.ts', "import { labels } from '../data/labels/labels.js';\nexport { labels };\n"],
      ['src/index.ts', "export { c } from './run/writing/train.js';\nexport * from './core/random.js';\n"],
      ['src/studio/web/page.ts', "import type { C } from '../../run/writing/train.js';\n"],
    );
    expect(good).toEqual([]);
  });

  const offences: [string, string, string, string][] = [
    [
      'a room that may not be imported',
      'src/engine/bad.ts',
      "import { c } from '../run/writing/train.js';\n",
      'src/engine/bad.ts imports src/run/writing/train.ts: room engine may not import room run',
    ],
    [
      'the same as a type',
      'src/models/bad.ts',
      "import type { C } from '../run/writing/train.js';\n",
      'src/models/bad.ts imports src/run/writing/train.ts: room models may not import room run',
    ],
    [
      'a file that is not there',
      'src/models/bad.ts',
      "import { b } from '../engine/gone.js';\n",
      'src/models/bad.ts imports ../engine/gone.js, which is not there',
    ],
    [
      'the same over several lines',
      'src/core/bad.ts',
      "import {\n  b,\n  d,\n} from '../engine/program.js';\n",
      'src/core/bad.ts imports src/engine/program.ts: room core may not import room engine',
    ],
    [
      'the same when it is loaded late',
      'src/cluster/bad.ts',
      "const c = await import('../run/writing/train.js');\n",
      'src/cluster/bad.ts imports src/run/writing/train.ts: room cluster may not import room run',
    ],
    [
      'the same for its effect',
      'src/graph/bad.ts',
      "import '../run/writing/train.js';\n",
      'src/graph/bad.ts imports src/run/writing/train.ts: room graph may not import room run',
    ],
    [
      'the same as the address of a worker',
      'src/graph/bad.ts',
      "new Worker(new URL('../run/writing/train.js', import.meta.url));\n",
      'src/graph/bad.ts imports src/run/writing/train.ts: room graph may not import room run',
    ],
    [
      'the page importing what runs',
      'src/studio/web/bad.ts',
      "import { c } from '../../run/writing/train.js';\n",
      'src/studio/web/bad.ts imports src/run/writing/train.ts: room studio/web may not import room run',
    ],
    [
      'a room outside the table',
      'src/misc/bad.ts',
      "import { a } from '../core/random.js';\n",
      'src/misc/bad.ts stands in room misc, which is not in the table',
    ],
    [
      'labels read where training happens',
      'src/methods/bad.ts',
      "import { labels } from '../data/labels/labels.js';\n",
      'src/methods/bad.ts imports src/data/labels/labels.ts: only src/score/ may read labels',
    ],
    [
      'labels read within their own room',
      'src/data/bad.ts',
      "import { labels } from './labels/labels.js';\n",
      'src/data/bad.ts imports src/data/labels/labels.ts: only src/score/ may read labels',
    ],
    [
      'the labels of a format read beside the door',
      'src/score/bad.ts',
      "import { words } from '../data/labels/words.js';\n",
      'src/score/bad.ts imports src/data/labels/words.ts: only src/data/labels/labels.ts may read the labels of a format',
    ],
    [
      'the labels of a format read with its pictures',
      'src/data/words.ts',
      "import { words } from './labels/words.js';\n",
      'src/data/words.ts imports src/data/labels/words.ts: only src/data/labels/labels.ts may read the labels of a format',
    ],
    [
      'a second door to the runtime',
      'src/engine/bad.ts',
      "const runtime = await import('onnxruntime-node');\n",
      'src/engine/bad.ts names onnxruntime-node: only src/engine/runtime/session.ts may',
    ],
    [
      'randomness without a seed',
      'src/cluster/bad.ts',
      'export const x = Math.random();\n',
      'src/cluster/bad.ts calls Math.random: randomness comes from src/core/random.ts',
    ],
    [
      'a default export',
      'src/cluster/bad.ts',
      'export default 1;\n',
      'src/cluster/bad.ts has a default export: exports have names',
    ],
    [
      'a barrel',
      'src/engine/bad.ts',
      "export { b } from './program.js';\n",
      "src/engine/bad.ts passes on another file's exports: only src/index.ts may",
    ],
    [
      'a barrel of everything',
      'src/engine/bad.ts',
      "export * from './program.js';\n",
      "src/engine/bad.ts passes on another file's exports: only src/index.ts may",
    ],
    ['a long file', 'src/core/bad.ts', '1;\n'.repeat(401), 'src/core/bad.ts is longer than 400 lines'],
    [
      'a long test',
      'test/core/bad.test.ts',
      '1;\n'.repeat(401),
      'test/core/bad.test.ts is longer than 400 lines',
    ],
    [
      'the public face used from within',
      'src/run/bad.ts',
      "import { x } from '../index.js';\n",
      'src/run/bad.ts imports src/index.ts: only other programs may',
    ],
  ];

  it.each(offences)('names %s', (_what, path, text, sentence) => {
    expect(planted(['src/index.ts', 'export const x = 1;\n'], [path, text])).toEqual([sentence]);
  });

  it('counts 400 lines as fine', () => {
    expect(planted(['src/core/long.ts', '1;\n'.repeat(400)])).toEqual([]);
  });

  it('names a cycle once, with every file in it', () => {
    const found = planted(
      ['src/core/a.ts', "import { b } from './b.js';\n"],
      ['src/core/b.ts', "import type { c } from './c.js';\n"],
      ['src/core/c.ts', "const a = await import('./a.js');\n"],
      ['src/core/d.ts', "import { a } from './a.js';\n"],
    );
    expect(found).toEqual(['import cycle: src/core/a.ts → src/core/b.ts → src/core/c.ts → src/core/a.ts']);
  });

  it('names inner rooms that import each other, through whatever files', () => {
    const found = planted(
      ['src/data/formats/a.ts', "import { b } from '../decoding/b.js';\nexport const a = b;\n"],
      ['src/data/decoding/b.ts', 'export const b = 1;\n'],
      ['src/data/decoding/c.ts', "import { d } from '../framing/d.js';\nexport const c = d;\n"],
      ['src/data/framing/d.ts', "import { e } from '../formats/e.js';\nexport const d = e;\n"],
      ['src/data/formats/e.ts', 'export const e = 1;\n'],
    );
    expect(found).toContain('inner rooms src/data/decoding and src/data/framing import each other');
  });
});
