// The package as a stranger gets it: packed, installed in an empty folder, run, imported, type-checked.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as library from '#kindred/index.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const workshop = mkdtempSync(join(tmpdir(), 'kindred-package-'));
const home = join(workshop, 'somewhere else');

/** Without what `npm test` tells its scripts, which an npm inside would take for its own settings. */
const environment = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_(package|lifecycle|config_local_prefix)|^INIT_CWD$/.test(name),
    ),
  ),
  ONNXRUNTIME_NODE_INSTALL: 'skip',
};

function run(folder: string, program: string, ...words: string[]): string {
  const result = spawnSync(program, words, { cwd: folder, env: environment, encoding: 'utf8' });
  if (result.status !== 0) {
    throw new Error(`${program} ${words.join(' ')} → ${result.status}\n${result.stdout}\n${result.stderr}`);
  }
  return result.stdout;
}

beforeAll(() => {
  mkdirSync(home);
  // dist/ is what the tests run against: packing it again from source would race with the other tests.
  run(root, 'npm', 'pack', '--ignore-scripts', '--silent', '--pack-destination', workshop);
  const [tarball] = readdirSync(workshop).filter((name) => name.endsWith('.tgz'));
  writeFileSync(join(home, 'package.json'), '{ "private": true, "type": "module" }\n');
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  run(home, 'npm', 'install', ...flags, join(workshop, tarball));
});

afterAll(() => rmSync(workshop, { recursive: true, force: true }));

describe('the package', () => {
  it('runs as npx kindred', () => {
    expect(run(home, 'npx', '--no-install', 'kindred', '--help')).toContain('kindred train [SOURCE…]');
    expect(run(home, 'npx', '--no-install', 'kindred', '--version')).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('is imported by its name, with everything that src/index.ts exports', () => {
    const program = "import * as kindred from 'kindred'; console.log(JSON.stringify(Object.keys(kindred)));";
    const names = JSON.parse(run(home, process.execPath, '--input-type=module', '-e', program));
    expect(names).toEqual(Object.keys(library).sort());
    expect(names).toContain('openPile');
  });

  it('brings its types', () => {
    const names = Object.keys(library).join(', ');
    writeFileSync(
      join(home, 'use.ts'),
      `import { ${names}, type RunCard, type PicturePile } from 'kindred';
export const values: readonly unknown[] = [${names}];
export const pile: Promise<PicturePile> = openPile(['images']);
export const share = (card: RunCard): number => card.metrics?.train.majorityAccuracy ?? 0;
// @ts-expect-error: a location is text.
openPile([1]);
`,
    );
    const options = {
      strict: true,
      noEmit: true,
      module: 'NodeNext',
      target: 'ES2023',
      lib: ['ES2023'],
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    };
    writeFileSync(
      join(home, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['use.ts'] }),
    );
    const tsc = join(root, 'node_modules/.bin/tsc');
    expect(run(home, tsc, '-p', 'tsconfig.json')).toBe('');
  });

  it('carries what it needs and nothing else', () => {
    const inside = readdirSync(join(home, 'node_modules/kindred'), { recursive: true, encoding: 'utf8' });
    expect(inside).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'bin/kindred.js', 'dist/index.d.ts']),
    );
    expect(inside.filter((path) => /^(src|test|bench|scripts|\.)|\.tsbuildinfo$/.test(path))).toEqual([]);
  });
});
