// The package as a stranger gets it: packed, installed in an empty folder, run, imported, type-checked.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as library from '#kindred/index.js';
import { firstDigits, PIXELS } from '../support/mnist.js';

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

/** As Node and as a bundler resolve the package. */
function expectCompiles(file: string): void {
  for (const how of [{ module: 'NodeNext' }, { module: 'ESNext', moduleResolution: 'bundler' }]) {
    const compilerOptions = {
      ...how,
      strict: true,
      noEmit: true,
      target: 'ES2023',
      lib: ['ES2023'],
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    };
    writeFileSync(join(home, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }));
    expect(run(home, join(root, 'node_modules/.bin/tsc'), '-p', 'tsconfig.json')).toBe('');
  }
}

async function writePictures(folder: string, from: number, count: number): Promise<void> {
  const { pixels } = firstDigits('t10k', from + count);
  mkdirSync(join(home, folder));
  for (let image = from; image < from + count; image++) {
    const digit = pixels.subarray(image * PIXELS, (image + 1) * PIXELS);
    const raw = { width: 28, height: 28, channels: 1 } as const;
    await sharp(digit, { raw })
      .png()
      .toFile(join(home, folder, `${image}.png`));
  }
}

describe('the package', () => {
  it('runs as npx kindred', () => {
    expect(run(home, 'npx', '--no-install', 'kindred', '--help')).toContain('kindred train [SOURCE…]');
    expect(run(home, 'npx', '--no-install', 'kindred', '--version')).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('is imported by its name, with everything that src/index.ts exports', () => {
    const program = "import * as kindred from 'kindred'; console.log(JSON.stringify(Object.keys(kindred)));";
    const names = JSON.parse(run(home, process.execPath, '--input-type=module', '-e', program));
    expect(names).toEqual(Object.keys(library).sort());
    expect(names).toEqual(['InputError', 'InterruptedError', 'listRuns', 'open', 'train']);
  });

  it('is required too, and found by who asks for its package.json', () => {
    const program = "console.log(typeof require('kindred').train, require('kindred/package.json').name)";
    expect(run(home, process.execPath, '--input-type=commonjs', '-e', program)).toBe('function kindred\n');
  });

  it('brings its types', () => {
    const names = Object.keys(library).join(', ');
    writeFileSync(
      join(home, 'use.ts'),
      `import { ${names}, type Run, type RunCard } from 'kindred';
export const values: readonly unknown[] = [${names}];
export const run: Promise<Run> = open('runs/mine');
export const share = (card: RunCard): number => card.metrics?.train.majorityAccuracy ?? 0;
// @ts-expect-error: a location is text.
open(1);
`,
    );
    expectCompiles('use.ts');
  });

  it('exports and explains every type that a signature of it names', () => {
    const home = new URL('../../dist/', import.meta.url);
    const exports = [
      ...readFileSync(new URL('index.d.ts', home), 'utf8').matchAll(/\{([^}]*)\} from '(.*)'/g),
    ];
    const exported = exports.flatMap(([, names, file]) =>
      names.split(',').map((name) => ({ name: name.replace('type', '').trim(), file })),
    );
    const known = new Set(exported.map(({ name }) => name));
    for (const { name, file } of exported) {
      const text = readFileSync(new URL(file.replace(/js$/, 'd.ts'), home), 'utf8');
      const [declaration, explained] = new RegExp(
        `(\\*/\n)?export (declare )?(function|interface|type|class) ${name}\\b[\\s\\S]*?\n(}|(?=export|/\\*|declare))`,
      ).exec(`${text}\nexport`) ?? [''];
      expect(explained, `${name} has no explanation`).toBeDefined();
      const imported = [...text.matchAll(/import (?:type )?\{([^}]*)\}/g)]
        .flatMap(([, names]) => names.split(',').map((each) => each.replace('type', '').trim()))
        .filter((each) => /^[A-Z]/.test(each));
      const beside = [...text.matchAll(/(?:interface|type) ([A-Z]\w+)/g)].map(([, each]) => each);
      const named = [...imported, ...beside].filter((each) =>
        new RegExp(`[:<|&, (]${each}\\b`).test(declaration),
      );
      expect(
        named.filter((each) => !known.has(each)),
        `${name} names what is not exported`,
      ).toEqual([]);
    }
  });

  it('does what README shows of it', async () => {
    const [, example] =
      /## As a library\n+```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? [];
    writeFileSync(join(home, 'example.ts'), example);
    expectCompiles('example.ts');
    await writePictures('scans', 0, 300);
    await writePictures('new', 300, 20);
    await writePictures('more', 320, 60);
    // It is plain JavaScript too.
    writeFileSync(join(home, 'example.js'), example);
    const lines = run(home, process.execPath, 'example.js').trim().split('\n');
    expect(lines.filter((line) => /^3\d\d\.png kind-\d+ [\d.]+$/.test(line))).toHaveLength(20);
    expect(lines.filter((line) => /^kind-\d+ \d+ /.test(line))).toHaveLength(lines.length - 21);
    expect(Number(lines.at(-1))).toBeGreaterThanOrEqual(lines.length - 21);
    expect(JSON.parse(readFileSync(join(home, 'coco.json'), 'utf8')).images).toHaveLength(300);
  });

  it('carries what it needs and nothing else', () => {
    const inside = readdirSync(join(home, 'node_modules/kindred'), { recursive: true, encoding: 'utf8' });
    expect(inside).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'bin/kindred.js', 'dist/index.d.ts']),
    );
    expect(inside.filter((path) => /^(src|test|bench|scripts|\.)|\.tsbuildinfo$/.test(path))).toEqual([]);
  });
});
